import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toResourcePath, type ResourceKey } from '../../domain/identity.ts';
import type { InstanceFolder } from './instance-folder.ts';
import type { ProvisionedState } from './instance-state.ts';
import { isRunAlive } from './process-group.ts';
import type { ProcessHost } from './process-host.ts';
import { isSettled } from './settled.ts';

/** How often all instances are looked at. A look is a few system calls an instance: nothing is read or opened. */
const everyMs = 500;
/** How often the folders are read anew for instances nobody knows yet, and those of removed ones are looked at. */
const listEveryMs = 2_000;

export interface WatchInstancesOptions {
  readonly host: Pick<ProcessHost, 'processes' | 'bootId'>;
  readonly open: (instance: ResourceKey) => InstanceFolder;
  readonly list: () => Promise<readonly ResourceKey[]>;
  readonly changed: (instance: ResourceKey) => void;
  readonly signal: AbortSignal;
}

interface Watched {
  readonly key: ResourceKey;
  readonly folder: InstanceFolder;
  /**
   * Its newest state, none where it was removed; read again when its folder of states changes, and as long as another
   * change would not show.
   */
  newest?: {
    readonly state: ProvisionedState | undefined;
    readonly statesChangedAt: number | undefined;
    readonly isSettled: boolean;
  };
  fingerprint?: string;
}

/** The fingerprint of what is no instance: removed, or not there yet. */
const noInstance = 'none';

/**
 * Tells of each instance that is other than at the last look: its process died, a file of its settings was touched, or an
 * effect moved its state. Polls, because that works alike on every system and file system and needs no budget of
 * watches. The very first look tells of nothing: whoever starts to watch looks himself. Ends with the signal.
 */
export async function watchInstances(options: WatchInstancesOptions): Promise<void> {
  const { list, open, changed, signal } = options;
  const watched = new Map<string, Watched>();
  let listedAt = -Infinity;
  let isFirstLook = true;
  while (!signal.aborted) {
    const isListed = performance.now() - listedAt >= listEveryMs;
    if (isListed) {
      listedAt = performance.now();
      const keys = await list();
      const paths = new Set(keys.map(toResourcePath));
      for (const path of watched.keys()) if (!paths.has(path)) watched.delete(path);
      for (const key of keys) {
        const path = toResourcePath(key);
        if (!watched.has(path)) watched.set(path, { key, folder: open(key) });
      }
    }
    for (const entry of watched.values()) {
      if (signal.aborted) return;
      if (entry.fingerprint === noInstance && !isListed) continue;
      const fingerprint = await look(entry, options.host);
      // What is new may have died before anybody looked.
      if (!isFirstLook && entry.fingerprint !== fingerprint) changed(entry.key);
      entry.fingerprint = fingerprint;
    }
    isFirstLook = false;
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** What of an instance can be seen without reading anything; equal as long as nothing happened to it. */
async function look(entry: Watched, host: WatchInstancesOptions['host']): Promise<string> {
  const { path } = entry.folder;
  const state = await readNewest(entry);
  if (state === undefined) return noInstance;
  const alive = state.run !== undefined && (await isRunAlive(state.run, host.processes, host.bootId));
  const root = join(path, state.root);
  const files = await Promise.all(
    ['.', ...Object.keys(state.settings.files)].map(async (file) => {
      const found = await lstat(join(root, file)).catch(() => undefined);
      // The folder itself counts by being there: programs may write files of their own into it.
      return found === undefined ? 'gone' : file === '.' ? 'there' : `${found.mtimeMs}/${found.ctimeMs}/${found.size}`;
    }),
  );
  return [state.version, alive, ...files].join(' ');
}

/** The newest state where there is an instance. What failed to be read is read again at the next look. */
async function readNewest(entry: Watched): Promise<ProvisionedState | undefined> {
  const { chain } = entry.folder;
  const statesChangedAt = (await stat(chain.folder).catch(() => undefined))?.mtimeMs;
  const { newest } = entry;
  if (newest?.isSettled === true && newest.statesChangedAt === statesChangedAt) return newest.state;
  const settled = statesChangedAt === undefined || isSettled(statesChangedAt);
  try {
    const head = await chain.head();
    entry.newest = { state: head?.phase === 'provisioned' ? head : undefined, statesChangedAt, isSettled: settled };
  } catch {
    delete entry.newest;
  }
  return entry.newest?.state;
}
