import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';

/** A duration in words, as milliseconds. */
export const duration = (standard: string) =>
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
    });
/** No duration of ours is shorter or longer than makes sense: a year still fits into every timer and date. */
const longestMs = 366 * 86_400_000;

export const count = (standard: number) => z.coerce.number().int().min(1).max(10_000).default(standard);

/** At least one of something: a list in the file, separated by commas in the environment. */
export function listOf<Item extends z.ZodType<string, string>>(item: Item) {
  return z
    .union([z.string().transform((text) => text.split(',').map((part) => part.trim())), z.array(z.string())])
    .pipe(z.array(item).min(1));
}
