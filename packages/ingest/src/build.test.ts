import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AcceptedFix, FindingCode, FixId } from '@minori/contract';
import { describe, expect, test } from 'vitest';
import { build, check, codes, csv, findingOf, months, query, write } from './test-support.ts';

const long = (...rows: string[]): string => write('a.csv', csv('unique_id,ds,y', ...rows));
const accept = (code: FindingCode, id: FixId, params: AcceptedFix['params'] = {}): AcceptedFix => ({
  code,
  id,
  params,
});
const values = async (parquet: string): Promise<unknown[]> =>
  (await query(parquet, 'select y from data')).map(([y]) => y);

describe('what is stored', () => {
  test('typed columns, sorted by series and time', async () => {
    const { parquet, profile, freq } = await build(long(...months(5, 'b'), ...months(4, 'a').toReversed()));
    expect(await query(parquet, 'select column_name, column_type from (describe select * from data)')).toEqual([
      ['unique_id', 'VARCHAR'],
      ['ds', 'TIMESTAMP'],
      ['y', 'DOUBLE'],
    ]);
    expect(await query(parquet, 'select unique_id, ds::date::varchar, y from data')).toEqual([
      ...[1, 2, 3, 4].map((i) => ['a', `2020-0${i}-01`, i]),
      ...[1, 2, 3, 4, 5].map((i) => ['b', `2020-0${i}-01`, i]),
    ]);
    expect(freq).toBe('MS');
    expect(profile.series.map(({ unique_id }) => unique_id)).toEqual(['a', 'b']);
  });

  test('the same file gives the same bytes, another one others; order of rows and encoding do not matter', async () => {
    const rows = [...months(30), ...months(30, 'b')];
    const first = await build(long(...rows));
    const again = await build(long(...rows));
    expect(again.sha256).toBe(first.sha256);
    expect(readFileSync(again.parquet).equals(readFileSync(first.parquet))).toBe(true);
    expect((await build(long(...rows.toReversed()))).sha256).toBe(first.sha256);
    expect(
      (await build(write('b.csv', Buffer.from(`\uFEFF${csv('unique_id,ds,y', ...rows)}`, 'utf16le')))).sha256,
    ).toBe(first.sha256);
    expect((await build(long(...months(30), ...months(30, 'b', (i) => i + 2)))).sha256).not.toBe(first.sha256);
  });

  test('series in the order of code points, as profile and windows have it', async () => {
    const ids = ['é', 'z', 'Z', '0', '店', '😀', 'ｱ'];
    const { parquet, profile } = await build(long(...ids.flatMap((id) => months(4, id))));
    const expected = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(profile.series.map(({ unique_id }) => unique_id)).toEqual(expected);
    expect((await query(parquet, 'select distinct unique_id from data order by unique_id')).map(([id]) => id)).toEqual(
      expected,
    );
  });

  test('wide, across and several id columns arrive as the same series', async () => {
    const wide = await build(write('a.csv', csv('月,x,y2', ...[1, 2, 3, 4].map((i) => `2024/${i},${i},${i * 10}`))));
    const across = await build(write('a.csv', csv('name,2024/1,2024/2,2024/3,2024/4', 'x,1,2,3,4', 'y2,10,20,30,40')));
    expect(wide.profile.mapping.kind).toBe('wide');
    expect(across.profile.mapping.kind).toBe('across');
    expect(across.sha256).toBe(wide.sha256);
    const pair = await build(
      write(
        'a.csv',
        csv('store,item,date,qty', ...[1, 2, 3, 4].flatMap((i) => [`s,i,2024/${i}/1,${i}`, `s,j,2024/${i}/1,${i}`])),
      ),
    );
    expect(pair.profile.series.map(({ unique_id }) => unique_id)).toEqual(['s / i', 's / j']);
  });

  test('year and month columns, decimal commas', async () => {
    const { parquet } = await build(
      write('a.csv', csv('年;月;売上', ...[1, 2, 3, 4].map((i) => `2024;${i};"1.00${i},5"`))),
    );
    expect(await query(parquet, 'select unique_id, ds::date::varchar, y from data limit 1')).toEqual([
      ['売上', '2024-01-01', 1001.5],
    ]);
  });

  test('a Parquet file comes in as it went out', async () => {
    const first = await build(long(...months(30), ...months(30, 'b', (i) => i / 7)));
    const again = await build(first.parquet);
    expect(again.profile.source.format).toBe('parquet');
    expect(again.sha256).toBe(first.sha256);
  });
});

