import { isSameJson } from './canonical.ts';
import { HomeostatError } from './failure.ts';
import type { JsonObject } from './json.ts';
import { valueAt } from './own-value.ts';

/** An `IMMUTABLE` error for each path of a spec that is not as it was applied; none while nothing was applied. */
export function findImmutableChanges(
  spec: JsonObject,
  applied: JsonObject | undefined,
  paths: readonly string[],
): readonly HomeostatError[] {
  if (applied === undefined) return [];
  return paths.flatMap((path) => {
    const wanted = valueAt(spec, path.split('.'));
    const fixed = valueAt(applied, path.split('.'));
    if (isSameJson(wanted, fixed)) return [];
    return new HomeostatError('IMMUTABLE', {
      path: `spec.${path}`,
      problem: `cannot change during a resource's life, it is ${JSON.stringify(fixed ?? null)}`,
      got: wanted,
      remedy: 'delete the resource and make it anew',
    });
  });
}
