import { findTrueCondition, type ActualStatus } from '../domain/actual.ts';
import { isSameJson } from '../domain/canonical.ts';
import { showResource } from '../domain/identity.ts';
import type { ResourceSnapshot } from '../state/resources.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { modeOf } from './hold-back.ts';
import { toLoaded, type LoadedResource } from './load-resource.ts';

export type ReleaseDependencies = Pick<ActivityDependencies, 'registry' | 'state' | 'log' | 'settings' | 'models'>;

/**
 * Lets go what is held for a reason that lies outside of desired and holds no more: mode `observe`, a kind that did not
 * accept what is desired, no model to ask. Nobody changes a resource for that, and nothing else would look at it again.
 * Makes its retry due, so that the watcher hints a run; writes nothing to any other. Answers whether it did.
 */
export async function releaseHeld(dependencies: ReleaseDependencies, snapshot: ResourceSnapshot): Promise<boolean> {
  const { registry, state, log } = dependencies;
  const before = snapshot.actual?.record;
  const reason = before === undefined ? undefined : findReason(before.status);
  if (before === undefined || reason === undefined) return false;
  const loaded = toLoaded(registry, snapshot);
  if (loaded.type === 'invalid' || !isOver(reason, loaded.resource, dependencies)) return false;
  // It has a run before it anyway.
  if (before.status.settledRevision !== loaded.resource.desiredRevision || before.status.drifted) return false;
  const retryAt = new Date().toISOString();
  const { written } = await state.changeActual(snapshot.key, (current) =>
    current === undefined || !isSameJson(current, before)
      ? 'unchanged'
      : { ...current, status: { ...current.status, retryAt } },
  );
  if (written) log.info({ resource: showResource(snapshot.key), tenant: snapshot.key.tenant, reason }, 'released');
  return written;
}

type HoldReason = 'Invalid' | 'ObserveOnly' | 'NO_RULE';

/** What it is held for, where that can end outside of desired and nothing else ends it. */
function findReason({ conditions, retryAt }: ActualStatus): HoldReason | undefined {
  if (retryAt !== undefined) return undefined;
  if (findTrueCondition(conditions, 'Invalid') !== undefined) return 'Invalid';
  const blocked = findTrueCondition(conditions, 'Blocked')?.reason;
  return blocked === 'ObserveOnly' || blocked === 'NO_RULE' ? blocked : undefined;
}

function isOver(
  reason: HoldReason,
  resource: LoadedResource,
  { settings, models }: Pick<ActivityDependencies, 'settings' | 'models'>,
): boolean {
  switch (reason) {
    case 'Invalid':
      // It was loaded.
      return true;
    case 'ObserveOnly':
      return modeOf(resource, settings) !== 'observe';
    case 'NO_RULE':
      return models.route({ purpose: 'change' }).length > 0;
  }
}
