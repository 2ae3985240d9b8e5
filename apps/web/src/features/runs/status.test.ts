import type { Run } from '@minori/contract';
import { expect, test } from 'vitest';
import { secondsLeft, shareDone } from './status.tsx';

const run = (over: Partial<Run>): Run =>
  ({ status: 'running', budget_seconds: 30, active_seconds: 10, progress: 0.9, ...over }) as Run;

test('the clock of the page goes on between two events, and stands while paused', () => {
  expect(secondsLeft(run({}), 1000, 6000)).toBe(15);
  expect(secondsLeft(run({ status: 'paused' }), 1000, 6000)).toBe(20);
  expect(secondsLeft(run({ active_seconds: 40 }), 0, 0)).toBe(0);
  expect(secondsLeft(run({ budget_seconds: null }), 0, 0)).toBeNull();
});

test('a budget says how far a run is; without one its own word counts', () => {
  expect(shareDone(run({}), 15)).toBe(0.5);
  expect(shareDone(run({ budget_seconds: null }), null)).toBe(0.9);
});
