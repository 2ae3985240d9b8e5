/** Records to a panel: DuckDB reads and sorts, the different texts of times and values are parsed once each. */
import { DOUBLE, UTINYINT, VARCHAR } from '@duckdb/node-api';
import { INGEST_LIMITS } from '@minori/contract';
import { readClock, type Times } from './clock.ts';
import { appendColumns, literal, trimmed, type Duck } from './duck.ts';
import { fix, type Ledger } from './findings.ts';
import type { Layout } from './layout.ts';
import { parseNumber } from './numbers.ts';
import { CODE, type Panel } from './panel.ts';
import { rawKind, type LineOf } from './raw.ts';
import type { Source } from './source.ts';

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
    `create temp table texts as select text, ${trimmed('text')} as uid from (select distinct uid as text from cells where uid is not null)`,
  );
  await duck.run(
    `create temp table ids as select (row_number() over (order by uid) - 1)::integer as u, uid from (select distinct uid from texts where uid is not null${fromBase})`,
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
  const noId = await rowsWhere('uid is null or uid in (select text from texts where uid is null)');
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
      `from (select *, ${plain} as p from cells) c join texts x on x.text = c.uid join ids i on i.uid = x.uid join clock k on k.d = c.d left join odd o on c.p is null and o.v = c.v where k.t is not null`,
  );
  if (base !== null) await addBase(duck, base);
  const labels = layout.label === null ? null : await readLabels(duck, layout.label, ledger);
  options.report(0.6, 'sorting');
  const panel = await fetchPanel(duck);
  // Their memory is needed for what follows; `raw` stays for the exogenous columns.
  await duck.run(`drop table canon; drop ${layout.cells.length === 0 ? 'view' : 'table'} cells`);
  if (layout.exogenous.length === 0) await duck.run(`drop ${rawKind(layout.columns)} raw`);
  return { panel, times, labels };
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
