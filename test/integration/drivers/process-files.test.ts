import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withoutRoot } from '../../support/without-root.ts';
import { createBench, grant, observePresent, web, type Bench } from './process-bench.ts';

let bench: Bench;
beforeEach(async () => void (bench = await createBench()));
afterEach(() => bench.dispose());

const make = { start: false, replace: false } as const;
const remake = { start: false, replace: true } as const;
const listRoots = async () => (await readdir(bench.path())).filter((name) => name.startsWith('root-')).toSorted();
const rootPath = async () => bench.path((await listRoots())[0]!);

test('what a program made read-only is removed all the same, by a runtime that is not root', async () => {
  await chmod(bench.folder, 0o777);
  await withoutRoot(async () => {
    const driver = bench.driver();
    const settings = { ...bench.settings, scratch: ['cache'] };
    await driver.provision(web, settings, make, grant('k1'));
    const makeReadOnly = async (name: string) => {
      const folder = join(await rootPath(), name);
      await mkdir(join(folder, 'deep'), { recursive: true });
      await writeFile(join(folder, 'deep/a'), 'a');
      for (const path of [join(folder, 'deep'), folder]) await chmod(path, 0o555);
    };
    await makeReadOnly('cache');
    await makeReadOnly('other');
    await driver.clearSpace(web, grant('k2'));
    expect(await readdir(join(await rootPath(), 'cache'))).toEqual([]);
    await driver.provision(web, settings, remake, grant('k3'));
    expect(await listRoots()).toHaveLength(1);
    await makeReadOnly('other');
    await driver.terminate(web, 2_000, grant('k4'));
    expect(await readdir(bench.path())).toEqual(['states']);
  });
});

test.runIf(process.getuid?.() === 0)(
  'an instance is not gone before all of it is, by the next attempt or look',
  async () => {
    await chmod(bench.folder, 0o777);
    const driver = bench.driver();
    await withoutRoot(() => driver.provision(web, bench.settings, make, grant('k1')));
    const obstacle = join(await rootPath(), 'obstacle');
    await mkdir(join(obstacle, 'of-root'), { recursive: true });
    await expect(withoutRoot(() => driver.terminate(web, 2_000, grant('k2')))).rejects.toMatchObject({
      code: 'EACCES',
    });
    const cause = expect.stringContaining('obstacle') as string;
    expect(await withoutRoot(() => driver.observe(web))).toEqual({ type: 'unreachable', cause });
    expect(await listRoots()).toHaveLength(1);
    await expect(withoutRoot(() => driver.terminate(web, 2_000, grant('k2', 2)))).rejects.toMatchObject({
      code: 'EACCES',
    });
    await rm(obstacle, { recursive: true });
    await withoutRoot(() => driver.terminate(web, 2_000, grant('k2', 3)));
    expect(await readdir(bench.path())).toEqual(['states']);
    expect(await driver.observe(web)).toEqual({ type: 'absent' });
  },
);

test('a place that something else has is refused before anything is changed', async () => {
  const driver = bench.driver();
  await driver.provision(web, bench.settings, make, grant('k1'));
  await mkdir(join(await rootPath(), 'made'));
  const before = await observePresent(driver);
  for (const path of ['made', 'conf/app.ini/below']) {
    const settings = { ...bench.settings, env: { NEW: '1' }, files: { 'a.txt': 'a', [path]: 'b' } };
    await expect(driver.configure(web, settings, grant(path))).rejects.toMatchObject({ code: 'EFFECT_REFUSED' });
  }
  expect(await observePresent(driver)).toEqual(before);
});

test('a file of the image that the spec replaces comes back when the spec lets go of it', async () => {
  const driver = bench.driver();
  await writeFile(join(bench.image, 'app.ini'), 'of the image');
  const replaced = { ...bench.settings, files: { 'app.ini': 'of the spec' } };
  const read = async () => readFile(join(await rootPath(), 'app.ini'), 'utf8');
  await driver.provision(web, replaced, make, grant('k1'));
  expect(await read()).toBe('of the spec');
  await driver.configure(web, bench.settings, grant('k2'));
  expect(await read()).toBe('of the image');
  expect((await observePresent(driver)).settings.files).toEqual(bench.settings.files);

  const [root] = await listRoots();
  await driver.provision(web, replaced, remake, grant('k3'));
  expect((await listRoots()).filter((name) => name.startsWith(root!))).toEqual([]);
  await driver.terminate(web, 2_000, grant('k4'));
  expect(await readdir(bench.path())).toEqual(['states']);
});
