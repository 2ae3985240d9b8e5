import { expect, test } from 'vitest';
import { createPace } from './pace.ts';

test('speaks of the last seconds, and not before it knows', () => {
  let at = 0;
  const pace = createPace(() => at);
  expect(pace(0, 1000)).toBeNull();
  at = 1000;
  expect(pace(10, 1000)).toBeNull();
  at = 2000;
  expect(pace(100, 1000)).toEqual({ rate: 50, secondsLeft: 18 });
  // Nothing for a while: the old speed is forgotten.
  at = 60_000;
  pace(100, 1000);
  at = 61_000;
  pace(300, 1000);
  at = 62_000;
  expect(pace(500, 1000)?.rate).toBeCloseTo(200, 0);
  // A piece is sent again.
  at = 63_000;
  expect(pace(450, 1000)).toBeNull();
});
