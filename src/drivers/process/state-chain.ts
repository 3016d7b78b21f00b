import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceState } from './instance-state.ts';
import { linkState, listVersions, stateFileName } from './state-link.ts';

/** The chain of states of one instance: the newest number is the truth, appending is a compare-and-swap. */
export interface StateChain {
  readonly folder: string;
  /** The newest state, undefined where there was none ever. Throws when the record cannot be read. */
  head(): Promise<InstanceState | undefined>;
  /** Appends the state at its version. False: somebody else moved first. */
  append(state: InstanceState): Promise<boolean>;
  /** Removes all records but the newest `keep`. */
  prune(keep?: number): Promise<void>;
}

const keptStates = 16;

export function createStateChain(folder: string): StateChain {
  const head = async (): Promise<InstanceState | undefined> => {
    for (;;) {
      const newest = (await listVersions(folder)).at(-1);
      if (newest === undefined) return undefined;
      try {
        return JSON.parse(await readFile(join(folder, stateFileName(newest)), 'utf8')) as InstanceState;
      } catch (error) {
        // Pruned between the two reads: then there is a newer one.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  };
  const prune = async (keep = keptStates): Promise<void> => {
    const old = (await listVersions(folder)).slice(0, -keep);
    for (const version of old) await rm(join(folder, stateFileName(version)), { force: true });
  };
  return {
    folder,
    head,
    prune,
    async append(state) {
      try {
        return await linkState(folder, state);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        // Old records give their room: ending and removing an instance is how a full disk is emptied.
        await prune(1);
        return linkState(folder, state);
      }
    },
  };
}
