import { defineConfig } from 'vitest/config';

/** Unit tests run side by side; tests on real servers two files at a time, because this needs whole cores. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/{unit,contract}/**/*.test.ts'], testTimeout: 5_000, isolate: false } },
      {
        test: {
          name: 'real',
          include: ['test/{workflow,replay,integration,e2e,faults}/**/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
