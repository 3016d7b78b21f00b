import { WorkflowFailedError } from '@temporalio/client';
import { TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { TemporalDoor } from '../../../src/starters/connect-temporal.ts';
import { createTemporalRunMessages } from '../../../src/starters/temporal-run-messages.ts';

/** A Temporal whose run of a preview ends by this. */
function endingBy(cause: Error): TemporalDoor {
  const call = (_: unknown, run: () => Promise<unknown>) => run();
  const result = () => Promise.reject(new WorkflowFailedError('failed', cause, 'NON_RETRYABLE_FAILURE'));
  const client = {
    withDeadline: call,
    connection: { withAbortSignal: call },
    workflow: { start: async () => ({ result }) },
  };
  return { client, close: () => Promise.resolve() } as unknown as TemporalDoor;
}
const preview = (cause: Error) =>
  createTemporalRunMessages(endingBy(cause)).previewPlan(
    { resource: { tenant: 'default', kind: 'Widget', name: 'web' } },
    new AbortController().signal,
  );

test('a preview that comes to the end of its time says for what, and where to look: WAIT_TIMED_OUT', async () => {
  await expect(preview(new TimeoutFailure('late', undefined, 'START_TO_CLOSE'))).rejects.toMatchObject({
    code: 'WAIT_TIMED_OUT',
    path: 'Widget/web',
    problem: expect.stringContaining('no plan within 11 minutes') as string,
    remedy: expect.stringContaining('homeostat transcript Widget/web') as string,
  });
});

test('one that somebody terminated does not', async () => {
  await expect(preview(new TerminatedFailure('enough'))).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
});
