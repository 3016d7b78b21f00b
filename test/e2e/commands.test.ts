import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInProcess } from '../support/run-in-process.ts';
import { environmentOf, projectRoot } from '../support/run-program.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Commands that follow, watch, prune and speak to runs, on real servers and an agent of a test's own. */
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ mode: 'plain', plain: true });
});
afterAll(() => bed?.stop());

const environment = () => environmentOf(bed.servers, join(bed.servers.folder, 'cli'));
const run = (...args: readonly string[]) => runInProcess(environment(), args);
const toFile = (name: string, ...widgets: readonly (readonly [name: string, spec: object, dependsOn?: string])[]) => {
  const file = join(bed.servers.folder, `${name}.json`);
  const items = widgets.map(([widget, spec, dependsOn]) => ({
    apiVersion: 'homeostat/v1',
    kind: 'Widget',
    metadata: { name: widget, dependsOn: dependsOn === undefined ? [] : [`Widget/${dependsOn}`] },
    spec,
  }));
  writeFileSync(file, JSON.stringify({ items }));
  return file;
};

interface Told {
  readonly type: string;
  readonly resource: {
    readonly metadata: { readonly name: string };
    readonly status: { readonly state: string; readonly observed?: object };
  };
}
/** `get --watch` as a process of its own, with the objects it has printed so far. */
function startWatch(what: string, output: 'json' | 'table' = 'json') {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'get', what, '--watch', '-o', output], {
    cwd: projectRoot,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const told = () =>
    printed
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Told);
  return {
    printed: () => printed,
    told,
    lines: () => told().map(({ type, resource: { metadata, status } }) => `${type} ${metadata.name} ${status.state}`),
    errors: () => errors,
    async interrupt() {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      return ended;
    },
  };
}

test('apply --wait shows each step as it begins and as it ends', async () => {
  const { code, stdout } = await run(
    'apply',
    '-f',
    toFile('steps', ['stepped', { size: 1, steps: 3 }]),
    '--wait',
    '30s',
  );
  expect({ code }, stdout).toEqual({ code: 0 });
  const lines = stdout
    .split('\n')
    .flatMap((line) => /stepped {2}(\[.*)$/.exec(line)?.[1]?.replace(/[0-9.]+ s$/, '') ?? []);
  expect(lines).toEqual([
    '[1/3] prepare_widget(stepped) …',
    '[1/3] prepare_widget(stepped) done, ',
    '[2/3] prepare_widget(stepped) …',
    '[2/3] prepare_widget(stepped) done, ',
    '[3/3] put_widget(stepped) …',
    '[3/3] put_widget(stepped) done, ',
  ]);
  expect(stdout.trimEnd()).toMatch(/Widget\/stepped {2}Running$/);
});

test('a step that takes long is told of again and again, one that is refused with its reason', async () => {
  await bed.effects.setBehaviour({ delayMs: 2_500 });
  const slow = await run('apply', '-f', toFile('slow', ['slow', { size: 1 }]), '--wait', '30s');
  await bed.effects.setBehaviour({ delayMs: 0, refuse: true });
  const bad = await run('apply', '-f', toFile('bad', ['bad', { size: 1 }]), '--wait', '30s');
  await bed.effects.setBehaviour({ refuse: false });
  expect(slow.stdout).toMatch(/s {2}… +Widget\/slow \[1\/1\] put_widget\(slow\) for [12] s/);
  expect(bad.stdout).toMatch(/put_widget\(bad\) failed after .* s: EFFECT_REFUSED/);
  expect({ code: bad.code, stderr: bad.stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^NOT_CONVERGED Widget\/bad: Error, Blocked: /) as string,
  });
});

test('get --watch as JSON tells what was there and every change, an object a line, until Ctrl-C, which is no fault', async () => {
  await bed.put('there', { size: 1 });
  await bed.condition('there', 'Ready', 'Converged');
  const watch = startWatch('Widget');
  await waitFor('the first list', () => watch.lines().includes('added there Running'));
  await bed.put('come', { size: 1 });
  await waitFor('the new one', () => watch.lines().some((line) => line.endsWith(' come Running')));
  await bed.remove('come');
  await bed.condition('come', 'AwaitingApproval');
  await run('approve', 'Widget/come', '--yes');
  await waitFor('its end', () => watch.lines().some((line) => line.startsWith('gone come')));
  expect(await watch.interrupt()).toEqual([0, null]);
  expect(watch.lines().filter((line) => line.includes(' there '))).toEqual(['added there Running']);
  // Desired and actual are watched apart: the first that is seen may be a run that has begun already, or has ended.
  expect(watch.lines().find((line) => line.includes(' come '))).toMatch(/^added come (Pending|Creating|Running)$/);
});

