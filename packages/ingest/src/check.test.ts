import { describe, expect, test } from 'vitest';
import { encodeCp932 } from '../scripts/cp932.ts';
import { check, codes, csv, findingOf, months, workbook, write } from './test-support.ts';

const long = (...rows: string[]): string => write('a.csv', csv('unique_id,ds,y', ...rows));
const found = async (...rows: string[]) => (await check(long(...rows))).findings;

test('a clean file has nothing to report', async () => {
  const { findings, profile } = await check(long(...months(24), ...months(24, 'b')));
  expect(findings).toEqual([]);
  expect(profile).toMatchObject({
    rows: 48,
    series_count: 2,
    freq: 'MS',
    season: 12,
    ds_type: 'timestamp',
    start: '2020-01-01',
    end: '2021-12-01',
  });
  expect(profile?.y).toMatchObject({ min: 1, max: 24, integer: true, non_negative: true });
  expect(profile?.series[0]).toMatchObject({ unique_id: 'a', n: 24, mean: 12.5, zeros: 0, intermittent: false });
});

test('one accident does not hide the season', async () => {
  const yearly = (i: number): number => 800 + Math.round(120 * Math.sin((Math.PI * i) / 6)) + (i === 30 ? 900 : 0);
  const { profile } = await check(long(...months(84, 'a', yearly)));
  expect(profile?.season).toBe(12);
  expect(profile?.season_strength).toBeGreaterThan(0.3);
});

test('a season of levels is seen under changes that are mostly chance, and chance is none', async () => {
  let state = 7;
  const chance = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
  const weeks = (value: (i: number) => number, count = 416): string[] =>
    Array.from({ length: count }, (_, i) => {
      const day = new Date(Date.UTC(2012, 0, 7 + 7 * i)).toISOString().slice(0, 10);
      return `a,${day},${value(i)}`;
    });
  const seasonOf = async (rows: string[]) => (await check(long(...rows))).profile?.season;
  expect(await seasonOf(weeks((i) => 50 + 20 * Math.sin((Math.PI * i) / 26) + 20 * chance()))).toBe(52);
  // Sales of three and a half years that grow, with a wave of a year that is twice their chance, and a week not known.
  const sales = weeks((i) => (900 + 2 * i) * (1 + 0.15 * Math.sin((Math.PI * i) / 26) + 0.2 * chance()), 182);
  expect(await seasonOf(sales.toSpliced(60, 1))).toBe(52);
  for (const count of [182, 260, 416]) {
    expect(await seasonOf(weeks(() => 50 + 20 * chance(), count))).toBe(1);
    let level = 0;
    expect(await seasonOf(weeks(() => (level += chance()), count))).toBe(1);
  }
});

describe('columns', () => {
  test('a column of the mapping that is not there', async () => {
    const { findings, profile } = await check(long(...months(5)), {
      mapping: { kind: 'long', unique_id: [], ds: ['date'], y: 'y', exogenous: [] },
    });
    expect(findingOf(findings, 'missing_column')).toMatchObject({ severity: 'error', column: 'date', fixes: [] });
    expect(profile).toBeNull();
  });
  test('names that repeat need a decision', async () => {
    const file = write('a.csv', csv('unique_id,ds,y,y', ...months(5).map((row) => `${row},7`)));
    const { findings } = await check(file);
    expect(findingOf(findings, 'duplicate_header')).toMatchObject({
      severity: 'error',
      column: 'y',
      rows: [1],
      applied: null,
    });
    const accepted = await check(file, { fixes: [{ code: 'duplicate_header', id: 'keep', params: {} }] });
    expect(findingOf(accepted.findings, 'duplicate_header').applied).toEqual({ id: 'keep', params: {} });
  });
  test('rows with another number of cells, counted as a spreadsheet does', async () => {
    const rows = months(12);
    const file = write(
      'a.csv',
      csv(
        'unique_id,ds,y',
        ...rows.slice(0, 3),
        '',
        'torn',
        ...rows.slice(3, 6),
        'a,b,c,d',
        ...rows.slice(6, 11),
        'a,nonsense,3',
        ...rows.slice(11),
      ),
    );
    const { findings } = await check(file);
    expect(findingOf(findings, 'malformed_rows')).toMatchObject({ severity: 'error', count: 2, rows: [6, 10] });
    expect(findingOf(findings, 'unparsable_date')).toMatchObject({ rows: [16], count: 1 });
  });
  test('rows without a series name', async () => {
    expect(findingOf(await found(...months(5), ',2024-01-01,4'), 'empty_id')).toMatchObject({
      severity: 'error',
      rows: [7],
      column: 'unique_id',
    });
  });
  test('cp932 is announced', async () => {
    const file = write('a.csv', encodeCp932(csv('店舗,日付,売上', ...months(5, '札幌'))));
    const { findings, profile } = await check(file);
    expect(findingOf(findings, 'encoding_guess')).toMatchObject({ severity: 'info', params: { encoding: 'cp932' } });
    expect(profile?.series[0]?.unique_id).toBe('札幌');
  });
  test('cp932 that starts like ASCII is still found', async () => {
    const { profile } = await check(
      write('a.csv', encodeCp932(csv('unique_id,ds,y', ...months(2000, 'tokyo').slice(0, 1000), ...months(5, '札幌')))),
    );
    expect(profile?.series.map(({ unique_id }) => unique_id)).toEqual(['tokyo', '札幌']);
  });
});

