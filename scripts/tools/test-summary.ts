import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      /** The file's path. */
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** What vitest's JSON reporter writes, as far as we read it. */
export type TestReport = z.infer<typeof reportSchema>;

export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The report of a run; nothing when the run did not get so far as to write one. */
export async function readReport(file: string): Promise<TestReport | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : reportSchema.parse(JSON.parse(text));
}

/** Paths of the files of which a test failed, or that did not load. */
export function listFailedFiles({ testResults }: TestReport): readonly string[] {
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

/** Titles of the tests that failed, each with its file. */
export function listFailedTests({ testResults }: TestReport): readonly string[] {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => `${name}: ${fullName}`),
  );
}

/** The first run with the results of the second in place of what was run again. */
export function mergeReports(first: TestReport, second: TestReport): TestReport {
  const again = new Map(second.testResults.map((result) => [result.name, result]));
  return {
    success: second.success,
    testResults: first.testResults.map((result) => again.get(result.name) ?? result),
  };
}

/** Counts the tests. A file that did not load counts as one failure, as does a report that is missing. */
export function toSummary(report: TestReport | undefined): TestSummary {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const statuses = report.testResults.flatMap(({ status, assertionResults }) => {
    const own = assertionResults.map((assertion) => assertion.status);
    return status === 'failed' && !own.includes('failed') ? [...own, 'failed'] : own;
  });
  const count = (wanted: (status: string) => boolean): number => statuses.filter(wanted).length;
  const failed = count((status) => status === 'failed');
  return {
    passed: count((status) => status === 'passed'),
    // An error outside any test (an unhandled rejection) fails the run without failing a test.
    failed: !report.success && failed === 0 ? 1 : failed,
    skipped: count((status) => status !== 'passed' && status !== 'failed'),
  };
}