test('a watch outlives its etcd, says so where people read, and misses nothing', async () => {
  const watch = startWatch('Widget/there');
  const table = startWatch('Widget/there', 'table');
  await waitFor('the first lists', () => watch.told().length > 0 && table.printed().includes('there'));
  process.kill(await bed.servers.pidOf('etcd'), 'SIGKILL');
  await waitFor('the loss to be told', () => table.errors().includes('etcd does not answer, waiting for it: '));
  await bed.servers.restart();
  await waitFor('etcd', () => bed.put('there', { size: 2 }).catch(() => undefined));
  await waitFor('the change', () => {
    const { observed } = watch.told().at(-1)!.resource.status;
    return observed !== undefined && 'size' in observed && observed.size === 2;
  });
  await waitFor('its return to be told', () => table.errors().includes('etcd answers again'));
  expect(await table.interrupt()).toEqual([0, null]);
  expect(await watch.interrupt()).toEqual([0, null]);
  expect(watch.errors()).toBe('');
});

test('a wait outlives its etcd, and says so', async () => {
  await bed.put('outlived', { size: 1 });
  await bed.settled('outlived');
  const waiting = run('wait', 'Widget/outlived', '--for', 'condition=AwaitingApproval', '--timeout', '60s');
  await sleep(1_000);
  process.kill(await bed.servers.pidOf('etcd'), 'SIGKILL');
  await sleep(1_000);
  await bed.servers.restart();
  await waitFor('etcd', () =>
    bed.remove('outlived').then(
      () => true,
      () => false,
    ),
  );
  const { code, stdout, stderr } = await waiting;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/etcd does not answer, waiting for it: |etcd answers again/g)).toEqual([
    'etcd does not answer, waiting for it: ',
    'etcd answers again',
  ]);
});

test('wait ends with 0, 3 or 1: there, not in time, or never', async () => {
  const coded = async (...args: readonly string[]) => {
    const { code, stderr } = await run('wait', ...args);
    return `${code} ${stderr.split(' ', 1)[0] ?? ''}`.trim();
  };
  expect(await coded('Widget/there', 'Widget/stepped')).toBe('0');
  expect(await coded('Widget/there', '--for', 'condition=Ready')).toBe('0');
  expect(await coded('Widget/none', '--for', 'deleted')).toBe('0');
  expect(await coded('Widget/there', '--for', 'state=Error', '--timeout', '300ms')).toBe('3 WAIT_TIMED_OUT');
  expect(await coded('Widget/none')).toBe('1 NOT_FOUND');
  expect(await coded('Widget/bad')).toBe('1 NOT_CONVERGED');
});

test('wait takes no word of an older version for the newest', async () => {
  expect((await run('apply', '-f', toFile('v1', ['versioned', { size: 1 }]), '--wait', '30s')).code).toBe(0);
  await bed.closed('versioned');
  await bed.effects.setBehaviour({ delayMs: 3_000 });
  expect((await run('apply', '-f', toFile('v2', ['versioned', { size: 2 }]))).code).toBe(0);
  for (const goal of ['condition=Ready', 'state=Running']) {
    expect((await run('wait', 'Widget/versioned', '--for', goal, '--timeout', '200ms')).code, goal).toBe(3);
  }
  await bed.effects.setBehaviour({ delayMs: 0 });
  expect((await run('wait', 'Widget/versioned', '--for', 'condition=Ready', '--timeout', '30s')).code).toBe(0);
  expect((await bed.actual('versioned'))?.status.observed).toMatchObject({ size: 2 });
});

test('wait after a resume waits for what was held, and ends with 1 while a pause stands', async () => {
  await bed.put('held', { size: 1 });
  await bed.settled('held');
  expect((await run('pause', 'Widget/held')).code).toBe(0);
  await bed.put('held', { size: 2 });
  await bed.condition('held', 'Blocked', 'Frozen');
  expect((await run('wait', 'Widget/held')).code).toBe(1);
  expect((await run('resume', 'Widget/held')).code).toBe(0);
  expect((await run('wait', 'Widget/held', '--timeout', '30s')).code).toBe(0);
  expect((await bed.actual('held'))?.status.observed).toMatchObject({ size: 2 });
});

test('retry --wait ends with what came of this try, good or bad', async () => {
  await bed.effects.setBehaviour({ refuse: true });
  await bed.put('retried', { size: 1 });
  await bed.condition('retried', 'Blocked');
  await bed.closed('retried');
  const failuresOf = async () => (await bed.actual('retried'))!.status.failures;
  const before = await failuresOf();
  expect(await run('retry', 'Widget/retried', '--wait', '30s')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^NOT_CONVERGED Widget\/retried: /) as string,
  });
  expect(await failuresOf()).toBeGreaterThan(before);
  await bed.closed('retried');
  await bed.effects.setBehaviour({ refuse: false });
  const { code, stdout } = await run('retry', 'Widget/retried', '--wait', '30s');
  expect({ code }, stdout).toEqual({ code: 0 });
  expect(stdout).toMatch(/^retrying {3}Widget\/retried\n/);
});

