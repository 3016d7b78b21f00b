import { expect, test } from 'vitest';
import {
  listFailedFiles,
  listFailedTests,
  mergeReports,
  readReport,
  toSummary,
  type TestReport,
} from '../../../scripts/tools/test-summary.ts';

function toResult(name: string, ...statuses: string[]): TestReport['testResults'][number] {
  return {
    name,
    status: statuses.includes('failed') || statuses.length === 0 ? 'failed' : 'passed',
    assertionResults: statuses.map((status, index) => ({ fullName: `test ${index + 1}`, status })),
  };
}

const report: TestReport = {
  strayErrors: 0,
  testResults: [toResult('a', 'passed', 'failed', 'pending', 'todo'), toResult('b', 'passed', 'passed')],
};

test('passed, failed and skipped are counted; to-do counts as skipped', () => {
  expect(toSummary(report)).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test('a file that did not load is a failure of its own', () => {
  const broken = { ...report, testResults: [...report.testResults, toResult('broken')] };
  expect(toSummary(broken)).toHaveProperty('failed', 2);
  expect(listFailedFiles(broken)).toEqual(['a', 'broken']);
});

test('an error outside any test is a failure, also when the tests that failed pass the second time', () => {
  const stray = { ...report, strayErrors: 1 };
  expect(toSummary(stray)).toHaveProperty('failed', 2);
  const again = { strayErrors: 0, testResults: [toResult('a', 'passed', 'passed')] };
  expect(toSummary(mergeReports(report, again))).toHaveProperty('failed', 0);
  expect(toSummary(mergeReports(stray, again))).toHaveProperty('failed', 1);
  expect(toSummary(mergeReports(report, { ...again, strayErrors: 1 }))).toHaveProperty('failed', 1);
});

test('a report that is missing is a failure', async () => {
  expect(toSummary(await readReport('/nowhere/report.json'))).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('what was run again counts as it came out the second time, and what failed first is named', () => {
  expect(listFailedTests(report)).toEqual(['a: test 2']);
  const good = mergeReports(report, {
    strayErrors: 0,
    testResults: [toResult('a', 'passed', 'passed', 'pending', 'todo')],
  });
  expect(toSummary(good)).toEqual({ passed: 4, failed: 0, skipped: 2 });
  const bad = mergeReports(report, { strayErrors: 0, testResults: [toResult('a', 'failed')] });
  expect(toSummary(bad)).toEqual({ passed: 2, failed: 1, skipped: 0 });
  expect(toSummary(mergeReports(report, { strayErrors: 0, testResults: [] }))).toHaveProperty('failed', 1);
});
