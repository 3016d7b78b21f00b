import { HomeostatError } from './failure.ts';
import { jsonLimits, noObject, type JsonValue } from './json.ts';
import { scanJson } from './scan-json.ts';

/**
 * The one value in JSON text, read strictly: what {@link scanJson} refuses, and text with none or several values, is
 * refused. For what people put into the store past our doors, and what is sent to us.
 */
export function parseJson(text: string, maximumItems = jsonLimits.items): JsonValue {
  const [document, ...others] = scanJson(text, { maximumItems });
  if (document === undefined) throw noObject(undefined);
  if (others.length > 0) {
    throw new HomeostatError('PARSE_ERROR', {
      problem: `expected one value, found ${others.length + 1}`,
      remedy: 'write one resource a key',
    });
  }
  return JSON.parse(document) as JsonValue;
}
