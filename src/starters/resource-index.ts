import { appliedDependencies, type ActualRecord } from '../domain/actual.ts';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { findPassedOver } from '../domain/removal-order.ts';
import { addPath, removePath, type PathSets } from './path-sets.ts';

/** What the watcher keeps of a resource: enough to decide on hints, no specs. */
export interface IndexedResource {
  readonly key: ResourceKey;
  /** Desired's mod revision; 0 = nothing is desired. */
  desiredRevision: number;
  actual: IndexedActual | undefined;
}

export interface IndexedActual extends Pick<ActualRecord, 'status'> {
  /** Paths of what it really depends on, as it was last applied; absent where that is nothing. */
  readonly dependencies?: readonly string[];
}

/** The watcher's picture of all resources, kept up to date from two watches. Kind-agnostic. */
export interface ResourceIndex {
  get(key: ResourceKey): IndexedResource | undefined;
  setDesired(key: ResourceKey, revision: number): IndexedResource;
  setActual(key: ResourceKey, record: ActualRecord | undefined): IndexedResource;
  all(): Iterable<IndexedResource>;
  /** Those that say when they are to be tried again: few of however many there are. */
  retrying(): Iterable<IndexedResource>;
  /** Resources that say they wait for the given one. */
  waitingFor(key: ResourceKey): readonly IndexedResource[];
  /**
   * Whether all that a resource waits for has come about: running; or, where it is to go itself, gone, in need of it no more,
   * or to go after it.
   */
  isUnblocked(resource: IndexedResource): boolean;
  /** Whether a resource was held by freezes of which none stands any more. */
  isThawed(resource: IndexedResource): boolean;
  setFrozen(scopes: ReadonlySet<string>): void;
  readonly size: number;
}

export function createResourceIndex(): ResourceIndex {
  const resources = new Map<string, IndexedResource>();
  const waiting: PathSets = new Map();
  const retrying = new Set<IndexedResource>();
  let frozen: ReadonlySet<string> | undefined;

  const entryOf = (key: ResourceKey): IndexedResource => {
    const path = toResourcePath(key);
    let entry = resources.get(path);
    if (entry === undefined) resources.set(path, (entry = { key, desiredRevision: 0, actual: undefined }));
    return entry;
  };
  const dropIfGone = (entry: IndexedResource) => {
    if (entry.desiredRevision === 0 && entry.actual === undefined) resources.delete(toResourcePath(entry.key));
  };
  const awaitedPaths = (entry: IndexedResource) =>
    (entry.actual?.status.waitingFor ?? []).map((awaited) => `${entry.key.tenant}/${awaited}`);
  const needsOfGoing = (path: string) => {
    const entry = resources.get(path);
    return entry?.desiredRevision === 0 ? entry.actual?.dependencies : undefined;
  };

  return {
    get: (key) => resources.get(toResourcePath(key)),
    setDesired(key, revision) {
      const entry = entryOf(key);
      entry.desiredRevision = revision;
      dropIfGone(entry);
      return entry;
    },
    setActual(key, record) {
      const entry = entryOf(key);
      const path = toResourcePath(key);
      for (const awaited of awaitedPaths(entry)) removePath(waiting, awaited, path);
      entry.actual = record === undefined ? undefined : toIndexed(key, record);
      for (const awaited of awaitedPaths(entry)) addPath(waiting, awaited, path);
      if (entry.actual?.status.retryAt === undefined) retrying.delete(entry);
      else retrying.add(entry);
      dropIfGone(entry);
      return entry;
    },
    all: () => resources.values(),
    retrying: () => retrying.values(),
    waitingFor: (key) => [...(waiting.get(toResourcePath(key)) ?? [])].flatMap((path) => resources.get(path) ?? []),
    isUnblocked(entry) {
      const awaited = awaitedPaths(entry);
      if (awaited.length === 0) return false;
      if (entry.desiredRevision === 0) {
        const path = toResourcePath(entry.key);
        const dependants = awaited.filter((other) => resources.get(other)?.actual?.dependencies?.includes(path));
        const passedOver = findPassedOver(path, needsOfGoing);
        return dependants.every((other) => passedOver.has(other));
      }
      return awaited.every((path) => {
        const other = resources.get(path);
        return other?.actual?.status.state === 'Running' && other.desiredRevision > 0;
      });
    },
    isThawed({ actual }) {
      const scopes = actual?.status.frozenBy ?? [];
      return frozen !== undefined && scopes.length > 0 && !scopes.some((scope) => frozen!.has(scope));
    },
    setFrozen(scopes) {
      frozen = scopes;
    },
    get size() {
      return resources.size;
    },
  };
}

/** Observations can be large; ten thousand of them are not kept for decisions that never look at them. */
function toIndexed(key: ResourceKey, { status, lastApplied }: ActualRecord): IndexedActual {
  const { observed: _observed, ...kept } = status;
  const dependencies = appliedDependencies(key, lastApplied).map(toResourcePath);
  return { status: kept, ...(dependencies.length === 0 ? {} : { dependencies }) };
}
