import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';
import { isLoopback } from '../domain/loopback.ts';

/* What several sections of the configuration are made of. */

/** A duration in words, as milliseconds. */
export const duration = (standard: string, description: string) =>
  z
    .string()
    .default(standard)
    .transform((text, context) => {
      try {
        const ms = parseDuration(text, 'duration');
        if (ms >= 1 && ms <= longestMs) return ms;
        context.addIssue({ code: 'custom', message: 'must be between 1ms and 366d' });
        return z.NEVER;
      } catch {
        context.addIssue({
          code: 'custom',
          message: 'not a duration: write a number and one of ms, s, m, h, d, such as 30s',
        });
        return z.NEVER;
      }
    })
    .meta({ description, format: 'duration' });
/** No duration of ours is shorter or longer than makes sense: a year fits into every date, though not into every timer. */
const longestMs = 366 * 86_400_000;

/** A number in the file, its digits in the environment; nothing else, though JavaScript would count `true` as 1. */
export const number = (schema: z.ZodNumber) =>
  z.preprocess((given) => (typeof given === 'string' && given.trim() !== '' ? Number(given) : given), schema);

export const count = (standard: number, description: string) =>
  number(z.number().int().min(1).max(10_000)).default(standard).describe(description);
/** Yes or no: a boolean in the file, one of the words for it in the environment. */
export const flag = (standard: boolean, description: string) =>
  z.stringbool().or(z.boolean()).default(standard).describe(description);
export const text = (description: string) => z.string().min(1).optional().describe(description);
/** Never shown, by whatever command or error. */
export const secret = (description: string) => z.string().min(1).optional().meta({ description, secret: true });
/** A list in the file, separated by commas in the environment. */
export const list = z.union([
  z.string().transform((joined) => joined.split(',').map((part) => part.trim())),
  z.array(z.string()),
]);

const anyUrl = z.url({ protocol: /^https?$/ });

/** What stands in an address is shown, and logged. */
const withoutPassword = (url: typeof anyUrl) =>
  url.refine(
    (given) => {
      const parsed = URL.parse(given);
      return parsed === null || (parsed.username === '' && parsed.password === '');
    },
    { error: 'must not hold a user name or password' },
  );

/** An address that is asked, in the clear if it says so. */
export const plainUrl = withoutPassword(anyUrl);

/** An address that something is sent to: in the clear it leaves this machine for nowhere. */
export const safeUrl = withoutPassword(
  anyUrl.refine(
    (given) => {
      const parsed = URL.parse(given);
      return parsed === null || parsed.protocol === 'https:' || isLoopback(parsed.hostname);
    },
    { error: 'must be https, unless on loopback' },
  ),
);
