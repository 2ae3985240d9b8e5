/** Puts the series on one calendar: a frequency, its marks, and no holes. */
import { fix, type Ledger } from './findings.ts';
import { detectFrequency, type Detection } from './frequency.ts';
import { gridOf, type Grid } from './grid.ts';
import type { LineOf } from './raw.ts';
import { bounds, CODE, createBuilder, filterPanel, type Panel } from './panel.ts';
import { aggregate, fillFixes, fillValues, GAP, linesOf, methodOf, type FillMethod } from './values.ts';

const DAY = 86_400_000;

export interface Calendar {
  readonly panel: Panel;
  readonly kind: 'timestamp' | 'integer';
  readonly freq: string;
  /** Rank -> time when times were replaced by their rank. */
  readonly ranks: Map<number, number> | null;
}

export interface CalendarOptions {
  readonly kind: 'timestamp' | 'integer';
  readonly ledger: Ledger;
  readonly lineOf: LineOf;
  readonly column: string;
  readonly byCode: ReadonlyMap<number, FillMethod>;
  readonly showTime: (t: number) => string;
}

/** Times must be ascending and different within a series. null: more gaps than points. */
export function settleCalendar(input: Panel, options: CalendarOptions): Calendar | null {
  const { ledger, column } = options;
  let panel = input;
  let found = detectFrequency(panel, options.kind);
  if (found.others.length > 0) {
    const others = new Set(found.others);
    const names = found.others.map((s) => panel.ids[s] ?? '');
    const choice = ledger.add({
      code: 'mixed_frequency',
      severity: 'error',
      series: names,
      count: names.length,
      params: { freq: found.freq ?? '' },
      fixes: [fix('drop_series', {}, true), fix('integer_index')],
    });
    if (choice?.id === 'integer_index') return closeGaps(ranked(panel), options);
    panel = filterPanel(panel, (_, s) => !others.has(s));
    found = detectFrequency(panel, options.kind);
  }
  if (options.kind === 'integer' && found.freq !== null)
    return closeGaps({ panel, kind: 'integer', freq: 'int', ranks: null }, options);
  if (found.freq === null) return irregular(panel, found, options);
  if (found.snap) {
    const freq = found.freq;
    ledger.add({
      code: 'snapped_dates',
      severity: 'warning',
      column: column || null,
      count: panel.t.length,
      params: { freq },
      fixes: [fix('to_frequency', { freq, method: 'last' }, true)],
    });
    return closeGaps(onGrid(panel, freq, 'last'), options);
  }
  return closeGaps(offGrid(panel, found.freq, options), options);
}

function irregular(panel: Panel, found: Detection, options: CalendarOptions): Calendar | null {
  const fixes = [];
  const often = pointsPerDay(panel) >= 1.5 && options.kind === 'timestamp';
  if (found.near !== null) fixes.push(fix('to_frequency', { freq: found.near, method: 'last' }, true));
  if (often)
    fixes.push(
      fix('to_frequency', { freq: 'D', method: 'sum' }, found.near === null),
      fix('to_frequency', { freq: 'D', method: 'mean' }),
    );
  fixes.push(fix('integer_index', {}, fixes.length === 0));
  const choice = options.ledger.add({
    code: 'irregular_frequency',
    severity: 'error',
    column: options.column || null,
    rows: linesOf(oddRows(panel), options.lineOf),
    count: panel.ids.length,
    params: { near: found.near ?? '' },
    fixes,
  });
  const freq = choice?.params['freq'];
  if (choice?.id === 'to_frequency' && typeof freq === 'string')
    return closeGaps(onGrid(panel, freq, String(choice.params['method'] ?? 'last')), options);
  return closeGaps(ranked(panel), options);
}

/** Rows of the first series whose step is not the usual one. */
function oddRows(panel: Panel): number[] {
  const [from, to] = bounds(panel, 0);
  const counts = new Map<number, number>();
  const step = (i: number): number => (panel.t[i] ?? 0) - (panel.t[i - 1] ?? 0);
  for (let i = from + 1; i < to; i++) counts.set(step(i), (counts.get(step(i)) ?? 0) + 1);
  const usual = [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
  const rows: number[] = [];
  for (let i = from + 1; i < to && rows.length < 100; i++) if (step(i) !== usual) rows.push(panel.row[i] ?? 0);
  return rows;
}

function pointsPerDay(panel: Panel): number {
  let days = 0;
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    for (let i = from; i < to; i++)
      if (i === from || Math.floor((panel.t[i] ?? 0) / DAY) !== Math.floor((panel.t[i - 1] ?? 0) / DAY)) days++;
  }
  return panel.t.length / Math.max(1, days);
}

/** Every time to the mark at or before it. */
function onGrid(panel: Panel, freq: string, method: string): Calendar {
  const grid = gridOf(freq, panel.t[0] ?? 0);
  if (grid === null) throw new Error(`unknown frequency ${freq}`);
  const t = panel.t.map((time) => grid.time(grid.tick(time)));
  return { panel: aggregate({ ...panel, t }, method), kind: 'timestamp', freq, ranks: null };
}

