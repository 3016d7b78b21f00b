import { describe, expect, test, vi } from 'vitest';
import { recordBlocked } from '../../../src/activities/verify-and-record.ts';
import { sweep } from '../../../src/activities/sweep.ts';
import { absent, present, unreachable } from '../../../src/domain/outcome.ts';
import type { RecordBlockedInput } from '../../../src/domain/run.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { box, createBench, now, sampleActual } from './activity-bench.ts';

describe('recording', () => {
  test('what is as desired → converged, with what was applied', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 1 }, { labels: { a: 'b' } });
    bench.world.seen = present({ size: 1 });
    expect(await bench.record(revision)).toEqual({ type: 'converged' });
    expect(await bench.actual()).toMatchObject({
      id: String(revision),
      lastApplied: { spec: { size: 1, color: 'red' }, labels: { a: 'b' } },
      status: { state: 'Running', settledRevision: revision, observed: { size: 1 }, failures: 0 },
    });
    expect((await bench.state.audit.list(box)).map(({ type, detail }) => [type, detail.outcome])).toEqual([
      ['run-recorded', 'converged'],
    ]);
  });

  test('what is not yet as desired → which fields differ; what was applied before stays', async () => {
    const bench = createBench();
    await bench.converged(1);
    const revision = await bench.putBox({ size: 2 });
    expect(await bench.record(revision)).toEqual({ type: 'not-converged', difference: 'still differs in size' });
    expect(await bench.actual()).toMatchObject({ lastApplied: { spec: { size: 1 } } });
    bench.world.seen = absent();
    expect(await bench.record(revision)).toMatchObject({ difference: 'still to create' });
  });

  test('while desired moved on → moved, and the revision stays behind', async () => {
    const bench = createBench();
    const before = await bench.converged(1);
    await bench.putBox({ size: 2 });
    expect(await bench.record(before)).toEqual({ type: 'moved' });
    expect((await bench.actual())?.status.settledRevision).toBe(before);
    await bench.put('{');
    expect(await bench.record(before)).toEqual({ type: 'moved' });
  });

  test('by who planned it asks the store nothing: desired is known to stand as it was planned for', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 1 });
    await bench.plan();
    bench.world.seen = present({ size: 1 });
    const reads = vi.spyOn(bench.store, 'getMany');
    expect(await bench.record(revision)).toEqual({ type: 'converged' });
    expect(reads).not.toHaveBeenCalled();
  });

  test('by another process, or once more after a failure, reads what stands there', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 1 });
    bench.world.seen = present({ size: 1 });
    const reads = vi.spyOn(bench.store, 'getMany');
    expect(await bench.record(revision)).toEqual({ type: 'converged' });
    expect(reads).toHaveBeenCalledTimes(1);
    expect(await bench.record(revision, { attempt: 2 })).toEqual({ type: 'converged' });
    expect(reads).toHaveBeenCalledTimes(2);
  });

  test('once more, after a worker that ended before it could report, tells it once, and what became of it then, too', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    for (const attempt of [1, 2]) {
      expect(await bench.record(0, { attempt })).toMatchObject({ type: 'not-converged' });
    }
    bench.world.seen = absent();
    for (const attempt of [1, 2]) expect(await bench.record(0, { attempt })).toEqual({ type: 'gone' });
    expect((await bench.state.audit.list(box)).map(({ detail }) => detail.outcome)).toEqual([
      'converged',
      'not-converged',
      'gone',
    ]);
  });

  test('while desired moves under the look → moved, though nobody told this process', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 1 });
    await bench.plan();
    bench.world.seen = present({ size: 1 });
    let looks = 0;
    bench.world.onLook = async () => {
      looks += 1;
      if (looks === 1) await bench.putBox({ size: 2 });
    };
    expect(await bench.record(revision)).toEqual({ type: 'moved' });
    expect(looks).toBe(2);
    expect((await bench.actual())?.status.settledRevision).toBeLessThan(revision);
  });

  test("what only one host can reach is noted as its own, and as nobody's once it can be reached from anywhere", async () => {
    const bench = createBench();
    bench.world.placement = 'host';
    await bench.converged(1);
    expect((await bench.actual())?.status.owner).toBe('host-1');
    bench.world.placement = 'anywhere';
    await bench.converged(2);
    expect((await bench.actual())?.status).not.toHaveProperty('owner');
  });

  test('of two processes, the one that remembers an older absence takes nothing for gone that it did not look at', async () => {
    const store = createMemoryStore();
    const [remembering, other] = [createBench({ store }), createBench({ store })];
    await remembering.plan();
    await other.converged(1);
    await other.removeBox();
    remembering.world.seen = present({ size: 1 });
    expect(await remembering.record(0)).toEqual({ type: 'not-converged', difference: 'still to delete' });
    expect(await other.actual()).toBeDefined();
  });

  test('what is gone as wanted → gone, and so is its record; the audit stays', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    bench.world.seen = absent();
    expect(await bench.record(0)).toEqual({ type: 'gone' });
    expect(await bench.actual()).toBeUndefined();
    expect((await bench.state.audit.list(box)).length).toBe(2);
  });

  test('what cannot be observed is never taken for gone → UNREACHABLE', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    bench.world.seen = unreachable('away');
    await expect(bench.record(0)).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(await bench.actual()).toBeDefined();
  });

  test('what is gone while something is desired again → no observation is left of it', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    const revision = await bench.putBox({ size: 1 });
    bench.world.seen = absent();
    await bench.record(0);
    expect(revision).toBeGreaterThan(0);
    expect((await bench.actual())?.status.observed).toBeUndefined();
  });
});

