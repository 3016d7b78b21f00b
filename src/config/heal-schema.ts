import { z } from 'zod';
import { count, duration } from './schema-parts.ts';

/** The section `heal` of `homeostat.yaml`: how faults are found and looked into without anybody's word. */
export const healSchema = z
  .strictObject({
    checks: z
      .strictObject({
        enabled: z
          .stringbool()
          .or(z.boolean())
          .default(true)
          .describe('Whether the runtime checks by itself what it owns, and reports what fails.'),
        concurrency: count(16, 'Such checks at once.'),
      })
      .prefault({}),
    metrics: z
      .strictObject({
        enabled: z
          .stringbool()
          .or(z.boolean())
          .default(true)
          .describe('Whether what runs here is measured, to show with a fault what it used before.'),
        every: duration('15s', 'How often.'),
        keepFor: duration('30m', 'How long it is kept, in memory; at most a thousand times of measuring.'),
      })
      .prefault({}),
  })
  .prefault({});
