/** Records to a panel: DuckDB reads and sorts, the different texts of times and values are parsed once each. */
import { DOUBLE, DuckDBDataChunk, UTINYINT, VARCHAR, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { INGEST_LIMITS, type DateOrder } from '@minori/contract';
import { columnDates, normalizeDateText, parseDate, type DateStyle } from './dates.ts';
import { identifier, literal, type Duck } from './duck.ts';
import { fix, type Ledger } from './findings.ts';
import { dateNamed } from './guess.ts';
import type { Layout } from './layout.ts';
import { parseNumber } from './numbers.ts';
import { CODE, type Panel } from './panel.ts';
import type { Source } from './source.ts';
import { blankLineNumbers } from './text.ts';

const CHUNK = 2048;
const REJECTS = 100_000;

/** Blanks that people leave around cells: space, ideographic space, tab, no-break space. The slow trim only where needed. */
function trimmed(cell: string): string {
  const wide = ['chr(12288)', 'chr(9)', 'chr(160)'];
  return `nullif(case when ${wide.map((blank) => `contains(${cell}, ${blank})`).join(' or ')} then trim(${cell}, ' ' || ${wide.join(' || ')}) else trim(${cell}) end, '')`;
}

/** Number of a data record (1 = first) to the line a spreadsheet shows it on. */
export type LineOf = (record: number) => number;

/** Appends columns of equal length to a table. */
export async function appendColumns(
  duck: Duck,
  table: string,
  types: readonly DuckDBType[],
  columns: readonly (readonly DuckDBValue[])[],
): Promise<void> {
  const appender = await duck.connection.createAppender(table);
  const rows = columns[0]?.length ?? 0;
  const chunk = DuckDBDataChunk.create(types, CHUNK);
  for (let at = 0; at < rows; at += CHUNK) {
    const end = Math.min(rows, at + CHUNK);
    chunk.reset();
    chunk.rowCount = end - at;
    columns.forEach((column, i) => chunk.setColumnValues(i, column.slice(at, end)));
    appender.appendDataChunk(chunk);
  }
  appender.flushSync();
  appender.closeSync();
}

/** Reads the needed columns into table `raw(rn, c…)`; null when that cannot be done (the ledger says why). */
export async function loadRaw(
  duck: Duck,
  source: Source,
  columns: readonly number[],
  ledger: Ledger,
): Promise<LineOf | null> {
  const limit = `limit ${INGEST_LIMITS.rows + 1}`;
  if (source.options.format === 'parquet') {
    const picked = columns.map((c) => `${trimmed(`${identifier(source.names[c] ?? '')}::varchar`)} as c${c}`);
    await duck.run(
      `create temp table raw as select row_number() over ()::integer as rn, ${picked.join(', ')} from read_parquet(${literal(source.readPath)}) ${limit}`,
    );
    return (await tooManyRows(duck, ledger)) ? null : (record) => record;
  }
  const all = source.names.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ');
  const delimiter = source.options.delimiter ?? ',';
  try {
    await duck.run(
      `create temp table raw as select row_number() over ()::integer as rn, ${columns.map((c) => `${trimmed(`c${c}`)} as c${c}`).join(', ')} from read_csv(${literal(source.readPath)}, ` +
        `auto_detect = false, header = false, skip = ${source.skip}, delim = ${literal(delimiter)}, quote = '"', escape = '"', columns = {${all}}, ` +
        `max_line_size = ${INGEST_LIMITS.line_bytes}, ignore_errors = true, store_rejects = true, rejects_limit = ${REJECTS}) ${limit}`,
    );
  } catch (error) {
    ledger.add({
      code: 'malformed_rows',
      severity: 'error',
      count: 1,
      params: { reason: String(error).slice(0, 300) },
    });
    return null;
  }
  if (await tooManyRows(duck, ledger)) return null;
  const rejected = await duck.rows(
    `select line, any_value(error_type::varchar) from reject_errors group by line order by line`,
  );
  const lines = rejected.map((row) => Number(row[0]));
  const blanks = source.blankLines ? blankLineNumbers(source.readPath) : [];
  const skipped = [...new Set([...lines, ...blanks])].filter((line) => line > source.skip).toSorted((a, b) => a - b);
  if (lines.length > 0) {
    const kept = await duck.count('select count(*) from raw');
    const hopeless = kept === 0 || lines.length > kept || lines.length >= REJECTS;
    const long = rejected.some((row) => row[1] === 'LINE SIZE OVER MAXIMUM');
    ledger.add({
      code: long && hopeless ? 'line_too_long' : 'malformed_rows',
      severity: 'error',
      rows: lines,
      count: lines.length,
      params: { columns: source.names.length, limit: INGEST_LIMITS.line_bytes },
      fixes: hopeless ? [] : [fix('drop_rows', {}, true)],
    });
    if (hopeless) return null;
  }
  return (record) => {
    let line = source.skip + record;
    for (const missing of skipped) {
      if (missing > line) break;
      line++;
    }
    return line;
  };
}

async function tooManyRows(duck: Duck, ledger: Ledger): Promise<boolean> {
  const rows = await duck.count('select count(*) from raw');
  if (rows === 0) ledger.add({ code: 'no_data_rows', severity: 'error', count: 1 });
  if (rows > INGEST_LIMITS.rows)
    ledger.add({ code: 'too_many_rows', severity: 'error', count: rows, params: { limit: INGEST_LIMITS.rows } });
  return rows === 0 || rows > INGEST_LIMITS.rows;
}

/** Table or view `cells(rn, uid, d, v)`: one row per value. */
async function makeCells(duck: Duck, layout: Layout, singleId: string, ledger: Ledger): Promise<boolean> {
  if (layout.cells.length === 0) {
    const value = `c${layout.y}`;
    await duck.run(
      `create temp view cells as select rn, ${layout.id ?? literal(singleId)} as uid, ${layout.ds} as d, ${value} as v from raw where not (${layout.id ?? 'null'} is null and ${layout.ds} is null and ${value} is null)`,
    );
    return true;
  }
  const rows = await duck.count('select count(*) from raw');
  if (rows * layout.cells.length > INGEST_LIMITS.rows) {
    ledger.add({
      code: 'too_many_rows',
      severity: 'error',
      count: rows * layout.cells.length,
      params: { limit: INGEST_LIMITS.rows },
    });
    return false;
  }
  // The value columns once more as k…, because unpivoting takes them away and the name or the time may be one of them.
  const copies = layout.cells.map(({ column }) => `c${column} as k${column}`).join(', ');
  const names = layout.cells.map(({ column }) => `k${column}`).join(', ');
  await duck.run('create temp table labels_of(k varchar, label varchar)');
  await appendColumns(
    duck,
    'labels_of',
    [VARCHAR, VARCHAR],
    [layout.cells.map(({ column }) => `k${column}`), layout.cells.map(({ label }) => label)],
  );
  const own = layout.id === null ? `u.label as uid, ${layout.ds} as d` : `${layout.id} as uid, u.label as d`;
  await duck.run(
    `create temp table cells as select rn, ${own}, v from (select * from (select *, ${copies} from raw) unpivot include nulls (v for k in (${names}))) w ` +
      `join labels_of u on u.k = w.k where not (${layout.id ?? layout.ds} is null and v is null)`,
  );
  return true;
}

export interface Times {
  readonly kind: 'timestamp' | 'integer';
  readonly style: DateStyle;
}

const ISO = `'[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?'`;

/** Table `clock(d, t)` of the different texts in `texts(d)`; t is NULL where a text is no time. */
async function readClock(
  duck: Duck,
  table: string,
  texts: string,
  hint: string,
  forced: 'index' | null,
  ledger: Ledger,
  lines: (d: string) => Promise<number[]>,
): Promise<Times> {
  const iso =
    forced === null ? `case when regexp_full_match(d, ${ISO}) then try_cast(d as timestamp) end` : 'null::timestamp';
  await duck.run(
    `create temp table ${table} as select d, case when year(ts) between 1678 and 2261 then epoch_ms(ts)::double end as t from (select d, ${iso} as ts from (${texts}))`,
  );
  const left: string[] = [];
  await duck.chunks(`select d from ${table} where t is null order by d`, ([column]) => {
    for (const text of column ?? []) left.push(String(text));
  });
  const whole = await duck.count(`select count(*) from ${table}`);
  if (left.length === 0) return { kind: 'timestamp', style: { order: 'dmy', numeric: null } };
  const plain = left.map(normalizeDateText);
  const found = columnDates(plain, dateNamed(hint) || left.length < whole);
  const numeric = forced ?? (found.style.numeric === 'index' && left.length < whole ? null : found.style.numeric);
  let order = found.style.order;
  if (found.ambiguous) {
    const unclear = /^(\d{1,2})([-/])(?!\1\2)\d{1,2}\2/u;
    const sample = left.find((text) => unclear.test(normalizeDateText(text))) ?? '';
    const other: DateOrder = order === 'dmy' ? 'mdy' : 'dmy';
    const choice = ledger.add({
      code: 'ambiguous_date',
      severity: 'error',
      column: hint || null,
      rows: await lines(sample),
      count: plain.length,
      params: { sample },
      fixes: [fix('date_order', { order }, true), fix('date_order', { order: other })],
    });
    if (choice?.params['order'] === 'dmy' || choice?.params['order'] === 'mdy') order = choice.params['order'];
  } else if (found.ordered)
    ledger.add({
      code: 'date_order_guess',
      severity: 'info',
      column: hint || null,
      count: plain.length,
      params: { order },
    });
  const style: DateStyle = { order, numeric };
  const index = numeric === 'index';
  const parsed = plain.map((text) => (index ? countOf(text) : parseDate(text, style)));
  const zone = zoneChoice(parsed, whole, hint, ledger);
  const t = parsed.map((time) =>
    time === null ? null : zone === 'utc' && time.offset !== null ? time.t - time.offset * 60_000 : time.t,
  );
  await duck.run(`create temp table ${table}_read(d varchar, t double)`);
  await appendColumns(duck, `${table}_read`, [VARCHAR, DOUBLE], [left, t]);
  await duck.run(`update ${table} set t = r.t from ${table}_read r where r.d = ${table}.d`);
  return { kind: index ? 'integer' : 'timestamp', style };
}

function countOf(text: string): { t: number; offset: null } | null {
  const value = Number(text.replaceAll(',', ''));
  return text !== '' && Number.isSafeInteger(value) ? { t: value, offset: null } : null;
}

/** Keep the wall clock, or bring all to UTC? Only asked when the texts name zones. */
function zoneChoice(
  parsed: readonly ({ offset: number | null } | null)[],
  whole: number,
  column: string,
  ledger: Ledger,
): 'wall' | 'utc' {
  const offsets = new Set<number>();
  let zoned = 0;
  for (const time of parsed) {
    if (time === null || time.offset === null) continue;
    zoned++;
    offsets.add(time.offset);
  }
  if (zoned === 0) return 'wall';
  const one = offsets.size === 1 && zoned === whole;
  const choice = ledger.add({
    code: 'zoned_times',
    severity: one ? 'info' : 'warning',
    column: column || null,
    count: zoned,
    params: {
      offsets: [...offsets]
        .toSorted((a, b) => a - b)
        .slice(0, 10)
        .map((minutes) => offsetText(minutes))
        .join(', '),
    },
    fixes: [fix('time_zone', { zone: 'wall' }, one), fix('time_zone', { zone: 'utc' }, !one)],
  });
  return choice?.params['zone'] === 'utc' ? 'utc' : 'wall';
}

function offsetText(minutes: number): string {
  const sign = minutes < 0 ? '-' : '+';
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${sign}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

/** The value of a text (SQL) where DuckDB can tell; NULL where numbers.ts has to look. */
export function plainNumber(decimal: '.' | ',', v = 'v'): string {
  if (decimal === ',')
    return `case when contains(${v}, '.') or contains(${v}, '_') then null else try_cast(replace(${v}, ',', '.') as double) end`;
  return `case when contains(${v}, '_') then null when regexp_full_match(${v}, '-?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?') then try_cast(replace(${v}, ',', '') as double) else try_cast(${v} as double) end`;
}

const KIND = {
  value: CODE.value,
  missing: CODE.missing,
  nan: CODE.nan,
  infinite: CODE.infinite,
  text: CODE.text,
} as const;

/** Table `odd(v, y, code)` of the different texts that are no plain numbers. */
async function readOddNumbers(duck: Duck, decimal: '.' | ',', column: string, ledger: Ledger): Promise<void> {
  const texts: string[] = [];
  await duck.chunks(
    `select distinct v from cells where v is not null and ${plainNumber(decimal)} is null`,
    ([values]) => {
      for (const text of values ?? []) texts.push(String(text));
    },
  );
  const parsed = texts.map((text) => parseNumber(text, decimal));
  await duck.run('create temp table odd(v varchar, y double, code utinyint)');
  await appendColumns(
    duck,
    'odd',
    [VARCHAR, DOUBLE, UTINYINT],
    [texts, parsed.map(({ kind, value }) => (kind === 'value' ? value : null)), parsed.map(({ kind }) => KIND[kind])],
  );
  const percents = parsed.filter(({ percent }) => percent).length;
  if (percents > 0) ledger.add({ code: 'percent_values', severity: 'info', column: column || null, count: percents });
}

/** An earlier version whose rows come first. */
export interface Base {
  readonly parquet: string;
  /** index.parquet when the version counts its times by rank; its times then take part again. */
  readonly rankIndex: string | null;
  readonly dsType: 'timestamp' | 'integer';
}

export interface Loaded {
  readonly panel: Panel;
  readonly times: Times;
  /** Time of a count, for people (draw dates); null when there is none. */
  readonly labels: ReadonlyMap<number, number> | null;
}

export interface LoadOptions {
  readonly duck: Duck;
  readonly source: Source;
  readonly layout: Layout;
  readonly singleId: string;
  readonly base: Base | null;
  readonly ledger: Ledger;
  readonly lineOf: LineOf;
  readonly report: (fraction: number, phase: string) => void;
}

/** Table `raw` to a sorted panel. null when no series can be made (the ledger says why). */
export async function loadPanel(options: LoadOptions): Promise<Loaded | null> {
  const { duck, source, layout, ledger, lineOf, base } = options;
  if (!(await makeCells(duck, layout, options.singleId, ledger))) return null;
  const fromBase = base === null ? '' : ` union select unique_id from read_parquet(${literal(base.parquet)})`;
  await duck.run(
    `create temp table ids as select (row_number() over (order by uid) - 1)::integer as u, uid from (select distinct uid from cells where uid is not null${fromBase})`,
  );
  const series = await duck.count('select count(*) from ids');
  if (series > INGEST_LIMITS.series) {
    ledger.add({
      code: 'too_many_series',
      severity: 'error',
      column: layout.idColumn,
      count: series,
      params: { series, limit: INGEST_LIMITS.series },
    });
    return null;
  }
  const longest = await duck.count('select coalesce(max(length(uid)), 0) from ids');
  if (longest > INGEST_LIMITS.name_characters) {
    ledger.add({
      code: 'line_too_long',
      severity: 'error',
      column: layout.idColumn,
      count: 1,
      params: { limit: INGEST_LIMITS.name_characters },
    });
    return null;
  }
  options.report(0.4, 'times');
  const rowsWhere = async (condition: string): Promise<{ rows: number[]; count: number }> => {
    const count = await duck.count(`select count(*) from cells where ${condition}`);
    const rows =
      count === 0 ? [] : await duck.rows(`select distinct rn from cells where ${condition} order by rn limit 20`);
    return { rows: rows.map((row) => lineOf(Number(row[0]))), count };
  };
  const noId = await rowsWhere('uid is null');
  if (noId.count > 0)
    ledger.add({
      code: 'empty_id',
      severity: 'error',
      column: layout.idColumn,
      rows: noId.rows,
      count: noId.count,
      fixes: [fix('drop_rows', {}, true)],
    });
  const times = await readClock(
    duck,
    'clock',
    'select distinct d from cells where d is not null',
    layout.dsColumn,
    layout.numeric,
    ledger,
    async (d) => (await rowsWhere(`d = ${literal(d)}`)).rows,
  );
  if (base !== null && base.dsType !== times.kind && base.rankIndex === null) {
    ledger.add({
      code: 'mixed_frequency',
      severity: 'error',
      column: layout.dsColumn,
      count: 1,
      params: { before: base.dsType, now: times.kind },
    });
    return null;
  }
  const bad = await rowsWhere('d is null or d in (select d from clock where t is null)');
  if (bad.count > 0) {
    const samples = await duck.rows('select d from clock where t is null order by d limit 5');
    const readable = await duck.count('select count(*) from clock where t is not null');
    ledger.add({
      code: 'unparsable_date',
      severity: 'error',
      column: layout.dsColumn || null,
      rows: bad.rows,
      count: bad.count,
      params: { samples: samples.map((row) => String(row[0]).slice(0, 60)).join(', ') },
      fixes: readable === 0 ? [] : [fix('drop_rows', {}, true)],
    });
    if (readable === 0) return null;
  }
  options.report(0.5, 'values');
  await readOddNumbers(duck, source.options.decimal, layout.yColumn, ledger);
  const plain = plainNumber(source.options.decimal);
  await duck.run(
    `create temp table canon as select i.u, k.t, coalesce(c.p, o.y) as y, case when c.v is null then 1 when o.v is not null then o.code when isnan(c.p) then 2 when isinf(c.p) then 3 else 0 end::utinyint as code, c.rn ` +
      `from (select *, ${plain} as p from cells) c join ids i on i.uid = c.uid join clock k on k.d = c.d left join odd o on c.p is null and o.v = c.v where k.t is not null`,
  );
  if (base !== null) await addBase(duck, base);
  const labels = layout.label === null ? null : await readLabels(duck, layout.label, ledger);
  options.report(0.6, 'sorting');
  return { panel: await fetchPanel(duck), times, labels };
}

async function addBase(duck: Duck, base: Base): Promise<void> {
  const join = base.rankIndex === null ? '' : ` join read_parquet(${literal(base.rankIndex)}) x on x.ds = b.ds`;
  const t =
    base.rankIndex !== null
      ? 'epoch_ms(x.time)::double'
      : base.dsType === 'integer'
        ? 'b.ds::double'
        : 'epoch_ms(b.ds)::double';
  await duck.run(
    `insert into canon select i.u, ${t}, b.y, case when b.y is null then 1 else 0 end, -b.rn from (select *, row_number() over ()::integer as rn from read_parquet(${literal(base.parquet)})) b join ids i on i.uid = b.unique_id${join}`,
  );
}

async function readLabels(duck: Duck, label: string, ledger: Ledger): Promise<Map<number, number>> {
  await duck.run(`create temp table raw_labels as select rn, ${label} as d from raw`);
  await readClock(
    duck,
    'label_clock',
    'select distinct d from raw_labels where d is not null',
    '',
    null,
    ledger,
    async () => [],
  );
  const labels = new Map<number, number>();
  const rows = await duck.rows(
    'select distinct k.t, l.t from cells c join clock k on k.d = c.d join raw_labels r on r.rn = c.rn join label_clock l on l.d = r.d where k.t is not null and l.t is not null order by 1, 2',
  );
  for (const [t, time] of rows) labels.set(Number(t), Number(time));
  return labels;
}

async function fetchPanel(duck: Duck): Promise<Panel> {
  const n = await duck.count('select count(*) from canon');
  const names = await duck.rows('select uid from ids order by u');
  const t = new Float64Array(n);
  const y = new Float64Array(n);
  const code = new Uint8Array(n);
  const row = new Int32Array(n);
  const counts = new Int32Array(names.length);
  let at = 0;
  await duck.chunks('select u, t, y, code, rn from canon order by u, t, rn', ([us, ts, ys, codes, rows], size) => {
    for (let i = 0; i < size; i++, at++) {
      const u = us?.[i] as number;
      counts[u] = (counts[u] ?? 0) + 1;
      t[at] = ts?.[i] as number;
      const kind = codes?.[i] as number;
      code[at] = kind;
      y[at] = kind === CODE.value ? (ys?.[i] as number) : Number.NaN;
      row[at] = rows?.[i] as number;
    }
  });
  const ids: string[] = [];
  const offsets = [0];
  let end = 0;
  names.forEach((name, u) => {
    const count = counts[u] ?? 0;
    if (count === 0) return;
    ids.push(String(name[0]));
    end += count;
    offsets.push(end);
  });
  return { ids, offsets: Int32Array.from(offsets), t, y, code, row };
}
