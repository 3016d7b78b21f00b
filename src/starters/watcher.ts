import type { ActualRecord } from '../domain/actual.ts';
import { isScope } from '../domain/freeze.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { fromStoreKey, type Keys } from '../domain/keys.ts';
import { needsRun, type RunReason } from '../domain/needs-run.ts';
import { createPrefixWatch } from '../state/create-prefix-watch.ts';
import type { PrefixWatch, PrefixWatchOptions, WatchState } from '../state/prefix-watch.ts';
import type { StoreEntry } from '../state/store.ts';
import { parseActual } from '../state/stored-json.ts';
import { describeThrown } from '../domain/failure.ts';
import type { Log } from '../domain/log.ts';
import { createDueRetries } from './due-retries.ts';
import type { HintSender } from './hint-sender.ts';
import { createResourceIndex, type IndexedResource } from './resource-index.ts';

export interface Watcher {
  /** Resolves when everything was listed once and all hints that were due are on their way. */
  start(): Promise<void>;
  close(): Promise<void>;
  state(): WatcherState;
  /** What it knows of each resource; to be read at once, not kept. */
  resources(): Iterable<IndexedResource>;
}

export interface WatcherState {
  readonly connected: boolean;
  readonly resources: number;
  /** Keys that name no resource, and so start nothing, and freezes of what is no scope, which hold nothing. */
  readonly malformedKeys: number;
  readonly resyncs: number;
  readonly lastRevision: number;
  /** When etcd last said something on the quietest of the watches, milliseconds since 1970; before that, when it began. */
  readonly heardAt: number;
  /** How often a resource was seen to begin, and to cease, to be marked as drifted. */
  readonly driftsFound: number;
  readonly driftsEnded: number;
  readonly cause?: string;
}

export interface WatcherOptions {
  readonly connection: PrefixWatchOptions['connection'];
  readonly keys: Keys;
  readonly hints: HintSender;
  readonly log: Log;
}

/** How often due retries are looked for. */
const tickMs = 500;

const noScopeMessage =
  'not a scope, so this freeze holds nothing — write freeze/all, freeze/tenant/<tenant>, freeze/agent/<agent>, freeze/kind/<Kind> or freeze/resource/<tenant>/<Kind>/<name>';

/**
 * The etcd watcher: lists, then watches `desired/`, `actual/` and `freeze/`, and hints the runs of resources that need one. It never
 * carries state, only where to look, so an event lost, doubled or out of order changes nothing in the end.
 */
