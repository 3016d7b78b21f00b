import type { ActualRecord } from '../domain/actual.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { fromStoreKey, type Keys } from '../domain/keys.ts';
import type { Log } from '../domain/log.ts';
import { needsRun, type RunReason } from '../domain/needs-run.ts';
import type { PrefixWatchOptions } from '../state/prefix-watch.ts';
import type { StoreEntry } from '../state/store.ts';
import { parseActual } from '../state/stored-json.ts';
import { createDueRetries } from './due-retries.ts';
import { createFreezeWatch } from './freeze-watch.ts';
import type { HintSender } from './hint-sender.ts';
import { createLoggedWatch } from './logged-watch.ts';
import { createMalformedKeys } from './malformed-keys.ts';
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

const noResourceMessage = 'not a well-formed resource key, ignored — write desired/<tenant>/<Kind>/<name>';

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
  const malformed = createMalformedKeys(log);
  const keyOf = (storeKey: string, prefix: string, deleted = false): ResourceKey | undefined => {
    const key = fromStoreKey(storeKey, prefix);
    if (key === undefined) malformed.note(storeKey, deleted, noResourceMessage);
    return key;
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

  const desiredWatch = createLoggedWatch({
    connection,
    log,
    prefix: keys.desiredPrefix,
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
  const actualWatch = createLoggedWatch({
    connection,
    log,
    prefix: keys.actualPrefix,
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

  const freezeWatch = createFreezeWatch({
    connection,
    log,
    prefix: keys.freezePrefix,
    malformed,
    onChange(scopes) {
      index.setFrozen(scopes);
      for (const entry of index.all()) if (index.isThawed(entry)) hint(entry, 0, 'thawed');
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
