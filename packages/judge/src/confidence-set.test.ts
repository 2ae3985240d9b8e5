import { expect, test } from 'vitest';
import { confidenceSet } from './confidence-set.ts';

/** Uniform 0..1, the same at every run (Park & Miller 1988). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

test('a forecast that is worse in every window is ruled out, one that is as good is not', () => {
  const best = [1, 1.2, 0.9, 1.1, 1.3, 0.8, 1, 1.1];
  const near = best.map((error, window) => error * (window % 2 === 0 ? 1.04 : 0.98));
  const bad = best.map((error, window) => error * (1.5 + 0.1 * (window % 3)));
  const p = confidenceSet([best, near, bad]);
  expect(p[2]).toBeCloseTo(1 / 128, 10);
  expect(p[1]).toBeGreaterThan(0.1);
  expect(Math.max(...p)).toBe(1);
});

test('a wild one does not hide that another is clearly worse', () => {
  const best = [1, 1.2, 0.9, 1.1, 1.3, 0.8, 1, 1.1];
  const worse = best.map((error) => error * 1.4);
  const wild = best.map((error, window) => error * (window % 2 === 0 ? 9 : 0.4));
  expect(confidenceSet([best, worse, wild])[1]).toBeLessThan(0.1);
});

test('equal errors, one window, one forecast: nobody is ruled out', () => {
  expect(
    confidenceSet([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]),
  ).toEqual([1, 1]);
  expect(confidenceSet([[1], [9]])).toEqual([1, 1]);
  expect(confidenceSet([[1, 2, 1]])).toEqual([1]);
});

test('of ten equal ones the truly best one stays inside in at least 85 of 100 tables', () => {
  const random = randomOf(7);
  let kept = 0;
  for (let table = 0; table < 100; table++) {
    const errors = Array.from({ length: 10 }, () => Array.from({ length: 8 }, () => Math.exp(random() - 0.5)));
    if ((confidenceSet(errors)[0] ?? 0) >= 0.1) kept++;
  }
  expect(kept).toBeGreaterThanOrEqual(85);
});

test('many windows are drawn, and say the same at every call', () => {
  const random = randomOf(3);
  const errors = Array.from({ length: 3 }, (_, index) =>
    Array.from({ length: 20 }, () => Math.exp(0.2 * random() + 0.3 * index)),
  );
  const p = confidenceSet(errors);
  expect(p[2]).toBeLessThanOrEqual(0.01);
  expect(confidenceSet(errors)).toEqual(p);
});
