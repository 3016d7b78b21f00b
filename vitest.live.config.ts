import { defineConfig } from 'vitest/config';

/** `npm run test:live`: against real models, one after another. Kept apart so that `npm test` never meets them. */
export default defineConfig({
  test: { include: ['test/live/**/*.test.ts'], testTimeout: 330_000, hookTimeout: 60_000, maxWorkers: 1 },
});
