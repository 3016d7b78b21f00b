import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ config: { retry: { first: '2s', longest: '4s' } } });
});
afterAll(() => bed?.stop());

test('a target that refuses ends in Error with the reason, and is tried again after the back-off', async () => {
  await bed.effects.setBehaviour({ refuse: true });
  await bed.put('refused', { size: 1 });
  const record = await bed.condition('refused', 'Blocked');
  expect(record.status.state).toBe('Error');
  expect(record.status.conditions.find(({ type }) => type === 'Blocked')?.message).toContain('EFFECT_REFUSED');
  expect(record.status.retryAt).toBeDefined();
  await bed.effects.setBehaviour({ refuse: false });
  await waitFor('the retry', async () => (await bed.actual('refused'))?.status.state === 'Running');
  expect((await bed.actual('refused'))?.status).toMatchObject({ failures: 0 });
  await bed.record('refused', 'refused');
});

test('a retry that is said while a plan fails tries the same plan once more', async () => {
  await bed.effects.setBehaviour({ delayMs: 1_500 }, 'default.widget.insisted-part-1');
  await bed.effects.setBehaviour({ refuse: true }, 'default.widget.insisted');
  await bed.put('insisted', { size: 1, steps: 2 });
  const isAtWork = async () => (await bed.effects.underWay()).length === 1;
  await waitFor('its first step', isAtWork);
  await bed.signal('insisted', 'retry');
  await waitFor('the first step to end', async () => !(await isAtWork()));
  await waitFor('the first step once more', isAtWork);
  await bed.effects.setBehaviour({ refuse: false }, 'default.widget.insisted');
  await bed.closed('insisted');
  expect((await bed.actual('insisted'))?.status.state).toBe('Running');
  await bed.record('insisted', 'retried-amid-a-failure');
});

test('an invalid value written past our doors is reported on the resource and costs one run', async () => {
  await bed.put('invalid', { size: 'big', colour: 'red' });
  const record = await bed.condition('invalid', 'Invalid');
  const message = record.status.conditions.find(({ type }) => type === 'Invalid')?.message;
  expect(message).toContain('INVALID_NUMBER spec.size');
  expect(message).toContain('UNKNOWN_FIELD spec.colour');
  expect(record.status.retryAt).toBeUndefined();
  await bed.put('invalid', { size: 1 });
  await waitFor('the corrected value to run', async () => (await bed.actual('invalid'))?.status.state === 'Running');
  await bed.record('invalid', 'invalid');
});

test('a value that is no JSON, and an unknown kind, are reported on the resource', async () => {
  await bed.putRaw(widgetKey('garbage'), '{not json');
  await bed.condition('garbage', 'Invalid', 'PARSE_ERROR');
  const key = { tenant: 'default', kind: 'Gizmo', name: 'strange' };
  await bed.putRaw(
    key,
    JSON.stringify({ apiVersion: 'homeostat/v1', kind: 'Gizmo', metadata: { name: 'strange' }, spec: {} }),
  );
  const record = await waitFor(
    'the unknown kind to be reported',
    async () => (await bed.servers.state.resources.read(key)).actual?.record,
  );
  expect(record.status.conditions.find(({ type }) => type === 'Invalid')).toMatchObject({ reason: 'UNKNOWN_KIND' });
  await bed.servers.state.resources.deleteDesired(key);
  await waitFor('it to be forgotten', async () => (await bed.servers.state.resources.read(key)).actual === undefined);
});

test('a resource waits for what it depends on, and goes on as soon as that runs', async () => {
  await bed.put('dependant', { size: 1 }, { dependsOn: ['Widget/base'] });
  const record = await bed.condition('dependant', 'Blocked', 'DEPENDENCY_NOT_READY');
  expect(record.status).toMatchObject({ state: 'Pending', waitingFor: ['Widget/base'] });
  expect(record.status.conditions.find(({ type }) => type === 'Blocked')?.message).toBe(
    'NOT_FOUND metadata.dependsOn[0]: no such resource (got Widget/base) — apply it first, or in the same call',
  );
  await bed.put('base', { size: 1 });
  await waitFor('the dependant to run', async () => (await bed.actual('dependant'))?.status.state === 'Running');
  const order = bed.effects.effects().map(({ object }) => object);
  expect(order.indexOf('default.widget.base')).toBeLessThan(order.indexOf('default.widget.dependant'));

  await bed.remove('base');
  await bed.condition('base', 'Blocked', 'HAS_DEPENDANTS');
  await bed.record('dependant', 'dependency');
});

test('resources put in a circle say so, and come about as soon as somebody breaks it at one of them', async () => {
  await bed.put('head', { size: 1 }, { dependsOn: ['Widget/tail'] });
  await bed.put('tail', { size: 1 }, { dependsOn: ['Widget/head'] });
  const record = await bed.condition('tail', 'Invalid', 'INVALID_VALUE');
  expect(record.status).toMatchObject({ state: 'Pending', waitingFor: ['Widget/head'] });
  expect(record.status.conditions.find(({ type }) => type === 'Invalid')?.message).toContain(
    'depends on itself: Widget/tail → Widget/head → Widget/tail',
  );
  // The first of them could not see it when it was put; its retry does.
  await bed.condition('head', 'Invalid', 'INVALID_VALUE');
  await bed.put('head', { size: 1 });
  for (const name of ['head', 'tail']) {
    const { status } = await waitFor(`${name} to run`, async () => {
      const now = await bed.actual(name);
      return now?.status.state === 'Running' ? now : undefined;
    });
    expect(status.conditions.map(({ type }) => type)).toEqual(['Ready']);
  }
});

test('resources that need each other, as they were applied, can be deleted, one after the other', async () => {
  for (const [name, needed] of [
    ['head', 'tail'],
    ['tail', 'head'],
  ] as const) {
    await bed.servers.state.changeActual(widgetKey(name), (record) => ({
      ...record!,
      lastApplied: { ...record!.lastApplied!, dependsOn: [`Widget/${needed}`] },
    }));
    await bed.remove(name);
  }
  const { status } = await bed.condition('tail', 'Blocked', 'HAS_DEPENDANTS');
  expect(status.waitingFor).toEqual(['Widget/head']);
  for (const name of ['head', 'tail']) {
    await bed.condition(name, 'AwaitingApproval');
    const [request] = await bed.servers.state.approvals.find(widgetKey(name), '');
    await bed.signal(name, 'approve', { seal: request!.seal, approver: 'ann' });
    await waitFor(`${name} to go`, async () => (await bed.actual(name)) === undefined);
  }
});

test('what cannot be observed is neither made nor removed', async () => {
  await bed.put('unseen', { size: 1 });
  await bed.settled('unseen');
  await bed.effects.stop();
  await bed.put('unseen', { size: 2 });
  const record = await bed.condition('unseen', 'Blocked', 'UNREACHABLE');
  expect(record.status.retryAt).toBeDefined();
  await bed.record('unseen', 'unreachable');
});
