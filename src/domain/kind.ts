import type { z } from 'zod';
import type { Condition } from './actual.ts';
import type { ResourceKey } from './identity.ts';
import type { CheckPace, IssueFinding } from './issue-check.ts';
import type { Severity } from './issue.ts';
import type { JsonObject } from './json.ts';
import type { Log } from './log.ts';
import type { Measurement } from './measurement.ts';
import type { Observation } from './outcome.ts';

/** What a kind gets to look with. */
export interface ObserveContext {
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** A resource as its kind looks at it: the desired spec, or the last applied one when nothing is desired any more. */
export interface ObservedResource<Spec> {
  readonly key: ResourceKey;
  /** `<tenant>.<kind>.<name>`: the deterministic name for things in the outside world. */
  readonly externalName: string;
  readonly spec: Spec;
  /**
   * The spec already let through: the last applied one, or the desired one once its plan has run. Absent where there is none
   * yet. Observe according to `spec`, but never run a program that only `spec` names: nobody may have approved it.
   */
  readonly inForce?: Spec | undefined;
}

/**
 * How a kind judges one type of fault on its own things. It proves that a repair helped, and the runtime finds the fault
 * by it when nobody reports one.
 */
export interface IssueCheck<Spec> {
  /** Looks for the fault and changes nothing. One that throws, or takes longer than ten seconds, has seen nothing. */
  check(context: ObserveContext, resource: ObservedResource<Spec>): Promise<IssueFinding>;
  /** How the runtime looks by itself at a thing of this spec; `undefined`: not at all. What is left out is as in `standardPace`. Pure. */
  pace?(spec: Spec): Partial<CheckPace> | undefined;
  /** How bad the fault is when the runtime finds it; `warning` when left out. */
  readonly severity?: Severity;
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
  /**
   * What the thing uses or does now, in numbers that may tell why it is faulty. Asked every quarter of a minute of all that
   * run here, so it must be cheap; changes nothing. Empty where nothing can be told.
   */
  measure?(context: ObserveContext, resource: ObservedResource<Spec>): Promise<readonly Measurement[]>;
  /**
   * Checks of faults the kind can judge itself, by issue type such as `disk_full`. Such a fault counts as gone only when
   * the thing is as desired and its check passes. Of any other type it counts as gone when a repair has made it as
   * desired; an alert of such a type about a thing that is as desired is given to people, because nothing here can tell
   * (but `service_down` and `resource_error`, which are over then).
   */
  readonly issues?: Readonly<Record<string, IssueCheck<Spec>>>;
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