describe('recording that a run is blocked', () => {
  const block = { code: 'TOOL_FAILED', message: 'it broke', retry: true } as const;
  const record = (bench: ReturnType<typeof createBench>, change: Partial<RecordBlockedInput> = {}, attempt = 1) =>
    recordBlocked(
      bench.dependencies,
      { ...bench.scope, attempt },
      { ...bench.reference, desiredRevision: 7, block, steps: [], ...change },
    );

  test('of a resource nothing was recorded of → a record of its own, and when it is tried again', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 1 });
    await record(bench, { desiredRevision: revision });
    expect(await bench.actual()).toMatchObject({
      id: String(revision),
      status: { state: 'Error', settledRevision: revision, failures: 1, retryAt: new Date(now + 1_000).toISOString() },
    });
    expect((await bench.state.audit.list(box)).at(-1)?.detail).toMatchObject({
      outcome: 'blocked',
      code: 'TOOL_FAILED',
    });
  });

  test('of a resource that was deleted and made anew is a record of the new one', async () => {
    const bench = createBench();
    await bench.converged();
    await bench.removeBox();
    const revision = await bench.putBox({ size: 1 });
    await record(bench, { desiredRevision: revision });
    expect((await bench.actual())?.id).toBe(String(revision));
    await bench.removeBox();
    await record(bench, { desiredRevision: 0 });
    expect((await bench.actual())?.id).toBe(String(revision));
  });

  test('before desired could be read settles what stands there now', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 1 });
    await record(bench, { desiredRevision: -1 });
    expect((await bench.actual())?.status.settledRevision).toBe(revision);
  });

  test('late, of a revision older than the one that was dealt with since, leaves the newer status', async () => {
    const bench = createBench();
    const older = await bench.converged(1);
    await bench.converged(2);
    const newer = await bench.actual();
    await record(bench, { desiredRevision: older });
    expect(await bench.actual()).toEqual(newer);
    await bench.removeBox();
    await record(bench, { desiredRevision: 0 });
    expect((await bench.actual())?.status).toMatchObject({ state: 'Error', settledRevision: 0 });
  });

  test('while desired moves under the look → nothing, and STORE_CONFLICT, which is tried again', async () => {
    const bench = createBench();
    const older = await bench.converged(1);
    const { list } = bench.state.audit;
    // A later attempt looks there between its look at the resource and its record.
    vi.spyOn(bench.state.audit, 'list').mockImplementationOnce(async (key) => {
      await bench.converged(2);
      return list(key);
    });
    await expect(record(bench, { desiredRevision: older }, 2)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect((await bench.actual())?.status).toMatchObject({ state: 'Running', observed: { size: 2 } });
  });

  test('says why, however its words would be cut in the middle of a character', async () => {
    const bench = createBench();
    const halved = `${'🦊'.repeat(3_000)}\ud83e`;
    for (const message of [halved, ` ${halved}`]) {
      const { issue } = await record(bench, { block: { ...block, message } });
      expect(issue?.summary).toMatch(/^ ?🦊+$/u);
      const [, blocked] = (await bench.actual())!.status.conditions;
      expect(blocked?.message).toMatch(/^ ?🦊+$/u);
      expect((await bench.state.audit.list(box)).at(-1)?.detail.message).toMatch(/^ ?🦊+$/u);
    }
  });

  test('counts once, and names the same fault, when its worker ended before it could report', async () => {
    const bench = createBench();
    const first = await record(bench);
    const before = await bench.actual();
    expect(await record(bench, {}, 2)).toEqual(first);
    expect(await bench.actual()).toEqual(before);
    expect(await bench.state.audit.list(box)).toHaveLength(1);
  });

  test('counts again, at whatever attempt, in another pass and after a treatment in the same one', async () => {
    const bench = createBench();
    await record(bench);
    await record(bench, { pass: 2 }, 2);
    const { workflowId } = bench.scope;
    const treated = { type: 'incident-closed', workflowId, runId: 'heal-1', detail: {} } as const;
    await bench.state.changeActual(box, () => 'unchanged', treated);
    await record(bench, { pass: 2 }, 2);
    expect((await bench.actual())?.status.failures).toBe(3);
  });

  test('keeps a refusal through later blocks', async () => {
    const bench = createBench();
    const refusal = { identity: 'i', reason: 'no', approver: 'ann' };
    await record(bench, { refusal });
    await record(bench);
    expect((await bench.actual())?.status).toMatchObject({ refused: refusal, failures: 2 });
  });
});

