import { z } from 'zod';
import { count, duration, flag, safeUrl, secret, text } from './schema-parts.ts';

/** Texts of PromQL; what a `$` word in them stands for, docs/healing.md says. */
const queries = z.array(z.string().trim().min(1).max(2_000)).max(10);

/** The section `heal` of `homeostat.yaml`: how faults are found and looked into without anybody's word. */
export const healSchema = z
  .strictObject({
    diagnosis: z
      .enum(['models', 'rules'])
      .default('models')
      .describe(
        'Who is asked for a repair that no rule knows: `models`, which are sent the evidence, the end of a log included, or nobody but `rules`.',
      ),
    runbooks: text(
      'Folder of runbooks, a markdown file each: what to do about a type of fault. Without it there are none.',
    ),
    checks: z
      .strictObject({
        enabled: flag(true, 'Whether the runtime checks by itself what it owns, and reports what fails.'),
        concurrency: count(16, 'Such checks at once.'),
      })
      .prefault({}),
    metrics: z
      .strictObject({
        enabled: flag(true, 'Whether what runs here is measured, to show with a fault what it used before.'),
        every: duration('15s', 'How often.'),
        keepFor: duration('30m', 'How long it is kept, in memory; at most a thousand times of measuring.'),
      })
      .prefault({}),
    prometheus: z
      .strictObject({
        url: safeUrl
          .optional()
          .describe(
            'Address of a Prometheus that knows the resources, such as http://127.0.0.1:9090. Without it none is asked.',
          ),
        token: secret('Bearer token for it.'),
        queries: z
          .record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be an issue type'), queries)
          .default({})
          .describe('What it is asked about faults of a type, in PromQL, instead of the standard queries.'),
      })
      .prefault({}),
  })
  .prefault({});
