import { describe, expect, test } from 'vitest';
import { build, check, codes, csv, findingOf, months, query, write } from './test-support.ts';

const long = (...rows: string[]): string => write('a.csv', csv('unique_id,ds,y', ...rows));
/** Eight years around 100 with a season of 20. */
const sold = (i: number): number => Math.round(100 + 20 * Math.sin((i * Math.PI) / 6) + ((i * 37) % 11) - 5);
const withSlip = (at: Record<number, number>): string => long(...months(96, 'a', (i) => at[i] ?? sold(i)));
const outlierCodes = async (file: string): Promise<string[]> =>
  codes((await check(file)).findings).filter((code) => code.endsWith('outlier'));

describe('values that stand far apart', () => {
  test('a digit too many and a code for nothing are told with row, time and what is usual', async () => {
    const { findings } = await check(withSlip({ 50: 1_000_000, 70: -999 }));
    expect(findingOf(findings, 'outlier')).toMatchObject({
      severity: 'info',
      rows: [52, 72],
      series: ['a'],
      count: 2,
      params: { sample: 'a, 2024-03-01: 1000000', row: 52, low: 75, high: 125 },
      applied: null,
    });
  });
  test('they stay unless they are to be replaced by what lies around', async () => {
    const file = withSlip({ 50: 1_000_000 });
    const at = `select y from data where ds = '2024-03-01'`;
    expect(await query((await build(file)).parquet, at)).toEqual([[1_000_000]]);
    const fixes = [{ code: 'outlier' as const, id: 'fill' as const, params: { method: 'interpolate' } }];
    const mended = await build(file, { fixes });
    expect(await query(mended.parquet, at)).toEqual([[(sold(49) + sold(51)) / 2]]);
    expect(mended.profile).toMatchObject({ y: { max: 125 }, fixes });
  });
  test.each([
    ['a season with one high month', (i: number) => (i % 12 === 11 ? 400 : sold(i))],
    ['growth by a half each year', (i: number) => 10 * 1.5 ** (i / 12)],
    ['a level that breaks', (i: number) => (i < 90 ? sold(i) : 40 * sold(i))],
    ['two bad months in a row', (i: number) => (i === 40 || i === 41 ? 1 : sold(i))],
    ['rare orders', (i: number) => (i % 3 === 0 ? (i === 30 ? 90 : 1 + (i % 4)) : 0)],
    ['what never changes but once', (i: number) => (i === 30 ? 90 : 5)],
    ['skewed chance', (i: number) => Math.exp(Math.sin(i * 12.9898) * 2.5)],
  ])('%s is how the series is', async (_, value) => {
    expect(await outlierCodes(long(...months(96, 'a', value)))).toEqual([]);
  });
});
