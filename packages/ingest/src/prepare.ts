/** File -> findings -> clean panel -> profile: the way that check and build share. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { profile as profileSchema, type AcceptedFix, type Mapping, type Profile } from '@minori/contract';
import { settleCalendar, type Calendar } from './calendar.ts';
import { isoTime } from './dates.ts';
import type { Duck } from './duck.ts';
import { settleExogenous, type PreparedColumn } from './exogenous.ts';
import { createLedger, fix, type Ledger } from './findings.ts';
import { gridOf } from './grid.ts';
import { guessMapping } from './guess.ts';
import { resolveMapping } from './layout.ts';
import { loadPanel, type Base } from './load.ts';
import { settleOutliers } from './outliers.ts';
import { bounds, filterPanel, type Panel } from './panel.ts';
import { profilePanel } from './profile.ts';
import { loadRaw, type LineOf } from './raw.ts';
import { openSource, type SourceFile } from './source.ts';
import { settleDuplicates, settleValues } from './values.ts';

/** Fewer points cannot be forecast and judged by anything. */
const FEWEST_POINTS = 4;

export interface PrepareOptions {
  readonly file: SourceFile;
  readonly mapping: Mapping | null;
  readonly fixes: readonly AcceptedFix[];
  readonly appendTo: string | null;
  readonly folder: string;
  /** Opened on first need, for these files beside the folder. */
  readonly duck: () => Promise<Duck>;
  readonly report: (fraction: number, phase: string) => void;
}

export interface Prepared {
  readonly panel: Panel;
  readonly profile: Profile;
  /** Known-future rows on the data's calendar. */
  readonly future: Panel;
  /** Count -> time for people; null when the times are times. */
  readonly labels: ReadonlyMap<number, number> | null;
  readonly exogenous: readonly PreparedColumn[];
}

export interface Preparation {
  readonly ledger: Ledger;
  /** null when no series can be read. */
  readonly prepared: Prepared | null;
}

/** Files that DuckDB must be allowed to read for these options. */
export function filesOf(path: string, appendTo: string | null): string[] {
  return appendTo === null ? [path] : [path, appendTo, join(dirname(appendTo), 'index.parquet')];
}

function readBase(parquet: string): { base: Base; profile: Profile | null } {
  const beside = join(dirname(parquet), 'profile.json');
  const found = existsSync(beside) ? profileSchema.parse(JSON.parse(readFileSync(beside, 'utf8'))) : null;
  const ranked = found?.index?.from === 'rank' && existsSync(join(dirname(parquet), 'index.parquet'));
  return {
    base: {
      parquet,
      rankIndex: ranked ? join(dirname(parquet), 'index.parquet') : null,
      dsType: found?.ds_type ?? 'timestamp',
    },
    profile: found,
  };
}

export async function prepare(options: PrepareOptions): Promise<Preparation> {
  const earlier = options.appendTo === null ? null : readBase(options.appendTo);
  const ledger = createLedger([...options.fixes, ...(earlier?.profile?.fixes ?? [])]);
  const nothing = { ledger, prepared: null };
  const wanted = options.mapping ?? earlier?.profile?.mapping ?? null;
  const source = await openSource({
    file: options.file,
    override: wanted?.source,
    folder: options.folder,
    full: true,
    ledger,
    duck: options.duck,
    report: (fraction) => options.report(fraction * 0.15, 'decoding'),
  });
  if (source === null) return nothing;
  const mapping = wanted ?? guessMapping(source.columns);
  if (mapping === null) {
    ledger.add({
      code: 'missing_column',
      severity: 'error',
      count: 1,
      params: { needed: 'ds, y', names: source.names.slice(0, 50) },
    });
    return nothing;
  }
  const layout = resolveMapping(mapping, source.names, ledger);
  if (layout === null) return nothing;
  const duck = await options.duck();
  options.report(0.15, 'reading');
  const lineOf = await loadRaw(duck, source, layout.columns, ledger);
  if (lineOf === null) return nothing;
  const loaded = await loadPanel({
    duck,
    source,
    layout,
    singleId: layout.yColumn || 'y',
    base: earlier?.base ?? null,
    ledger,
    lineOf,
    report: options.report,
  });
  if (loaded === null) return nothing;
  options.report(0.75, 'checking');
  const kind = loaded.times.kind;
  const showTime = (t: number): string => (kind === 'integer' ? String(t) : isoTime(t));
  reportUnsorted(loaded.panel, ledger, lineOf);
  const futureColumns = layout.exogenous.some(({ role }) => role === 'futr');
  const valued = settleValues(loaded.panel, ledger, lineOf, layout.yColumn, futureColumns);
  if (valued === null) return nothing;
  const single = settleDuplicates(valued.panel, ledger, lineOf, layout.dsColumn, showTime);
  const calendar = settleCalendar(single, {
    kind,
    ledger,
    lineOf,
    column: layout.dsColumn,
    byCode: valued.byCode,
    showTime,
  });
  if (calendar === null) return nothing;
  const long = dropShort(calendar.panel, ledger);
  if (long === null) return nothing;
  const showMark = (t: number): string => (calendar.kind === 'integer' ? String(t) : isoTime(t));
  const panel = settleOutliers(long, ledger, lineOf, layout.yColumn, showMark);
  const future = alignFuture(valued.future, calendar);
  const labels = calendar.ranks ?? loaded.labels;
  if (mapping.kind === 'preset' && labels !== null && calendar.ranks === null) {
    const index = indexOf(calendar, mapping, labels);
    ledger.add({
      code: 'draw_index',
      severity: 'info',
      column: layout.dsColumn,
      count: labels.size,
      params: { first: index.first_time, last: index.last_time },
    });
  }
  const exogenous = await settleExogenous({ duck, source, layout, panel, base: earlier?.base ?? null, ledger, lineOf });
  options.report(0.85, 'profiling');
  const profile = profilePanel(
    panel,
    {
      ds_type: calendar.kind,
      freq: undecided(ledger) ? 'irregular' : calendar.freq,
      index: calendar.kind === 'integer' ? indexOf(calendar, mapping, labels) : null,
      source: source.options,
      mapping,
      fixes: ledger.applied(),
      future_rows: future.t.length,
      exogenous: exogenous.map(({ name, role, type }) => ({ name, role, type })),
    },
    showMark,
  );
  return { ledger, prepared: { panel, profile, future, labels, exogenous } };
}

