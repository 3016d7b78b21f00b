import type { Client } from '@temporalio/client';
import type { DriftDependencies } from '../activities/note-drift.ts';
import type { ReleaseDependencies } from '../activities/release-held.ts';
import { sweep } from '../activities/sweep.ts';
import { ensureSweepSchedule } from './sweep-schedule.ts';
import { untilDone } from './until-done.ts';

/**
 * Sees to it in the background that there are sweeps: one of what this host owns, now, which also lets go what nobody owns,
 * and the schedule of those to come.
 * What cannot be done now is done when it can. Returns how to end that.
 */
export function startSweeps(
  dependencies: DriftDependencies & ReleaseDependencies,
  client: Client,
  everyMs: number,
): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const { log } = dependencies;
  const running = [
    untilDone(
      'cannot schedule sweeps',
      () => client.withAbortSignal(signal, () => ensureSweepSchedule(client, everyMs)),
      { signal, log },
    ),
    untilDone(
      'cannot look at what this host owns',
      () => sweep(dependencies, 'this-host', signal, { releasesAll: true }),
      { signal, log },
    ),
  ];
  return async () => {
    ending.abort();
    await Promise.all(running);
  };
}
