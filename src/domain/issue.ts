import { z } from 'zod';

/** A fault on a resource, said by an alert, a driver or a run that ended in `Error`. */
export const issueSchema = z.strictObject({
  type: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/),
  /** `Kind/name` */
  resource: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  summary: z.string().min(1).max(2_000),
  evidence: z.array(z.string()).default([]),
  /** ISO 8601 */
  since: z.string(),
});
export type Issue = z.infer<typeof issueSchema>;
