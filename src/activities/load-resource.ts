import { findImmutableChanges } from '../domain/immutable.ts';
import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { Agent } from '../agents/agent.ts';
import { stateDelta } from '../agents/define-agent.ts';
import type { ActualRecord } from '../domain/actual.ts';
import { digestOf } from '../domain/canonical.ts';
import type { Delta } from '../domain/delta.ts';
import { describeThrown, HomeostatError, HomeostatErrors, toCodedErrors } from '../domain/failure.ts';
import { scopesOf, type StandingFreeze } from '../domain/freeze.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { type JsonObject, type JsonValue } from '../domain/json.ts';
import {
  externalNameOf,
  type AnyKind,
  type ObserveContext,
  type ObservedResource as KindResource,
} from '../domain/kind.ts';
import { unreachable, type Observation } from '../domain/outcome.ts';
import { parseResource, toResourceKey, type Resource } from '../domain/resource.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import type { State } from '../domain/state.ts';
import type { ResourceSnapshot } from '../state/resources.ts';
import { waitedFor } from './authors-error.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { lookWithin } from './with-timeout.ts';

/** Shorter than the activity's own time-out, so that the answer is ours. */
const observeTimeoutMs = 45_000;

/** A resource as both stores and its kind's schemas know it, before anybody looked at the world. */
export interface LoadedResource {
  readonly key: ResourceKey;
  /** Store revision of the read. */
  readonly readRevision: number;
  /** Desired's mod revision; 0 = nothing is desired. */
  readonly desiredRevision: number;
  readonly resourceId: string;
  readonly agent: Agent;
  readonly kind: AnyKind;
  /** Checked and normalised; absent = should not exist. */
  readonly desired?: Resource;
  /** Desired as it stands in the store; absent where nothing does, and in a preview. */
  readonly written?: JsonValue;
  readonly actual?: ActualRecord;
  /** What forbids to start anything on it; of `loadResource`, which asks, and else empty. */
  readonly freezes: readonly StandingFreeze[];
}

export type Loaded =
  | { readonly type: 'loaded'; readonly resource: LoadedResource }
  /** What is desired cannot be: the errors say why. */
  | { readonly type: 'invalid'; readonly errors: readonly HomeostatError[]; readonly snapshot: ResourceSnapshot };

/** A loaded resource with what its kind saw, ready to be planned for. */
export interface ObservedResource extends LoadedResource {
  readonly observation: Observation<JsonObject>;
  readonly desiredState?: State;
  readonly actualState?: State;
  readonly delta: Delta;
}

/** Reads a resource and checks what is desired. `preview` stands in for the stored desired value; null = none. */
export async function loadResource(
  { registry, state }: Pick<ActivityDependencies, 'registry' | 'state'>,
  key: ResourceKey,
  preview?: { readonly desired: JsonValue },
): Promise<Loaded> {
  const scopes = registry.has(key.kind) ? scopesOf(key, registry.ownerOf(key.kind).agent.name) : [];
  return toLoaded(registry, await state.resources.read(key, scopes), preview);
}

/** The same of a resource that was read already. */
export function toLoaded(
  registry: AgentRegistry,
  snapshot: ResourceSnapshot,
  preview?: { readonly desired: JsonValue },
): Loaded {
  const { key } = snapshot;
  try {
    const { agent, kind } = registry.ownerOf(key.kind);
    const actual = snapshot.actual?.record;
    if (preview === undefined && snapshot.desired?.fault !== undefined) throw snapshot.desired.fault;
    const value = preview === undefined ? snapshot.desired?.value : (preview.desired ?? undefined);
    const desired =
      value === undefined ? undefined : checkDesired(value, { key, kind, actual, knownKinds: registry.kinds });
    return {
      type: 'loaded',
      resource: {
        key,
        agent,
        kind,
        readRevision: snapshot.revision,
        freezes: snapshot.freezes,
        desiredRevision: desired === undefined ? 0 : (snapshot.desired?.modRevision ?? 0),
        resourceId: String(snapshot.desired?.createRevision ?? actual?.id ?? 0),
        ...(desired === undefined ? {} : { desired }),
        ...(value === undefined || preview !== undefined ? {} : { written: value }),
        ...(actual === undefined ? {} : { actual }),
      },
    };
  } catch (error) {
    const errors = toCodedErrors(error);
    if (errors.length === 0) throw error;
    return { type: 'invalid', errors, snapshot };
  }
}

