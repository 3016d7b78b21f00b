import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readInstanceLog, type InstanceLogOptions } from '../../../src/cli/instance-log.ts';
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

  test('without an end are given up at the limit', async () => {
    await expect(readSources(['/dev/zero'])).rejects.toMatchObject({
      errors: [{ code: 'TOO_LARGE', path: '/dev/zero' }],
    });
  });
});

describe('the log of an instance', () => {
  const key = { tenant: 'default', kind: 'Instance', name: 'web' };
  const place = () => join(folder, 'instances', 'default', 'Instance', 'web');
  const read = (options: Partial<InstanceLogOptions>) =>
    readInstanceLog(folder, key, { owner: 'host-1', configuredHost: undefined, tail: 2, ...options });
  beforeEach(async () => {
    await mkdir(place(), { recursive: true });
    await put('host', 'host-1\n');
  });

  test('is the one written last, as many lines as were asked for', async () => {
    await writeFile(join(place(), 'output-1-2-aa.log'), 'old\n');
    await writeFile(join(place(), 'output-3-4-bb.log'), 'one\ntwo\nthree\n');
    await utimes(join(place(), 'output-1-2-aa.log'), 1, 1);
    expect((await read({})).lines).toEqual(['two', 'three']);
    expect((await read({ owner: undefined, tail: 0 })).lines).toEqual([]);
  });

  test('of another host → HOST_UNREACHABLE, naming it', async () => {
    await expect(read({ owner: 'host-2' })).rejects.toThrow(/^HOST_UNREACHABLE Instance\/web: runs on host host-2/);
  });

  test('of the host that is configured is read, though no id is kept with its data; of the folder’s former id it is not', async () => {
    await writeFile(join(place(), 'output.log'), 'one\n');
    await expect(read({ configuredHost: 'host-9' })).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    await rm(join(folder, 'host'));
    expect((await read({ owner: 'host-9', configuredHost: 'host-9' })).lines).toEqual(['one']);
    await expect(read({ owner: 'host-9' })).rejects.toThrow(/this data folder is of no host/);
  });

  test('that was never written → NOT_FOUND', async () => {
    await expect(read({})).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
