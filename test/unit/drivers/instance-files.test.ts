import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jsonLimits } from '../../../src/domain/json.ts';
import {
  checkFilePaths,
  keepOriginals,
  readInstanceFiles,
  writeInstanceFiles,
} from '../../../src/drivers/process/instance-files.ts';
import { withoutRoot } from '../../support/without-root.ts';

const refused = expect.objectContaining({ code: 'EFFECT_REFUSED' });

describe('paths of files', () => {
  test.each(['../x', 'a/../../x', '/etc/x', '', 'a//b', './a', 'a/.', 'a\0b', 'a/'])('%j is refused', (path) => {
    expect(() => checkFilePaths({ [path]: '' })).toThrow(refused);
  });

  test('a name cannot be a file and a folder', () => {
    expect(() => checkFilePaths({ a: '', 'a/b': '' })).toThrow(refused);
    expect(() => checkFilePaths({ 'a/b': '', 'a/c': '', '..a': '' })).not.toThrow();
  });
});

test('a file cannot lie in a folder whose content may be thrown away', () => {
  expect(() => checkFilePaths({ 'cache/a': '' }, ['cache'])).toThrow(refused);
  expect(() => checkFilePaths({ cache: '' }, ['cache'])).toThrow(refused);
  expect(() => checkFilePaths({ 'cache2/a': '' }, ['cache'])).not.toThrow();
});

describe('files of an instance', () => {
  let folder: string;
  let root: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homeostat-files-'));
    root = join(folder, 'root');
    await mkdir(root);
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('are written, read back and removed', async () => {
    await writeInstanceFiles(root, { 'a/b.txt': 'ä', run: '#!/bin/sh\n' });
    expect(await readInstanceFiles(root, ['a/b.txt', 'run', 'none'])).toEqual({ 'a/b.txt': 'ä', run: '#!/bin/sh\n' });
    expect((await stat(join(root, 'run'))).mode & 0o111).not.toBe(0);
    await writeInstanceFiles(root, { run: 'x' }, ['a/b.txt', 'never/there']);
    expect(await readdir(join(root, 'a'))).toEqual([]);
  });

  test('give way to what lay there, when they are obsolete, as often as that is done', async () => {
    await mkdir(join(root, 'bin'));
    await writeFile(join(root, 'bin/run'), 'theirs');
    await chmod(join(root, 'bin/run'), 0o750);
    await symlink('bin/run', join(root, 'start'));
    const files = { 'bin/run': 'mine', start: 'mine', 'not/there': 'mine' };
    await keepOriginals(root, Object.keys(files));
    await writeInstanceFiles(root, files);
    await keepOriginals(root, ['bin/run', 'start']);
    for (const _ of [1, 2]) {
      await writeInstanceFiles(root, {}, Object.keys(files));
      expect(await readFile(join(root, 'bin/run'), 'utf8')).toBe('theirs');
    }
    expect((await stat(join(root, 'bin/run'))).mode & 0o777).toBe(0o750);
    expect(await readlink(join(root, 'start'))).toBe('bin/run');
    expect((await readdir(root, { recursive: true })).toSorted()).toEqual(['bin', 'bin/run', 'not', 'start']);
  });

  test('are put in place of a file of somebody else, too, which is then not kept', async () => {
    await mkdir(join(root, 'theirs'));
    await writeFile(join(root, 'theirs/file'), 'of root');
    for (const path of [root, dirname(root), join(root, 'theirs')]) await chmod(path, 0o777);
    await withoutRoot(async () => {
      await keepOriginals(root, ['theirs/file']);
      await writeInstanceFiles(root, { 'theirs/file': 'mine' });
    });
    expect(await readFile(join(root, 'theirs/file'), 'utf8')).toBe('mine');
  });

  test('that may not be read are said to be so, and put in place anew', async () => {
    await mkdir(join(root, 'closed'));
    for (const path of ['file', 'closed/file']) await writeFile(join(root, path), 'old', { mode: 0o600 });
    for (const path of [dirname(root), root]) await chmod(path, 0o777);
    await chmod(join(root, 'closed'), 0o700);
    await withoutRoot(async () => {
      if (process.geteuid?.() === 65_534) {
        const unreadable = '(cannot be read: EACCES)';
        expect(await readInstanceFiles(root, ['file', 'closed/file'])).toEqual({
          file: unreadable,
          'closed/file': unreadable,
        });
      }
      await writeInstanceFiles(root, { file: 'new' });
      expect(await readInstanceFiles(root, ['file'])).toEqual({ file: 'new' });
    });
  });

  test('are left alone where they are right already, so that nothing is asked and nothing changes', async () => {
    await writeInstanceFiles(root, { a: '1' });
    const asked: string[] = [];
    await writeInstanceFiles(root, { a: '1', b: '2' }, [], async () => void asked.push('b'));
    expect(asked).toEqual(['b']);
  });

  test('are never written through a link', async () => {
    await writeFile(join(folder, 'outside'), 'theirs');
    await symlink(folder, join(root, 'out'));
    await symlink(join(folder, 'outside'), join(root, 'leaf'));
    await expect(writeInstanceFiles(root, { 'out/outside': 'mine' })).rejects.toThrow(refused);
    await writeInstanceFiles(root, { leaf: 'mine' });
    expect(await readFile(join(folder, 'outside'), 'utf8')).toBe('theirs');
    expect(await readFile(join(root, 'leaf'), 'utf8')).toBe('mine');
  });

  test('are never read or removed through a link', async () => {
    await writeFile(join(folder, 'outside'), 'theirs');
    await symlink(folder, join(root, 'out'));
    await symlink(join(folder, 'outside'), join(root, 'leaf'));
    expect(await readInstanceFiles(root, ['out/outside', 'leaf'])).toEqual({});
    await writeInstanceFiles(root, {}, ['out/outside']);
    expect(await readFile(join(folder, 'outside'), 'utf8')).toBe('theirs');
  });

  test('a folder in the way is refused, a huge file is shown as such', async () => {
    await mkdir(join(root, 'dir'));
    await expect(writeInstanceFiles(root, { dir: '' })).rejects.toThrow(refused);
    await writeFile(join(root, 'huge'), 'x'.repeat(300_000));
    expect((await readInstanceFiles(root, ['huge']))['huge']).toContain('300000 bytes');
  });

  test.each([
    { content: 'x'.repeat(200_000), reason: 'long' },
    { content: '\u0001'.repeat(40_000), reason: 'long as JSON' },
    { content: Buffer.alloc(60_000, 0xff), reason: 'long as text' },
  ])('that grow are shown as far as a spec could ask for them, each of them $reason', async ({ content }) => {
    const paths = Array.from({ length: 20 }, (_, index) => `log-${index}`);
    for (const path of paths) await writeFile(join(root, path), content);
    await writeFile(join(root, 'empty'), '');
    const files = await readInstanceFiles(root, [...paths, 'empty']);
    expect(Object.keys(files)).toEqual([...paths, 'empty']);
    expect(files['log-0']).toBe(content.toString());
    expect(files['log-19']).toBe(`(${content.length} bytes, too large to show)`);
    expect(Buffer.byteLength(JSON.stringify(files))).toBeLessThan(jsonLimits.bytes + 4_096);
  });

  test('as large as a spec can have them are shown whole', async () => {
    const files = { a: 'ä"\n'.repeat(10_000), b: 'x'.repeat(jsonLimits.bytes - 100_000) };
    await writeInstanceFiles(root, files);
    expect(await readInstanceFiles(root, ['a', 'b'])).toEqual(files);
  });
});
