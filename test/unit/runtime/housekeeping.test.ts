import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startHousekeeping } from '../../../src/runtime/housekeeping.ts';
import type { State } from '../../../src/state/state.ts';
import type { Transcripts } from '../../../src/state/transcripts.ts';
import type { Logger } from '../../../src/telemetry/logger.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';

useFakeTime();

test('transcripts go first; what cannot go keeps nothing else, and each failure is told', async () => {
  const done: string[] = [];
  const causes: unknown[] = [];
  const failing = (what: string) => async (): Promise<never> => {
    done.push(what);
    throw new Error(`no room for ${what}`);
  };
  const housekeeping = startHousekeeping(
    { housekeep: failing('state'), modelPlans: { removeOlderThan: failing('plans') } } as unknown as State,
    { removeOlderThan: failing('transcripts') } as unknown as Transcripts,
    { transcripts: { keepFor: 1 } } as never,
    { warn: ({ cause }: { cause: unknown }) => void causes.push(cause) } as unknown as Logger,
  );
  await passTime(sleep(60_000));
  await housekeeping.stop();
  expect(done).toEqual(['transcripts', 'plans', 'state']);
  expect(causes).toEqual(done.map((what) => `no room for ${what}`));
});
