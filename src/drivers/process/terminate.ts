import type { EffectReceipt } from '../driver.ts';
import type { Effect } from './effect.ts';
import { endRun } from './end-run.ts';
import { createInstanceFolder } from './instance-folder.ts';
import { listLeftovers, namesOf, removeNames } from './leftovers.ts';
import type { ProcessHost } from './process-host.ts';

/**
 * Stops an instance and removes all it left, except the newest record of its chain: that one says that it is gone, and
 * refuses whoever still wants to do something to it.
 */
export async function terminateInstance(effect: Effect, host: ProcessHost, graceMs: number): Promise<EffectReceipt> {
  const { basis, folder, instance } = effect;
  if (basis?.phase === 'provisioned') await endRun(effect, host, basis, graceMs);
  await createInstanceFolder(folder);
  // What was listed by an attempt that could not remove it may have an owner who lives: this very runtime.
  const before = basis?.phase === 'terminated' ? (basis.leftovers ?? []) : namesOf(basis);
  const leftovers = [...new Set([...before, ...(await listLeftovers(folder.path, basis, host.processes))])];
  await effect.commit({ phase: 'terminated', leftovers });
  await removeNames(folder.path, leftovers);
  await host.limits.remove(instance);
  await host.reach({ type: 'committed' });
  // Only now is the key done: an attempt that dies over the tidying up is followed by one that finishes it.
  await effect.commit({ phase: 'terminated' }, {});
  await folder.chain.prune(1);
  return {};
}
