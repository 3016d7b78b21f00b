import { chmod, link, mkdir, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { beginAttempt } from './attempt.ts';
import { createBench, grant, isAlive, observePresent, until, web, type Bench } from './process-bench.ts';

// Real processes on a machine that others use too.
vi.setConfig({ testTimeout: 20_000 });

let bench: Bench;
beforeEach(async () => void (bench = await createBench()));
afterEach(() => bench.dispose());

const start = { start: true, replace: false } as const;
const hasStarted = (count: number) =>
  until(`${count} programs have started`, async () => ((await bench.starts()).length >= count ? true : undefined));

describe('the life of an instance', () => {
  test('from provisioning to termination, with nothing left but the newest record', async () => {
    const driver = bench.driver();
    const created = await driver.provision(web, bench.settings, start, grant('k1'));
    await hasStarted(1);
    expect(await bench.starts()).toEqual([created.pid]);
    const status = await observePresent(driver, bench.image);
    expect(status).toEqual({
      state: 'running',
      settings: bench.settings,
      imageDigest: created.imageDigest,
      starts: 1,
      pid: created.pid,
      startedAt: expect.any(String),
      limitsEnforced: false,
    });
    expect(await driver.list('default')).toEqual([web]);
    expect(await until('it wrote', async () => (await driver.readLogs(web, 1_000)) || undefined)).toBe(
      `started ${bench.settings.ports[0]} k1\n`,
    );

    expect(await driver.stop(web, 2_000, grant('k2'))).toEqual({});
    expect(await isAlive(created.pid!)).toBe(false);
    expect(await observePresent(driver)).toMatchObject({ state: 'stopped', starts: 1 });
    const started = await driver.start(web, grant('k3'));
    const restarted = await driver.restart(web, 2_000, grant('k4'));
    await until('the last has started', async () =>
      (await bench.starts()).includes(restarted.pid!) ? true : undefined,
    );
    expect(await isAlive(started.pid!)).toBe(false);
    expect(await observePresent(driver)).toMatchObject({ state: 'running', starts: 3, pid: restarted.pid });

    await driver.terminate(web, 2_000, grant('k5'));
    expect(await isAlive(restarted.pid!)).toBe(false);
    expect(await driver.observe(web)).toEqual({ type: 'absent' });
    expect(await driver.list('default')).toEqual([]);
    expect(await readdir(bench.path())).toEqual(['states']);
    expect(await readdir(bench.path('states'))).toHaveLength(1);
  });

  test('goes on when the runtime that started it has ended, and is found by another', async () => {
    const attempt = beginAttempt(bench, { effect: 'provision', key: 'k1', attempt: 1 });
    await attempt.ended();
    await hasStarted(1);
    const [pid] = await bench.starts();
    expect(attempt.events.at(-1)).toMatchObject({ type: 'receipt', receipt: { pid } });
    const driver = bench.driver();
    expect(await observePresent(driver)).toMatchObject({ state: 'running', pid });
    process.kill(pid!, 'SIGKILL');
    await until('it is gone', async () => ((await isAlive(pid!)) ? undefined : true));
    expect(await observePresent(driver)).toMatchObject({ state: 'exited', exitCode: 'unknown' });
  });

  test('one that ends by itself has exited, with its code, and starts again', async () => {
    const driver = bench.driver();
    const settings = { ...bench.settings, env: { ...bench.settings.env, EXIT: '7' } };
    await driver.provision(web, settings, start, grant('k1'));
    const exited = await until('it has exited', async () => {
      const status = await observePresent(driver);
      return status.state === 'exited' ? status : undefined;
    });
    expect(exited).toMatchObject({ exitCode: 7, starts: 1 });
    expect(exited.pid).toBeUndefined();
    await driver.start(web, grant('k2'));
    expect((await observePresent(driver)).starts).toBe(2);
  });

  test('one that is provisioned without starting is stopped', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, { start: false, replace: false }, grant('k1'));
    expect(await observePresent(driver)).toMatchObject({ state: 'stopped', starts: 0 });
    expect(await bench.starts()).toEqual([]);
  });

  test('starting one that runs changes nothing', async () => {
    const driver = bench.driver();
    const { pid } = await driver.provision(web, bench.settings, start, grant('k1'));
    expect(await driver.start(web, grant('k2'))).toEqual({ pid });
    expect((await observePresent(driver)).starts).toBe(1);
  });
});

