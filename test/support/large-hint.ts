import type { Hint } from '../../src/domain/messages.ts';

const characters = 100_000;

/** A hint at an old revision. Whatever else it carries is not read, and makes a history long as thousands of small ones would. */
export function toLargeHint(reason: Hint['reason']): object {
  return { desiredRevision: 1, reason, padding: 'x'.repeat(characters) };
}

/** As many as take a history past the 4 MiB at which a run goes on in a new one. */
export const largeHintsOfALongHistory = Math.ceil((4 * 1024 * 1024) / characters) + 1;
