import { HomeostatError } from '../domain/failure.ts';
import { isJsonObject, noObject } from '../domain/json.ts';
import { parseYaml } from './parse-yaml.ts';
import { scanJson } from '../domain/scan-json.ts';

/** One value a person wrote, not looked into yet. */
export interface SourceDocument {
  readonly value: unknown;
  /** Where it stands, for errors: `shop.yaml`, `shop.yaml document 2`. */
  readonly where: string;
}

/** More text than this is refused before anything reads it. */
export const maximumTextBytes = 8 * 1024 * 1024;

export interface ParseOptions {
  /** Name of the text; in front of line and column, and what tells `.json` from YAML. */
  readonly source?: string;
}

/**
 * Reads text as JSON or YAML, several documents one after the other. An object with nothing but `items`, as `get` prints
 * it, stands for what it holds. JSON is strict: a file called so, or text that begins like it.
 */
export function parseDocuments(text: string, { source }: ParseOptions = {}): readonly SourceDocument[] {
  if (Buffer.byteLength(text) > maximumTextBytes) {
    throw new HomeostatError('TOO_LARGE', {
      path: source ?? '$',
      problem: `larger than ${maximumTextBytes / 1024 / 1024} MiB`,
      remedy: 'split it',
    });
  }
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  const values = isJsonText(content, source)
    ? scanJson(content, { source }).map((document) => JSON.parse(document) as unknown)
    : parseYaml(content, source);
  if (values.length === 0) {
    throw source === undefined ? noObject(undefined) : noObject(undefined).at(source);
  }
  const name = source ?? 'the input';
  return values.flatMap((value, index) => {
    const where = values.length === 1 ? name : `${name} document ${index + 1}`;
    return (
      itemsOf(value)?.map((item, place) => ({ value: item, where: `${where} items[${place}]` })) ?? [{ value, where }]
    );
  });
}

function isJsonText(text: string, source: string | undefined): boolean {
  if (source !== undefined && /\.ya?ml$/i.test(source)) return false;
  return (source !== undefined && /\.json$/i.test(source)) || /^\s*[[{"]/.test(text);
}

function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (!isJsonObject(value) || !Array.isArray(value.items) || Object.keys(value).length !== 1) return undefined;
  return value.items as readonly unknown[];
}