describe('stopping', () => {
  test('ends members of the group that outlive their leader and ignore the request', async () => {
    const driver = bench.driver();
    const settings = { ...bench.settings, env: { ...bench.settings.env, CHILD: '1' } };
    await driver.provision(web, settings, start, grant('k1'));
    const child = await until('the child runs', async () => (await bench.childPids())[0]);
    await driver.stop(web, 200, grant('k2'));
    expect(await isAlive(child)).toBe(false);
  });

  test.each([
    { env: { CHILD: '1' }, reason: 'have its environment' },
    { env: { CHILD: '1', BARE: '1' }, reason: 'have none' },
  ])('ends survivors of a leader that died before it is started again, that $reason', async ({ env }) => {
    const driver = bench.driver();
    const settings = { ...bench.settings, env: { ...bench.settings.env, ...env } };
    const { pid } = await driver.provision(web, settings, start, grant('k1'));
    const child = await until('the child runs', async () => (await bench.childPids())[0]);
    process.kill(pid!, 'SIGKILL');
    await until('the leader is gone', async () => ((await isAlive(pid!)) ? undefined : true));
    expect(await observePresent(driver)).toMatchObject({ state: 'exited', exitCode: 137 });
    await driver.restart(web, 100, grant('k2'));
    expect(await isAlive(child)).toBe(false);
  });

  test('ends when the caller gives up, and the next attempt finishes it', async () => {
    const driver = bench.driver();
    const settings = { ...bench.settings, env: { ...bench.settings.env, IGNORE: '1' } };
    const { pid } = await driver.provision(web, settings, start, grant('k1'));
    await hasStarted(1);
    const caller = new AbortController();
    setTimeout(() => caller.abort(), 100);
    await expect(driver.stop(web, 60_000, grant('k2', 1, caller.signal))).rejects.toThrow('aborted');
    expect(await observePresent(driver)).toMatchObject({ state: 'running', pid });
    await driver.stop(web, 0, grant('k2', 2));
    expect(await isAlive(pid!)).toBe(false);
  });

  test('a recycled pid is neither taken for the instance nor signalled', async () => {
    const driver = bench.driver();
    const { pid } = await driver.provision(web, bench.settings, start, grant('k1'));
    await hasStarted(1);
    const [newest] = (await readdir(bench.path('states'))).toSorted().slice(-1);
    const file = bench.path('states', newest!);
    const state = JSON.parse(await readFile(file, 'utf8')) as { run: { startTime: string } };
    await writeFile(file, JSON.stringify({ ...state, run: { ...state.run, startTime: '1' } }));
    const other = bench.driver();
    expect(await observePresent(other)).toMatchObject({ state: 'exited', exitCode: 'unknown' });
    await other.stop(web, 0, grant('k2'));
    expect(await isAlive(pid!)).toBe(true);
  });

  test('after a reboot nothing runs, whatever has the pid', async () => {
    const { pid } = await bench.driver().provision(web, bench.settings, start, grant('k1'));
    // One whose folder goes before it has read its program ends by itself.
    await hasStarted(1);
    const rebooted = bench.driver({ hostBootId: 'another-boot' });
    expect(await observePresent(rebooted)).toMatchObject({ state: 'exited', exitCode: 'unknown' });
    await rebooted.terminate(web, 0, grant('k2'));
    expect(await isAlive(pid!)).toBe(true);
    process.kill(pid!, 'SIGKILL');
  });
});

describe('what cannot be started', () => {
  test.each([
    { command: ['no-such-program'], reason: 'not on PATH' },
    { command: ['./main.cjs'], reason: 'not executable' },
    { command: ['./garbled'], reason: 'executable, but not in a format the kernel knows' },
  ])('is COMMAND_NOT_FOUND and leaves nothing behind: $reason', async ({ command }) => {
    await writeFile(join(bench.image, 'garbled'), '\u007fELF nonsense');
    await chmod(join(bench.image, 'garbled'), 0o755);
    const driver = bench.driver();
    const settings = { ...bench.settings, command };
    await expect(driver.provision(web, settings, start, grant('k1'))).rejects.toMatchObject({
      code: 'COMMAND_NOT_FOUND',
    });
    expect(await driver.observe(web)).toEqual({ type: 'absent' });
    expect(
      (await readdir(bench.path())).filter((name) => name.startsWith('root-') || name.startsWith('unpack-')),
    ).toEqual([]);
    // The key is not spent.
    expect((await driver.provision(web, bench.settings, start, grant('k1'))).pid).toBeGreaterThan(0);
  });

  test('there is no instance: EFFECT_REFUSED; there is one already: EFFECT_REFUSED', async () => {
    const driver = bench.driver();
    const refused = { code: 'EFFECT_REFUSED' };
    await expect(driver.start(web, grant('k1'))).rejects.toMatchObject(refused);
    await expect(driver.configure(web, bench.settings, grant('k1'))).rejects.toMatchObject(refused);
    await driver.provision(web, bench.settings, start, grant('k2'));
    await expect(driver.provision(web, bench.settings, start, grant('k3'))).rejects.toMatchObject(refused);
    await expect(driver.observe({ ...web, name: '../x' })).rejects.toMatchObject({ code: 'INVALID_NAME' });
  });
});

