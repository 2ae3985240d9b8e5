/** Columns that come along with the values: hist_ (known so far), futr_ (known ahead), stat_ (fixed per series). */
import { DOUBLE, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { ExogenousColumn } from '@minori/contract';
import { appendColumns, identifier, literal, trimmed, type Duck } from './duck.ts';
import { fix, type Ledger } from './findings.ts';
import type { Exogenous, Layout } from './layout.ts';
import { plainNumber, type Base } from './load.ts';
import { CODE, type Panel } from './panel.ts';
import type { LineOf } from './raw.ts';
import type { Source } from './source.ts';

/** `sql` over final f and extra e; `cell`: its column e<cell> of extra. */
export type PreparedColumn = ExogenousColumn & { readonly sql: string; readonly cell: number };

interface ExogenousOptions {
  readonly duck: Duck;
  readonly source: Source;
  readonly layout: Layout;
  readonly panel: Panel;
  readonly base: Base | null;
  readonly ledger: Ledger;
  readonly lineOf: LineOf;
}

/** Table `final(n, u, t, y, rn)` and, when there are exogenous columns, `extra(rn, e0, e1, …)`. */
export async function settleExogenous({
  duck,
  source,
  layout,
  panel,
  base,
  ledger,
  lineOf,
}: ExogenousOptions): Promise<PreparedColumn[]> {
  if (layout.exogenous.length === 0) return [];
  await writeFinal(duck, panel);
  const before =
    base === null
      ? new Set<string>()
      : new Set(
          (await duck.rows(`describe select * from read_parquet(${literal(base.parquet)})`)).map((row) =>
            String(row[0]),
          ),
        );
  const parse = (column: number): string => plainNumber(source.options.decimal, trimmed(`c${column}`));
  const found: PreparedColumn[] = [];
  const typed: { one: Exogenous; number: boolean }[] = [];
  for (const one of layout.exogenous) {
    const odd = await duck.count(
      `select count(*) from raw where ${trimmed(`c${one.column}`)} is not null and ${parse(one.column)} is null`,
    );
    typed.push({ one, number: odd === 0 });
  }
  const own = typed.map(({ one, number }, k) =>
    number
      ? `case when isfinite(${parse(one.column)}) then ${parse(one.column)} end as e${k}`
      : `${trimmed(`c${one.column}`)} as e${k}`,
  );
  const old = typed.map(({ one, number }, k) =>
    before.has(one.name) ? `${identifier(one.name)}::${number ? 'double' : 'varchar'} as e${k}` : `null as e${k}`,
  );
  const union =
    base === null
      ? ''
      : ` union all select -(row_number() over ())::integer as rn, ${old.join(', ')} from read_parquet(${literal(base.parquet)})`;
  await duck.run(`create temp table extra as select rn, ${own.join(', ')} from raw${union}`);
  for (const [k, { one, number }] of typed.entries()) {
    const cell = `e${k}`;
    const type = number ? 'number' : 'text';
    const missing = await duck.count(
      `select count(*) from final f left join extra e on e.rn = f.rn where e.${cell} is null`,
    );
    let filled = true;
    if (missing > 0) {
      const rows = await duck.rows(
        `select f.rn from final f join extra e on e.rn = f.rn where e.${cell} is null and f.rn > 0 order by f.rn limit 20`,
      );
      const choice = ledger.add({
        code: 'exogenous_missing',
        severity: 'warning',
        column: one.name,
        rows: rows.map((row) => lineOf(Number(row[0]))),
        count: missing,
        fixes: [fix('fill', { method: 'previous' }, true), fix('keep'), fix('drop_column')],
      });
      if (choice?.id === 'drop_column') continue;
      filled = choice?.id === 'fill';
    }
    if (number && one.role === 'futr') {
      const same = await duck.count(`select count(*) from final f join extra e on e.rn = f.rn where e.${cell} = f.y`);
      const values = panel.code.reduce((count, code) => count + (code === CODE.value ? 1 : 0), 0);
      if (same >= values * 0.99) {
        const choice = ledger.add({
          code: 'exogenous_equals_y',
          severity: 'warning',
          column: one.name,
          count: same,
          fixes: [fix('drop_column', {}, true), fix('keep')],
        });
        if (choice?.id === 'drop_column') continue;
      }
    }
    const sql = filled
      ? `coalesce(e.${cell}, last_value(e.${cell} ignore nulls) over (partition by f.u order by f.n), first_value(e.${cell} ignore nulls) over (partition by f.u order by f.n rows between current row and unbounded following))`
      : `e.${cell}`;
    found.push({ name: one.name, role: one.role, type, sql, cell: k });
  }
  return found;
}

/** The panel as table `final(n, u, t, y, rn)` with `final_ids(u, uid)`. */
export async function writeFinal(duck: Duck, panel: Panel, table = 'final'): Promise<void> {
  await duck.run(`create temp table ${table}(n integer, u integer, t double, y double, rn integer)`);
  await duck.run(`create temp table ${table}_ids(u integer, uid varchar)`);
  await appendColumns(duck, `${table}_ids`, [INTEGER, VARCHAR], [panel.ids.map((_, u) => u), [...panel.ids]]);
  const block = 200_000;
  let s = 0;
  for (let at = 0; at < panel.t.length; at += block) {
    const end = Math.min(panel.t.length, at + block);
    const n: number[] = [];
    const u: number[] = [];
    const t: number[] = [];
    const y: (number | null)[] = [];
    const rn: number[] = [];
    for (let i = at; i < end; i++) {
      while (i >= (panel.offsets[s + 1] ?? 0)) s++;
      n.push(i);
      u.push(s);
      t.push(panel.t[i] ?? 0);
      y.push(panel.code[i] === CODE.value ? (panel.y[i] ?? 0) : null);
      rn.push(panel.row[i] ?? 0);
    }
    await appendColumns(duck, table, [INTEGER, INTEGER, DOUBLE, DOUBLE, INTEGER], [n, u, t, y, rn]);
  }
}
