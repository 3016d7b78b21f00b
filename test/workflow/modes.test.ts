import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourceScope } from '../../src/domain/freeze.ts';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { modeAnnotation, type Mode } from '../../src/domain/mode.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** How far the runtime goes by itself: modes, pauses and freezes. */
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ config: { mode: { tenants: { default: 'act' } } } });
});
afterAll(() => bed?.stop());

const inMode = (mode: Mode) => ({ annotations: { [modeAnnotation]: mode } });
const effectsOn = (name: string) =>
  bed.effects.effects().filter(({ key, object }) => object === `default.widget.${name}` && !key.startsWith('meddler'));
const blockedMessage = async (name: string) =>
  (await bed.actual(name))?.status.conditions.find(({ type }) => type === 'Blocked')?.message;
const freeze = (scope: string) =>
  bed.servers.state.freezes.freeze(scope, { by: 'ann', reason: 'moving house', since: new Date().toISOString() });
const thaw = (scope: string) => bed.servers.state.freezes.thaw(scope, 'bob');

describe('a resource in mode observe', () => {
  test('is reported and not brought about, until its mode changes', async () => {
    await bed.put('watched', { size: 1 }, inMode('observe'));
    const record = await bed.condition('watched', 'Blocked', 'ObserveOnly');
    expect(await blockedMessage('watched')).toBe('would create, but only observes');
    expect(record.status).toMatchObject({ state: 'Pending', settledRevision: expect.any(Number) as number });
    await bed.closed('watched');
    expect(effectsOn('watched')).toEqual([]);
    await bed.record('watched', 'observe-only');
    await bed.put('watched', { size: 1 }, inMode('act'));
    expect((await bed.settled('watched')).status.state).toBe('Running');
    expect(effectsOn('watched')).toHaveLength(1);
  });

  test('that is no longer wanted stays, because it only observes to the end', async () => {
    await bed.put('left', { size: 1 });
    await bed.settled('left');
    await bed.put('left', { size: 1 }, inMode('observe'));
    await waitFor('the mode to be on record', async () => (await bed.actual('left'))?.lastApplied?.mode === 'observe');
    await bed.remove('left');
    await bed.condition('left', 'Blocked', 'ObserveOnly');
    expect(await blockedMessage('left')).toBe('would delete, but only observes');
    expect(await bed.effects.objects()).toHaveProperty('default.widget.left');
  });
});

test('in mode observe what differs when it is no longer wanted stays, too', async () => {
  await bed.put('broken', { size: 1 });
  await bed.settled('broken');
  await bed.put('broken', { size: 2 }, inMode('observe'));
  await bed.condition('broken', 'Blocked', 'ObserveOnly');
  await bed.remove('broken');
  await waitFor(
    'the removal to be held',
    async () => (await blockedMessage('broken')) === 'would delete, but only observes',
  );
  expect(await bed.effects.objects()).toHaveProperty('default.widget.broken');
});

test('in mode propose every plan waits for a person, and then runs', async () => {
  await bed.put('proposed', { size: 1 }, inMode('propose'));
  const record = await bed.condition('proposed', 'AwaitingApproval', 'ModePropose');
  const message = record.status.conditions.find(({ type }) => type === 'AwaitingApproval')!.message;
  expect(message).toContain('every plan waits here (mode propose)');
  expect(effectsOn('proposed')).toEqual([]);
  await bed.signal('proposed', 'approve', { seal: /seal ([0-9a-f]{64})/.exec(message)![1], approver: 'ann' });
  expect((await bed.settled('proposed')).status.state).toBe('Running');
  expect(effectsOn('proposed')).toHaveLength(1);
});

test('a plan whose mode changes on the way does not go on as it was', async () => {
  await bed.effects.setBehaviour({ delayMs: 500 });
  await bed.put('tightened', { size: 1, steps: 4 });
  await waitFor('the plan to be under way', async () => (await bed.actual('tightened'))?.status.state === 'Creating');
  await bed.put('tightened', { size: 1, steps: 4 }, inMode('propose'));
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.condition('tightened', 'AwaitingApproval');
  expect(bed.effects.effects().filter(({ object }) => object.includes('tightened')).length).toBeLessThan(4);
});

