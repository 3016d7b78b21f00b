import { chmod, mkdir, mkdtemp, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { removeTree } from '../../../src/drivers/process/remove-tree.ts';
import { withoutRoot } from '../../support/without-root.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-remove-'));
  await chmod(folder, 0o777);
  onTestFinished(() => withoutRoot(() => removeTree(join(folder, 'tree'))));
  onTestFinished(() => removeTree(folder));
});

test('folders that their owner made read-only are removed with all that is in them', async () => {
  await withoutRoot(async () => {
    for (const mode of [0o555, 0o000]) {
      await mkdir(join(folder, 'tree/a/b'), { recursive: true });
      await writeFile(join(folder, 'tree/a/b/file'), '');
      for (const path of ['tree/a/b/file', 'tree/a/b', 'tree/a', 'tree']) await chmod(join(folder, path), mode);
      await removeTree(join(folder, 'tree'));
    }
  });
  expect(await readdir(folder)).toEqual([]);
});

test('what a link leads to is left as it is', async () => {
  await withoutRoot(async () => {
    await mkdir(join(folder, 'outside'), { mode: 0o555 });
    await mkdir(join(folder, 'tree'));
    await symlink(join(folder, 'outside'), join(folder, 'tree/link'));
    await chmod(join(folder, 'tree'), 0o555);
    await removeTree(join(folder, 'tree'));
  });
  expect(await readdir(folder)).toEqual(['outside']);
  expect((await stat(join(folder, 'outside'))).mode & 0o777).toBe(0o555);
});

test('a file, and what is not there', async () => {
  await writeFile(join(folder, 'file'), '');
  await removeTree(join(folder, 'file'));
  await removeTree(join(folder, 'file'));
  expect(await readdir(folder)).toEqual([]);
});
