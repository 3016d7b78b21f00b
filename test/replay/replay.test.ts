import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { toReplayOptions, workflowTimeLimit } from '../../src/workers/workflow-bundle.ts';
import { loadTestBundle } from '../support/workflow-bundle.ts';

/**
 * Every history that was ever recorded replays on the code as it is: a run that is open while we deploy goes on. Record
 * new branches with `HOMEOSTAT_TEST_RECORD=1 npm test -- test/workflow`.
 */
const folder = fileURLToPath(new URL('./histories/', import.meta.url));
const files = readdirSync(folder).toSorted();
const branches = files.map((file) => file.replace(/\.json(\.gz)?$/, ''));

function readHistory(file: string): object {
  const bytes = readFileSync(join(folder, file));
  return JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as object;
}

let workflowBundle: { codePath: string };
beforeAll(async () => {
  workflowBundle = await loadTestBundle();
});

test('the corpus holds a history of every branch', () => {
  expect(branches).toEqual(
    expect.arrayContaining([
      'answer-before-the-start',
      'approved',
      'cancelled',
      'cancelled-in-wait',
      'continued-as-new',
      'continued-between-passes',
      'continued-with-a-fault',
      'create',
      'critical-first',
      'decided-by-update',
      'dependency',
      'desired-moved-twice',
      'desired-moved-unheard',
      'early-decision',
      'expired',
      'frozen',
      'frozen-midway',
      'future-revision',
      'garbled-messages',
      'heal-blind',
      'heal-by-model',
      'heal-cancelled',
      'heal-cancelled-left-open',
      'heal-cancelled-unasked',
      'heal-cancelled-unopened',
      'heal-escalated',
      'heal-flapping',
      'heal-models-failed',
      'heal-next-hypothesis',
      'heal-no-fault',
      'heal-not-over-as-said',
      'heal-over-as-said',
      'heal-own-error',
      'heal-put-off',
      'heal-over-amid-a-plan',
      'heal-outlasted',
      'heal-overtaken',
      'heal-refused',
      'heal-repaired',
      'heal-resolution',
      'heal-suppressed',
      'heal-unchecked',
      'heal-undiagnosed',
      'heal-unseen',
      'heal-waited-for-dependency',
      'heal-waited-for-host',
      'healed',
      'host-busy',
      'host-busy-at-the-end',
      'host-unreachable',
      'invalid',
      'left-alone',
      'model-asked-twice',
      'model-bigger',
      'model-bigger-elsewhere',
      'model-budget',
      'model-failed',
      'model-planned',
      'model-stands-in',
      'noted-before-the-start',
      'observe-only',
      'outcome-adopted',
      'outcome-adopted-amid-a-plan',
      'outcome-asked-again',
      'outcome-given-up',
      'outcome-given-up-amid-a-plan',
      'outcome-moved',
      'outcome-redone',
      'outcome-redone-amid-a-plan',
      'outcome-stands',
      'outcome-unseen',
      'outcome-wait-carried',
      'outcome-wait-continued',
      'outcome-wanted-by-another-step',
      'own-error',
      'own-error-asked-in-vain',
      'own-error-cancelled',
      'own-error-in-vain',
      'own-error-outlived',
      'own-error-refused',
      'plan-preview',
      'plan-preview-asked',
      'refused',
      'rejected-and-retried',
      'resolution-forwarded',
      'resolved-forwarded',
      'resolved-unheard',
      'stale-after-wait',
      'stale-plan',
      'step-skipped',
      'superseded',
      'retried-amid-a-failure',
      'sweep',
      'sweep-dead-host',
      'timed-out',
      'undecodable-messages',
      'unreachable',
      'unreachable-after-wait',
      'update-and-nothing',
    ]),
  );
  expect(branches.some((branch) => branch.startsWith('elsewhere'))).toBe(true);
});

test.each([
  { maxCachedWorkflows: 100, recorded: files },
  // Nothing of one may stay for the next: a tenth of them tells.
  { maxCachedWorkflows: 2, recorded: files.filter((_, index) => index % 10 === 0) },
])(
  '$recorded.length recorded histories replay, with a cache of $maxCachedWorkflows',
  async (given) => {
    const { maxCachedWorkflows, recorded } = given;
    const histories = recorded.map((file) => ({ workflowId: file, history: readHistory(file) }));
    const failed: string[] = [];
    const options = { ...toReplayOptions(workflowBundle), maxCachedWorkflows };
    for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
      if (error !== undefined) failed.push(`${workflowId}: ${error.message}`);
    }
    expect(failed).toEqual([]);
  },
  240_000,
);

test('the SDK takes our word for how long workflow code may run, though its types do not name it', async () => {
  expect(Object.keys(workflowTimeLimit)).toEqual(['isolateExecutionTimeout']);
  const options = { ...toReplayOptions(workflowBundle), isolateExecutionTimeout: '1ms' };
  // The second is what it says when the making of the context was cut off.
  const cutOff = /timed out after 1ms|should have been disposed first/;
  await expect(Worker.runReplayHistory(options, readHistory('create.json'))).rejects.toThrow(cutOff);
});
