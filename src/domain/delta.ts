import { isSameJson } from './canonical.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';
import { ownValue } from './own-value.ts';

/** One field that is not as it is wanted. Paths are relative to what a kind's `wanted` returns. */
export interface FieldChange {
  readonly path: string;
  readonly wanted?: JsonValue;
  readonly observed?: JsonValue;
}

/** What differs between wanted and observed. No changes = nothing to do. */
export interface Delta {
  readonly type: 'none' | 'create' | 'update' | 'delete';
  readonly changes: readonly FieldChange[];
}

/**
 * The delta between two normalised values, a pure function. Only fields that `wanted` names are compared: what it does
 * not mention is the world's business. `undefined` means absent.
 */
export function deltaOf(wanted: JsonObject | undefined, observed: JsonObject | undefined): Delta {
  if (wanted === undefined && observed === undefined) return { type: 'none', changes: [] };
  if (wanted === undefined) return { type: 'delete', changes: [] };
  if (observed === undefined) return { type: 'create', changes: [] };
  const changes: FieldChange[] = [];
  collectChanges(wanted, observed, '', changes);
  return { type: changes.length === 0 ? 'none' : 'update', changes };
}

/** Whether a delta touches a field or anything below it. */
export function touches(delta: Delta, ...paths: readonly string[]): boolean {
  return delta.changes.some(({ path }) => paths.some((prefix) => path === prefix || path.startsWith(`${prefix}.`)));
}

function collectChanges(wanted: JsonObject, observed: JsonObject, prefix: string, changes: FieldChange[]): void {
  const keys = prefix === '' ? Object.keys(wanted) : [...Object.keys(wanted), ...Object.keys(observed)];
  for (const key of [...new Set(keys)].toSorted()) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const want = ownValue(wanted, key);
    const have = ownValue(observed, key);
    if (isJsonObject(want) && isJsonObject(have)) collectChanges(want, have, path, changes);
    else if (!isSameJson(want, have)) {
      changes.push({
        path,
        ...(want === undefined ? {} : { wanted: want }),
        ...(have === undefined ? {} : { observed: have }),
      });
    }
  }
}
