import { digestOfText } from '../domain/canonical.ts';
import { cutToLength } from '../domain/cut-to-length.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import { redactSecrets } from '../domain/secret-patterns.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Bytes: a text longer than this, or a result that is longer altogether, is kept in the blob store, not in a history. */
const inlineLimit = 8 * 1024;
/** What is kept of a text at all; the rest is cut off and said to be. */
const storedLimit = 256 * 1024;
const headLength = 500;

/**
 * A tool's result as it may travel through histories and the ledger, and as later steps get it: JSON, with what has the
 * form of a secret taken out, and every long text replaced by `{"$blob": digest, length, head}`.
 */
export async function storeResult(
  { state }: Pick<ActivityDependencies, 'state'>,
  { tenant }: ResourceKey,
  result: unknown,
): Promise<JsonValue> {
  const walk = async (value: JsonValue): Promise<JsonValue> => {
    if (typeof value === 'string') {
      const safe = redactSecrets(value);
      return isShort(safe) ? safe : storeText(safe);
    }
    if (Array.isArray(value)) return Promise.all(value.map((item) => walk(item as JsonValue)));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      await Promise.all(Object.entries(value).map(async ([key, child]) => [key, await walk(child)] as const)),
    );
  };
  const storeText = async (text: string): Promise<JsonValue> => {
    const kept = cutToBytes(text.toWellFormed(), storedLimit);
    await state.blobs.put(tenant, kept);
    return {
      $blob: digestOfText(kept),
      length: text.length,
      head: cutToLength(kept, headLength),
      ...(kept.length < text.length ? { cut: true } : {}),
    };
  };
  const walked = await walk(JSON.parse(JSON.stringify(result ?? null)) as JsonValue);
  // Many short texts are as much as a long one.
  const whole = JSON.stringify(walked);
  return isShort(whole) ? walked : storeText(whole);
}

function isShort(text: string): boolean {
  return Buffer.byteLength(text) <= inlineLimit;
}

/** The longest beginning of a text that has at most so many bytes and ends between two characters. */
function cutToBytes(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  return new TextDecoder().decode(whole.subarray(0, bytes)).replace(/\ufffd+$/, '');
}
