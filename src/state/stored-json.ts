import type { ActualRecord } from '../domain/actual.ts';
import { HomeostatError } from '../domain/failure.ts';
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import { parseJson } from '../domain/parse-json.ts';
import type { StoreEntry } from './store.ts';

/** What a person's value says, read strictly, or why it says nothing: anybody can put anything into etcd. */
export interface ReadValue {
  /** Null where it could not be read. */
  readonly value: JsonValue;
  readonly fault?: HomeostatError;
}

export function readStored({ value: text, notText }: Pick<StoreEntry, 'value' | 'notText'>): ReadValue {
  try {
    if (notText === true) {
      throw new HomeostatError('PARSE_ERROR', { problem: 'is not UTF-8 text', remedy: 'write JSON in UTF-8' });
    }
    return { value: parseJson(text) };
  } catch (error) {
    if (!(error instanceof HomeostatError)) throw error;
    return { value: null, fault: error };
  }
}

/** A value only the runtime writes; undefined when it is absent, or when somebody else broke it. */
export function parseOwn<Value>(entry: Pick<StoreEntry, 'value'> | undefined): Value | undefined {
  if (entry === undefined) return undefined;
  try {
    const value = JSON.parse(entry.value) as JsonValue;
    return isJsonObject(value) ? (value as Value) : undefined;
  } catch {
    return undefined;
  }
}

/** An actual record; a broken one counts as absent, so that the run that follows writes it anew. */
export function parseActual(entry: Pick<StoreEntry, 'value'> | undefined): ActualRecord | undefined {
  const record = parseOwn<ActualRecord>(entry);
  return isWhole(record?.status) ? record : undefined;
}

/** Whether a status has, in its form, what everybody reads of it without another look. */
function isWhole(status: unknown): boolean {
  if (!isJsonObject(status)) return false;
  const { state, settledRevision, conditions, waitingFor = [], frozenBy = [] } = status;
  return (
    isText(state) &&
    typeof settledRevision === 'number' &&
    Array.isArray(conditions) &&
    conditions.every((one) => isJsonObject(one) && isText(one.type) && isText(one.reason) && isText(one.message)) &&
    [waitingFor, frozenBy].every((names) => Array.isArray(names) && names.every(isText))
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

export function toStored(value: object): string {
  return JSON.stringify(value);
}
