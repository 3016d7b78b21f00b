import { setTimeout as sleep } from 'node:timers/promises';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { fromStoreKey, type Keys } from '../domain/keys.ts';
import { createPrefixWatch } from '../state/create-prefix-watch.ts';
import type { PrefixWatchOptions, WatchState } from '../state/prefix-watch.ts';
import type { Resources, ResourceSnapshot } from '../state/resources.ts';
import { toShownResource, type ShownResource } from './shown-resource.ts';

export interface ResourceChange {
  /** `added` also for what was there when the watch began. */
  readonly type: 'added' | 'changed' | 'gone';
  /** As it is now; of one that is gone, as it was last. */
  readonly resource: ShownResource;
}

export interface WatchResourcesOptions {
  readonly connection: PrefixWatchOptions['connection'];
  readonly keys: Keys;
  readonly resources: Pick<Resources, 'list' | 'read'>;
  /** Whatever is left out may be any. */
  readonly scope: { readonly tenant?: string; readonly kind?: string; readonly name?: string };
  /** Told once, before any change. */
  readonly onList: (resources: readonly ShownResource[]) => void;
  readonly onChange: (change: ResourceChange) => void;
  /** Told when etcd stops answering, and when it answers again; no change is lost meanwhile. */
  readonly onState: (state: Pick<WatchState, 'connected' | 'cause'>) => void;
  readonly signal: AbortSignal;
}

interface Seen {
  readonly desired: number;
  readonly actual: number;
  readonly resource: ShownResource;
}

const halves = ['desired', 'actual'] as const;
type Half = (typeof halves)[number];
const readPauseMs = 500;

/**
 * Tells what there is and then every change, until the signal comes. Events say only where to look: both halves are read
 * again at one revision, so changes that follow each other closely may be told as one, and none is left out at the end.
 * Throws when the first list fails.
 */
export async function watchResources(options: WatchResourcesOptions): Promise<void> {
  const { connection, keys, resources, scope, onList, onChange, onState, signal } = options;
  const seen = new Map<string, Seen>();
  const due = new Map<string, ResourceKey>();
  let reading: Promise<void> | undefined;

  const tell = (snapshot: ResourceSnapshot) => {
    const path = toResourcePath(snapshot.key);
    const before = seen.get(path);
    const now = toSeen(snapshot);
    if (now.desired === before?.desired && now.actual === before.actual) return;
    const isGone = now.desired === 0 && now.actual === 0;
    if (isGone) seen.delete(path);
    else seen.set(path, now);
    if (!isGone) onChange({ type: before === undefined ? 'added' : 'changed', resource: now.resource });
    else if (before !== undefined) onChange({ type: 'gone', resource: before.resource });
  };
  const readDue = async () => {
    for (const [path, key] of due) {
      if (signal.aborted) return;
      try {
        due.delete(path);
        tell(await resources.read(key));
      } catch {
        // The store is away, as the watch says by itself: looked at again when it is back.
        due.set(path, key);
        await sleep(readPauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  const readAll = () => {
    reading ??= readDue().finally(() => {
      reading = undefined;
      // Noted between the last read and now.
      if (due.size > 0 && !signal.aborted) readAll();
    });
  };
  const look = (key: ResourceKey) => {
    due.set(toResourcePath(key), key);
    readAll();
  };
  const watchHalf = (half: Half) => {
    const { tenant, kind } = scope;
    const [all, prefix] =
      half === 'desired'
        ? [keys.desiredPrefix, keys.desiredIn(tenant, kind)]
        : [keys.actualPrefix, keys.actualIn(tenant, kind)];
    const toKey = (storeKey: string) => {
      const key = fromStoreKey(storeKey, all);
      return key !== undefined && isInScope(key, scope) ? key : undefined;
    };
    const revisionOf = (key: ResourceKey) => seen.get(toResourcePath(key))?.[half] ?? 0;
    let isConnected = true;
    return createPrefixWatch({
      connection,
      prefix,
      withoutValues: true,
      onList(entries) {
        if (entries === 'unchanged') return;
        for (const { key: storeKey, modRevision } of entries) {
          const key = toKey(storeKey);
          if (key !== undefined && modRevision > revisionOf(key)) look(key);
        }
        const listed = new Set(entries.map(({ key }) => key));
        for (const { resource } of seen.values()) {
          const key = keyOf(resource);
          if (revisionOf(key) > 0 && !listed.has(half === 'desired' ? keys.desired(key) : keys.actual(key))) look(key);
        }
      },
      onEvent({ key: storeKey, modRevision }) {
        const key = toKey(storeKey);
        if (key !== undefined && modRevision > revisionOf(key)) look(key);
      },
      onState(state) {
        // Both halves lose the same server: one of them is enough to tell.
        if (half === 'desired' && state.connected !== isConnected && !signal.aborted) onState(state);
        isConnected = state.connected;
      },
    });
  };

  const snapshots = await resources.list(scope.tenant, scope.kind);
  for (const snapshot of snapshots) {
    if (isInScope(snapshot.key, scope)) seen.set(toResourcePath(snapshot.key), toSeen(snapshot));
  }
  onList([...seen.values()].map(({ resource }) => resource));
  const watches = halves.map(watchHalf);
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  for (const watch of watches) watch.start().catch(() => undefined);
  if (!signal.aborted) await aborted;
  await Promise.all(watches.map((watch) => watch.close()));
  await reading;
}

function toSeen(snapshot: ResourceSnapshot): Seen {
  const { desired, actual } = snapshot;
  return {
    desired: desired?.modRevision ?? 0,
    actual: actual?.modRevision ?? 0,
    resource: toShownResource(snapshot),
  };
}

function keyOf({ kind, metadata }: ShownResource): ResourceKey {
  return { tenant: metadata.tenant, kind, name: metadata.name };
}

function isInScope(key: ResourceKey, { tenant, kind, name }: WatchResourcesOptions['scope']): boolean {
  return (
    (tenant === undefined || key.tenant === tenant) &&
    (kind === undefined || key.kind === kind) &&
    (name === undefined || key.name === name)
  );
}
