import { isSameJson } from './canonical.ts';
import { HomeostatError } from './failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/** An `IMMUTABLE` error for each path of a spec that is not as it was applied; none while nothing was applied. */
export function findImmutableChanges(
  spec: JsonObject,
  applied: JsonObject | undefined,
  paths: readonly string[],
): readonly HomeostatError[] {
  if (applied === undefined) return [];
  return paths
    .filter((path) => !isSameJson(valueAt(spec, path), valueAt(applied, path)))
    .map(
      (path) =>
        new HomeostatError('IMMUTABLE', {
          path: `spec.${path}`,
          problem: `cannot change during a resource's life, it is ${JSON.stringify(valueAt(applied, path) ?? null)}`,
          got: valueAt(spec, path),
          remedy: 'delete the resource and make it anew',
        }),
    );
}

function valueAt(value: JsonValue | undefined, path: string): JsonValue | undefined {
  let current = value;
  for (const part of path.split('.')) current = isJsonObject(current) ? current[part] : undefined;
  return current;
}
