import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { INGEST_LIMITS } from '@minori/contract';
import { describe, expect, test } from 'vitest';
import { openDuck } from './duck.ts';
import { runIngest } from './run.ts';
import {
  build,
  check,
  codes,
  csv,
  deps,
  findingOf,
  freshFolder,
  months,
  preview,
  query,
  workbook,
  write,
  zip,
} from './test-support.ts';

/** Both the quick look and the full check must refuse, with nothing that could be accepted. */
async function refused(path: string, code: string): Promise<Record<string, unknown>> {
  const seen = await preview(path);
  const finding = findingOf(seen.findings, code);
  expect(finding).toMatchObject({ severity: 'error', fixes: [] });
  const { findings, profile_path } = await check(path);
  expect(findingOf(findings, code)).toMatchObject({ severity: 'error', fixes: [] });
  expect(profile_path).toBeNull();
  await expect(build(path)).rejects.toMatchObject({ failureCause: 'bad_data', code: 'unresolved_findings' });
  return finding.params;
}

describe('files that are no tables', () => {
  test('empty', async () => void (await refused(write('a.csv', ''), 'empty_file')));
  test('only blanks', async () => void (await refused(write('a.csv', ' \n\n \n'), 'empty_file')));
  test('names and nothing below', async () => void (await refused(write('a.csv', 'unique_id,ds,y\n'), 'no_data_rows')));
  test('a binary renamed .csv', async () => void (await refused(write('a.csv', randomBytes(200_000)), 'not_text')));
  test.each([
    ['png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0])],
    ['xls', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1])],
    ['pdf', Buffer.from('%PDF-1.7 x')],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0])],
  ])('%s renamed .csv', async (found, bytes) =>
    expect(await refused(write('a.csv', bytes), 'unsupported_format')).toEqual({ found }),
  );
  test('control characters', async () =>
    void (await refused(write('a.csv', '\u0001\u0002\u0003,\u0004\n'.repeat(100)), 'not_text')));
  test('damaged Parquet', async () =>
    void (await refused(
      write('a.parquet', Buffer.concat([Buffer.from('PAR1'), randomBytes(5000), Buffer.from('PAR1')])),
      'bad_archive',
    )));
  test('a zip that is no workbook, and one that is no zip', async () => {
    expect(
      await refused(write('a.xlsx', zip([{ name: 'a.txt', data: Buffer.from('x') }])), 'unsupported_format'),
    ).toEqual({ found: 'zip' });
    await refused(write('a.xlsx', Buffer.concat([Buffer.from('PK\u0003\u0004'), randomBytes(500)])), 'bad_archive');
  });
});

