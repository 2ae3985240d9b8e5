import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { score } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { binomialInterval, dieboldMariano, holm, signFlipLess, tQuantile, tTest } from './statistics.ts';

type Golden = {
  shape: { series: number; origins: number; horizon: number; levels: number[] };
  actual: number[];
  scale: number[];
  predictions: number[];
  expected: Record<'mase' | 'smape' | 'mae' | 'rmse' | 'wql' | 'sql', number> & {
    cells: number[];
    coverage: Record<string, number>;
  };
  tests: { sample: number[]; t_less: number; sign_flip_less: number };
  binomial: { hits: number; count: number; interval: [number, number] }[];
  diebold_mariano: { differences: number[]; tests: { lag: number; t: number; p: number }[] };
  t_quantiles: { p: number; freedom: number; t: number }[];
};
const golden = JSON.parse(readFileSync(new URL('../golden/metrics.json', import.meta.url), 'utf8')) as Golden;
const windows = { ...golden.shape, actual: Float32Array.from(golden.actual), scale: Float32Array.from(golden.scale) };
const predictions = Float32Array.from(golden.predictions);

test('the numbers are those of utilsforecast', () => {
  const { all, cells } = score(windows, predictions);
  for (const name of ['mase', 'smape', 'mae', 'rmse', 'wql', 'sql'] as const)
    expect(all[name], name).toBeCloseTo(golden.expected[name], 5);
  for (const [level, share] of Object.entries(golden.expected.coverage))
    expect(all.coverage[level]).toBeCloseTo(share, 12);
  for (const [index, value] of golden.expected.cells.entries()) expect(cells[index]).toBeCloseTo(value, 5);
});

test('the tests are those of scipy', () => {
  expect(tTest(golden.tests.sample).less).toBeCloseTo(golden.tests.t_less, 6);
  expect(signFlipLess(golden.tests.sample)).toBeCloseTo(golden.tests.sign_flip_less, 10);
  for (const { hits, count, interval } of golden.binomial) {
    const [low, high] = binomialInterval(hits, count, 0.95);
    expect(low).toBeCloseTo(interval[0], 5);
    expect(high).toBeCloseTo(interval[1], 5);
  }
  for (const { p, freedom, t } of golden.t_quantiles) expect(tQuantile(p, freedom)).toBeCloseTo(t, 4);
});

test("the long-run variance is statsmodels'", () => {
  const { differences, tests } = golden.diebold_mariano;
  for (const { lag, t, p } of tests) {
    const made = dieboldMariano(differences, lag);
    expect(made?.t).toBeCloseTo(t, 9);
    expect(made?.p).toBeCloseTo(p, 6);
  }
  expect(dieboldMariano(differences.slice(0, 9), 1)).toBeNull();
  expect(
    dieboldMariano(
      differences.map(() => 0),
      1,
    ),
  ).toEqual({ t: 0, p: 1 });
});

test('groups add up to the whole', () => {
  const { all, bySeries, byOrigin, byStep } = score(windows, predictions);
  for (const groups of [bySeries, byOrigin, byStep]) {
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(all.count);
    const weighted = groups.reduce((sum, { mae, count }: Metrics) => sum + (mae ?? 0) * count, 0);
    expect(weighted / all.count).toBeCloseTo(all.mae ?? Number.NaN, 9);
  }
});

test('an origin that a series lacks is left out; a hole in the predictions is counted', () => {
  const actual = windows.actual.slice();
  actual.fill(Number.NaN, 0, golden.shape.horizon);
  const holes = predictions.slice();
  holes[golden.shape.horizon * 5] = Number.NaN;
  const without = score({ ...windows, actual }, predictions);
  expect(without.missing).toBe(0);
  expect(without.cells[0]).toBeNaN();
  expect(without.all.count).toBe(actual.length - golden.shape.horizon);
  expect(score(windows, holes).missing).toBe(1);
});

test('a scale of nothing leaves MASE out and keeps the rest', () => {
  const { all } = score({ ...windows, scale: windows.scale.map(() => Number.NaN) }, predictions);
  expect(all.mase).toBeNull();
  expect(all.sql).toBeNull();
  expect(all.mae).not.toBeNull();
});

test('arrays of the wrong size are refused', () => {
  expect(() => score(windows, predictions.subarray(1))).toThrow(RangeError);
});

test("Holm's correction keeps the order and never lowers a p", () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  expect(holm([])).toEqual([]);
});
