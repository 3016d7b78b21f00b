import type { ActivityDependencies } from '../../src/activities/dependencies.ts';

/** Settings of activities in tests: everything is done by itself, and nothing is waited for long. */
export const activitySettings: ActivityDependencies['settings'] = {
  approvalExpiresAfterMs: 1_000,
  retryFirstMs: 1_000,
  retryLongestMs: 8_000,
  modes: { default: 'act', kinds: {}, tenants: {} },
};