describe('times', () => {
  test('texts that are no dates, with their rows', async () => {
    const finding = findingOf(await found(...months(6), '合計,合計,21'), 'unparsable_date');
    expect(finding).toMatchObject({
      severity: 'error',
      column: 'ds',
      rows: [8],
      count: 1,
      params: { samples: '合計' },
    });
    expect(finding.fixes).toEqual([{ id: 'drop_rows', params: {}, recommended: true }]);
  });
  test('a column without any date cannot be repaired', async () => {
    const mapping = { kind: 'long', unique_id: [], ds: ['unique_id'], y: 'y', exogenous: [] } as const;
    const { findings, profile } = await check(long(...months(6)), {
      mapping: { ...mapping, unique_id: [], ds: ['unique_id'], exogenous: [] },
    });
    expect(findingOf(findings, 'unparsable_date').fixes).toEqual([]);
    expect(profile).toBeNull();
  });
  test('day or month first is asked, and the answer is followed', async () => {
    const rows = ['01', '02', '03', '04', '05'].map((month, i) => `a,01/${month}/2024,${i}`);
    const open = await check(long(...rows));
    expect(findingOf(open.findings, 'ambiguous_date')).toMatchObject({
      severity: 'error',
      params: { sample: '01/02/2024' },
      fixes: [
        { id: 'date_order', params: { order: 'dmy' }, recommended: true },
        { id: 'date_order', params: { order: 'mdy' }, recommended: false },
      ],
      applied: null,
    });
    const answer = (order: string) =>
      check(long(...rows), { fixes: [{ code: 'ambiguous_date', id: 'date_order', params: { order } }] });
    expect((await answer('dmy')).profile).toMatchObject({ freq: 'MS', end: '2024-05-01' });
    expect((await answer('mdy')).profile).toMatchObject({ freq: 'D', end: '2024-01-05' });
  });
  test('one offset is dropped, several are brought to UTC', async () => {
    const at = (hour: number, zone: string): string =>
      `a,2024-01-01T${String(hour).padStart(2, '0')}:00:00${zone},${hour}`;
    const one = await check(long(...[0, 1, 2, 3, 4].map((hour) => at(hour, '+09:00'))));
    expect(findingOf(one.findings, 'zoned_times')).toMatchObject({
      severity: 'info',
      params: { offsets: '+09:00' },
      applied: { params: { zone: 'wall' } },
    });
    expect(one.profile?.start).toBe('2024-01-01');
    const two = await check(long(at(1, '+01:00'), at(1, 'Z'), at(2, 'Z'), at(3, 'Z'), at(4, 'Z')));
    expect(findingOf(two.findings, 'zoned_times')).toMatchObject({
      severity: 'warning',
      applied: { params: { zone: 'utc' } },
    });
    expect(two.profile).toMatchObject({ start: '2024-01-01', end: '2024-01-01T04:00:00', freq: 'h' });
  });
  test('rows out of order are sorted and told', async () => {
    const { findings, profile } = await check(long(...months(6).toReversed()));
    expect(findingOf(findings, 'unsorted')).toMatchObject({ severity: 'info', count: 5 });
    expect(profile?.start).toBe('2020-01-01');
  });
  test('spreadsheet dates, full-width digits and eras lie side by side', async () => {
    const rows = ['2024/1/1', '２０２４年２月１日', '令和6年3月1日', '20240401', '2024-05-01', 'R6.6.1'];
    expect((await check(long(...rows.map((ds, i) => `a,${ds},${i}`)))).profile).toMatchObject({
      freq: 'MS',
      end: '2024-06-01',
    });
  });
  test('counts', async () => {
    const { findings, profile } = await check(long(...[1, 2, 3, 4, 5, 6].map((i) => `a,${i},${i}`)));
    expect(findings).toEqual([]);
    expect(profile).toMatchObject({ ds_type: 'integer', freq: 'int', start: '1', end: '6', index: { from: 'column' } });
  });
});

