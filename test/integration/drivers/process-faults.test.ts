import { mkdir, readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { beginAttempt, settle } from './attempt.ts';
import { createBench, grant, isAlive, observePresent, until, web, type Bench } from './process-bench.ts';

/*
 * Every effect, killed or suspended at every point, then done by a second attempt: in the end the instance is as asked,
 * with one live process, and no program was started once too often. The oracle is a file that programs write to.
 */

// Real processes on a machine that others use too.
vi.setConfig({ testTimeout: 20_000 });

let bench: Bench;
beforeEach(async () => void (bench = await createBench()));
afterEach(() => bench.dispose());

const start = { start: true, replace: false } as const;

/** After `count` starts in all, one process lives, and it is the one that is observed. */
async function expectOneProcess(count: number, launchers: readonly number[] = []): Promise<void> {
  await until(`${count} programs have started`, async () =>
    (await bench.starts()).length >= count ? true : undefined,
  );
  const { pid } = await observePresent(bench.driver());
  for (const launcher of launchers) {
    await until(`launcher ${launcher} has settled`, async () =>
      launcher === pid || !(await isAlive(launcher)) ? true : undefined,
    );
  }
  const starts = await bench.starts();
  expect(starts).toHaveLength(count);
  const alive = await Promise.all(starts.map(isAlive));
  expect(starts.filter((_, index) => alive[index])).toEqual([pid]);
}

describe('killed at a point, then attempted again', () => {
  test.each(['begun', 'unpacked', 'launcher-spawned', 'order-sent', 'linked'] as const)(
    'provision at %s → one start',
    async (at) => {
      const attempt = beginAttempt(bench, { effect: 'provision', key: 'k', attempt: 1, gate: { at, action: 'kill' } });
      await attempt.diesAtGate();
      const driver = bench.driver();
      await settle(driver, bench, 'provision', 'k', 2);
      await expectOneProcess(1, attempt.launchers());
      expect((await observePresent(driver)).starts).toBe(1);
      await driver.terminate(web, 0, grant('end'));
      expect(await readdir(bench.path())).toEqual(['states']);
    },
  );

  test.each(['begun', 'group-ended', 'launcher-spawned', 'order-sent', 'linked'] as const)(
    'restart at %s → one more start',
    async (at) => {
      const driver = bench.driver();
      await driver.provision(web, bench.settings, start, grant('first'));
      await expectOneProcess(1);
      const attempt = beginAttempt(bench, { effect: 'restart', key: 'k', attempt: 1, gate: { at, action: 'kill' } });
      await attempt.diesAtGate();
      await settle(driver, bench, 'restart', 'k', 2);
      await expectOneProcess(2, attempt.launchers());
    },
  );

  test.each([
    { effect: 'replace', at: 'unpacked' },
    { effect: 'replace', at: 'group-ended' },
    { effect: 'replace', at: 'linked' },
  ] as const)('$effect at $at → one more start', async ({ effect, at }) => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('first'));
    await expectOneProcess(1);
    const attempt = beginAttempt(bench, { effect, key: 'k', attempt: 1, gate: { at, action: 'kill' } });
    await attempt.diesAtGate();
    await settle(driver, bench, effect, 'k', 2);
    await expectOneProcess(2, attempt.launchers());
  });

  test.each(['committed', 'files-written'] as const)('configure at %s → all files as asked', async (at) => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('first'));
    const settings = { ...bench.settings, files: { 'new.txt': 'n' }, type: 'large' };
    const attempt = beginAttempt(bench, {
      effect: 'configure',
      settings,
      key: 'k',
      attempt: 1,
      gate: { at, action: 'kill' },
    });
    await attempt.diesAtGate();
    if (at === 'committed') {
      expect((await observePresent(driver)).settings.files).toEqual(bench.settings.files);
    }
    // The size is noted, and may not be that of the process.
    expect((await observePresent(driver)).notInForce).toEqual(['files', 'type']);
    await settle(driver, bench, 'configure', 'k', 2, settings);
    expect(await observePresent(driver)).toMatchObject({ settings: { files: settings.files }, notInForce: ['files'] });
    await expectOneProcess(1);
  });

  test.each(['committed', 'files-written'] as const)("configure at %s → the image's own file is back", async (at) => {
    const driver = bench.driver();
    const others = { ...bench.settings, files: { 'main.cjs': 'setInterval(() => {}, 1000)' } };
    await driver.provision(web, bench.settings, { start: false, replace: false }, grant('first'));
    const [root] = await readdir(bench.path());
    const original = await readFile(bench.path(root!, 'main.cjs'), 'utf8');
    for (const [key, settings] of [
      ['put', others],
      ['taken', bench.settings],
    ] as const) {
      const gate = { at, action: 'kill' } as const;
      const attempt = beginAttempt(bench, { effect: 'configure', settings, key, attempt: 1, gate });
      await attempt.diesAtGate();
      await settle(driver, bench, 'configure', key, 2, settings);
      expect((await observePresent(driver)).settings.files).toEqual(settings.files);
    }
    expect(await readFile(bench.path(root!, 'main.cjs'), 'utf8')).toBe(original);
  });

  test.each(['begun', 'files-written'] as const)('clearing space at %s → empty, and noted as done', async (at) => {
    const driver = bench.driver();
    await driver.provision(web, { ...bench.settings, scratch: ['cache'] }, start, grant('first'));
    const root = (await readdir(bench.path())).find((name) => name.startsWith('root-'))!;
    await mkdir(bench.path(root, 'cache/deep'), { recursive: true });
    const attempt = beginAttempt(bench, { effect: 'clearSpace', key: 'k', attempt: 1, gate: { at, action: 'kill' } });
    await attempt.diesAtGate();
    expect(await readdir(bench.path(root, 'cache'))).toEqual(at === 'begun' ? ['deep'] : []);
    await settle(driver, bench, 'clearSpace', 'k', 2);
    expect(await readdir(bench.path(root, 'cache'))).toEqual([]);
    expect(await driver.probe(web, 'k', 3)).toEqual({ type: 'happened', result: {} });
    await expectOneProcess(1);
  });

  test.each(['begun', 'group-ended', 'committed'] as const)('terminate at %s → nothing left', async (at) => {
    const driver = bench.driver();
    const { pid } = await driver.provision(web, bench.settings, start, grant('first'));
    const attempt = beginAttempt(bench, { effect: 'terminate', key: 'k', attempt: 1, gate: { at, action: 'kill' } });
    await attempt.diesAtGate();
    await settle(driver, bench, 'terminate', 'k', 2);
    expect(await isAlive(pid!)).toBe(false);
    expect(await readdir(bench.path())).toEqual(['states']);
  });

  test('stop at group-ended → stopped, not exited', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('first'));
    const attempt = beginAttempt(bench, {
      effect: 'stop',
      key: 'k',
      attempt: 1,
      gate: { at: 'group-ended', action: 'kill' },
    });
    await attempt.diesAtGate();
    expect((await observePresent(driver)).state).toBe('exited');
    await settle(driver, bench, 'stop', 'k', 2);
    expect((await observePresent(driver)).state).toBe('stopped');
  });
});

