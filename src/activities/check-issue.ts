import type { IssueFinding } from '../domain/issue-check.ts';
import { externalNameOf, type AnyKind, type ObserveContext } from '../domain/kind.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { lookWithin } from './with-timeout.ts';

/** Well below any wait for a proof. */
const timeoutMs = 10_000;

/** A thing as the kind's own check looks at it. */
export interface CheckedResource {
  readonly key: ResourceKey;
  readonly kind: AnyKind;
  readonly spec: unknown;
  /** As in `ObservedResource`. */
  readonly inForce?: unknown;
}

/** Asks the kind's own check of a type of fault; undefined where it has none. Throws when the check could not look. */
export async function checkIssue(
  { key, kind, spec, inForce }: CheckedResource,
  type: string,
  context: ObserveContext,
): Promise<IssueFinding | undefined> {
  if (kind.issues === undefined || !Object.hasOwn(kind.issues, type)) return undefined;
  const own = kind.issues[type]!;
  return lookWithin(`check of ${type}`, timeoutMs, context.signal, (signal) =>
    own.check({ ...context, signal }, { key, externalName: externalNameOf(key), spec, inForce }),
  );
}