test('apply --prune deletes what has left the set, shown before by a dry run, and waits until it is gone', async () => {
  const both = toFile('both', ['base', { size: 1 }], ['top', { size: 1 }, 'base']);
  const one = toFile('one', ['base', { size: 1 }]);
  expect((await run('apply', '-f', both, '--set', 'pair', '--wait', '30s')).code).toBe(0);
  const dry = await run('apply', '-f', one, '--set', 'pair', '--prune', '--dry-run');
  expect(dry).toEqual({
    code: 0,
    stderr: '',
    stdout: 'unchanged  Widget/base  (dry run)\npruned     Widget/top  (dry run)\n',
  });
  expect(await run('apply', '-f', one, '--set', 'pair', '--prune')).toMatchObject({ code: 2, stdout: '' });
  const pruning = run('apply', '-f', one, '--set', 'pair', '--prune', '--yes', '--wait', '30s');
  await bed.condition('top', 'AwaitingApproval');
  await bed.signal('top', 'approve', { seal: (await bed.servers.state.approvals.find(widgetKey('top'), ''))[0]!.seal });
  const { code, stdout } = await pruning;
  expect({ code }, stdout).toEqual({ code: 0 });
  expect(stdout).toMatch(/^unchanged {2}Widget\/base\npruned {5}Widget\/top\n/);
  expect(await bed.actual('top')).toBeUndefined();
  expect(await bed.actual('base')).toBeDefined();
});

test('resolve names the open effect, tells the run, and refuses what is not open', async () => {
  await bed.effects.setBehaviour({ failAfter: true });
  await bed.put('lost', { size: 1 });
  await bed.condition('lost', 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.effects.setBehaviour({ failAfter: false });
  const described = await run('describe', 'Widget/lost');
  const [, seal = ''] =
    /Open effects\n {2}s1 put_widget, outcome unknown \(seal ([0-9a-f]{12})\)/.exec(described.stdout) ?? [];
  const wrong = await run('resolve', 'Widget/lost', '--seal', seal, '--step', 's2', '--choice', 'adopt');
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`open is --seal ${seal} --step s1`) as string,
  });
  const right = await run('resolve', 'Widget/lost', '--seal', seal, '--step', 's1', '--choice', 'adopt', '--as', 'ann');
  expect(right).toEqual({ code: 0, stderr: '', stdout: 'told       Widget/lost: s1 adopt\n' });
  expect((await bed.settled('lost')).status.state).toBe('Running');
});

test('the names in the store are offered at a Tab', async () => {
  expect((await run('__complete', '--', 'describe', 'Widget/st')).stdout).toBe('Widget/stepped\tRunning\n');
  expect((await run('__complete', '--', 'get', 'Wid')).stdout).toMatch(/^Widget\tall of this kind\nWidget\/bad\t/);
});

test('without a runtime plan says so at once, and what can wait is left for when one starts', async () => {
  await bed.remove('there');
  await bed.remove('held');
  await bed.condition('there', 'AwaitingApproval');
  await bed.condition('held', 'AwaitingApproval');
  await bed.runtime.stop();
  // The question whether to remove it is none about what is wanted now.
  const wait = ['wait', 'Widget/held', '--for', 'condition=AwaitingApproval', '--timeout', '300ms'];
  expect((await run(...wait)).code).toBe(0);
  await bed.put('held', { size: 3 });
  expect((await run(...wait)).code).toBe(3);
  const startedAt = performance.now();
  const planned = await run('plan', 'Widget/stepped');
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(planned).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^NOT_RUNNING runtime: /) as string,
  });

  const note = expect.stringMatching(
    /^note {7}no runtime is running that works on runs: it will be done when one starts/,
  ) as string;
  expect(await run('retry', 'Widget/stepped')).toEqual({
    code: 0,
    stdout: 'retrying   Widget/stepped\n',
    stderr: note,
  });
  const approved = await run('approve', 'Widget/there', '--yes', '--as', 'ann\u009b2J');
  expect(approved).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /left {7}approved: Widget\/there by ann\\u\{9b\}2J \(seal [0-9a-f]{12}\)\n$/,
    ) as string,
    stderr: note,
  });
  expect(await run('approve', 'Widget/there', '--yes', '-o', 'json')).toMatchObject({ code: 0, stderr: '' });
  await bed.restartRuntime();
  await waitFor('the delete that was approved', async () => (await bed.actual('there')) === undefined);
});