/** A few times beside the marks: moved or dropped, as decided. */
function offGrid(panel: Panel, freq: string, options: CalendarOptions): Calendar {
  const on = { panel, kind: 'timestamp', freq, ranks: null } as const;
  const off = new Uint8Array(panel.t.length);
  const rows: number[] = [];
  const names = new Set<string>();
  const t = panel.t.slice();
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    const grid = gridFor(panel, s, freq);
    for (let i = from; i < to; i++) {
      const mark = grid.time(grid.tick(panel.t[i] ?? 0));
      if (mark === panel.t[i]) continue;
      t[i] = mark;
      off[i] = 1;
      rows.push(panel.row[i] ?? 0);
      names.add(panel.ids[s] ?? '');
    }
  }
  if (rows.length === 0) return on;
  const choice = options.ledger.add({
    code: 'irregular_frequency',
    severity: 'warning',
    column: options.column || null,
    rows: linesOf(rows, options.lineOf),
    series: [...names],
    count: rows.length,
    params: { freq },
    fixes: [fix('to_frequency', { freq, method: 'last' }, true), fix('drop_rows')],
  });
  if (choice?.id === 'drop_rows') return { ...on, panel: filterPanel(panel, (i) => off[i] === 0) };
  return { ...on, panel: aggregate({ ...panel, t }, 'last') };
}

/** The grid of one series: its phase is the one that most of its first times agree on. */
function gridFor(panel: Panel, s: number, freq: string): Grid {
  const [from, to] = bounds(panel, s);
  let best: Grid | null = null;
  let most = -1;
  for (let k = from; k < Math.min(to, from + 5); k++) {
    const grid = gridOf(freq, panel.t[k] ?? 0);
    if (grid === null) throw new Error(`unknown frequency ${freq}`);
    let fit = 0;
    for (let i = from; i < Math.min(to, from + 200); i++)
      if (grid.time(grid.tick(panel.t[i] ?? 0)) === panel.t[i]) fit++;
    if (fit > most) {
      most = fit;
      best = grid;
    }
    if (fit === Math.min(to - from, 200)) break;
  }
  if (best === null) throw new Error(`no grid for ${freq}`);
  return best;
}

/** Times replaced by 1, 2, 3, …: over all series when they share their times, else within each. */
function ranked(panel: Panel): Calendar {
  const all = Float64Array.from(new Set(panel.t)).toSorted();
  const rank = new Map<number, number>();
  all.forEach((time, i) => rank.set(time, i + 1));
  const t = panel.t.map((time) => rank.get(time) ?? 0);
  let expected = 0;
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    expected += (t[to - 1] ?? 0) - (t[from] ?? 0) + 1;
  }
  if (panel.t.length >= expected * 0.4) {
    const ranks = new Map<number, number>();
    all.forEach((time, i) => ranks.set(i + 1, time));
    return { panel: { ...panel, t }, kind: 'integer', freq: 'int', ranks };
  }
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    for (let i = from; i < to; i++) t[i] = i - from + 1;
  }
  return { panel: { ...panel, t }, kind: 'integer', freq: 'int', ranks: null };
}

/** A series that is mostly zeros when it is there at all: nothing sold is nothing recorded. */
function sparse(panel: Panel): boolean {
  let zeros = 0;
  for (const value of panel.y) {
    if (value < 0) return false;
    if (value === 0) zeros++;
  }
  return zeros >= panel.y.length * 0.2;
}

interface Hole {
  readonly series: number;
  /** Index of the point after it. */
  readonly at: number;
  readonly firstTick: number;
  readonly size: number;
}

function holesOf(panel: Panel, freq: string): { holes: Hole[]; grids: Grid[] } {
  const holes: Hole[] = [];
  const grids: Grid[] = [];
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    const grid = gridFor(panel, s, freq);
    grids.push(grid);
    let last = grid.tick(panel.t[from] ?? 0);
    for (let i = from + 1; i < to; i++) {
      const tick = grid.tick(panel.t[i] ?? 0);
      if (tick > last + 1) holes.push({ series: s, at: i, firstTick: last + 1, size: tick - last - 1 });
      last = tick;
    }
  }
  return { holes, grids };
}

function withHoles(panel: Panel, holes: readonly Hole[], grids: readonly Grid[], missing: number): Panel {
  const builder = createBuilder(panel.t.length + missing);
  let next = 0;
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    builder.begin(panel.ids[s] ?? '');
    for (let i = from; i < to; i++) {
      const hole = holes[next];
      if (hole?.at === i) {
        for (let k = 0; k < hole.size; k++) builder.push(grids[s]?.time(hole.firstTick + k) ?? 0, Number.NaN, GAP, 0);
        next++;
      }
      builder.push(panel.t[i] ?? 0, panel.y[i] ?? Number.NaN, panel.code[i] ?? 0, panel.row[i] ?? 0);
    }
  }
  return builder.finish();
}

function closeGaps(calendar: Calendar, options: CalendarOptions): Calendar | null {
  const { panel, freq } = calendar;
  const { holes, grids } = holesOf(panel, freq);
  const missing = holes.reduce((sum, { size }) => sum + size, 0);
  const first = holes[0];
  let gap: FillMethod = 'interpolate';
  if (first !== undefined) {
    // So many holes come from one wrong year, not from missing rows.
    const tooMany = missing > 10 * panel.t.length + 100;
    const recommended = sparse(panel) ? 'zero' : 'interpolate';
    const choice = options.ledger.add({
      code: 'gap',
      severity: tooMany ? 'error' : 'warning',
      column: options.column || null,
      rows: linesOf(
        holes.map(({ at }) => panel.row[at] ?? 0),
        options.lineOf,
      ),
      series: [...new Set(holes.map(({ series }) => panel.ids[series] ?? ''))],
      count: missing,
      params: {
        gaps: holes.length,
        sample: `${panel.ids[first.series]}, ${options.showTime(grids[first.series]?.time(first.firstTick) ?? 0)}`,
        freq,
      },
      fixes: tooMany ? [] : fillFixes(recommended),
    });
    if (tooMany) return null;
    gap = methodOf(choice);
  }
  const holed = missing > 0 ? withHoles(panel, holes, grids, missing) : panel;
  const incomplete = holed.code.some((code) => code !== CODE.value);
  return { ...calendar, panel: incomplete ? fillValues(holed, { byCode: options.byCode, gap }) : holed };
}
