import type { TokenUsage } from './language-model.ts';

/** Dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Input that came from the prompt cache; as dear as other input where it is not given. */
  readonly cached?: number | undefined;
}

/** Dollars that tokens cost. An estimate: providers charge a little more for what they write to their caches. */
export function costOf({ inputTokens, outputTokens, cachedTokens }: TokenUsage, price: ModelPrice): number {
  const fresh = (inputTokens - cachedTokens) * price.input;
  return (fresh + cachedTokens * (price.cached ?? price.input) + outputTokens * price.output) / 1_000_000;
}
