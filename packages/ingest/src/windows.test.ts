import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runIngest } from './run.ts';
import { thin, type SeriesOptions } from './series.ts';
import { build, csv, deps, freshFolder, months, write } from './test-support.ts';
import { seasonalNaiveError, trainLength } from './windows.ts';

const floats = (path: string): number[] => {
  const bytes = readFileSync(path);
  return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
};

describe('windows', () => {
  test('actual values and scales lie as (series, origins, h), oldest origin first', async () => {
    const { parquet } = await build(
      write('a.csv', csv('unique_id,ds,y', ...months(8, 'a', (i) => i * i), ...months(5, 'b'))),
    );
    const folder = freshFolder();
    const result = await runIngest(
      { operation: 'windows', parquet, h: 2, origins: 3, season: 1, min_train: 3, own: null, last_resort: null },
      deps(folder),
    );
    expect(result).toMatchObject({ series: 2, counts: [0, 1, 2], cutoffs: [null, '2020-04-01', null] });
    const nan = Number.NaN;
    // a: 0 1 4 9 16 25 36 49; origins after 2 (too short), 4 and 6 points. b: 1 2 3 4 5; origin after 3 points.
    expect(floats(join(folder, 'actual.f32'))).toEqual([nan, nan, 16, 25, 36, 49, nan, nan, nan, nan, 4, 5]);
    expect(floats(join(folder, 'scale.f32'))).toEqual([nan, 3, 5, nan, nan, 1]);
    expect(JSON.parse(readFileSync(join(folder, 'windows.json'), 'utf8'))).toEqual(result);
  });
  test("people's own forecast lies at the times of the windows, by series and time", async () => {
    const { parquet } = await build(write('a.csv', csv('unique_id,ds,y', ...months(8, 'a'), ...months(6, 'b'))));
    // b first, times out of order, a time and a series that nobody knows.
    const own = await build(
      write(
        'own.csv',
        csv('unique_id,ds,y', ...months(6, 'b', (i) => 10 + i), ...months(9, 'a', (i) => 100 + i), ...months(6, 'z')),
      ),
    );
    const ask = {
      operation: 'windows',
      parquet,
      h: 2,
      origins: 3,
      season: 1,
      min_train: 3,
      last_resort: null,
    } as const;
    const folder = freshFolder();
    const result = await runIngest({ ...ask, own: { parquet: own.parquet, column: 'y' } }, deps(folder));
    const nan = Number.NaN;
    expect(floats(join(folder, result.own_path ?? ''))).toEqual([
      nan,
      nan,
      104,
      105,
      106,
      107,
      nan,
      nan,
      nan,
      nan,
      14,
      15,
    ]);
    const numbered = await build(write('n.csv', csv('unique_id,ds,y', 'a,1,2', 'a,2,3', 'a,3,4', 'a,4,4')));
    for (const wrong of [
      { parquet: own.parquet, column: 'plan' },
      { parquet: numbered.parquet, column: 'y' },
    ])
      await expect(runIngest({ ...ask, own: wrong }, deps(freshFolder()))).rejects.toMatchObject({
        code: 'own_forecast_mismatch',
      });
  });
  test('the last window ends with the series, windows do not overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 12 }),
        (n, h, origins) => {
          expect(trainLength(n, h, origins, origins - 1) + h).toBe(n);
          for (let k = 1; k < origins; k++)
            expect(trainLength(n, h, origins, k) - trainLength(n, h, origins, k - 1)).toBe(h);
        },
      ),
    );
  });
  test('the scale falls back to one step, and is unknown for a constant', () => {
    expect(seasonalNaiveError(Float64Array.of(1, 2, 4), 0, 3, 12)).toBe(1.5);
    expect(seasonalNaiveError(Float64Array.of(1, 5, 2, 7), 0, 4, 2)).toBe(1.5);
    expect(seasonalNaiveError(Float64Array.of(3, 3, 3), 0, 3, 1)).toBeNaN();
    expect(seasonalNaiveError(Float64Array.of(3), 0, 1, 1)).toBeNaN();
    expect(seasonalNaiveError(Float64Array.of(1, Number.NaN, 3, 4), 0, 4, 1)).toBe(1);
  });
});

describe('charts', () => {
  test('a page of series, chosen ones, and a sample of rows', async () => {
    const { parquet } = await build(
      write('a.csv', csv('unique_id,ds,y', ...['c', 'a', 'b'].flatMap((id) => months(6, id)))),
    );
    const ask = (extra: Partial<SeriesOptions>) =>
      runIngest(
        {
          operation: 'series' as const,
          parquet,
          unique_ids: null as string[] | null,
          offset: 0,
          limit: 50,
          last: null,
          max_points: 2000,
          sample_rows: 0,
          ...extra,
        },
        deps(),
      );
    expect((await ask({ offset: 1, limit: 1 })).items).toEqual([
      { unique_id: 'b', ds: ['01', '02', '03', '04', '05', '06'].map((m) => `2020-${m}-01`), y: [1, 2, 3, 4, 5, 6] },
    ]);
    expect((await ask({ last: 2, limit: 1 })).items).toEqual([
      { unique_id: 'a', ds: ['2020-05-01', '2020-06-01'], y: [5, 6] },
    ]);
    const chosen = await ask({ unique_ids: ['c', 'gone', 'a'], sample_rows: 2 });
    expect(chosen.items.map(({ unique_id }) => unique_id)).toEqual(['c', 'a']);
    expect(chosen.total).toBe(3);
    expect(chosen.sample).toEqual({
      columns: ['unique_id', 'ds', 'y'],
      rows: [
        ['a', '2020-01-01 00:00:00', '1.0'],
        ['a', '2020-02-01 00:00:00', '2.0'],
      ],
    });
  });
  test('thinning keeps ends, lowest and highest, within the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), { minLength: 1, maxLength: 3000 }),
        fc.integer({ min: 10, max: 2000 }),
        (y, most) => {
          const kept = thin(y, most);
          expect(kept.length).toBeLessThanOrEqual(Math.max(most, Math.min(y.length, most)));
          expect(kept[0]).toBe(0);
          expect(kept.at(-1)).toBe(y.length - 1);
          expect(kept).toEqual([...new Set(kept)].toSorted((a, b) => a - b));
          const values = y.filter((value) => value !== null);
          if (values.length === 0) return;
          const shown = kept.map((i) => y[i]).filter((value) => value !== null && value !== undefined);
          expect(Math.max(...shown) === Math.max(...values)).toBe(true);
          expect(Math.min(...shown) === Math.min(...values)).toBe(true);
        },
      ),
    );
  });
});
