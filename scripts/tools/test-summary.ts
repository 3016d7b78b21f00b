import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { strayErrorsReporter, strayErrorsVariable } from './stray-errors-reporter.ts';

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      /** The file's path. */
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** What vitest's JSON reporter writes, as far as we read it, and what it leaves out. */
export interface TestReport extends z.infer<typeof reportSchema> {
  /** How many errors came outside of any test, such as a rejection that nobody handles. */
  readonly strayErrors: number;
}

export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What has vitest write a report to this file. */
export function reportTo(file: string): { readonly argv: readonly string[]; readonly environment: NodeJS.ProcessEnv } {
  return {
    argv: ['--reporter=json', `--outputFile.json=${file}`, `--reporter=${strayErrorsReporter}`],
    environment: { [strayErrorsVariable]: toStrayErrorsFile(file) },
  };
}

/** The report of a run; nothing when the run did not get so far as to write one. */
export async function readReport(file: string): Promise<TestReport | undefined> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => undefined);
  const [text, strayErrors] = [await read(file), await read(toStrayErrorsFile(file))];
  if (text === undefined || strayErrors === undefined) return undefined;
  return { ...reportSchema.parse(JSON.parse(text)), strayErrors: Number(strayErrors) };
}

function toStrayErrorsFile(file: string): string {
  return `${file}.stray`;
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

/** The first run with the results of the second in place of what was run again. No second run undoes a stray error. */
export function mergeReports(first: TestReport, second: TestReport): TestReport {
  const again = new Map(second.testResults.map((result) => [result.name, result]));
  return {
    strayErrors: first.strayErrors + second.strayErrors,
    testResults: first.testResults.map((result) => again.get(result.name) ?? result),
  };
}

/** Counts the tests. A file that did not load counts as one failure, as do a stray error and a report that is missing. */
export function toSummary(report: TestReport | undefined): TestSummary {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const statuses = report.testResults.flatMap(({ status, assertionResults }) => {
    const own = assertionResults.map((assertion) => assertion.status);
    return status === 'failed' && !own.includes('failed') ? [...own, 'failed'] : own;
  });
  const count = (wanted: (status: string) => boolean): number => statuses.filter(wanted).length;
  return {
    passed: count((status) => status === 'passed'),
    failed: count((status) => status === 'failed') + report.strayErrors,
    skipped: count((status) => status !== 'passed' && status !== 'failed'),
  };
}
