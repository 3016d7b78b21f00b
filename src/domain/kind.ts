import type { z } from 'zod';
import type { Condition } from './actual.ts';
import type { ResourceKey } from './identity.ts';
import type { JsonObject } from './json.ts';
import type { Observation } from './outcome.ts';

/** What a kind gets to look with. */
export interface ObserveContext {
  readonly signal: AbortSignal;
  readonly log: ContextLog;
}

/** The little of a logger that agents, kinds and tools may use; lines carry the run's correlation id by themselves. */
export interface ContextLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** A resource as its kind looks at it: the desired spec, or the last applied one when nothing is desired any more. */
export interface ObservedResource<Spec> {
  readonly key: ResourceKey;
  /** `<tenant>.<kind>.<name>`: the deterministic name for things in the outside world. */
  readonly externalName: string;
  readonly spec: Spec;
}

/**
 * A kind of resource. The runtime calls all of it from activities, never from a workflow, and publishes the schemas as
 * JSON Schema for every door to check against.
 */
export interface Kind<Name extends string = string, Spec = unknown, Status = unknown> {
  readonly kind: Name;
  readonly spec: z.ZodType<Spec>;
  readonly status: z.ZodType<Status>;
  /** Looks at the world and changes nothing. Must answer `unreachable` rather than `absent` when it could not look. */
  observe(context: ObserveContext, resource: ObservedResource<Spec>): Promise<Observation<Status>>;
  /**
   * Tells `changed` of resources that may be other than when they were last observed, until the signal; the runtime then
   * observes them. For kinds whose target can tell: without it only the sweep finds drift. Must not write anything.
   */
  watch?(context: ObserveContext, changed: (key: ResourceKey) => void): Promise<void>;
  /** What can be seen of the thing that may tell why it is faulty, such as the end of its log. Changes nothing; texts may be long, and are cut. */
  evidence?(
    context: ObserveContext,
    resource: ObservedResource<Spec>,
  ): Promise<readonly { readonly source: string; readonly text: string }[]>;
  /** The part of the status that the spec asks for; pure. Fields it leaves out are not compared. */
  wanted(spec: Spec): JsonObject;
  /** Brings a status to its one form before it is compared and stored; pure. */
  normalise?(status: Status): Status;
  /** Conditions of the kind's own to show with a status, such as `LimitsNotEnforced`; pure. */
  conditions?(status: Status): readonly Condition[];
  /** Paths in the spec that cannot change during a resource's life. */
  readonly immutable?: readonly string[];
  /** `host`: only the host that owns the real thing can observe and change it. Default `anywhere`. */
  placement?(spec: Spec): 'anywhere' | 'host';
}

// A registry holds kinds of every spec and status; each is checked by its own schemas where a value enters.
// oxlint-disable-next-line typescript/no-explicit-any -- variance: a Kind<…, Spec> is not a Kind<…, unknown>
export type AnyKind = Kind<string, any, any>;

export function externalNameOf(key: ResourceKey): string {
  return `${key.tenant}.${key.kind.toLowerCase()}.${key.name}`;
}
