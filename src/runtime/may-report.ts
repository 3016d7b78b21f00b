import type { ActivityDependencies } from '../activities/dependencies.ts';
import { modeOf } from '../activities/hold-back.ts';
import { loadResource, ownerElsewhere } from '../activities/load-resource.ts';
import { LifecycleState, unsettled } from '../domain/actual.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { Incident } from '../domain/incident.ts';

/** `held`: it is not for the runtime to act on it now. `told`: somebody deals with it, or people have it. */
export type ReportVerdict = 'report' | 'told' | 'held';

/** Longer than the minute for which the same fault is left alone after an incident, so that what is told is heard. */
const settleMs = 90_000;
/** People who were given a fault are not told of it again for so long, however often it goes and comes back. */
const quietMs = 60 * 60_000;

/**
 * Whether the runtime may say by itself that a thing has a fault: it is running and nobody changes it, it is neither
 * frozen nor only observed, and no incident of this type is being dealt with or was, moments ago.
 */
export async function mayReport(
  dependencies: Pick<ActivityDependencies, 'registry' | 'state' | 'host' | 'settings'>,
  resource: ResourceKey,
  fault: { readonly type: string; readonly since: number; readonly now: number },
): Promise<ReportVerdict> {
  const { state, host, settings } = dependencies;
  const loaded = await loadResource(dependencies, resource);
  if (loaded.type === 'invalid') return 'held';
  const { desired, actual, desiredRevision, freezes } = loaded.resource;
  if (desired === undefined || actual?.status.state !== LifecycleState.Running) return 'held';
  const { settledRevision, drifted } = actual.status;
  // A drift that was noted has a run already. What runs and is not dealt with has a question open: a fault of it is none the
  // less told, for a critical one does not wait behind that.
  if ((settledRevision !== desiredRevision && settledRevision !== unsettled) || drifted) return 'held';
  if (ownerElsewhere(loaded.resource, host) !== undefined) return 'held';
  if (modeOf(loaded.resource, settings) === 'observe') return 'held';
  if (freezes.length > 0) return 'held';
  return isToldOf(await state.incidents.get(resource, fault.type), fault) ? 'told' : 'report';
}

/** Whether the newest incident of a type speaks for a fault that is seen since then. */
export function isToldOf(
  incident: Pick<Incident, 'state' | 'openedAt' | 'closedAt'> | undefined,
  { since, now }: { readonly since: number; readonly now: number },
): boolean {
  if (incident === undefined) return false;
  // Its run may be gone for good, with whoever was to close it.
  if (incident.state === 'open') return now - Date.parse(incident.openedAt) < quietMs;
  const closedAt = Date.parse(incident.closedAt ?? incident.openedAt);
  if (incident.state === 'escalated') return closedAt >= since || now - closedAt < quietMs;
  return now - closedAt < settleMs;
}
