import { describeThrown } from '../domain/failure.ts';
import { openEtcdRpc, type EtcdRpc } from './etcd-rpc.ts';
import { listPages, type RangeRequest } from './list-pages.ts';
import { waitBefore } from './back-off.ts';
import type { PrefixWatch, PrefixWatchOptions, WatchEvent, WatchState } from './prefix-watch.ts';
import type { StoreEntry } from './store.ts';
import { runWatchStream, type StreamEnd } from './watch-session.ts';

const reconnectBackOff = { firstMs: 50, longestMs: 2_000 };
/** A session that lasted this long was a good one: the next try may come soon. */
const healthyMs = 2_000;
const defaultRelistMs = 5 * 60_000;

/**
 * A watcher of our own on grpc-js, because npm etcd3's loses events in silence (see the decision record). Its rules:
 * list in pages at one revision, watch what comes after it; resume behind the last event that was handed on, never behind a
 * header; a channel that goes silent is thrown away; where events may be missing, list again and work out the deletes.
 *
 * Each session has a channel and a login of its own, so neither a dead connection nor an old token outlives it.
 */
export function createPrefixWatch(options: PrefixWatchOptions): PrefixWatch {
  const { connection, prefix, withoutValues = false, relistMs = defaultRelistMs } = options;
  const closing = new AbortController();
  /** Keys that are there as far as was handed on, with their mod revisions: what a new list does not have was deleted meanwhile. */
  const known = new Map<string, number>();
  let current: WatchState = { connected: false, resyncs: 0, lastRevision: 0, heardAt: Date.now() };
  let listed = false;
  /** Whether what is known is of this very store, and was taken in: then revisions tell what is new. */
  let isKnown = false;
  let relistDueAt = 0;
  let failures = 0;
  let openedAt = Infinity;
  let progressed = false;
  let running: Promise<void> | undefined;
  const first = Promise.withResolvers<void>();
  // Nobody may be waiting for the start when the watch is closed.
  first.promise.catch(() => undefined);

  /** Whether it went well. */
  const guard = (call: () => void): boolean => {
    try {
      call();
      return true;
    } catch (error) {
      try {
        options.onFault?.(error);
      } catch {
        // Whoever is told of faults must not make one.
      }
      return false;
    }
  };
  const setState = (change: Partial<WatchState>) => {
    const { cause: _, ...kept } = current;
    current = { ...kept, ...change };
    guard(() => options.onState?.(current));
  };
  /** Without telling anybody: too often for that. */
  const advance = (revision: number) => {
    current = { ...current, lastRevision: revision };
  };

  const deliver = (event: WatchEvent) => {
    if (event.type === 'put') known.set(event.key, event.modRevision);
    else known.delete(event.key);
    if (!guard(() => options.onEvent(event))) isKnown = false;
    advance(event.modRevision);
  };

  const isAllKnown = (entries: readonly StoreEntry[]) =>
    entries.length === known.size && entries.every(({ key, modRevision }) => known.get(key) === modRevision);
  /** Where all was told, as it nearly always was, the keys alone say so for a fraction of the price. */
  const list = async (rpc: EtcdRpc): Promise<{ entries: readonly StoreEntry[] | 'unchanged'; revision: number }> => {
    const range = (request: RangeRequest) => rpc.range(request);
    if (isKnown) {
      const { entries, revision } = await listPages(range, prefix, { keysOnly: true });
      if (isAllKnown(entries)) return { entries: 'unchanged', revision };
    }
    return listPages(range, prefix, { keysOnly: withoutValues });
  };
  /** Hands on what a list does not have any more, and remembers what it has. */
  const takeIn = (entries: readonly StoreEntry[], revision: number) => {
    const present = new Set(entries.map((entry) => entry.key));
    for (const key of known.keys()) {
      if (!present.has(key)) deliver({ type: 'delete', key, modRevision: revision, createRevision: 0 });
    }
    for (const { key, modRevision } of entries) known.set(key, modRevision);
  };
  const listAll = async (rpc: EtcdRpc) => {
    const { entries, revision } = await list(rpc);
    if (closing.signal.aborted) return;
    isKnown = true;
    if (entries !== 'unchanged') takeIn(entries, revision);
    if (!guard(() => options.onList(entries, revision))) isKnown = false;
    advance(revision);
    current = { ...current, heardAt: Date.now() };
    listed = true;
    relistDueAt = performance.now() + relistMs;
    first.resolve();
  };

  /** One channel, from opening to its end. */
  const runSession = async (endpoint: string): Promise<StreamEnd> => {
    const rpc = await openEtcdRpc(connection, endpoint);
    try {
      if (!listed) await listAll(rpc);
      const relist = new AbortController();
      const timer = setTimeout(() => relist.abort(), Math.max(0, relistDueAt - performance.now()));
      try {
        const end = await runWatchStream({
          rpc,
          prefix,
          knownRevision: current.lastRevision,
          signal: AbortSignal.any([closing.signal, relist.signal]),
          onOpen() {
            openedAt = performance.now();
            setState({ connected: true });
          },
          onHeard() {
            current = { ...current, heardAt: Date.now() };
          },
          onEvent(event) {
            progressed = true;
            deliver(event);
          },
        });
        // The list that is due begins a session of its own, so it is never older than what was handed on.
        if (relist.signal.aborted) listed = false;
        return end;
      } finally {
        clearTimeout(timer);
      }
    } finally {
      rpc.close();
    }
  };

  const run = async () => {
    for (let turn = 0; !closing.signal.aborted; turn += 1) {
      const endpoint = connection.endpoints[turn % connection.endpoints.length]!;
      let end: StreamEnd;
      openedAt = Infinity;
      progressed = false;
      try {
        end = await runSession(endpoint);
      } catch (error) {
        end = { type: 'lost', cause: describeThrown(error) };
      }
      if (closing.signal.aborted) return;
      // A list that was due: nothing is amiss.
      if (end.type === 'closed') continue;
      const missed = end.type === 'compacted' || end.type === 'other-store';
      if (missed) {
        listed = false;
        isKnown = false;
      }
      setState({ connected: false, cause: `${endpoint}: ${end.cause}`, resyncs: current.resyncs + (missed ? 1 : 0) });
      // A stream that ends as soon as it opens, having brought nothing, is as bad as none.
      if (progressed || performance.now() - openedAt > healthyMs) failures = 0;
      await waitBefore(failures, reconnectBackOff, closing.signal).catch(() => undefined);
      failures += 1;
    }
  };

  return {
    start() {
      running ??= run();
      return first.promise;
    },
    async close() {
      closing.abort();
      first.reject(new Error(`the watch on ${prefix} was closed`));
      await running;
      setState({ connected: false });
    },
    state: () => current,
  };
}
