import { stateDelta } from '../agents/define-agent.ts';
import type { Delta } from '../domain/delta.ts';
import { describeThrown, HomeostatError, HomeostatErrors, toCodedErrors } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { asStored, type JsonObject } from '../domain/json.ts';
import { externalNameOf, type AnyKind, type ObserveContext, type ObservedResource } from '../domain/kind.ts';
import { unreachable, type Observation } from '../domain/outcome.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import type { State } from '../domain/state.ts';
import { waitedFor } from './authors-error.ts';
import type { LoadedResource } from './load-resource.ts';
import { lookWithin } from './with-timeout.ts';

/** Shorter than the activity's own time-out, so that the answer is ours. */
const observeTimeoutMs = 45_000;

/** A loaded resource with what its kind saw and how that differs, ready to be planned for. */
export interface ComparedResource extends LoadedResource {
  readonly observation: Observation<JsonObject>;
  readonly desiredState?: State;
  readonly actualState?: State;
  readonly delta: Delta;
}

/**
 * The spec that was let through: the one last applied; or desired's, to who knows that nothing of it waits any more, at the
 * mod revision `dealtWith`.
 */
export function inForceOf(
  { desired, desiredRevision, actual }: Pick<LoadedResource, 'desired' | 'desiredRevision' | 'actual'>,
  dealtWith?: number,
): JsonObject | undefined {
  return desired !== undefined && desiredRevision === dealtWith ? desired.spec : actual?.lastApplied?.spec;
}

/** Asks the kind for the truth and compares it with what is wanted. `dealtWith` as for `inForceOf`. */
export async function observeResource(
  resource: LoadedResource,
  context: ObserveContext,
  dealtWith?: number,
): Promise<ComparedResource> {
  const { key, kind, desired, actual } = resource;
  const lastSpec = actual?.lastApplied?.spec;
  const spec = desired?.spec ?? lastSpec;
  // Without a spec nothing was ever applied, so there is nothing to look for.
  const seen =
    spec === undefined
      ? ({ type: 'absent' } as const)
      : await lookAt(kind, context, {
          key,
          externalName: externalNameOf(key),
          spec,
          inForce: inForceOf(resource, dealtWith),
        });
  const observation = seen.type === 'present' ? { type: seen.type, status: checkStatus(kind, seen.status) } : seen;
  const desiredState: State | undefined =
    desired === undefined ? undefined : toState(key, desired.metadata, desired.spec);
  const actualState: State | undefined =
    observation.type === 'present'
      ? {
          ...toState(key, { labels: actual?.lastApplied?.labels ?? {}, annotations: {} }, lastSpec ?? spec),
          status: observation.status,
        }
      : undefined;
  const delta = stateDelta(kind, desiredState, actualState);
  return {
    ...resource,
    observation,
    ...(desiredState === undefined ? {} : { desiredState }),
    ...(actualState === undefined ? {} : { actualState }),
    delta,
  };
}

/**
 * A kind that does not answer in time has not seen that there is nothing: it could not look. Nor could one that speaks of
 * a store or an effect, which are not the runtime's.
 */
async function lookAt(
  kind: AnyKind,
  context: ObserveContext,
  resource: ObservedResource<unknown>,
): Promise<Observation<unknown>> {
  try {
    return await lookWithin(`${kind.kind}.observe`, observeTimeoutMs, context.signal, (signal) =>
      kind.observe({ ...context, signal }, resource),
    );
  } catch (error) {
    if (error instanceof HomeostatError && error.code === 'STEP_TIMED_OUT') return unreachable(error.problem);
    if (toCodedErrors(error).some(({ code }) => waitedFor.has(code))) return unreachable(describeThrown(error));
    throw error;
  }
}

function toState(
  resource: ResourceKey,
  { labels, annotations }: { readonly labels: State['labels']; readonly annotations: State['annotations'] },
  spec: unknown,
): State {
  return { resource, labels, annotations, spec };
}

/** What a kind saw, checked by its schema and normalised. */
export function checkStatus(kind: AnyKind, status: unknown): JsonObject {
  const parsed = kind.status.safeParse(status);
  if (!parsed.success) {
    throw new HomeostatErrors(toFieldErrors(parsed.error, status, kind.status, `${kind.kind}.observe`));
  }
  return asStored(kind.normalise?.(parsed.data) ?? parsed.data);
}
