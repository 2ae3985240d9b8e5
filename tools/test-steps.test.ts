import { expect, test } from 'vitest';
import { countJunit, countVitest } from './test-steps.ts';

test('a test file that cannot be loaded is a failure', () => {
  const report = {
    numPassedTests: 3,
    numFailedTests: 1,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
      { status: 'failed', assertionResults: [] },
    ],
  };
  expect(countVitest(JSON.stringify(report), 1)).toEqual({ passed: 3, failed: 2, skipped: 2 });
});

test('a runner that fails with all tests green is a failure', () => {
  const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  expect(countVitest(JSON.stringify(report), 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
  expect(countJunit('<testsuite name="pytest" errors="0" failures="0" skipped="0" tests="3">', 1).failed).toBe(1);
});

test('pytest errors count as failures', () => {
  const report = '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.2">';
  expect(countJunit(report, 1)).toEqual({ passed: 4, failed: 3, skipped: 3 });
});
