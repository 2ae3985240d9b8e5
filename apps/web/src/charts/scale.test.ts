import { expect, test } from 'vitest';
import { csvCell, linear, linePath, minMaxIndexes, niceTicks, padded, spread } from './scale.ts';

test('scales map and survive a flat domain', () => {
  expect(linear([0, 10], [0, 100])(2.5)).toBe(25);
  expect(linear([3, 3], [0, 100])(3)).toBe(50);
});

test('air never crosses zero', () => {
  expect(padded([1, 100])).toEqual([0, 105.94]);
  expect(padded([-10, 10])[0]).toBeLessThan(-10);
});

test('ticks are round numbers inside the range', () => {
  expect(niceTicks(0, 100)).toEqual([0, 50, 100]);
  expect(niceTicks(0.1, 0.32)).toEqual([0.1, 0.2, 0.3]);
  expect(niceTicks(5, 5)).toEqual([5]);
});

test('thinning keeps ends, peaks and the limit', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => Math.sin(i / 50));
  values[5003] = 99;
  values[7001] = -99;
  const kept = minMaxIndexes(values, 500);
  expect(kept.length).toBeLessThanOrEqual(500);
  expect(kept).toContain(5003);
  expect(kept).toContain(7001);
  expect(kept.at(0)).toBe(0);
  expect(kept.at(-1)).toBe(9999);
  expect(minMaxIndexes([1, null, 3], 10)).toEqual([0, 1, 2]);
});

test('a hole lifts the pen', () => {
  expect(linePath([[0, 0], [1, 1], null, [2, 2]])).toBe('M0.0 0.0L1.0 1.0M2.0 2.0');
});

test('no exported cell becomes a formula', () => {
  expect(csvCell('=HYPERLINK("x")')).toBe(`"'=HYPERLINK(""x"")"`);
  expect(csvCell(-3)).toBe('-3');
  expect(csvCell('a,b')).toBe('"a,b"');
});

test('labels that would overlap are moved apart, others stay', () => {
  const at = [10, 12, 11, 100];
  const moved = spread(at, 13).map((by, i) => by + (at[i] ?? 0));
  const sorted = moved.toSorted((a, b) => a - b);
  for (let i = 1; i < sorted.length; i += 1) expect((sorted[i] ?? 0) - (sorted[i - 1] ?? 0)).toBeGreaterThan(12.5);
  expect(moved[3]).toBe(100);
  expect((moved[2] ?? 0) > (moved[0] ?? 0) && (moved[1] ?? 0) > (moved[2] ?? 0)).toBe(true);
});
