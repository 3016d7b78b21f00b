import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Contract tests last: they are short, and fill what the long ones leave at the end. Else the largest files come first. */
class ContractTestsLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isContract = ({ project }: TestSpecification) => Number(project.name === 'contract');
    return (await super.sort(files)).toSorted((one, other) => isContract(one) - isContract(other));
  }
}

/**
 * Five files at a time: most wait a lot, and for a core at times. None leaves anything behind, and each of those on real
 * servers has servers of its own, so they share processes: loading the SDK anew for each was a fifth of their processor time.
 */
const sideBySide = { isolate: false, maxWorkers: 5 };

/** Unit tests first, alone. */
export default defineConfig({
  test: {
    sequence: { sequencer: ContractTestsLast },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          ...sideBySide,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          ...sideBySide,
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/{workflow,replay,integration,e2e,faults}/**/*.test.ts'],
          ...sideBySide,
          testTimeout: 90_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