describe('frequency', () => {
  const freq = async (...times: string[]) =>
    (await check(long(...times.map((ds, i) => `a,${ds},${i % 3}`)))).profile?.freq;
  const days = (n: number, step: number, start = '2024-01-01'): string[] =>
    Array.from({ length: n }, (_, i) => new Date(Date.parse(start) + i * step * 86_400_000).toISOString().slice(0, 10));
  test.each([
    ['MS', Array.from({ length: 12 }, (_, i) => `2024/${i + 1}`)],
    ['ME', ['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30', '2024-05-31']],
    ['QS', ['2024Q1', '2024Q2', '2024Q3', '2024Q4', '2025Q1']],
    ['QE', ['2024-03-31', '2024-06-30', '2024-09-30', '2024-12-31', '2025-03-31']],
    ['QS-FEB', ['2024-02-01', '2024-05-01', '2024-08-01', '2024-11-01', '2025-02-01']],
    ['YS', ['2020', '2021', '2022', '2023', '2024']],
    ['YS-APR', ['2020年度', '2021年度', '2022年度', '2023年度', '2024年度']],
    ['YE-MAR', ['2020-03-31', '2021-03-31', '2022-03-31', '2023-03-31', '2024-03-31']],
    ['W-MON', ['2024-W01', '2024-W02', '2024-W03', '2024-W04', '2024-W05']],
    ['W-SUN', days(8, 7, '2024-01-07')],
    ['D', days(14, 1)],
    ['10D', days(8, 10, '2024-01-03')],
    ['B', days(30, 1).filter((day) => ![0, 6].includes(new Date(day).getUTCDay()))],
    [
      'h',
      Array.from({ length: 30 }, (_, i) => `2024-01-0${1 + Math.floor(i / 24)} ${String(i % 24).padStart(2, '0')}:00`),
    ],
    ['30min', ['2024-01-01 00:00', '2024-01-01 00:30', '2024-01-01 01:00', '2024-01-01 01:30', '2024-01-01 02:00']],
    [
      '15s',
      [
        '2024-01-01 00:00:00',
        '2024-01-01 00:00:15',
        '2024-01-01 00:00:30',
        '2024-01-01 00:00:45',
        '2024-01-01 00:01:00',
      ],
    ],
  ])('%s', async (expected, times) => expect(await freq(...times)).toBe(expected));

  test('every 25th moves to the first of its month', async () => {
    const { findings, profile } = await check(long(...months(12).map((row) => row.replace('-01,', '-25,'))));
    expect(findingOf(findings, 'snapped_dates')).toMatchObject({ severity: 'warning', params: { freq: 'MS' } });
    expect(profile).toMatchObject({ freq: 'MS', start: '2020-01-01' });
  });
  test('one point a month on changing days', async () => {
    const rows = ['2024-01-05', '2024-02-09', '2024-03-08', '2024-04-05', '2024-05-10', '2024-06-07'].map(
      (ds, i) => `a,${ds},${i}`,
    );
    const { findings, profile } = await check(long(...rows));
    expect(findingOf(findings, 'irregular_frequency')).toMatchObject({ severity: 'error', applied: null });
    expect(findingOf(findings, 'irregular_frequency').fixes[0]).toEqual({
      id: 'to_frequency',
      params: { freq: 'MS', method: 'last' },
      recommended: true,
    });
    expect(profile?.freq).toBe('irregular');
  });
  test('no calendar at all', async () => {
    const rows = ['2024-01-01', '2024-01-04', '2024-01-20', '2024-03-02', '2024-03-05', '2024-07-01', '2024-07-02'].map(
      (ds, i) => `a,${ds},${i}`,
    );
    expect(findingOf(await found(...rows), 'irregular_frequency').fixes).toEqual([
      { id: 'integer_index', params: {}, recommended: true },
    ]);
    const fixed = await check(long(...rows), {
      fixes: [{ code: 'irregular_frequency', id: 'integer_index', params: {} }],
    });
    expect(fixed.profile).toMatchObject({
      freq: 'int',
      ds_type: 'integer',
      start: '1',
      end: '7',
      index: { from: 'rank', first_time: '2024-01-01', last_time: '2024-07-02' },
    });
  });
  test('a few times beside the marks', async () => {
    const hours = Array.from(
      { length: 40 },
      (_, i) =>
        `a,2024-01-0${1 + Math.floor(i / 24)} ${String(i % 24).padStart(2, '0')}:${i === 30 ? '07' : '00'},${i}`,
    );
    const { findings, profile } = await check(long(...hours));
    expect(findingOf(findings, 'irregular_frequency')).toMatchObject({
      severity: 'warning',
      rows: [32],
      count: 1,
      params: { freq: 'h' },
    });
    expect(profile).toMatchObject({ freq: 'h', rows: 40 });
  });
  test('series of another frequency', async () => {
    const weekly = days(12, 7).map((ds, i) => `w,${ds},${i}`);
    const daily = days(60, 1).map((ds, i) => `d,${ds},${i}`);
    const { findings, profile } = await check(long(...daily, ...weekly));
    expect(findingOf(findings, 'mixed_frequency')).toMatchObject({
      severity: 'error',
      series: ['w'],
      params: { freq: 'D' },
    });
    expect(profile?.series.map(({ unique_id }) => unique_id)).toEqual(['d']);
  });
  test('transactions become daily sums', async () => {
    const rows = days(10, 1).flatMap((day, i) => [
      `a,${day} 09:1${i % 10},1`,
      `a,${day} 12:3${i % 7},2`,
      `a,${day} 17:0${i % 5},3`,
    ]);
    const finding = findingOf(await found(...rows), 'irregular_frequency');
    expect(finding.fixes.find(({ recommended }) => recommended)).toEqual({
      id: 'to_frequency',
      params: { freq: 'D', method: 'sum' },
      recommended: true,
    });
    const { profile } = await check(long(...rows), {
      fixes: [{ code: 'irregular_frequency', id: 'to_frequency', params: { freq: 'D', method: 'sum' } }],
    });
    expect(profile).toMatchObject({ freq: 'D', rows: 10 });
    expect(profile?.series[0]?.mean).toBe(6);
  });
});

