import { expect, test } from 'vitest';
import { readSummary, toSummary } from '../../../scripts/tools/test-summary.ts';

const report = {
  success: false,
  numPassedTests: 3,
  numFailedTests: 1,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [
    { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ],
};

test('passed, failed and skipped are counted; to-do counts as skipped', () => {
  expect(toSummary(report)).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test('a file that did not load is a failure of its own', () => {
  const broken = { status: 'failed', assertionResults: [] };
  expect(toSummary({ ...report, testResults: [...report.testResults, broken] })).toHaveProperty('failed', 2);
});

test('an error outside any test is a failure', () => {
  expect(toSummary({ ...report, numFailedTests: 0, testResults: [] })).toHaveProperty('failed', 1);
});

test('a report that is missing is a failure', async () => {
  expect(await readSummary('/nowhere/report.json')).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
