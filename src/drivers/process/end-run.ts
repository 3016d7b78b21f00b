import type { Effect } from './effect.ts';
import type { ProvisionedState } from './instance-state.ts';
import { endGroup } from './process-group.ts';
import type { ProcessHost } from './process-host.ts';

/** Ends the whole group of a state's run, if it is there. Every signal is sent only while the attempt is the current one. */
export async function endRun(
  effect: Effect,
  host: ProcessHost,
  { run }: ProvisionedState,
  graceMs: number,
): Promise<void> {
  const { instance, folder, grant } = effect;
  if (run === undefined) return;
  await endGroup({
    instance,
    run,
    folder: folder.path,
    graceMs,
    host: host.processes,
    bootId: host.bootId,
    check: effect.check,
    onWait: () => {
      grant.signal.throwIfAborted();
      grant.heartbeat();
    },
  });
  await host.exits.settled(run);
  await host.reach({ type: 'group-ended' });
}