describe('a pause', () => {
  test('holds a new resource, says who and why, and ends with resume', async () => {
    const scope = resourceScope(widgetKey('held'));
    await freeze(scope);
    await bed.put('held', { size: 1 });
    const record = await bed.condition('held', 'Blocked', 'Frozen');
    expect(await blockedMessage('held')).toBe(`${scope} by ann: moving house — homeostat resume Widget/held`);
    expect(record.status.frozenBy).toEqual([scope]);
    await bed.closed('held');
    expect(effectsOn('held')).toEqual([]);
    await bed.record('held', 'frozen');
    await thaw(scope);
    const { status } = await waitFor('it to run', async () => {
      const now = await bed.actual('held');
      return now?.status.state === 'Running' ? now : undefined;
    });
    expect(status).not.toHaveProperty('frozenBy');
    expect(await bed.servers.state.audit.verify(widgetKey('held'))).toBeUndefined();
  });

  test('in the middle of a plan lets the step under way end, and none follow it', async () => {
    await bed.effects.setBehaviour({ delayMs: 700 });
    await bed.put('halted', { size: 1, steps: 4 });
    await waitFor('the plan to be under way', async () => (await bed.actual('halted'))?.status.state === 'Creating');
    await freeze('kind/Widget');
    await bed.condition('halted', 'Blocked', 'Frozen');
    await bed.effects.setBehaviour({ delayMs: 0 });
    const done = bed.effects.effects().filter(({ object }) => object.includes('halted'));
    expect(done.length).toBeLessThan(4);
    await bed.closed('halted');
    await bed.record('halted', 'frozen-midway');
    await thaw('kind/Widget');
    await waitFor('it to run', async () => (await bed.actual('halted'))?.status.state === 'Running');
    const all = bed.effects.effects().filter(({ object }) => object.includes('halted'));
    expect(all.slice(0, done.length)).toEqual(done);
  });

  test('that ended while no runtime was there is found over by the next one', async () => {
    await freeze('tenant/default');
    await bed.put('forgotten', { size: 1 });
    await bed.condition('forgotten', 'Blocked', 'Frozen');
    await bed.runtime.stop();
    await thaw('tenant/default');
    await bed.restartRuntime();
    await waitFor('it to run', async () => (await bed.actual('forgotten'))?.status.state === 'Running');
  });

  test('whose end starts a plan: should that run be lost midway, the next runtime starts another', async () => {
    const scope = resourceScope(widgetKey('lost'));
    await freeze(scope);
    await bed.put('lost', { size: 1, steps: 4 });
    await bed.condition('lost', 'Blocked', 'Frozen');
    await bed.closed('lost');
    await bed.effects.setBehaviour({ delayMs: 700 });
    await thaw(scope);
    await waitFor('the plan to be under way', async () => (await bed.actual('lost'))?.status.state === 'Creating');
    await bed.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey('lost'))).terminate('by hand');
    await bed.effects.setBehaviour({ delayMs: 0 });
    await bed.restartRuntime();
    expect((await bed.settled('lost')).status.state).toBe('Running');
  });

  test('costs nothing while it lasts: no run is made for what is held', async () => {
    const scope = resourceScope(widgetKey('still'));
    await freeze(scope);
    await bed.put('still', { size: 1 });
    await bed.condition('still', 'Blocked', 'Frozen');
    await bed.closed('still');
    const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey('still')));
    const { runId } = await handle.describe();
    await freeze('all');
    await thaw('all');
    await bed.restartRuntime();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await handle.describe()).runId).toBe(runId);
    await thaw(scope);
    await waitFor('it to run', async () => (await bed.actual('still'))?.status.state === 'Running');
  });

  test('of what is no scope holds nothing, and is warned of once for as long as it stands', async () => {
    const { store, keys } = bed.servers.state;
    const key = keys.freeze('Widget/loose');
    const warnings = () =>
      readFileSync(join(bed.servers.folder, 'runtime.log'), 'utf8')
        .split('\n')
        .filter((line) => line.includes(key) && line.includes('not a scope'));
    for (const value of ['{}', '{"by":"ann"}']) await store.commit([], [{ type: 'put', key, value }]);
    await bed.put('loose', { size: 1 });
    expect((await bed.settled('loose')).status.state).toBe('Running');
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain('freeze/kind/<Kind>');
    await store.commit([], [{ type: 'delete', key }]);
    await store.commit([], [{ type: 'put', key, value: '{}' }]);
    await waitFor('a second warning', () => warnings().length === 2);
    await store.commit([], [{ type: 'delete', key }]);
  });
});
