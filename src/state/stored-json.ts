import type { ActualRecord } from '../domain/actual.ts';
import { describeThrown } from '../domain/failure.ts';
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import type { StoreEntry } from './store.ts';

/** What a value says, or why it says nothing: anybody can put anything into etcd. */
export function parseStored(text: string): { readonly value: JsonValue } | { readonly malformed: string } {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch (error) {
    return { malformed: describeThrown(error) };
  }
}

/** A value only the runtime writes; undefined when it is absent, or when somebody else broke it. */
export function parseOwn<Value>(entry: StoreEntry | undefined): Value | undefined {
  if (entry === undefined) return undefined;
  const parsed = parseStored(entry.value);
  return 'value' in parsed && isJsonObject(parsed.value) ? (parsed.value as Value) : undefined;
}

/** An actual record; a broken one counts as absent, so that the run that follows writes it anew. */
export function parseActual(entry: StoreEntry | undefined): ActualRecord | undefined {
  const record = parseOwn<ActualRecord>(entry);
  return typeof record?.status?.settledRevision === 'number' && Array.isArray(record.status.conditions)
    ? record
    : undefined;
}

export function toStored(value: object): string {
  return JSON.stringify(value);
}