describe('files made to exhaust', () => {
  test('10 GB of nothing', async () => {
    const path = write('sparse.csv', '');
    const file = openSync(path, 'r+');
    ftruncateSync(file, 10 * 1024 ** 3);
    closeSync(file);
    expect(await refused(path, 'too_large')).toEqual({ bytes: 10 * 1024 ** 3, limit: INGEST_LIMITS.file_bytes });
  });
  test('a sparse file under the limit is no text', async () => {
    const path = write('sparse.csv', 'unique_id,ds,y\na,2024-01-01,1\n');
    const file = openSync(path, 'r+');
    ftruncateSync(file, 1024 ** 3);
    closeSync(file);
    await refused(path, 'not_text');
  });
  test('a zip bomb by its stated size', async () => {
    const bomb = workbook(
      { data: '' },
      [],
      [{ name: 'xl/media/bomb', data: Buffer.from('x'), claimed: 3 * 1024 ** 3 }],
    );
    expect(await refused(write('a.xlsx', bomb), 'too_large')).toMatchObject({ limit: INGEST_LIMITS.unpacked_bytes });
  });
  test('a zip bomb that lies about its size', async () => {
    const sheet = Buffer.from('<worksheet><sheetData/></worksheet>'.padEnd(5000));
    const lying = zip([
      {
        name: 'xl/workbook.xml',
        data: Buffer.from(
          '<workbook><sheets><sheet name="d" sheetId="1" r:id="rId1" xmlns:r="r"/></sheets></workbook>',
        ),
      },
      {
        name: 'xl/_rels/workbook.xml.rels',
        data: Buffer.from('<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>'),
      },
      { name: 'xl/worksheets/sheet1.xml', data: sheet, claimed: 10 },
    ]);
    await refused(write('a.xlsx', lying), 'bad_archive');
  });
  test('a workbook full of entities is not expanded', async () => {
    const laughs = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>';
    const bad = zip([
      {
        name: 'xl/workbook.xml',
        data: Buffer.from(
          '<workbook><sheets><sheet name="d" sheetId="1" r:id="rId1" xmlns:r="r"/></sheets></workbook>',
        ),
      },
      {
        name: 'xl/_rels/workbook.xml.rels',
        data: Buffer.from('<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>'),
      },
      { name: 'xl/sharedStrings.xml', data: Buffer.from(laughs) },
      {
        name: 'xl/worksheets/sheet1.xml',
        data: Buffer.from(
          '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>',
        ),
      },
    ]);
    await refused(write('a.xlsx', bad), 'bad_archive');
  });
  test('a million series', async () => {
    const path = write('many.csv', '');
    const file = openSync(path, 'w');
    writeSync(file, 'unique_id,ds,y\n');
    for (let block = 0; block < 100; block++) {
      let text = '';
      for (let i = 0; i < 10_000; i++) text += `s${block * 10_000 + i},2024-01-01,1\n`;
      writeSync(file, text);
    }
    closeSync(file);
    const { findings, profile_path } = await check(path);
    expect(findingOf(findings, 'too_many_series')).toMatchObject({
      severity: 'error',
      column: 'unique_id',
      count: 1_000_000,
      params: { limit: INGEST_LIMITS.series },
      fixes: [],
    });
    expect(profile_path).toBeNull();
  });
  test('too many columns', async () => {
    const names = Array.from({ length: 6000 }, (_, i) => `c${i}`);
    await refused(write('a.csv', csv(names.join(','), names.map(() => '1').join(','))), 'too_many_columns');
  });
  test('one enormous line', async () =>
    void (await refused(write('a.csv', `unique_id,ds,y${'x'.repeat(5_000_000)}`), 'line_too_long')));
  test('one enormous cell among good rows', async () => {
    const path = write(
      'a.csv',
      csv(
        'unique_id,ds,y,note',
        ...months(2000).map((row, i) => `${row},${i === 1000 ? 'x'.repeat(3_000_000) : 'ok'}`),
      ),
    );
    const { findings } = await check(path);
    expect(findingOf(findings, 'malformed_rows')).toMatchObject({ severity: 'error' });
  });
  test('a quotation mark that is never closed', async () => {
    const { findings } = await check(
      write('a.csv', csv('unique_id,ds,y', ...months(40).map((row, i) => (i === 20 ? `"${row}` : row)))),
    );
    expect(findingOf(findings, 'unclosed_quote')).toMatchObject({ severity: 'error', rows: [22], fixes: [] });
    const inLine = await check(
      write('a.csv', csv('unique_id,ds,y', ...months(40).map((row, i) => (i === 20 ? `"x"${row}` : row)))),
    );
    expect(findingOf(inLine.findings, 'malformed_rows')).toMatchObject({ rows: [22], count: 1 });
    expect(inLine.profile?.rows).toBe(40);
    const many = months(60_000).map((row, i) => (i === 0 ? `"${row}` : row));
    await refused(write('a.csv', csv('unique_id,ds,y', ...many)), 'unclosed_quote');
  });
});

