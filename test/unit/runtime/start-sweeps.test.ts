import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAgentRegistry } from '../../../src/agents/agent-registry.ts';
import { noModels } from '../../../src/testing/no-models.ts';
import { HomeostatError } from '../../../src/domain/failure.ts';
import { startSweeps } from '../../../src/runtime/start-sweeps.ts';
import { createTestState } from '../state/samples.ts';
import { activitySettings } from '../../support/activity-context.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';
import { waitFor } from '../../support/wait-for.ts';

useFakeTime();

const everyMs = 300_000;
let lines: { readonly message: string; readonly cause?: string }[];
let end: () => Promise<void>;
beforeEach(() => {
  lines = [];
});
afterEach(() => end());

/** A Temporal whose first calls fail, and that takes schedules then. */
class ScriptedSchedules {
  failures: number;
  readonly created: unknown[] = [];
  constructor(failures: number) {
    this.failures = failures;
  }
  readonly client = {
    withAbortSignal: (_: AbortSignal, call: () => Promise<unknown>) => call(),
    schedule: {
      create: async ({ scheduleId, spec }: { scheduleId: string; spec: unknown }) => {
        if ((this.failures -= 1) >= 0) throw new Error('Temporal is away');
        this.created.push({ scheduleId, spec });
      },
    },
  } as unknown as Client;
}

/** Sweeps over a store that fails at the first so many lists. */
function start(schedules: ScriptedSchedules, failingLists: number) {
  const { state } = createTestState();
  let lists = 0;
  const listRecorded: typeof state.resources.listRecorded = async () => {
    if ((lists += 1) <= failingLists) throw new HomeostatError('STORE_UNAVAILABLE', { problem: 'told to be away' });
    return state.resources.listRecorded();
  };
  const note = (fields: object, message: string) => void lines.push({ ...fields, message });
  end = startSweeps(
    {
      registry: createAgentRegistry([]),
      state: { ...state, resources: { ...state.resources, listRecorded } },
      host: 'host-1',
      log: { info: note, warn: note },
      settings: activitySettings,
      models: noModels,
    },
    schedules.client,
    everyMs,
  );
  return { lists: () => lists };
}
const said = (part: string) => lines.filter(({ message }) => message.includes(part)).length;

test('the schedule is tried until Temporal takes it, and each failure is told', async () => {
  const schedules = new ScriptedSchedules(2);
  start(schedules, 0);
  await passTime(waitFor('the schedule', () => schedules.created.length > 0));
  expect(schedules.created).toEqual([{ scheduleId: 'sweep', spec: { intervals: [{ every: everyMs }] } }]);
  expect(said('cannot schedule sweeps')).toBe(2);
});

test('the first sweep is tried until the store is there, and made once', async () => {
  const { lists } = start(new ScriptedSchedules(0), 1);
  await passTime(waitFor('a sweep', () => said('swept') === 1));
  expect([said('cannot look at what this host owns'), lists()]).toEqual([1, 2]);
});

test('nothing is tried any more when it ends', async () => {
  const schedules = new ScriptedSchedules(Infinity);
  start(schedules, Infinity);
  await passTime(waitFor('a failure', () => said('cannot schedule sweeps') === 1));
  await end();
  const before = lines.length;
  await passTime(sleep(5 * 60_000));
  expect(lines).toHaveLength(before);
});
