import type { DriftFinding } from '../activities/note-drift.ts';
import { describeThrown } from '../domain/failure.ts';
import { showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import type { Log } from '../domain/log.ts';
import { delayBefore } from '../state/back-off.ts';
import { isStoreAway } from '../state/store-error.ts';

/** Looks of one kind under way at once. */
const concurrency = 8;
const backOff = { firstMs: 1_000, longestMs: 60_000 };
/** A store that is away is no fault of a resource's: its look waits eight seconds at most. */
const mostTriesWithoutStore = 3;

interface Told {
  readonly key: ResourceKey;
  /** Looks that failed, in a row. */
  readonly tries: number;
  readonly dueAt: number;
}

export interface DriftLooks {
  /** This one may have drifted. */
  tell(key: ResourceKey): void;
  /** Begins what was told of and is due; to be called again and again. */
  turn(): void;
  /** When the looks under way have ended. */
  ended(): Promise<void>;
}

/**
 * The looks at what was told of one kind, a few at once, never two at the same thing. One that fails is had again alone,
 * ever later; one that finds a run at work, at the next turn. Kinds have looks of their own, so that one whose target
 * hangs holds up nobody else's.
 */
export function createDriftLooks(
  look: (key: ResourceKey) => Promise<DriftFinding>,
  log: Log,
  signal: AbortSignal,
): DriftLooks {
  const told = new Map<string, Told>();
  const ready = new Map<string, Told>();
  const underWay = new Map<string, Promise<void>>();
  /** Since the last turn, those that had not failed before. */
  const failed: { readonly resource: string; readonly tenant: string; readonly cause: string }[] = [];

  const lookAt = async (path: string, { key, tries }: Told): Promise<void> => {
    try {
      if ((await look(key)) === 'busy') told.set(path, { key, tries: 0, dueAt: 0 });
    } catch (error) {
      const counted = isStoreAway(error) ? Math.min(tries + 1, mostTriesWithoutStore) : tries + 1;
      told.set(path, { key, tries: counted, dueAt: performance.now() + delayBefore(tries, backOff) });
      if (tries === 0) {
        failed.push({ resource: showResource(key), tenant: key.tenant, cause: describeThrown(error) });
      }
    }
    underWay.delete(path);
    begin();
  };
  const begin = (): void => {
    for (const [path, one] of ready) {
      if (underWay.size >= concurrency || signal.aborted) return;
      ready.delete(path);
      underWay.set(path, lookAt(path, one));
    }
  };

  return {
    tell(key) {
      const path = toResourcePath(key);
      // What waits after a failure goes on waiting: its watch may tell of it all the time.
      if (!told.has(path)) told.set(path, { key, tries: 0, dueAt: 0 });
    },
    turn() {
      const now = performance.now();
      for (const [path, one] of told) {
        if (one.dueAt > now || underWay.has(path) || ready.has(path)) continue;
        told.delete(path);
        ready.set(path, one);
      }
      begin();
      if (failed.length > 0 && !signal.aborted) {
        log.warn({ failed: failed.length, ...failed[0] }, 'cannot look for drift, will try again');
      }
      failed.length = 0;
    },
    ended: async () => void (await Promise.all(underWay.values())),
  };
}