/** Whether only another host can look at this resource; its id then. */
export function ownerElsewhere(resource: LoadedResource, host: string): string | undefined {
  const owner = resource.actual?.status.owner;
  return isHostBound(resource) && owner !== undefined && owner !== host ? owner : undefined;
}

export function isHostBound({ kind, desired, actual }: LoadedResource): boolean {
  const spec = desired?.spec ?? actual?.lastApplied?.spec;
  return spec !== undefined && kind.placement?.(spec) === 'host';
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
): Promise<ObservedResource> {
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
  resource: KindResource<unknown>,
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

/** What the seal holds of desired: spec and labels, normalised; null where nothing is desired. */
export function desiredDigestOf(desired: Resource | undefined): string {
  return digestOf(desired === undefined ? null : { spec: desired.spec, labels: desired.metadata.labels });
}

function toState(
  resource: ResourceKey,
  { labels, annotations }: { readonly labels: State['labels']; readonly annotations: State['annotations'] },
  spec: unknown,
): State {
  return { resource, labels, annotations, spec };
}

/** What a desired value is checked by. */
export interface DesiredFacts {
  readonly key: ResourceKey;
  readonly kind: AnyKind;
  readonly actual: ActualRecord | undefined;
  readonly knownKinds: readonly string[];
}

/** The desired value, checked by envelope, key and kind; throws everything that is wrong with it. */
export function checkDesired(value: unknown, { key, kind, actual, knownKinds }: DesiredFacts): Resource {
  const resource = parseResource(value, knownKinds);
  const misnamed = findMisnames(toResourceKey(resource), key);
  if (misnamed.length > 0) throw new HomeostatErrors(misnamed);
  const spec = kind.spec.safeParse(resource.spec);
  if (!spec.success) throw new HomeostatErrors(toFieldErrors(spec.error, resource.spec, kind.spec, 'spec'));
  const checked = { ...resource, spec: toJson(spec.data) };
  const changes = findImmutableChanges(checked.spec, actual?.lastApplied?.spec, kind.immutable ?? []);
  if (changes.length > 0) throw new HomeostatErrors(changes);
  return checked;
}

/** Where a value names another resource than the key it stands under. */
function findMisnames(named: ResourceKey, key: ResourceKey): readonly HomeostatError[] {
  const fields = [
    { path: 'kind', code: 'KIND_MISMATCH', got: named.kind, wanted: key.kind },
    { path: 'metadata.tenant', code: 'INVALID_VALUE', got: named.tenant, wanted: key.tenant },
    { path: 'metadata.name', code: 'INVALID_VALUE', got: named.name, wanted: key.name },
  ] as const;
  return fields
    .filter(({ got, wanted }) => got !== wanted)
    .map(
      ({ path, code, got, wanted }) =>
        new HomeostatError(code, {
          path,
          problem: 'names another resource than its key',
          got,
          remedy: `write ${wanted}, or put it under its own key`,
        }),
    );
}

/** What a kind saw, checked by its schema and normalised. */
export function checkStatus(kind: AnyKind, status: unknown): JsonObject {
  const parsed = kind.status.safeParse(status);
  if (!parsed.success) {
    throw new HomeostatErrors(toFieldErrors(parsed.error, status, kind.status, `${kind.kind}.observe`));
  }
  return toJson(kind.normalise?.(parsed.data) ?? parsed.data);
}

/** As it will be stored: no undefined fields, nothing JSON cannot hold. */
function toJson(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