describe('suspended, and going on when a second attempt is through', () => {
  test.each(['begun', 'unpacked', 'launcher-spawned', 'order-sent', 'linked'] as const)(
    'provision at %s → one start',
    async (at) => {
      const late = beginAttempt(bench, { effect: 'provision', key: 'k', attempt: 1, gate: { at, action: 'stop' } });
      await late.reachesGate();
      const receipt = await settle(bench.driver(), bench, 'provision', 'k', 2);
      await expectOneProcess(1);
      process.kill(late.pid, 'SIGCONT');
      // Its launcher settles, it finds the key done, and answers as the second attempt did.
      expect((await late.ended()).at(-1)).toEqual({ type: 'receipt', receipt });
      await expectOneProcess(1, late.launchers());
      expect((await readdir(bench.path())).filter((name) => name.startsWith('root-'))).toHaveLength(1);
    },
  );

  test.each(['begun', 'group-ended', 'launcher-spawned', 'order-sent'] as const)(
    'restart at %s → one more start',
    async (at) => {
      const driver = bench.driver();
      await driver.provision(web, bench.settings, start, grant('first'));
      await expectOneProcess(1);
      const late = beginAttempt(bench, { effect: 'restart', key: 'k', attempt: 1, gate: { at, action: 'stop' } });
      await late.reachesGate();
      const receipt = await settle(driver, bench, 'restart', 'k', 2);
      process.kill(late.pid, 'SIGCONT');
      expect((await late.ended()).at(-1)).toEqual({ type: 'receipt', receipt });
      await expectOneProcess(2, late.launchers());
    },
  );

  test.each([
    { effect: 'provision', before: 0 },
    { effect: 'restart', before: 1 },
  ] as const)('only the launcher of a $effect, its runtime dead → the launcher leaves', async ({ effect, before }) => {
    const driver = bench.driver();
    if (before > 0) {
      await driver.provision(web, bench.settings, start, grant('first'));
      await expectOneProcess(before);
    }
    const gate = { at: 'launcher-spawned', action: 'stop-launcher' } as const;
    const first = beginAttempt(bench, { effect, key: 'k', attempt: 1, gate });
    await first.reachesGate();
    const [launcher] = first.launchers();
    // Time for the order to be in the launcher's socket.
    await sleep(100);
    process.kill(first.pid, 'SIGKILL');
    await settle(driver, bench, effect, 'k', 2);
    process.kill(launcher!, 'SIGCONT');
    await expectOneProcess(before + 1, [launcher!]);
    expect(await isAlive(launcher!)).toBe(false);
  });

  test('until the instance was terminated → it stays gone', async () => {
    const late = beginAttempt(bench, {
      effect: 'provision',
      key: 'k',
      attempt: 1,
      gate: { at: 'unpacked', action: 'stop' },
    });
    await late.reachesGate();
    const driver = bench.driver();
    await settle(driver, bench, 'provision', 'k', 2);
    await expectOneProcess(1);
    await driver.terminate(web, 0, grant('end'));
    process.kill(late.pid, 'SIGCONT');
    expect((await late.ended()).at(-1)).toMatchObject({ type: 'receipt' });
    expect(await driver.observe(web)).toEqual({ type: 'absent' });
    expect(await bench.starts()).toHaveLength(1);
    expect(await readdir(bench.path())).toEqual(['states']);
  });

  test('in a stop that was given up → the process lives on', async () => {
    const driver = bench.driver();
    const { pid } = await driver.provision(web, bench.settings, start, grant('first'));
    const late = beginAttempt(bench, { effect: 'stop', key: 'k', attempt: 1, gate: { at: 'begun', action: 'stop' } });
    await late.reachesGate();
    expect(await driver.probe(web, 'k', Number.MAX_SAFE_INTEGER)).toEqual({ type: 'cannot-happen' });
    process.kill(late.pid, 'SIGCONT');
    expect((await late.ended()).at(-1)).toEqual({ type: 'error', code: 'EFFECT_FENCED' });
    expect(await isAlive(pid!)).toBe(true);
  });
});

