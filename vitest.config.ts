import { defineConfig } from 'vitest/config';

/** Starting afresh for each file would cost more than these tests do; none of them leaves anything behind. */
const sideBySide = { isolate: false, maxWorkers: 2, testTimeout: 20_000 };

/**
 * Unit and contract tests first; then tests on real servers, three files at a time: these wait a lot, and for a core at times.
 * Each file has servers of its own, and ends what it has started, so they too can share a process: loading the SDK anew for
 * each was a fifth of their processor time.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...sideBySide, sequence: { groupOrder: 0 } } },
      {
        test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...sideBySide, sequence: { groupOrder: 1 } },
      },
      {
        test: {
          name: 'real',
          include: ['test/{workflow,replay,integration,e2e,faults}/**/*.test.ts'],
          isolate: false,
          testTimeout: 90_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