describe('images', () => {
  test('a tarball is unpacked, pinned or not', async () => {
    await create({ file: join(bench.folder, 'app.tgz'), cwd: bench.image, gzip: true }, ['.']);
    const driver = bench.driver({ workingFolder: bench.folder });
    const settings = { ...bench.settings, image: 'app.tgz' };
    const { imageDigest } = await driver.provision(web, settings, start, grant('k1'));
    const pinned = `app.tgz@sha256:${imageDigest}`;
    expect((await observePresent(driver, 'app.tgz')).settings.image).toBe('app.tgz');
    expect((await observePresent(driver, pinned)).settings.image).toBe(pinned);
    const wrong = { ...settings, image: `app.tgz@sha256:${'0'.repeat(64)}` };
    await expect(driver.provision(web, wrong, { start: true, replace: true }, grant('k2'))).rejects.toMatchObject({
      code: 'IMAGE_DIGEST_MISMATCH',
    });
    expect((await observePresent(driver)).state).toBe('running');
  });

  test('new content shows, and a replacement swaps it', async () => {
    const driver = bench.driver();
    const first = await driver.provision(web, bench.settings, start, grant('k1'));
    await writeFile(join(bench.image, 'more.txt'), 'x');
    const old = `${bench.image}@sha256:${first.imageDigest}`;
    const { settings, imageFound } = await observePresent(driver, bench.image);
    expect(settings.image).toBe(old);
    expect(imageFound).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(imageFound).not.toBe(old);
    const second = await driver.provision(web, bench.settings, { start: true, replace: true }, grant('k2'));
    expect(await isAlive(first.pid!)).toBe(false);
    expect(await observePresent(driver, bench.image)).toMatchObject({
      settings: { image: bench.image },
      starts: 2,
      pid: second.pid,
    });
    expect((await readdir(bench.path())).filter((name) => name.startsWith('root-'))).toHaveLength(1);
  });

  test('a replacement takes the content that was found, and no other that came after', async () => {
    const driver = bench.driver();
    const first = await driver.provision(web, bench.settings, start, grant('k1'));
    expect(await observePresent(driver, bench.image)).not.toHaveProperty('imageFound');
    await writeFile(join(bench.image, 'more.txt'), 'meant');
    const { imageFound } = await observePresent(driver, bench.image);
    const meant = { ...bench.settings, image: imageFound! };
    await writeFile(join(bench.image, 'more.txt'), 'slipped in');
    await expect(driver.provision(web, meant, { start: true, replace: true }, grant('k2'))).rejects.toMatchObject({
      code: 'IMAGE_DIGEST_MISMATCH',
    });
    expect(await observePresent(driver)).toMatchObject({ pid: first.pid, starts: 1 });
    await writeFile(join(bench.image, 'more.txt'), 'meant');
    await driver.provision(web, meant, { start: true, replace: true }, grant('k3'));
    // As desired from then on, by the text that people wrote.
    const after = await observePresent(driver, bench.image);
    expect(after.settings.image).toBe(bench.image);
    expect(after).not.toHaveProperty('imageFound');
    await writeFile(join(bench.image, 'more.txt'), 'newer');
    expect((await observePresent(driver, bench.image)).settings.image).toBe(imageFound);
  });

  test('a source that has gone is no reason to replace, another that is not there is', async () => {
    const driver = bench.driver();
    const { imageDigest } = await driver.provision(web, bench.settings, start, grant('k1'));
    await rm(bench.image, { recursive: true });
    expect((await observePresent(driver, bench.image)).settings.image).toBe(bench.image);
    expect((await observePresent(driver, '/other')).settings.image).toBe(`${bench.image}@sha256:${imageDigest}`);
    const replaced = driver.provision(web, bench.settings, { start: true, replace: true }, grant('k2'));
    await expect(replaced).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  test('an unpacked image that somebody removed is reported as another one', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('k1'));
    const root = (await readdir(bench.path())).find((name) => name.startsWith('root-'));
    await rm(bench.path(root!), { recursive: true });
    expect((await observePresent(driver, bench.image)).settings.image).not.toBe(bench.image);
    await driver.provision(web, bench.settings, { start: true, replace: true }, grant('k2'));
    expect((await observePresent(driver, bench.image)).settings).toEqual(bench.settings);
  });

  test.each([
    { name: 'link', reason: 'a link that leads out' },
    { name: 'tar', reason: 'a tarball entry that leads out' },
  ])('$reason is refused', async ({ name }) => {
    const driver = bench.driver();
    let image = bench.image;
    if (name === 'link') await symlink('/etc', join(image, 'etc'));
    else {
      await mkdir(join(bench.folder, 'deep'));
      await writeFile(join(bench.folder, 'evil'), 'x');
      image = join(bench.folder, 'evil.tar');
      await create({ file: image, cwd: join(bench.folder, 'deep'), preservePaths: true }, ['../evil']);
    }
    const provisioned = driver.provision(web, { ...bench.settings, image }, start, grant('k1'));
    await expect(provisioned).rejects.toMatchObject({ code: 'EFFECT_REFUSED' });
    expect(await driver.observe(web)).toEqual({ type: 'absent' });
  });
});

