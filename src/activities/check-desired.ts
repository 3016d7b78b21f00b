import type { ActualRecord } from '../domain/actual.ts';
import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { findImmutableChanges } from '../domain/immutable.ts';
import { asStored } from '../domain/json.ts';
import type { AnyKind } from '../domain/kind.ts';
import { parseResource, toResourceKey, type Resource } from '../domain/resource.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';

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
  const checked = { ...resource, spec: asStored(spec.data) };
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
