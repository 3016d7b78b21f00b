import { toBatches } from '../domain/batches.ts';
import { describeThrown, toCodedErrors } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import type { Resources, ResourceSnapshot } from '../state/resources.ts';
import { isStoreFault } from '../state/store-error.ts';
import { noteDrift, type DriftDependencies } from './note-drift.ts';
import { releaseHeld, type ReleaseDependencies } from './release-held.ts';
import { toSweepOrder } from './sweep-order.ts';

/**
 * `this-host`: what the host owns that runs the activity; `anywhere`: what has no owner. Nobody owns what is of a kind that
 * is bound to no host, whatever its record says from when it was.
 */
export type SweptPlace = 'this-host' | 'anywhere';

export interface SweepOptions {
  /** Let go also what has no owner, where only what this host owns is looked at. */
  readonly releasesAll?: boolean;
}

/** What one sweep found. */
export interface Sweep {
  /** The failed ones among them. */
  readonly looked: number;
  readonly drifted: number;
  /** Those whose look failed; absent where none did. */
  readonly failed?: number;
  /** Those that the time did not do for, whoever owns them; absent where it did. */
  readonly left?: number;
}

/** Observations under way at once: enough to hide their waiting, few enough to leave the worker to its runs. */
const concurrency = 32;
/** No look begins later than this, so that one that takes its longest still ends within the activity's four minutes. */
const beginWithinMs = 3 * 60_000;
/** Held at once, of however many there are. */
const readAtOnce = 64;

/**
 * Looks at everything one place can see: what this host owns, or what can be looked at from anywhere. The backstop
 * behind the drivers' own watching, called by the `sweep` workflow, and by the runtime at its start, because what
 * happened while no runtime was there nobody has seen.
 *
 * On the way it lets go what was held for a reason that is no more. That takes no look, so a runtime that starts with
 * another configuration does it for what has no owner, too. Any other sweep reads nothing that cannot be its own: of
 * kinds that are bound to no host, nothing for `this-host`.
 *
 * A look that fails is counted and spoils no other's. Throws when the store is away, and when given up.
 */
export async function sweep(
  dependencies: DriftDependencies & ReleaseDependencies,
  place: SweptPlace,
  outer: AbortSignal,
  { releasesAll = false }: SweepOptions = {},
): Promise<Sweep> {
  const { state, host, registry, log } = dependencies;
  const hasHosts = (kind: string): boolean => registry.ownerOf(kind).kind.placement !== undefined;
  const mayBeMine = ({ kind }: ResourceKey): boolean => place === 'anywhere' || hasHosts(kind);
  const isMine = (owner: string | undefined): boolean => (place === 'this-host' ? owner === host : owner === undefined);
  const endsAt = performance.now() + beginWithinMs;
  const recorded = (await state.resources.listRecorded()).filter(({ kind }) => registry.has(kind));
  const queue = toSweepOrder(releasesAll ? recorded : recorded.filter(mayBeMine));
  const ending = new AbortController();
  const signal = AbortSignal.any([outer, ending.signal]);
  let looked = 0;
  let drifted = 0;
  let released = 0;
  let failed = 0;
  let example: object | undefined;
  let taken = 0;
  const snapshots = readInTurn(state.resources, queue);
  const look = async (snapshot: ResourceSnapshot): Promise<void> => {
    if (snapshot.actual === undefined) return;
    const owner = hasHosts(snapshot.key.kind) ? snapshot.actual.record.status.owner : undefined;
    const isLookedAt = isMine(owner);
    if (!isLookedAt && !(releasesAll && owner === undefined)) return;
    const isReleased = await releaseHeld(dependencies, snapshot);
    if (isReleased) released += 1;
    if (!isLookedAt) return;
    looked += 1;
    // What was let go has a run before it, which looks itself.
    if (!isReleased && (await noteDrift(dependencies, snapshot, signal)) === 'drifted') drifted += 1;
  };
  const lookOn = async (): Promise<void> => {
    while (!signal.aborted && performance.now() < endsAt) {
      let snapshot: ResourceSnapshot | undefined;
      try {
        const next = await snapshots.next();
        if (next.done === true) return;
        snapshot = next.value;
        taken += 1;
        await look(snapshot);
      } catch (error) {
        if (snapshot === undefined || signal.aborted || toCodedErrors(error).some(isStoreFault)) {
          ending.abort();
          throw error;
        }
        const { key } = snapshot;
        failed += 1;
        example ??= { resource: showResource(key), tenant: key.tenant, cause: describeThrown(error) };
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lookOn));
  const left = queue.length - taken;
  const result: Sweep = {
    looked,
    drifted,
    ...(failed === 0 ? {} : { failed }),
    ...(left === 0 ? {} : { left }),
  };
  if (failed > 0) log.warn({ place, failed, ...example }, 'looks of a sweep failed, one of them so');
  log.info({ place, ...result, released }, 'swept');
  return result;
}

/** Each as it is shortly before it is looked at. */
async function* readInTurn(
  resources: Pick<Resources, 'readMany'>,
  keys: readonly ResourceKey[],
): AsyncGenerator<ResourceSnapshot, void> {
  for (const some of toBatches(keys, readAtOnce)) yield* await resources.readMany(some);
}
