import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mapping, sample } from '@minori/contract';
import { describe, expect, test } from 'vitest';
import { sampleFiles } from '../scripts/samples.ts';
import { build, check, codes, findingOf, preview, query } from './test-support.ts';

const root = join(import.meta.dirname, '../../..');
const listed = (JSON.parse(readFileSync(join(root, 'samples/samples.json'), 'utf8')) as Record<string, unknown>[]).map(
  ({ file, mapping: guessed, ...shown }) => ({
    ...sample.parse(shown),
    file: String(file),
    mapping: mapping.parse(guessed),
  }),
);

describe('samples', () => {
  test('the files are what their script makes', () => {
    for (const [name, content] of sampleFiles())
      expect(readFileSync(join(root, 'samples', name)).equals(content), name).toBe(true);
    expect(
      sampleFiles()
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(listed.map(({ file }) => file).toSorted());
  });
  test.each(listed)('$id: guessed, checked and described as listed', async ({ file, mapping: expected, freq }) => {
    const path = join(root, 'samples', file);
    expect((await preview(path)).mapping).toEqual(expected);
    const { findings, profile } = await check(path);
    expect(codes(findings).filter((code) => !code.startsWith('info'))).toEqual([]);
    expect(profile?.freq).toBe(freq);
  });
  test.each([
    [
      'monthly-shops.csv',
      {
        rows: 647,
        series_count: 7,
        freq: 'MS',
        season: 12,
        lengths: { min: 71, median: 96, max: 96 },
        start: '2017-04-01',
        end: '2025-03-01',
      },
    ],
    [
      'air-passengers.csv',
      {
        rows: 144,
        series_count: 1,
        freq: 'MS',
        season: 12,
        lengths: { min: 144, median: 144, max: 144 },
        start: '1949-01-01',
        end: '1960-12-01',
      },
    ],
    [
      'weekly-visitors-sjis.csv',
      {
        rows: 1040,
        series_count: 4,
        freq: 'W-MON',
        season: 52,
        lengths: { min: 260, median: 260, max: 260 },
        start: '2020-01-06',
        end: '2024-12-23',
      },
    ],
    [
      'hourly-power.csv',
      {
        rows: 2688,
        series_count: 2,
        freq: 'h',
        season: 24,
        lengths: { min: 1344, median: 1344, max: 1344 },
        start: '2025-01-06',
        end: '2025-03-02T23:00:00',
      },
    ],
  ])('golden profile of %s', async (file, golden) =>
    expect((await check(join(root, 'samples', file))).profile).toMatchObject(golden),
  );
  test('AirPassengers in numbers', async () => {
    const { profile } = await check(join(root, 'samples/air-passengers.csv'));
    expect(profile?.series[0]).toMatchObject({
      mean: 280.298_611_111_111_1,
      min: 104,
      max: 622,
      zeros: 0,
      missing: 0,
      intermittent: false,
    });
    expect(profile?.series[0]?.sd).toBeCloseTo(119.966_317, 6);
    expect(profile?.season_strength).toBeCloseTo(0.829, 3);
  });
});

const loto6 = join(root, '../shared/data/loto6.csv');
describe.skipIf(!existsSync(loto6))('loto6.csv of the specification', () => {
  test('is known, and becomes one series per number, counted by draw', async () => {
    const seen = await preview(loto6);
    expect(seen).toMatchObject({
      source: { encoding: 'cp932' },
      mapping: { kind: 'preset', preset: 'loto6', ds: 'draw' },
    });
    const built = await build(loto6);
    expect(built.profile).toMatchObject({
      ds_type: 'integer',
      freq: 'int',
      season: 1,
      index: { from: 'draw', first_time: '2000-10-05' },
    });
    expect(built.profile.series.map(({ unique_id }) => unique_id)).toEqual([
      'BONUS',
      'N1',
      'N2',
      'N3',
      'N4',
      'N5',
      'N6',
    ]);
    expect(findingOf(built.findings, 'draw_index')).toMatchObject({ severity: 'info', column: '開催回' });
    expect(await query(built.parquet, `select unique_id, ds, y from data where ds = 2 order by unique_id`)).toEqual(
      [5, 1, 9, 16, 20, 21, 43].map((y, i) => [i === 0 ? 'BONUS' : `N${i}`, '2', y]),
    );
    expect(
      await query(join(built.folder, 'index.parquet'), 'select ds, time::date::varchar from data limit 2'),
    ).toEqual([
      ['1', '2000-10-05'],
      ['2', '2000-10-12'],
    ]);
  });
  test('by date its changing rhythm is told', async () => {
    const { findings } = await check(loto6, { mapping: { kind: 'preset', preset: 'loto6', ds: 'date' } });
    expect(findingOf(findings, 'irregular_frequency')).toMatchObject({ severity: 'error' });
  });
});