describe('clearing space', () => {
  test('empties the scratch folders and cuts the log; links lead nowhere, and the program goes on', async () => {
    const driver = bench.driver();
    const settings = { ...bench.settings, scratch: ['cache', 'elsewhere', 'none'] };
    const { pid } = await driver.provision(web, settings, start, grant('k1'));
    const root = (await readdir(bench.path())).find((name) => name.startsWith('root-'))!;
    const log = (await readdir(bench.path())).find((name) => name.endsWith('.log'))!;
    await until('it wrote', async () => ((await driver.readLogs(web, 100)).includes('started') ? true : undefined));
    await mkdir(bench.path(root, 'cache/deep'), { recursive: true });
    await writeFile(bench.path(root, 'cache/deep/a'), 'a');
    await symlink(join(bench.folder, 'outside'), bench.path(root, 'cache/link'));
    await mkdir(join(bench.folder, 'outside'));
    await writeFile(join(bench.folder, 'outside/kept'), 'kept');
    await symlink(join(bench.folder, 'outside'), bench.path(root, 'elsewhere'));

    await link(join(bench.folder, 'outside/kept'), bench.path(root, 'cache/second-name'));
    const held = await open(bench.path(root, 'cache/deep/a'));

    expect(await driver.clearSpace(web, grant('k2'))).toEqual({});
    expect(await driver.clearSpace(web, grant('k2'))).toEqual({});
    expect(await readdir(bench.path(root, 'cache'))).toEqual([]);
    expect(await readFile(join(bench.folder, 'outside/kept'), 'utf8')).toBe('kept');
    // The program may hold it open.
    expect((await held.stat()).size).toBe(0);
    await held.close();
    expect((await stat(bench.path(log))).size).toBe(0);
    expect(await driver.readLogs(web, 1_000)).toContain('started');
    expect(await observePresent(driver)).toMatchObject({ state: 'running', pid, starts: 1 });
  });

  test('where a file that is kept lies in a scratch folder is refused', async () => {
    const settings = { ...bench.settings, scratch: ['conf'] };
    const provisioned = bench.driver().provision(web, settings, start, grant('k1'));
    await expect(provisioned).rejects.toMatchObject({ code: 'EFFECT_REFUSED' });
  });
});

test('a record that cannot be read makes the instance unreachable, not absent', async () => {
  const driver = bench.driver();
  await mkdir(bench.path('states'), { recursive: true });
  await writeFile(bench.path('states', '000001.json'), '{"half');
  expect(await driver.observe(web)).toMatchObject({ type: 'unreachable' });
});

test('files and folders that are no instances are nothing to the watch or the list', async () => {
  const driver = bench.driver();
  const { pid } = await driver.provision(web, bench.settings, start, grant('k1'));
  for (const stray of ['../../../stray', '../../stray', '../../Stray', '../stray']) {
    await writeFile(bench.path(stray), 'not a folder');
  }
  await mkdir(bench.path('../../../lost+found/Instance/web'), { recursive: true });
  const ending = new AbortController();
  const told: string[] = [];
  const watching = driver.watch!(({ tenant, name }) => void told.push(`${tenant}/${name}`), ending.signal);
  const failed = vi.fn();
  watching.catch(failed);
  await sleep(1_500);
  process.kill(pid!, 'SIGKILL');
  await until('it is told of', () => told[0] ?? (failed.mock.calls.length > 0 ? 'failed' : undefined));
  ending.abort();
  await watching;
  expect(new Set(told)).toEqual(new Set(['default/web']));
  expect(await driver.list('default')).toEqual([web]);
});
