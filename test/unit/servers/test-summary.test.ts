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
  success: false,
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

test('an error outside any test is a failure', () => {
  expect(toSummary({ success: false, testResults: [toResult('b', 'passed')] })).toHaveProperty('failed', 1);
});

test('a report that is missing is a failure', async () => {
  expect(toSummary(await readReport('/nowhere/report.json'))).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('what was run again counts as it came out the second time, and what failed first is named', () => {
  expect(listFailedTests(report)).toEqual(['a: test 2']);
  const good = mergeReports(report, {
    success: true,
    testResults: [toResult('a', 'passed', 'passed', 'pending', 'todo')],
  });
  expect(toSummary(good)).toEqual({ passed: 4, failed: 0, skipped: 2 });
  const bad = mergeReports(report, { success: false, testResults: [toResult('a', 'failed')] });
  expect(toSummary(bad)).toEqual({ passed: 2, failed: 1, skipped: 0 });
  expect(toSummary(mergeReports(report, { success: false, testResults: [] }))).toHaveProperty('failed', 1);
});