const undecided = (ledger: Ledger): boolean => ledger.open().some(({ code }) => code === 'irregular_frequency');

function indexOf(
  calendar: Calendar,
  mapping: Mapping,
  labels: ReadonlyMap<number, number> | null,
): NonNullable<Profile['index']> {
  const times = labels === null ? [] : [...labels.values()];
  const edge = (pick: (a: number, b: number) => number): string | null =>
    times.length === 0 ? null : isoTime(times.reduce((a, b) => pick(a, b)));
  return {
    from: calendar.ranks !== null ? 'rank' : mapping.kind === 'preset' ? 'draw' : 'column',
    first_time: edge(Math.min),
    last_time: edge(Math.max),
  };
}

function reportUnsorted(panel: Panel, ledger: Ledger, lineOf: LineOf): void {
  const rows: number[] = [];
  let count = 0;
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    for (let i = from + 1; i < to; i++) {
      const row = panel.row[i] ?? 0;
      if (row > 0 && row < (panel.row[i - 1] ?? 0)) {
        count++;
        if (rows.length < 20) rows.push(lineOf(row));
      }
    }
  }
  if (count > 0) ledger.add({ code: 'unsorted', severity: 'info', rows: rows.toSorted((a, b) => a - b), count });
}

function dropShort(panel: Panel, ledger: Ledger): Panel | null {
  const short: string[] = [];
  const constant: string[] = [];
  panel.ids.forEach((id, s) => {
    const [from, to] = bounds(panel, s);
    if (to - from < FEWEST_POINTS) short.push(id);
    else if (panel.y.subarray(from, to).every((value) => value === panel.y[from])) constant.push(id);
  });
  if (constant.length > 0)
    ledger.add({ code: 'constant_series', severity: 'info', series: constant, count: constant.length });
  if (short.length === 0) return panel;
  const all = short.length === panel.ids.length;
  ledger.add({
    code: 'too_short',
    severity: all ? 'error' : 'warning',
    series: short,
    count: short.length,
    params: { fewest: FEWEST_POINTS },
    fixes: all ? [] : [fix('drop_series', {}, true)],
  });
  if (all) return null;
  const names = new Set(short);
  return filterPanel(panel, (_, s) => !names.has(panel.ids[s] ?? ''));
}

/** Known-future rows on the same marks; without a calendar (ranks) their times mean nothing. */
function alignFuture(future: Panel, calendar: Calendar): Panel {
  if (future.t.length === 0) return future;
  if (calendar.ranks !== null) return filterPanel(future, () => false);
  const grid = gridOf(calendar.freq, calendar.panel.t[0] ?? 0);
  if (grid === null) throw new Error(`unknown frequency ${calendar.freq}`);
  return { ...future, t: future.t.map((t) => grid.time(grid.tick(t))) };
}