describe('values', () => {
  test('what is no number', async () => {
    const findings = await found(...months(8, 'a', (i) => ['1', '2', 'n.v.t.', '4', 'NaN', 'inf', '', '8'][i] ?? ''));
    expect(codes(findings)).toEqual(['error non_numeric_y', 'error nan_y', 'error infinite_y', 'warning missing_y']);
    expect(findings.map(({ rows }) => rows)).toEqual([[4], [6], [7], [8]]);
    expect(findingOf(findings, 'missing_y').applied).toEqual({ id: 'fill', params: { method: 'interpolate' } });
  });
  test('a column of words', async () => {
    const { findings, profile } = await check(long(...months(8, 'a', () => 'high')), {
      mapping: { kind: 'long', unique_id: ['unique_id'], ds: ['ds'], y: 'y', exogenous: [] },
    });
    expect(findingOf(findings, 'non_numeric_y')).toMatchObject({ severity: 'error', count: 8, fixes: [] });
    expect(profile).toBeNull();
  });
  test('money, percent, full width, grouped digits', async () => {
    const { findings, profile } = await check(
      long(...months(6, 'a', (i) => ['"¥1,234"', '１２', '▲5', '"1,000.5"', '12%', '7'][i] ?? '')),
    );
    expect(codes(findings)).toEqual(['info percent_values']);
    expect(profile?.y).toMatchObject({ min: -5, max: 1234 });
  });
  test('empty ends are trimmed without a word, empty series are left out', async () => {
    const { findings, profile } = await check(
      write(
        'a.csv',
        csv('ds,x,late,none', ...months(8).map((row, i) => `${row.split(',')[1]},${i},${i < 3 ? '' : i},`)),
      ),
      { mapping: { kind: 'wide', ds: ['ds'], series: ['x', 'late', 'none'] } },
    );
    expect(codes(findings)).toEqual(['warning empty_series']);
    expect(profile?.series.map(({ unique_id, n }) => [unique_id, n])).toEqual([
      ['late', 5],
      ['x', 8],
    ]);
  });
  test('series that never change, and those too short', async () => {
    const findings = await found(...months(8), ...months(8, 'flat', () => 5), ...months(3, 'short'));
    expect(codes(findings)).toEqual(['warning too_short', 'info constant_series']);
    expect(findingOf(findings, 'too_short')).toMatchObject({ series: ['short'], params: { fewest: 4 } });
    expect(findingOf(await found(...months(3)), 'too_short')).toMatchObject({ severity: 'error', fixes: [] });
  });
});

