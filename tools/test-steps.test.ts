import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './run-child.ts';
import { countJunit, countVitest } from './test-steps.ts';

test('a test file that cannot be loaded is a failure', () => {
  const report = {
    numPassedTests: 3,
    numFailedTests: 1,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [
      { name: join(root, 'a.test.ts'), status: 'passed', assertionResults: [{ status: 'passed' }] },
      {
        name: join(root, 'b.test.ts'),
        status: 'failed',
        assertionResults: [
          {
            status: 'failed',
            fullName: 'sums add up',
            failureMessages: ['Error: \u001B[31m1 is not 2\u001B[39m\n at b'],
          },
        ],
      },
      { name: join(root, 'c.test.ts'), status: 'failed', message: 'No such module\n at c', assertionResults: [] },
    ],
  };
  expect(countVitest(JSON.stringify(report), 1)).toEqual({
    passed: 3,
    failed: 2,
    skipped: 2,
    red: ['c.test.ts: No such module', 'b.test.ts > sums add up: Error: 1 is not 2'],
  });
});

test('a runner that fails with all tests green is a failure', () => {
  const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  expect(countVitest(JSON.stringify(report), 1)).toEqual({ passed: 3, failed: 1, skipped: 0, red: [] });
  expect(countJunit('<testsuite name="pytest" errors="0" failures="0" skipped="0" tests="3">', 1).failed).toBe(1);
});

test('pytest errors count as failures', () => {
  const report =
    '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.2">' +
    '<testcase classname="tests.test_a" name="test_b" time="0.1"><failure message="assert 1 == 2&#10; + where">';
  expect(countJunit(report, 1)).toEqual({
    passed: 4,
    failed: 3,
    skipped: 3,
    red: ['tests.test_a > test_b: assert 1 == 2'],
  });
});
