import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decompose } from './decompose.ts';
import { diagnose } from './diagnostics.ts';
import { score } from './metrics.ts';

type Golden = {
  shape: { series: number; origins: number; horizon: number; levels: number[] };
  actual: number[];
  scale: number[];
  predictions: number[];
};
const golden = JSON.parse(readFileSync(new URL('../golden/metrics.json', import.meta.url), 'utf8')) as Golden;
const windows = { ...golden.shape, actual: Float32Array.from(golden.actual), scale: Float32Array.from(golden.scale) };
const predictions = Float32Array.from(golden.predictions);

describe('diagnose', () => {
  test('says of coverage and error what the score says', () => {
    const { all, coverage } = score(windows, predictions);
    const made = diagnose(windows, predictions, null);
    for (const { level, share, low, high, count } of made.coverage)
      expect({ share, low, high, count }).toEqual({ ...coverage[String(level)], count: all.count });
    const { by_step: steps, histogram, count } = made.residuals;
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(steps.reduce((sum, one) => sum + one.mae * one.count, 0) / count).toBeCloseTo(all.mase ?? 0, 5);
    expect(histogram.counts.reduce((a, b) => a + b, 0)).toBe(count);
    expect(histogram.edges).toHaveLength(histogram.counts.length + 1);
    expect(made.calibration.map(({ quantile }) => quantile)).toEqual(
      [0.05, 0.1, 0.5, 0.9, 0.95].map((q) => expect.closeTo(q, 9)),
    );
    const shares = made.calibration.map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  test('one series keeps the units of the data, and a constant miss is a bias', () => {
    const low = predictions.slice();
    for (const [at, y] of windows.actual.entries()) low.fill(y - 3, at * 5, at * 5 + 5);
    const { unit, residuals } = diagnose(windows, low, 1);
    expect(unit).toBe('data');
    expect(residuals.count).toBe(24);
    expect(residuals.bias).toBeCloseTo(3, 4);
    expect(residuals.autocorrelation).toBeCloseTo(1, 4);
  });

  test('nothing to compare gives empty lists, no NaN', () => {
    const made = diagnose(
      windows,
      predictions.map(() => Number.NaN),
      null,
    );
    expect(made.coverage).toEqual([]);
    expect(JSON.stringify(made)).not.toContain('NaN');
  });
});

describe('decompose', () => {
  const wave = Array.from({ length: 60 }, (_, month) => 100 + 2 * month + 30 * Math.sin((month * Math.PI) / 6));

  test('a line and a wave come apart', () => {
    const parts = decompose(wave, 12);
    expect(parts?.trend[30]).toBeCloseTo(160, 6);
    expect(parts?.seasonal[3]).toBeCloseTo(30, 6);
    expect(parts?.remainder[30]).toBeCloseTo(0, 6);
    expect(parts?.trend[0]).toBeNull();
    expect(parts?.trendStrength).toBeGreaterThan(0.99);
    expect(parts?.seasonalStrength).toBeGreaterThan(0.99);
  });

  test('no season, or less than two of them, is not taken apart', () => {
    expect(decompose(wave, 1)).toBeNull();
    expect(decompose(wave.slice(0, 20), 12)).toBeNull();
  });
});