describe('fixes', () => {
  const errors = months(8, 'a', (i) => ['1', '2', 'oops', '4', 'NaN', 'inf', '', '8'][i] ?? '');
  test('an error without a decision is refused, with all findings', async () => {
    await expect(build(long(...errors))).rejects.toMatchObject({
      failureCause: 'bad_data',
      code: 'unresolved_findings',
    });
    const { findings } = await check(long(...errors), { fixes: [accept('nan_y', 'integer_index')] });
    expect(findingOf(findings, 'nan_y').applied).toBeNull();
  });
  const all = (id: FixId, params: AcceptedFix['params'] = {}): AcceptedFix[] =>
    (['non_numeric_y', 'nan_y', 'infinite_y', 'missing_y'] as const).map((code) => accept(code, id, params));
  test.each([
    ['interpolate', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['previous', [1, 2, 2, 4, 4, 4, 4, 8]],
    ['zero', [1, 2, 0, 4, 0, 0, 0, 8]],
    ['keep', [1, 2, null, 4, null, null, null, 8]],
  ])('fill by %s', async (method, expected) => {
    const { parquet, profile } = await build(long(...errors), { fixes: all('fill', { method }) });
    expect(await values(parquet)).toEqual(expected);
    expect(profile.y.missing).toBe(expected.filter((value) => value === null).length);
    expect(profile.fixes).toHaveLength(4);
  });
  test('dropped rows become gaps, which are filled as decided', async () => {
    const { parquet, profile } = await build(long(...errors), {
      fixes: [...all('drop_rows'), accept('gap', 'fill', { method: 'zero' })],
    });
    expect(await values(parquet)).toEqual([1, 2, 0, 4, 0, 0, 0, 8]);
    expect(profile.rows).toBe(8);
  });
  test('the fixes of a profile give the same data again', async () => {
    const first = await build(long(...errors), { fixes: all('fill', { method: 'previous' }) });
    const again = await build(long(...errors), { fixes: first.profile.fixes, mapping: first.profile.mapping });
    expect(again.sha256).toBe(first.sha256);
  });
  test.each([
    ['sum', 12],
    ['mean', 4],
    ['last', 8],
    ['first', 3],
  ])('duplicates by %s', async (method, expected) => {
    const { parquet } = await build(long(...months(6), 'a,2020-03-01,1', 'a,2020-03-01,8'), {
      fixes: [accept('duplicate_timestamp', 'aggregate', { method })],
    });
    expect((await values(parquet))[2]).toBe(expected);
  });
  test('rows with bad dates and without names leave', async () => {
    const { parquet } = await build(long(...months(6), '合計,合計,21', ',2020-01-01,5'), {
      fixes: [accept('unparsable_date', 'drop_rows'), accept('empty_id', 'drop_rows')],
    });
    expect(await values(parquet)).toEqual([1, 2, 3, 4, 5, 6]);
  });
  test('an integer index keeps the times beside it', async () => {
    const times = ['2024-01-01', '2024-01-04', '2024-01-20', '2024-03-02', '2024-03-05', '2024-07-01', '2024-07-02'];
    const built = await build(long(...times.map((ds, i) => `a,${ds},${i}`)), {
      fixes: [accept('irregular_frequency', 'integer_index')],
    });
    expect(await query(built.parquet, 'select ds, y from data')).toEqual(times.map((_, i) => [String(i + 1), i]));
    expect(built.extra_paths).toEqual(['index.parquet']);
    expect(await query(join(built.folder, 'index.parquet'), 'select ds, time::date::varchar from data')).toEqual(
      times.map((time, i) => [String(i + 1), time]),
    );
  });
});

describe('the next version', () => {
  const extended = [...months(14, 'a'), ...months(14, 'b')];
  test('new months are added, equal ones are let be', async () => {
    const first = await build(long(...months(12, 'a'), ...months(12, 'b')));
    const tail = extended.filter((row) => row.includes(',2021-') || row.includes(',2020-12'));
    const next = await build(long(...tail), { append_to: first.parquet });
    expect(codes(next.findings)).toEqual(['info overlap_same']);
    expect(next.rows).toBe(28);
    expect(next.sha256).toBe((await build(long(...extended))).sha256);
  });
  test('a changed value needs a decision', async () => {
    const first = await build(long(...months(12)));
    const tail = long('a,2020-12-01,99', 'a,2021-01-01,13');
    await expect(build(tail, { append_to: first.parquet })).rejects.toMatchObject({ code: 'unresolved_findings' });
    const { findings } = await check(tail, { append_to: first.parquet });
    expect(findingOf(findings, 'overlap_changed')).toMatchObject({
      severity: 'error',
      rows: [2],
      series: ['a'],
      count: 1,
    });
    const at = async (prefer: string): Promise<unknown> => {
      const built = await build(tail, {
        append_to: first.parquet,
        fixes: [accept('overlap_changed', 'overlap', { prefer })],
      });
      return (await values(built.parquet))[11];
    };
    expect(await at('keep')).toBe(12);
    expect(await at('replace')).toBe(99);
  });
  test('a gap between the versions is found; new series may come', async () => {
    const first = await build(long(...months(12)));
    const next = await build(long('a,2021-03-01,15', ...months(4, 'new')), { append_to: first.parquet });
    expect(findingOf(next.findings, 'gap')).toMatchObject({ count: 2, rows: [2], params: { sample: 'a, 2021-01-01' } });
    expect(next.profile.series.map(({ unique_id, n }) => [unique_id, n])).toEqual([
      ['a', 15],
      ['new', 4],
    ]);
  });
  test('an integer index by rank goes on', async () => {
    const rows = ['2024-01-01', '2024-01-04', '2024-01-20', '2024-03-02', '2024-03-05', '2024-07-01'].map(
      (ds, i) => `a,${ds},${i}`,
    );
    const first = await build(long(...rows), { fixes: [accept('irregular_frequency', 'integer_index')] });
    const next = await build(long('a,2024-07-01,5', 'a,2024-09-30,6'), { append_to: first.parquet });
    expect(await query(next.parquet, 'select ds from data')).toEqual([1, 2, 3, 4, 5, 6, 7].map((i) => [String(i)]));
  });
});

describe('exogenous columns', () => {
  const rows = (n: number, y: (i: number) => string): string[] =>
    months(n).map((row, i) => `${row.split(',').slice(0, 2).join(',')},${y(i)},${i * 2},${i % 2},north`);
  const header = 'unique_id,ds,y,hist_price,futr_holiday,stat_area';
  test('come along with their own types; known future rows lie apart', async () => {
    const file = write('a.csv', csv(header, ...rows(12, (i) => (i < 9 ? String(i * i) : ''))));
    const built = await build(file);
    expect(codes(built.findings)).toEqual(['info future_rows']);
    expect(built.profile.exogenous).toEqual([
      { name: 'hist_price', role: 'hist', type: 'number' },
      { name: 'futr_holiday', role: 'futr', type: 'number' },
      { name: 'stat_area', role: 'stat', type: 'text' },
    ]);
    expect(await query(built.parquet, 'select y, hist_price, futr_holiday, stat_area from data limit 2')).toEqual([
      [0, 0, 0, 'north'],
      [1, 2, 1, 'north'],
    ]);
    expect(built.profile).toMatchObject({ rows: 9, future_rows: 3 });
    expect(
      await query(join(built.folder, 'future.parquet'), 'select ds::date::varchar, futr_holiday from data'),
    ).toEqual([
      ['2020-10-01', 1],
      ['2020-11-01', 0],
      ['2020-12-01', 1],
    ]);
  });
  test('holes are told and filled', async () => {
    const file = write(
      'a.csv',
      csv(header, ...rows(8, String).map((row, i) => (i === 3 ? row.replace(',6,', ',,') : row))),
    );
    const built = await build(file);
    expect(findingOf(built.findings, 'exogenous_missing')).toMatchObject({ column: 'hist_price', rows: [5], count: 1 });
    expect(await query(built.parquet, 'select hist_price from data')).toEqual(
      [0, 2, 4, 4, 8, 10, 12, 14].map((price) => [price]),
    );
  });
  test('a known future that is the answer itself is left out', async () => {
    const built = await build(
      write('a.csv', csv('unique_id,ds,y,futr_copy', ...months(8).map((row, i) => `${row},${i + 1}`))),
    );
    expect(findingOf(built.findings, 'exogenous_equals_y')).toMatchObject({ severity: 'warning', column: 'futr_copy' });
    expect(built.profile.exogenous).toEqual([]);
  });
});