describe('texts that want to be more', () => {
  const names = [
    '=cmd|"/c calc"!A1',
    '<script>alert(1)</script>',
    "'; drop table ids; --",
    '../../etc/passwd',
    '@SUM(A1)',
    '"',
    '{{constructor}}',
    '__proto__',
  ];
  test('formulas, HTML, SQL and paths stay texts', async () => {
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const rows = names.flatMap((name) =>
      months(4).map((row) => row.replace(/^a/u, quoted(name).replaceAll('$', '$$$$'))),
    );
    const { parquet, profile } = await build(write('a.csv', csv('unique_id,ds,y', ...rows)));
    expect(profile.series.map(({ unique_id }) => unique_id).toSorted()).toEqual(names.toSorted());
    expect(
      (await query(parquet, 'select distinct unique_id from data')).map(([id]) => id as string).toSorted(),
    ).toEqual(names.toSorted());
  });
  test('as column names too', async () => {
    const header = ['when', ...names.map((name) => `"${name.replaceAll('"', '""')}"`)].join(',');
    const path = write(
      'a.csv',
      csv(header, ...[1, 2, 3, 4].map((i) => [`2024-0${i}-01`, ...names.map((_, k) => k + i)].join(','))),
    );
    const { profile } = await build(path, { mapping: { kind: 'wide', ds: ['when'], series: names } });
    expect(profile.series.map(({ unique_id }) => unique_id).toSorted()).toEqual(names.toSorted());
    const exogenous = "hist_\"; copy ids to '/tmp/x'; --";
    const built = await build(
      write('b.csv', csv(`unique_id,ds,y,"${exogenous.replaceAll('"', '""')}"`, ...months(4).map((row) => `${row},5`))),
    );
    expect(built.profile.exogenous).toEqual([{ name: exogenous, role: 'hist', type: 'number' }]);
    expect(await query(built.parquet, 'select * from data limit 1')).toEqual([['a', '2020-01-01 00:00:00', 1, 5]]);
  });
  test('a name like a path changes nothing outside the folder', async () => {
    const path = write('a.csv', csv('unique_id,ds,y', ...months(6)));
    const before = readdirSync(dirname(dirname(path)));
    const folder = freshFolder();
    await runIngest(
      { operation: 'build', path, name: '../../../../tmp/evil.csv', mapping: null, fixes: [], append_to: null },
      deps(folder),
    );
    expect(readdirSync(folder).toSorted()).toEqual(['data.parquet', 'profile.json']);
    expect(readdirSync(dirname(dirname(path))).filter((name) => !before.includes(name))).toEqual([
      folder.split('/').at(-1),
    ]);
  });
  test('a path with quotes in it is only a path', async () => {
    const path = write("it's a ] file'.csv", csv('unique_id,ds,y', ...months(6)));
    expect(codes((await check(path)).findings)).toEqual([]);
  });
  test('names of enormous length', async () => {
    const { findings } = await check(write('a.csv', csv('unique_id,ds,y', ...months(5, 'x'.repeat(1000)))));
    expect(findingOf(findings, 'line_too_long')).toMatchObject({ severity: 'error', fixes: [] });
  });
});

test('DuckDB reads and writes nothing but what it was given', async () => {
  const folder = freshFolder();
  const allowed = write('allowed.csv', 'a\n1\n');
  const secret = write('secret.csv', 'a\n2\n');
  const duck = await openDuck({ folder, readable: [allowed], threads: 1, memoryBytes: 256 * 1024 ** 2 });
  try {
    expect(await duck.count(`select a from read_csv('${allowed}')`)).toBe(1);
    const forbidden = [
      `select * from read_csv('${secret}')`,
      `select * from read_text('/etc/passwd')`,
      `select * from read_csv('${folder}/../${secret.split('/').at(-2)}/secret.csv')`,
      `copy (select 1) to '${join(dirname(folder), 'outside.csv')}'`,
      `attach '${join(dirname(folder), 'x.db')}'`,
      `install httpfs`,
      `load httpfs`,
      `set enable_external_access = true`,
      `set memory_limit = '100GB'`,
    ];
    for (const sql of forbidden) await expect(duck.run(sql), sql).rejects.toThrow();
    await duck.run(`copy (select 1) to '${join(folder, 'inside.csv')}'`);
    expect(readFileSync(join(folder, 'inside.csv'), 'utf8')).toContain('1');
  } finally {
    duck.close();
  }
});
