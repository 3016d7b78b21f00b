import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSources } from '../../../src/cli/read-sources.ts';
import { toCodedErrors } from '../../../src/domain/failure.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));
const put = (name: string, text: string | Uint8Array) => writeFile(join(folder, name), text);

describe('sources', () => {
  test('of a folder are its YAML and JSON files by name, folders below left out', async () => {
    await put('b.json', '{"b":1}');
    await put('a.yaml', 'a: 1\n---\na: 2\n');
    await put('README.md', '# no');
    await mkdir(join(folder, 'below.yaml.d'));
    expect((await readSources([folder])).map(({ value }) => value)).toEqual([{ a: 1 }, { a: 2 }, { b: 1 }]);
  });

  test('that are wrong are told all at once, and the way to each', async () => {
    await put('bad.yaml', 'a: [1');
    await put('bytes.yaml', new Uint8Array([0x61, 0x3a, 0x20, 0xff]));
    await mkdir(join(folder, 'empty'));
    const paths = ['bad.yaml', 'bytes.yaml', 'empty', 'nix.yaml'].map((name) => join(folder, name));
    const errors = toCodedErrors(await readSources(paths).catch((error: unknown) => error));
    expect(errors.map(({ code, path }) => `${code} ${path.replace(folder, '')}`)).toEqual([
      'PARSE_ERROR /bad.yaml:1:6',
      'PARSE_ERROR /bytes.yaml',
      'NOT_FOUND /empty',
      'NOT_FOUND /nix.yaml',
    ]);
    expect(errors.filter(({ remedy }) => remedy === undefined)).toEqual([]);
  });

  test('of a folder are told for each file that is wrong, by its name', async () => {
    await put('a.yaml', 'size: 1e999');
    await put('b.yaml', 'a: [1');
    await put('c.json', '{"a":1,}');
    const errors = toCodedErrors(await readSources([folder]).catch((error: unknown) => error));
    expect(errors.map(({ code, path }) => `${code} ${path.replace(folder, '')}`)).toEqual([
      'INVALID_NUMBER /a.yaml size',
      'PARSE_ERROR /b.yaml:1:6',
      'PARSE_ERROR /c.json:1:8',
    ]);
  });

  test('without an end are given up at the limit', async () => {
    await expect(readSources(['/dev/zero'])).rejects.toMatchObject({
      errors: [{ code: 'TOO_LARGE', path: '/dev/zero' }],
    });
  });
});
