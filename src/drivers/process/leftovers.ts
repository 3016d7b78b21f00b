import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { originalsOf } from './instance-files.ts';
import { ownerOf, toFileName } from './instance-folder.ts';
import type { InstanceState } from './instance-state.ts';
import type { HostProcesses } from './host-processes.ts';
import { removeTree } from './remove-tree.ts';

/**
 * Names in an instance's folder that no state needs: what a killed attempt or an earlier incarnation left.
 *
 * Ask *before* appending a state and remove afterwards. A dead owner may still have a launcher on its way, but that one
 * aims at a number which the append has taken by then; so nothing listed here can come to be needed.
 */
export async function listLeftovers(
  folder: string,
  state: InstanceState | undefined,
  host: HostProcesses,
): Promise<readonly string[]> {
  const needed = new Set(state?.phase === 'provisioned' ? ['states', ...namesOf(state)] : ['states']);
  const leftovers: string[] = [];
  for (const name of await readdir(folder)) {
    if (needed.has(name)) continue;
    const owner = ownerOf(name);
    const process = owner === undefined ? undefined : await host.find(owner.pid);
    const isOwned = process !== undefined && toFileName(process.startTime) === owner?.startTime;
    if (!isOwned) leftovers.push(name);
  }
  return leftovers;
}

/** The names a state stands on. */
export function namesOf(state: InstanceState | undefined): readonly string[] {
  if (state?.phase !== 'provisioned') return [];
  const exit = state.run === undefined ? [] : [exitFileName(state.run)];
  return [state.root, originalsOf(state.root), state.log, `${state.log}.1`, ...exit];
}

/** Where the end of one run is noted, by the runtime that was its parent. */
export function exitFileName(run: { readonly pid: number; readonly startTime: string }): string {
  return `exit-${run.pid}-${toFileName(run.startTime)}.json`;
}

export async function removeNames(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await removeTree(join(folder, name));
}