describe('keys', () => {
  test('two provisions at once with the same key start one process', async () => {
    const receipts = await Promise.all(
      [1, 2, 3].map(() => bench.driver().provision(web, bench.settings, start, grant('k'))),
    );
    expect(new Set(receipts.map(({ pid }) => pid)).size).toBe(1);
    await expectOneProcess(1);
    expect((await readdir(bench.path())).filter((name) => name.startsWith('root-'))).toHaveLength(1);
  });

  test('two starts at once with different keys start one process', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, { start: false, replace: false }, grant('k'));
    const results = await Promise.allSettled(['a', 'b'].map((key) => bench.driver().start(web, grant(key))));
    expect(results.map(({ status }) => status)).toContain('fulfilled');
    await expectOneProcess(1);
  });

  test('every effect is done once for a key, and gives its receipt again', async () => {
    const driver = bench.driver();
    const created = await driver.provision(web, bench.settings, start, grant('p'));
    expect(await driver.provision(web, bench.settings, start, grant('p', 2))).toEqual(created);
    const restarted = await driver.restart(web, 2_000, grant('r'));
    expect(await driver.restart(web, 2_000, grant('r', 2))).toEqual(restarted);
    expect(await driver.probe(web, 'r', 3)).toEqual({ type: 'happened', result: restarted });
    expect((await observePresent(driver)).starts).toBe(2);
    await driver.terminate(web, 0, grant('t'));
    expect(await driver.terminate(web, 0, grant('t', 2))).toEqual({});
    expect(await driver.provision(web, bench.settings, start, grant('p', 3))).toEqual(created);
    expect(await driver.observe(web)).toEqual({ type: 'absent' });
  });

  test('a probe closes a key to earlier attempts and leaves it open to later ones', async () => {
    const driver = bench.driver();
    expect(await driver.probe(web, 'k', 3)).toEqual({ type: 'cannot-happen' });
    expect(await driver.probe(web, 'k', 2)).toEqual({ type: 'cannot-happen' });
    const fenced = driver.provision(web, bench.settings, start, grant('k', 2));
    await expect(fenced).rejects.toMatchObject({ code: 'EFFECT_FENCED' });
    expect(await driver.observe(web)).toEqual({ type: 'absent' });
    expect((await driver.provision(web, bench.settings, start, grant('k', 3))).pid).toBeGreaterThan(0);
  });

  test('a note on another key is not in the way of an effect under way', async () => {
    const probing = bench.driver();
    const driver = bench.driver({
      onMilestone: async ({ type }) => {
        if (type === 'launcher-spawned' && (await probing.probe(web, 'other', 1)).type !== 'cannot-happen')
          throw new Error();
      },
    });
    // Each launch of the first try loses its number to the note; the second does not.
    await driver.provision(web, bench.settings, start, grant('k'));
    await expectOneProcess(1);
  });
});