describe('a sweep', () => {
  async function swept(seen: ReturnType<typeof present<{ size: number }>>, owner = 'host-1') {
    const bench = createBench();
    bench.world.placement = 'host';
    await bench.putBox({ size: 1 });
    await bench.putActual(
      sampleActual(
        { owner, observed: { size: 1 } },
        { lastApplied: { spec: { size: 1, color: 'red' }, labels: {}, dependsOn: [] } },
      ),
    );
    bench.world.seen = seen;
    const result = await sweep(bench.dependencies, 'this-host', bench.scope.signal);
    return { result, status: (await bench.actual())!.status };
  }

  test.each([
    { seen: present({ size: 1 }), drifted: false, observed: { size: 1 }, reason: 'as recorded' },
    { seen: present({ size: 9 }), drifted: true, observed: { size: 9 }, reason: 'another now' },
    { seen: absent(), drifted: true, observed: undefined, reason: 'gone' },
    { seen: unreachable('away'), drifted: false, observed: { size: 1 }, reason: 'not to be seen: nothing is said' },
  ])('$reason → drifted: $drifted', async ({ seen, drifted, observed }) => {
    const { result, status } = await swept(seen);
    expect(result).toEqual({ looked: 1, drifted: drifted ? 1 : 0 });
    expect(status).toMatchObject({ drifted, state: 'Running' });
    expect(status.observed).toEqual(observed);
  });

  test("leaves alone what is another host's", async () => {
    expect((await swept(present({ size: 9 }), 'host-2')).result.looked).toBe(0);
  });
});
