import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { Agent } from '../agents/agent.ts';
import type { ActualRecord } from '../domain/actual.ts';
import { digestOf } from '../domain/canonical.ts';
import { toCodedErrors, type HomeostatError } from '../domain/failure.ts';
import { scopesOf, type StandingFreeze } from '../domain/freeze.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { JsonValue } from '../domain/json.ts';
import type { AnyKind } from '../domain/kind.ts';
import type { Resource } from '../domain/resource.ts';
import type { ResourceSnapshot } from '../state/resources.ts';
import { checkDesired } from './check-desired.ts';
import type { ActivityDependencies } from './dependencies.ts';

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

/** What the seal holds of desired: spec and labels, normalised; null where nothing is desired. */
export function desiredDigestOf(desired: Resource | undefined): string {
  return digestOf(desired === undefined ? null : { spec: desired.spec, labels: desired.metadata.labels });
}
