import { z } from 'zod';

/** What `up` writes to `<dataDir>/endpoints.json`, so that commands find the servers it started. */
export const endpointsSchema = z.object({
  temporal: z.object({ address: z.string(), namespace: z.string(), uiUrl: z.string().optional() }),
  etcd: z.object({ endpoints: z.array(z.string()).min(1) }),
  runtime: z.object({ pid: z.number(), healthUrl: z.string() }).optional(),
});
export type Endpoints = z.infer<typeof endpointsSchema>;
