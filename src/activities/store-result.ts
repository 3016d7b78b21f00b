import { digestOfText } from '../domain/canonical.ts';
import { cutToLength } from '../domain/cut-to-length.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** A text longer than this is kept in the blob store, not in a history. In UTF-16 units, about bytes for most output. */
const inlineLimit = 8 * 1024;
/** What is kept of a text at all; the rest is cut off and said to be. */
const storedLimit = 256 * 1024;
const headLength = 500;
/** A result that is longer than this altogether goes to the blob store as one. */
const wholeLimit = 2 * inlineLimit;

/**
 * A tool's result as it may travel through histories and the ledger: JSON, with every long text replaced by
 * `{"$blob": digest, length, head}`.
 */
export async function storeResult(
  { state }: Pick<ActivityDependencies, 'state'>,
  { tenant }: ResourceKey,
  result: unknown,
): Promise<JsonValue> {
  const walk = async (value: JsonValue): Promise<JsonValue> => {
    if (typeof value === 'string') return value.length <= inlineLimit ? value : storeText(value);
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
  return whole.length <= wholeLimit ? walked : storeText(whole);
}

/** The longest beginning of a text that has at most so many bytes and ends between two characters. */
function cutToBytes(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  return new TextDecoder().decode(whole.subarray(0, bytes)).replace(/\ufffd+$/, '');
}
