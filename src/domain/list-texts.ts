import { isJsonObject, type JsonValue } from './json.ts';

/** A text somewhere in a value. */
export interface PlacedText {
  readonly text: string;
  /** Where it stands: `spec.env.GREETING`, `steps[0].parameters.hosts[1]`. */
  readonly path: string;
  /** The name of the field it stands in, also of an item of a list; empty outside of any. */
  readonly field: string;
}

/** All texts in a value, at every depth. The value's depth was checked before. */
export function listTexts(value: JsonValue | undefined, path: string, field = ''): readonly PlacedText[] {
  if (typeof value === 'string') return [{ text: value, path, field }];
  if (Array.isArray(value)) {
    return value.flatMap((item: JsonValue, index) => listTexts(item, `${path}[${index}]`, field));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => listTexts(child, `${path}.${key}`, key));
}
