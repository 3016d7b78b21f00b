import { defineConfig } from 'vitest/config';

/** Unit tests first and side by side; then tests on real servers two files at a time, because these need whole cores. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,contract}/**/*.test.ts'],
          testTimeout: 5_000,
          // Starting afresh for each file would cost more than the tests do; no test leaves anything behind.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/{workflow,replay,integration,e2e,faults}/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
