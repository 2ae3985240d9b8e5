import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trialTimes } from '@minori/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastResort, timesAfter, timeTexts } from './last-resort.ts';
import { runIngest } from './run.ts';
import { build, csv, deps, freshFolder, months, write } from './test-support.ts';

const nan = Number.NaN;
const ask = (y: number[], season: number, h: number, levels: number[] = [80]): number[][] => {
  const found = lastResort(Float64Array.from(y), 0, y.length, { h, season, levels });
  return Array.from({ length: h }, (_, step) => [
    ...found.subarray(step * (found.length / h), (step + 1) * (found.length / h)),
  ]);
};
const means = (rows: number[][]): (number | undefined)[] => rows.map(([mean]) => mean);

test('repeats the newest season, through gaps; else the last value; else zero', () => {
  expect(means(ask([1, 2, 3, 10, 20, 30], 3, 4))).toEqual([10, 20, 30, 10]);
  expect(means(ask([1, 2, 3, 10, nan, 30], 3, 3))).toEqual([10, 2, 30]);
  expect(means(ask([nan, 2, 10, nan], 3, 2))).toEqual([10, 10]);
  expect(ask([nan, nan], 1, 1)).toEqual([[0, 0, 0]]);
  expect(ask([7], 1, 2)).toEqual([
    [7, 7, 7],
    [7, 7, 7],
  ]);
});

test('intervals cover as promised what is like the past, and grow with the seasons ahead', () => {
  // Errors of one season ahead are independent of the season: a seasonal random walk.
  let hits = 0;
  let seed = 11;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const rounds = 2000;
  for (let round = 0; round < rounds; round++) {
    const y: number[] = [];
    for (let at = 0; at < 60; at++) y.push((y[at - 4] ?? 100) + (random() - 0.5) * 10);
    const [row = []] = ask(y.slice(0, 59), 4, 1);
    const truth = y[59] ?? nan;
    if (truth >= (row[1] ?? nan) && truth <= (row[2] ?? nan)) hits += 1;
  }
  expect(hits / rounds).toBeGreaterThan(0.78);
  expect(hits / rounds).toBeLessThan(0.86);
  const rows = ask([1, 2, 3, 1, 4, 5, 3, 2, 6, 1, 2, 2], 2, 6);
  const widths = rows.map(([, low = nan, high = nan]) => high - low);
  expect(widths[2]).toBeCloseTo(Math.SQRT2 * (widths[0] ?? nan), 9);
});

test('is finite and in order, whatever the series', () => {
  const value = fc.oneof({ weight: 8, arbitrary: fc.double({ min: -1e9, max: 1e9, noNaN: true }) }, fc.constant(nan));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 40 }), fc.integer({ min: 1, max: 13 }), (y, season) => {
      for (const [mean = nan, low = nan, high = nan, wideLow = nan, wideHigh = nan] of ask(y, season, 15, [50, 95])) {
        expect(Number.isFinite(mean) && Number.isFinite(wideLow) && Number.isFinite(wideHigh)).toBe(true);
        expect(wideLow <= low && low <= mean && mean <= high && high <= wideHigh).toBe(true);
      }
    }),
  );
});

/** Those of engine/tests/test_times.py. */
test.each([
  ['MS', '2024-11-01', ['2024-12-01', '2025-01-01', '2025-02-01', '2025-03-01']],
  ['ME', '2023-12-31', ['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30']],
  ['MS', '2024-11-15', ['2024-12-15', '2025-01-15', '2025-02-15', '2025-03-15']],
  ['ME', '2023-12-30', ['2024-01-30', '2024-02-29', '2024-03-30', '2024-04-30']],
  ['QE-JAN', '2024-10-31', ['2025-01-31', '2025-04-30', '2025-07-31', '2025-10-31']],
  ['YS-APR', '2023-04-01', ['2024-04-01', '2025-04-01', '2026-04-01', '2027-04-01']],
  ['W-SUN', '2024-12-22', ['2024-12-29', '2025-01-05', '2025-01-12', '2025-01-19']],
  ['W-SUN', '2024-12-25', ['2025-01-01', '2025-01-08', '2025-01-15', '2025-01-22']],
  ['2W', '2024-12-22', ['2025-01-05', '2025-01-19', '2025-02-02', '2025-02-16']],
  ['D', '2024-02-27', ['2024-02-28', '2024-02-29', '2024-03-01', '2024-03-02']],
  ['B', '2024-05-30', ['2024-05-31', '2024-06-03', '2024-06-04', '2024-06-05']],
  ['B', '2024-06-01', ['2024-06-03', '2024-06-04', '2024-06-05', '2024-06-06']],
  ['3MS', '2024-11-01', ['2025-02-01', '2025-05-01', '2025-08-01', '2025-11-01']],
  ['6h', '2024-02-28T18:00', ['2024-02-29T00:00:00', '2024-02-29T06:00:00', '2024-02-29T12:00:00']],
])('times after %s %s are the engine’s', (freq, last, expected) => {
  const times = timesAfter(Date.parse(last.length > 10 ? `${last}Z` : last), undefined, freq, expected.length);
  expect(timeTexts(times, false)).toEqual(expected);
});

test('lies beside the windows as a trial’s forecast does', async () => {
  const { parquet } = await build(
    write('a.csv', csv('unique_id,ds,y', ...months(24, 'a', (i) => i % 12), ...months(5, 'b'))),
  );
  const folder = freshFolder();
  const { last_resort: files } = await runIngest(
    {
      operation: 'windows',
      parquet,
      h: 2,
      origins: 1,
      season: 12,
      min_train: 3,
      own: null,
      last_resort: { freq: 'MS', levels: [80] },
    },
    deps(folder),
  );
  const bytes = readFileSync(join(folder, files?.forecast_path ?? ''));
  // a: the same months of last year, which were the same the year before. b: five values, no season.
  expect(
    [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)].filter((_, at) => at % 3 === 0),
  ).toEqual([0, 1, 5, 5]);
  const times = trialTimes.parse(JSON.parse(readFileSync(join(folder, files?.times_path ?? ''), 'utf8')));
  expect(times).toMatchObject({ freq: 'MS', series: [0, 1], groups: [{ future: ['2022-01-01', '2022-02-01'] }, {}] });
});
