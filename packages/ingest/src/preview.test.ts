import { describe, expect, test } from 'vitest';
import { encodeCp932 } from '../scripts/cp932.ts';
import { codes, csv, findingOf, months, preview, workbook, write } from './test-support.ts';

describe('what a file is', () => {
  const rows = [
    '店舗,年月,売上',
    '札幌,2024年1月,"1,200"',
    '札幌,2024年2月,"1,300"',
    '那覇,2024年1月,900',
    '那覇,2024年2月,950',
  ];
  const text = csv(...rows);
  test.each([
    ['utf-8', Buffer.from(text)],
    ['utf-8-bom', Buffer.from(`\uFEFF${text}`)],
    ['cp932', encodeCp932(text)],
    ['utf-16le', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['utf-16be', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
  ])('%s is recognized and read', async (encoding, bytes) => {
    const seen = await preview(write('sales.csv', bytes));
    expect(seen.source).toMatchObject({ format: 'csv', encoding, delimiter: ',', header_line: 1, decimal: '.' });
    expect(seen.columns.map(({ name, type }) => [name, type])).toEqual([
      ['店舗', 'text'],
      ['年月', 'date'],
      ['売上', 'number'],
    ]);
    expect(seen.mapping).toEqual({ kind: 'long', unique_id: ['店舗'], ds: ['年月'], y: '売上', exogenous: [] });
    expect(seen.rows[0]).toEqual(['札幌', '2024年1月', '1,200']);
    expect(seen.row_estimate).toBe(4);
  });

  test.each([
    [',', 'csv'],
    [';', 'csv'],
    ['\t', 'tsv'],
    ['|', 'csv'],
  ] as const)('delimiter %j', async (delimiter, format) => {
    const seen = await preview(
      write('a.txt', ['unique_id,ds,y', ...months(5)].join('\r\n').replaceAll(',', delimiter)),
    );
    expect(seen.source).toMatchObject({ delimiter, format });
    expect(seen.columns).toHaveLength(3);
  });

  test('a decimal comma', async () => {
    const seen = await preview(write('a.csv', csv('id;datum;wert', 'a;01.01.2024;1.234,5', 'a;02.01.2024;7,25')));
    expect(seen.source).toMatchObject({ delimiter: ';', decimal: ',' });
    expect(seen.columns.map(({ type }) => type)).toEqual(['text', 'date', 'number']);
  });

  test('titles above the names are passed over, lines are counted as in the file', async () => {
    const seen = await preview(
      write('a.csv', csv('売上一覧,,', '', '店舗,年月,売上', '札幌,2024/1,10', '札幌,2024/2,11')),
    );
    expect(seen.source?.header_line).toBe(3);
    expect(seen.lines).toEqual([4, 5]);
  });

  test('no names at all', async () => {
    const seen = await preview(write('a.csv', csv(...months(5))));
    expect(seen.source?.header_line).toBe(0);
    expect(seen.columns.map(({ name }) => name)).toEqual(['column_1', 'column_2', 'column_3']);
    expect(seen.mapping).toMatchObject({ kind: 'long', unique_id: ['column_1'], ds: ['column_2'], y: 'column_3' });
    expect(codes(seen.findings)).toEqual(['warning no_header']);
  });

  test('a person overrules the guess', async () => {
    const seen = await preview(write('a.csv', csv('unique_id,ds,y', ...months(5))), { header_line: 2, delimiter: ';' });
    expect(seen.columns).toHaveLength(1);
    expect(seen.source).toMatchObject({ delimiter: ';', header_line: 2 });
  });

  test('quotes, line breaks inside cells, empty lines', async () => {
    const seen = await preview(write('a.csv', 'id,ds,y\n"a ""b""\nc",2024-01-01,1\n\n"d",2024-02-01,2\n'));
    expect(seen.rows).toEqual([
      ['a "b"\nc', '2024-01-01', '1'],
      ['d', '2024-02-01', '2'],
    ]);
    expect(seen.lines).toEqual([2, 5]);
  });
});

describe('how it maps to series', () => {
  const guess = async (...lines: string[]) => (await preview(write('a.csv', csv(...lines)))).mapping;
  test('the names of the specification', async () =>
    expect(
      await guess('unique_id,ds,y,hist_price,futr_holiday,stat_area', 'a,2024-01-01,1,2,0,9', 'a,2024-01-02,1,2,0,9'),
    ).toEqual({
      kind: 'long',
      unique_id: ['unique_id'],
      ds: ['ds'],
      y: 'y',
      exogenous: ['hist_price', 'futr_holiday', 'stat_area'],
    }));
  test('one series without a name', async () =>
    expect(await guess('date,sales', '2024-01-01,1', '2024-02-01,2')).toMatchObject({
      kind: 'long',
      unique_id: [],
      y: 'sales',
    }));
  test('shop and article', async () =>
    expect(
      await guess(
        'date,store,item,qty',
        '2024-01-01,s1,i1,5',
        '2024-01-01,s1,i2,6',
        '2024-01-02,s1,i1,7',
        '2024-01-02,s1,i2,8',
      ),
    ).toMatchObject({
      unique_id: ['store', 'item'],
      ds: ['date'],
      y: 'qty',
    }));
  test('one column per series', async () =>
    expect(await guess('月,札幌,那覇', '2024年1月,1,2', '2024年2月,3,4')).toMatchObject({
      kind: 'wide',
      ds: ['月'],
      series: ['札幌', '那覇'],
    }));
  test('columns named after shops are series, a shop number is not', async () => {
    expect(await guess('日付,店1,店2', '2024年1月1日,10,20', '2024年1月2日,30,40')).toMatchObject({
      kind: 'wide',
      series: ['店1', '店2'],
    });
    expect(await guess('日付,店舗,売上', '2024年1月1日,1,20', '2024年1月2日,1,40')).toMatchObject({
      kind: 'long',
      unique_id: ['店舗'],
    });
  });
  test('one column per time', async () =>
    expect(await guess('店舗,2024年1月,2024年2月,2024年3月', '札幌,1,2,3', '那覇,4,5,6')).toEqual({
      kind: 'across',
      unique_id: ['店舗'],
      times: ['2024年1月', '2024年2月', '2024年3月'],
    }));
  test('years across', async () =>
    expect(await guess('country,2019,2020,2021,2022', 'JP,1,2,3,4', 'FR,4,5,6,7')).toMatchObject({
      kind: 'across',
      unique_id: ['country'],
    }));
  test('year and month in two columns', async () =>
    expect(await guess('年,月,売上', '2024,1,10', '2024,2,20')).toMatchObject({
      kind: 'long',
      ds: ['年', '月'],
      y: '売上',
    }));
  test('years as times', async () =>
    expect(await guess('year,population', '2019,100', '2020,101')).toMatchObject({ ds: ['year'], y: 'population' }));
  test('nothing to forecast', async () => {
    const seen = await preview(write('a.csv', csv('name,color', 'a,red', 'b,blue')));
    expect(seen.mapping).toBeNull();
    expect(findingOf(seen.findings, 'missing_column')).toMatchObject({ severity: 'error', params: { needed: 'ds' } });
  });
  test.each([
    [
      'loto6',
      ['開催回', '日付', '第1数字', '第2数字', '第3数字', '第4数字', '第5数字', '第6数字', 'BONUS数字', '1等口数'],
    ],
    ['loto7', ['開催回', '日付', ...[1, 2, 3, 4, 5, 6, 7].map((n) => `第${n}数字`), 'BONUS数字1', 'BONUS数字2']],
    ['miniloto', ['開催回', '日付', ...[1, 2, 3, 4, 5].map((n) => `第${n}数字`), 'BONUS数字']],
    ['numbers4', ['開催回', '日付', ...[1, 2, 3, 4].map((n) => `第${n}数字`)]],
    ['numbers3', ['抽せん回', '抽せん日', ...[1, 2, 3].map((n) => `第${n}数字`)]],
  ])('preset %s', async (preset, names) => {
    const row = (n: number): string => [n, `2024/1/${n}`, ...names.slice(2).map((_, i) => i + n)].join(',');
    expect(await guess(names.join(','), row(1), row(2), row(3))).toEqual({ kind: 'preset', preset, ds: 'draw' });
  });
});

describe('workbooks', () => {
  const row = (r: number, cells: string): string => `<row r="${r}">${cells}</row>`;
  test('dates by style, shared and inline texts, chosen sheet', async () => {
    const sales =
      row(
        1,
        '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>売上</t></is></c>',
      ) +
      row(2, '<c r="A2" t="s"><v>2</v></c><c r="B2" s="2"><v>45292</v></c><c r="C2"><v>10.5</v></c>') +
      row(4, '<c r="A4" t="s"><v>2</v></c><c r="B4" s="1"><v>45323</v></c><c r="C4"><f>C2+1</f><v>11.5</v></c>');
    const file = write(
      'a.xlsx',
      workbook({ 売上: sales, other: row(1, '<c r="A1"><v>1</v></c>') }, ['店舗', '年月', '札幌 &amp; &lt;b&gt;']),
    );
    const seen = await preview(file);
    expect(seen.source).toMatchObject({ format: 'xlsx', sheet: '売上', encoding: null, delimiter: null });
    expect(seen.sheets).toEqual(['売上', 'other']);
    expect(seen.rows).toEqual([
      ['札幌 & <b>', '2024-01-01', '10.5'],
      ['札幌 & <b>', '2024-02-01', '11.5'],
    ]);
    expect(seen.lines).toEqual([2, 4]);
    expect(findingOf(seen.findings, 'formula_cells')).toMatchObject({ severity: 'info', count: 1, rows: [4] });
    expect((await preview(file, { sheet: 'other' })).source).toMatchObject({ sheet: 'other' });
  });
});

test('the answer stays below the longest line of a spool, whatever the file', async () => {
  const wide = Array.from({ length: 5000 }, (_, i) => `売上の列${i}`);
  const cells = (n: number, text: string): string => Array.from({ length: n }, () => text).join(',');
  for (const file of [
    csv(`日付,${wide.slice(1).join(',')}`, ...[1, 2, 3, 4].map((day) => `2024/1/${day},${cells(4999, '12345.67')}`)),
    csv(
      `ds,${Array.from({ length: 400 }, (_, i) => `note${i}`).join(',')}`,
      ...[1, 2, 3].map((day) => `2024-01-0${day},${cells(400, '長'.repeat(400))}`),
    ),
  ]) {
    const seen = await preview(write('a.csv', file));
    expect(seen.findings.filter(({ severity, code }) => severity === 'error' && code !== 'missing_column')).toEqual([]);
    expect(Buffer.byteLength(JSON.stringify(seen))).toBeLessThan(900_000);
  }
  const names = Array.from({ length: 1000 }, (_, i) => `${'長'.repeat(200)}${i}`);
  const { findings } = await preview(write('a.csv', csv(names.join(','), cells(1000, '1'))));
  expect(findingOf(findings, 'line_too_long')).toMatchObject({ severity: 'error', fixes: [] });
});
