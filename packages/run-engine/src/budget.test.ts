import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type BudgetClock,
  budgetState,
  count,
  LONGEST_COUNT_SECONDS,
  secondsToNextState,
  toleranceOf,
} from './budget.ts';

const START: BudgetClock = { activeSeconds: 0, since: null };

test('the clock stands still while paused', () => {
  let clock = count(START, 0, true);
  clock = count(clock, 2000, true);
  clock = count(clock, 3000, false);
  clock = count(clock, 60_000, true);
  clock = count(clock, 61_000, true);
  expect(clock.activeSeconds).toBe(4);
});

test('never runs backwards, and no jump of the machine counts for more than one stretch', () => {
  const step = fc.record({ jump: fc.integer({ min: -100_000, max: 10_000_000 }), running: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let clock = START;
      let now = 0;
      for (const { jump, running } of steps) {
        now += jump;
        const next = count(clock, now, running);
        const added = next.activeSeconds - clock.activeSeconds;
        expect(added).toBeGreaterThanOrEqual(0);
        // A difference of two floats may be off by their last bit.
        expect(added).toBeLessThanOrEqual(LONGEST_COUNT_SECONDS + 1e-6);
        if (clock.since === null) expect(added).toBe(0);
        clock = next;
      }
    }),
  );
});

test('over, then past the tolerance, which leaves time to write the end', () => {
  expect(budgetState(1e9, null)).toBe('within');
  expect(budgetState(59.9, 60)).toBe('within');
  expect(budgetState(60, 60)).toBe('over');
  expect(budgetState(61.6, 60)).toBe('overrun');
  expect(toleranceOf(60)).toBe(3);
  expect(toleranceOf(1000)).toBe(50);
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e4, noNaN: true }),
      fc.double({ min: 0.1, max: 1e4, noNaN: true }),
      (active, budget) => {
        const left = secondsToNextState(active, budget);
        if (left === null) expect(budgetState(active, budget)).toBe('overrun');
        else expect(budgetState(active + left + 1e-6, budget)).not.toBe(budgetState(active, budget));
      },
    ),
  );
});
