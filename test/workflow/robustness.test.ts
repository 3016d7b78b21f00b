import { afterAll, beforeAll, expect, test } from 'vitest';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import { maximumBlobBytes } from '../../src/state/blobs.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** What must not stop a run for good, loop it, or be lost. */
let bed: TestBed;
const answerLength = 3 * 1024 * 1024;
const answers: Readonly<Record<string, string>> = {
  long: 'x'.repeat(answerLength),
  binary: Buffer.alloc(answerLength, Buffer.from([0xff, 0x00])).toString('latin1'),
  broken: '\ud800x'.repeat(answerLength / 2),
};
beforeAll(async () => {
  bed = await startTestBed({ answers, timeoutMs: 500, config: { retry: { first: '2s', longest: '4s' } } });
});
afterAll(() => bed?.stop());

test('a hint of a revision that cannot be costs one look more, not a loop', async () => {
  await bed.effects.setBehaviour({ delayMs: 300 });
  await bed.put('future', { size: 1 });
  await waitFor('the run to be under way', async () => (await bed.actual('future'))?.status.state === 'Creating');
  await bed.signal('future', 'changed', { desiredRevision: 1_000_000_000, reason: 'desired-changed' });
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.settled('future');
  await bed.closed('future');
  const { events } = await bed.servers.client.workflow.getHandle('reconcile.default.Widget.future').fetchHistory();
  expect(events!.length).toBeLessThan(80);
  await bed.record('future', 'future-revision');
});

test('a tool that hangs is given up after its tries, and the resource says so', async () => {
  await bed.effects.setBehaviour({ delayMs: 60_000 });
  await bed.put('hanging', { size: 1 });
  const record = await bed.condition('hanging', 'Blocked');
  expect(record.status.state).toBe('Error');
  expect(record.status.conditions.find(({ type }) => type === 'Blocked')?.message).toContain('STEP_TIMED_OUT');
  await bed.effects.setBehaviour({ delayMs: 0 });
  await waitFor('the retry', async () => (await bed.actual('hanging'))?.status.state === 'Running');
  await bed.record('hanging', 'timed-out');
});

test.each(Object.keys(answers))(
  'row 34: an answer of 3 MiB (%s) is cut to 256 KiB beside the history: one effect',
  async (name) => {
    const key = await bed.put(name, { size: 1 });
    expect((await bed.settled(name)).status.state).toBe('Running');
    await bed.closed(name);
    expect(bed.effects.effects().filter(({ object }) => object === externalNameOf(key))).toHaveLength(1);
    expect(bed.effects.refused()).toEqual([]);
    const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
    const { events = [] } = await handle.fetchHistory();
    const scheduled = events!.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
    expect(scheduled.filter((type) => type === 'executeStep')).toHaveLength(1);
    expect((await handle.describe()).historySize).toBeLessThan(64 * 1024);
    const [done] = await bed.servers.state.ledger.list(key);
    const { answer } = done!.entry.result as { answer: { $blob: string } };
    expect(done!.entry).toMatchObject({ attempt: 1, result: { answer: { cut: true, length: answerLength } } });
    const kept = await bed.servers.state.blobs.get(key.tenant, answer.$blob);
    expect(Buffer.byteLength(kept!)).toBeGreaterThan(maximumBlobBytes - 4);
    expect(answers[name]!.toWellFormed().startsWith(kept!)).toBe(true);
  },
);

test('what was approved and can no longer be observed is not done; the run says why and tries again later', async () => {
  await bed.put('unseen', { size: 1 });
  await bed.settled('unseen');
  await bed.remove('unseen');
  const record = await bed.condition('unseen', 'AwaitingApproval');
  const seal = /seal ([0-9a-f]{64})/.exec(
    record.status.conditions.find(({ type }) => type === 'AwaitingApproval')!.message,
  )![1]!;
  await bed.effects.stop();
  await bed.signal('unseen', 'approve', { seal });
  await bed.condition('unseen', 'Blocked', 'UNREACHABLE');
  expect((await bed.servers.state.approvals.get('default', seal))?.state).toBe('approved');
  expect(await bed.servers.state.audit.verify(widgetKey('unseen'))).toBeUndefined();
  await bed.record('unseen', 'unreachable-after-wait');
});