export function createWatcher({ connection, keys, hints, log }: WatcherOptions): Watcher {
  const index = createResourceIndex();
  const dueRetries = createDueRetries();
  /** Revisions of the newest lists; a missing half is not known to be empty. */
  const listed: { desired?: number; actual?: number } = {};
  let driftsFound = 0;
  let driftsEnded = 0;

  const hint = (entry: IndexedResource, revision: number, reason: RunReason) => {
    const owner = entry.actual?.status.owner;
    hints.send(entry.key, { desiredRevision: revision, reason, ...(owner === undefined ? {} : { owner }) });
  };
  const hintIfReleased = (entry: IndexedResource) => {
    if (index.isUnblocked(entry)) hint(entry, 0, 'dependency-changed');
    if (index.isThawed(entry)) hint(entry, 0, 'thawed');
  };
  /** Why it needs a run, if it does. */
  const hintIfNeeded = (entry: IndexedResource, desiredListRevision: number): RunReason | undefined => {
    const reason = needsRun(entry.desiredRevision, entry.actual as ActualRecord | undefined, Date.now());
    if (reason === undefined) hintIfReleased(entry);
    // A delete nobody watched is as new as the list that does not have it any more.
    else if (entry.desiredRevision === 0 && reason === 'desired-changed')
      hint(entry, desiredListRevision, 'desired-deleted');
    else hint(entry, entry.desiredRevision, reason);
    return reason;
  };
  /** What lists found to have drifted since it was last seen. */
  const unsaidDrifts = new Set<IndexedResource>();
  const afterList = () => {
    const { desired, actual } = listed;
    if (desired === undefined || actual === undefined) return;
    for (const entry of index.all()) {
      const reason = hintIfNeeded(entry, desired);
      // A run that is at it already looks again for this alone: what is desired is no news to it.
      if (unsaidDrifts.has(entry) && reason !== 'drifted') hint(entry, 0, 'drifted');
    }
    unsaidDrifts.clear();
  };
  const malformed = new Set<string>();
  const noteMalformed = (storeKey: string, deleted: boolean, message: string) => {
    if (deleted) malformed.delete(storeKey);
    else if (!malformed.has(storeKey)) {
      malformed.add(storeKey);
      log.warn({ key: storeKey }, message);
    }
  };
  const keyOf = (storeKey: string, prefix: string, deleted = false): ResourceKey | undefined => {
    const key = fromStoreKey(storeKey, prefix);
    if (key !== undefined) return key;
    noteMalformed(storeKey, deleted, 'not a well-formed resource key, ignored — write desired/<tenant>/<Kind>/<name>');
    return undefined;
  };

  const onActual = (key: ResourceKey, record: ActualRecord | undefined) => {
    const before = index.get(key)?.actual;
    const entry = index.setActual(key, record);
    const began = isDrifted(record) && !isDrifted(before);
    const ended = !isDrifted(record) && isDrifted(before);
    if (began) driftsFound += 1;
    if (ended) driftsEnded += 1;
    if (listed.desired === undefined) return;
    if (began) hint(entry, 0, 'drifted');
    // Whoever comes second, the dependency or the one that says it waits, finds the other.
    for (const candidate of [entry, ...index.waitingFor(key)]) hintIfReleased(candidate);
  };

  /** A watch that says in the log when it is lost, when it is back, and when it had to list everything again. */
  const watch = (
    prefix: string,
    handlers: Pick<PrefixWatchOptions, 'onList' | 'onEvent' | 'withoutValues'>,
  ): PrefixWatch => {
    let before: Pick<WatchState, 'connected' | 'resyncs'> = { connected: true, resyncs: 0 };
    return createPrefixWatch({
      connection,
      prefix,
      ...handlers,
      onState(state) {
        const { connected, resyncs, lastRevision, cause } = state;
        if (before.connected && cause !== undefined) log.warn({ prefix, cause }, 'lost the watch, will try again');
        if (connected && !before.connected) log.info({ prefix, lastRevision, resyncs }, 'the watch is back');
        if (resyncs > before.resyncs) log.warn({ prefix, cause, resyncs }, 'changes may have been missed, lists again');
        before = state;
      },
      onFault: (error) => log.warn({ prefix, cause: describeThrown(error) }, 'cannot take in what the watch brought'),
    });
  };

  const desiredWatch = watch(keys.desiredPrefix, {
    withoutValues: true,
    onList(entries, revision) {
      for (const { key: storeKey, modRevision } of newIn(entries)) {
        const key = keyOf(storeKey, keys.desiredPrefix);
        if (key !== undefined) index.setDesired(key, modRevision);
      }
      listed.desired = revision;
      afterList();
    },
    onEvent({ type, key: storeKey, modRevision }) {
      const deleted = type === 'delete';
      const key = keyOf(storeKey, keys.desiredPrefix, deleted);
      if (key === undefined) return;
      hint(
        index.setDesired(key, deleted ? 0 : modRevision),
        modRevision,
        deleted ? 'desired-deleted' : 'desired-changed',
      );
    },
  });
  const actualWatch = watch(keys.actualPrefix, {
    onList(entries, revision) {
      for (const { key: storeKey, value } of newIn(entries)) {
        const key = keyOf(storeKey, keys.actualPrefix);
        if (key === undefined) continue;
        const before = index.get(key)?.actual;
        const entry = index.setActual(key, parseActual({ value }));
        if (isDrifted(entry.actual) && !isDrifted(before)) unsaidDrifts.add(entry);
      }
      listed.actual = revision;
      afterList();
    },
    onEvent({ type, key: storeKey, value = '' }) {
      const deleted = type === 'delete';
      const key = keyOf(storeKey, keys.actualPrefix, deleted);
      if (key !== undefined) onActual(key, deleted ? undefined : parseActual({ value }));
    },
  });

  const freezes = new Set<string>();
  const noteFreeze = (storeKey: string, deleted: boolean) => {
    const scope = storeKey.slice(keys.freezePrefix.length);
    if (!isScope(scope)) noteMalformed(storeKey, deleted, noScopeMessage);
    else if (deleted) freezes.delete(scope);
    else freezes.add(scope);
  };
  const onFreezes = () => {
    index.setFrozen(freezes);
    for (const entry of index.all()) if (index.isThawed(entry)) hint(entry, 0, 'thawed');
  };
  const freezeWatch = watch(keys.freezePrefix, {
    withoutValues: true,
    onList(entries) {
      if (entries === 'unchanged') return;
      freezes.clear();
      for (const { key } of entries) noteFreeze(key, false);
      onFreezes();
    },
    onEvent({ type, key }) {
      noteFreeze(key, type === 'delete');
      onFreezes();
    },
  });
  const watches = [desiredWatch, actualWatch, freezeWatch];

  const hintDueRetries = () => {
    for (const entry of dueRetries.take(index.retrying(), Date.now())) hint(entry, 0, 'retry-due');
  };
  let ticker: NodeJS.Timeout | undefined;

  return {
    async start() {
      await Promise.all(watches.map((watch) => watch.start()));
      ticker = setInterval(hintDueRetries, tickMs);
    },
    async close() {
      clearInterval(ticker);
      await Promise.all(watches.map((watch) => watch.close()));
    },
    resources: () => index.all(),
    state() {
      const states = watches.map((watch) => watch.state());
      const cause = states.find((state) => state.cause !== undefined)?.cause;
      return {
        connected: states.every(({ connected }) => connected),
        resources: index.size,
        malformedKeys: malformed.size,
        resyncs: states.reduce((sum, { resyncs }) => sum + resyncs, 0),
        lastRevision: Math.max(...states.map(({ lastRevision }) => lastRevision)),
        heardAt: Math.min(...states.map(({ heardAt }) => heardAt)),
        driftsFound,
        driftsEnded,
        ...(cause === undefined ? {} : { cause }),
      };
    },
  };
}

function isDrifted(record: IndexedResource['actual']): boolean {
  return record?.status.drifted === true;
}

function newIn(entries: readonly StoreEntry[] | 'unchanged'): readonly StoreEntry[] {
  return entries === 'unchanged' ? [] : entries;
}
