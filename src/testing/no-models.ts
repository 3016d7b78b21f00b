import type { ModelDesk } from '../activities/dependencies.ts';

/** Where nobody can be asked: rules plan all. */
export const noModels: ModelDesk = {
  planningOf: (agent) => agent.planning,
  route: () => [],
  modelOf({ provider }) {
    throw new Error(`no route leads to ${provider}`);
  },
  costMicros: () => 0,
  transcripts: { put: () => Promise.reject(new Error('nobody was asked')) },
  settings: { planLifetimeMs: 0, deadlineMs: 0 },
};
