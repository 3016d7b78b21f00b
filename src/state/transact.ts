import { HomeostatError } from '../domain/failure.ts';
import { waitBefore, type BackOff } from './back-off.ts';
import { isStoreAway, isUnavailable } from './store-error.ts';
import type { Compare, Store, StoreEntry, Write } from './store.ts';

/** Keys as they were at one revision. */
export interface Snapshot {
  readonly revision: number;
  get(key: string): StoreEntry | undefined;
}

/** What a decision wants done. No writes = nothing is sent. */
export interface Proposal<Result> {
  readonly writes: readonly Write[];
  readonly result: Result;
  /**
   * One of the written keys that nobody else would ever give this value, such as a record in a hash chain: it alone
   * proves that a commit of unknown outcome happened, even after others went on from there.
   */
  readonly proof?: string;
  /** What must hold of keys that were not read, such as that they are absent: what stands there is never overwritten. */
  readonly unread?: readonly Compare[];
}

export interface Transacted<Result> {
  readonly result: Result;
  /** Where the writes stand; without writes, where the keys were read. */
  readonly revision: number;
  readonly written: boolean;
}

export interface TransactOptions {
  /**
   * What the caller believes stands there, no newer than it is. The first attempt goes by it instead of reading, guarded
   * like any other; when it does not hold, or leads to no writes, the keys are read after all.
   */
  readonly believed?: Snapshot | undefined;
  /** Told what was written, at which revision. */
  readonly onWritten?: (writes: readonly Write[], revision: number) => void;
  /** Called when what was read, or `unread`, did not hold, before the keys are read again. */
  readonly onConflict?: (snapshot: Snapshot) => Promise<void>;
  /** Conflicts in a row before `STORE_CONFLICT`. */
  readonly maximumConflicts?: number;
  /** How long a commit of unknown outcome is looked into before its `STORE_UNAVAILABLE` is handed on. */
  readonly patienceMs?: number;
}

const conflictBackOff: BackOff = { firstMs: 5, longestMs: 500 };
const outageBackOff: BackOff = { firstMs: 50, longestMs: 1_000 };

interface Attempt<Result> extends Proposal<Result> {
  readonly readRevision: number;
}

/**
 * Reads keys, decides, and commits guarded by everything that was read: the one way in which state changes.
 *
 * `decide` is pure; after a conflict it is asked again about what stands there now. A commit of unknown outcome (a
 * deadline, a cut connection, the write that goes over the quota) is never sent again blindly: the keys are read first, and a write that is found there
 * counts as done. So nothing, an audit record above all, is ever written twice.
 */
export async function transact<Result>(
  store: Store,
  readKeys: readonly string[],
  decide: (snapshot: Snapshot) => Proposal<Result>,
  { believed, onWritten, onConflict, maximumConflicts = 20, patienceMs = 20_000 }: TransactOptions = {},
): Promise<Transacted<Result>> {
  const unproven: Attempt<Result>[] = [];
  let refusal: unknown;
  let giveUpAt = Infinity;
  let conflicts = 0;
  for (let tries = 0; ; tries += 1) {
    const belief = tries === 0 ? believed : undefined;
    let snapshot: Snapshot;
    try {
      snapshot =
        belief ??
        (await readSnapshot(store, [...readKeys, ...unproven.flatMap(({ writes }) => writes.map(({ key }) => key))]));
    } catch (error) {
      if (unproven.length === 0 || !isUnavailable(error) || performance.now() > giveUpAt) throw error;
      await waitBefore(tries, outageBackOff);
      continue;
    }
    for (const attempt of unproven) {
      const revision = findCommitted(attempt, snapshot);
      if (revision !== undefined) return { result: attempt.result, revision, written: true };
    }
    // What a full store has not taken it will not take now: the caller holds, and comes back later.
    if (refusal !== undefined && !isUnavailable(refusal)) throw refusal;
    const proposal = belief === undefined ? decide(snapshot) : tryDecide(decide, belief);
    if (proposal === undefined) continue;
    if (belief !== undefined && proposal.writes.length === 0) continue;
    if (proposal.writes.length === 0) return { result: proposal.result, revision: snapshot.revision, written: false };
    const compares = [
      ...readKeys.map((key) => ({ key, modRevision: snapshot.get(key)?.modRevision ?? 0 })),
      ...(proposal.unread ?? []),
    ];
    try {
      const { committed, revision } = await store.commit(compares, proposal.writes);
      if (committed) {
        onWritten?.(proposal.writes, revision);
        return { result: proposal.result, revision, written: true };
      }
    } catch (error) {
      if (!isStoreAway(error) || performance.now() > giveUpAt) throw error;
      refusal = error;
      giveUpAt = Math.min(giveUpAt, performance.now() + patienceMs);
      unproven.push({ ...proposal, readRevision: snapshot.revision });
      await waitBefore(unproven.length - 1, outageBackOff);
      continue;
    }
    if (belief !== undefined) continue;
    conflicts += 1;
    if (conflicts >= maximumConflicts) {
      throw new HomeostatError('STORE_CONFLICT', {
        path: readKeys[0] ?? '$',
        problem: `others wrote first ${conflicts} times in a row`,
        remedy: 'try again',
      });
    }
    await onConflict?.(snapshot);
    await waitBefore(conflicts - 1, conflictBackOff);
  }
}

/** What is only believed refuses nothing: whoever decides against it looks first. */
function tryDecide<Result>(
  decide: (snapshot: Snapshot) => Proposal<Result>,
  belief: Snapshot,
): Proposal<Result> | undefined {
  try {
    return decide(belief);
  } catch {
    return undefined;
  }
}

async function readSnapshot(store: Store, keys: readonly string[]): Promise<Snapshot> {
  const { revision, entries } = await store.getMany([...new Set(keys)]);
  return { revision, get: (key) => entries.get(key) };
}

/** The revision at which an attempt happened after all, if it can be seen. */
function findCommitted({ writes, proof, readRevision }: Attempt<unknown>, snapshot: Snapshot): number | undefined {
  const judged = proof === undefined ? writes : writes.filter((write) => write.key === proof);
  const revisions = new Set<number>();
  for (const write of judged) {
    const entry = snapshot.get(write.key);
    if (write.type === 'delete') {
      if (entry !== undefined) return undefined;
      continue;
    }
    if (entry?.value !== write.value || entry.modRevision <= readRevision) return undefined;
    revisions.add(entry.modRevision);
  }
  if (revisions.size > 1) return undefined;
  return [...revisions][0] ?? snapshot.revision;
}