describe('times that repeat or are missing', () => {
  test('equal rows are one, different ones need a decision', async () => {
    expect(findingOf(await found(...months(6), 'a,2020-03-01,3'), 'duplicate_timestamp')).toMatchObject({
      severity: 'warning',
      rows: [8],
      applied: { params: { method: 'last' } },
    });
    expect(findingOf(await found(...months(6), 'a,2020-03-01,9'), 'duplicate_timestamp')).toMatchObject({
      severity: 'error',
      rows: [8],
      count: 1,
      applied: null,
      params: { sample: 'a, 2020-03-01' },
      // One of six is a correction; several rows of each time are the parts of a sum.
      fixes: [{}, {}, { params: { method: 'last' }, recommended: true }, {}],
    });
    expect(
      findingOf(await found(...months(6), ...months(6).map((row) => `${row}5`)), 'duplicate_timestamp'),
    ).toMatchObject({ fixes: [{ params: { method: 'sum' }, recommended: true }, {}, {}, {}] });
  });
  test('a gap is told with the row after it', async () => {
    const rows = months(12);
    rows.splice(4, 2);
    expect(findingOf(await found(...rows), 'gap')).toMatchObject({
      severity: 'warning',
      count: 2,
      rows: [6],
      series: ['a'],
      params: { gaps: 1, sample: 'a, 2020-05-01', freq: 'MS' },
      applied: { id: 'fill', params: { method: 'interpolate' } },
    });
  });
  test('one wrong year is no gap to fill', async () => {
    const days = Array.from({ length: 20 }, (_, i) => `a,2024-01-${String(i + 1).padStart(2, '0')},${i}`);
    const { findings, profile } = await check(long('a,1924-01-01,0', ...days));
    expect(findingOf(findings, 'gap')).toMatchObject({ severity: 'error', rows: [3], fixes: [] });
    expect(profile).toBeNull();
  });
  test('where much is zero, what is missing is zero', async () => {
    const rows = months(24, 'a', (i) => (i % 3 === 0 ? 4 : 0));
    rows.splice(4, 1);
    expect(findingOf(await found(...rows), 'gap').applied).toEqual({ id: 'fill', params: { method: 'zero' } });
  });
});

test('a workbook is checked with its own row numbers', async () => {
  const row = (r: number, date: number, y: string): string =>
    `<row r="${r}"><c r="A${r}" s="1"><v>${date}</v></c><c r="B${r}">${y}</c></row>`;
  const sheet = `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>${[0, 1, 2, 3, 4, 5].map((i) => row(i < 3 ? 2 + i : 5 + i, 45_292 + i, i === 4 ? '<f>1/0</f>' : `<v>${i}</v>`)).join('')}`;
  const { findings, profile } = await check(write('a.xlsx', workbook({ data: sheet }, ['日付', '値'])));
  expect(codes(findings)).toEqual(['warning missing_y', 'info formula_cells']);
  expect(findingOf(findings, 'missing_y').rows).toEqual([9]);
  expect(profile).toMatchObject({ freq: 'D', rows: 6, start: '2024-01-01' });
});
