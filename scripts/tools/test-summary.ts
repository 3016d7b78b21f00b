import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts from vitest's JSON report. A file that did not load counts as one failure, as does a report that is missing. */
export async function readSummary(reportFile: string): Promise<TestSummary> {
  const text = await readFile(reportFile, 'utf8').catch(() => undefined);
  return text === undefined ? { passed: 0, failed: 1, skipped: 0 } : toSummary(JSON.parse(text));
}

export function toSummary(report: unknown): TestSummary {
  const parsed = reportSchema.parse(report);
  const brokenFiles = parsed.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  const failed = parsed.numFailedTests + brokenFiles;
  // An error outside any test (an unhandled rejection) fails the run without failing a test.
  const isRunBroken = !parsed.success && failed === 0;
  return {
    passed: parsed.numPassedTests,
    failed: isRunBroken ? 1 : failed,
    skipped: parsed.numPendingTests + parsed.numTodoTests,
  };
}
