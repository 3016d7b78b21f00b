import { HomeostatError } from './failure.ts';

/** What one of Node's timers can hold; a longer time would be over at once. */
export const longestTimerMs = 2 ** 31 - 1;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `250ms`, `30s`, `5m`, `24h`, `7d`; throws `INVALID_DURATION`. */
export function parseDuration(text: string, path: string): number {
  const match = /^([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d)$/.exec(text);
  if (match !== null) return Math.round(Number(match[1]) * units[match[2]!]!);
  throw new HomeostatError('INVALID_DURATION', {
    path,
    problem: 'not a duration',
    got: text,
    remedy: 'write a number and one of ms, s, m, h, d, such as 30s',
  });
}
