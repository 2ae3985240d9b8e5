/** What to do where a value should stand and none does. */
import { fix, type FixChoice, type Ledger } from './findings.ts';
import type { LineOf } from './raw.ts';
import { bounds, CODE, createBuilder, emptyPanel, filterPanel, type Panel } from './panel.ts';

export type FillMethod = 'zero' | 'previous' | 'interpolate' | 'keep';
/** Method per code; `gap` is for points that the file does not have at all. */
export interface Fills {
  readonly byCode: ReadonlyMap<number, FillMethod>;
  readonly gap: FillMethod;
}
/** Code of a point that was put into a gap. */
export const GAP = 5;

/** Up to 20 file lines of these records, ascending; rows of an earlier version have no line. */
export function linesOf(records: readonly number[], lineOf: LineOf): number[] {
  const lines = new Set<number>();
  for (const record of records.filter((value) => value > 0).toSorted((a, b) => a - b)) {
    lines.add(lineOf(record));
    if (lines.size === 20) break;
  }
  return [...lines];
}

export const fillFixes = (recommended: FillMethod) =>
  (['interpolate', 'previous', 'zero', 'keep'] as const).map((method) =>
    fix('fill', { method }, method === recommended),
  );

/** The method of an accepted or recommended `fill`. */
export const methodOf = (choice: FixChoice | null): FillMethod => {
  const method = choice?.params['method'];
  return method === 'zero' || method === 'previous' || method === 'keep' ? method : 'interpolate';
};

export interface ValuedPanel {
  readonly panel: Panel;
  /** Rows after a series' last value, kept for their known-future columns. */
  readonly future: Panel;
  readonly byCode: Map<number, FillMethod>;
}

/**
 * Trims the empty ends of series and finds what is no value. null when nothing is left (the ledger
 * says why). `futureColumns`: rows after the end carry something, so they are kept apart.
 */
export function settleValues(
  panel: Panel,
  ledger: Ledger,
  lineOf: LineOf,
  column: string,
  futureColumns: boolean,
): ValuedPanel | null {
  const n = panel.t.length;
  const trim = new Uint8Array(n);
  const empty: string[] = [];
  const found: Record<number, number[]> = { [CODE.missing]: [], [CODE.nan]: [], [CODE.infinite]: [], [CODE.text]: [] };
  let values = 0;
  let futureRows = 0;
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    let first = from;
    while (first < to && panel.code[first] === CODE.missing) trim[first++] = 1;
    let last = to - 1;
    while (last > first && panel.code[last] === CODE.missing) {
      trim[last--] = futureColumns ? 2 : 1;
      if (futureColumns) futureRows++;
    }
    if (first === to) empty.push(panel.ids[s] ?? '');
    for (let i = first; i <= last; i++) {
      const code = panel.code[i] ?? 0;
      if (code === CODE.value) values++;
      else found[code]?.push(panel.row[i] ?? 0);
    }
  }
  const byCode = new Map<number, FillMethod>();
  const drop = new Set<number>();
  const report = (code: number, name: 'non_numeric_y' | 'nan_y' | 'infinite_y' | 'missing_y'): void => {
    const rows = found[code] ?? [];
    if (rows.length === 0) return;
    const severity = name === 'missing_y' ? 'warning' : 'error';
    const fixes = values === 0 ? [] : [...fillFixes('interpolate'), fix('drop_rows')];
    const choice = ledger.add({
      code: name,
      severity,
      column: column || null,
      rows: linesOf(rows, lineOf),
      count: rows.length,
      fixes,
    });
    if (choice?.id === 'drop_rows') drop.add(code);
    else byCode.set(code, methodOf(choice));
  };
  report(CODE.text, 'non_numeric_y');
  report(CODE.nan, 'nan_y');
  report(CODE.infinite, 'infinite_y');
  report(CODE.missing, 'missing_y');
  if (values === 0) {
    if (ledger.open().length === 0)
      ledger.add({ code: 'non_numeric_y', severity: 'error', column: column || null, count: n });
    return null;
  }
  if (empty.length > 0)
    ledger.add({
      code: 'empty_series',
      severity: 'warning',
      series: empty,
      count: empty.length,
      fixes: [fix('drop_series', {}, true)],
    });
  if (futureRows > 0) ledger.add({ code: 'future_rows', severity: 'info', count: futureRows });
  const future = futureRows === 0 ? emptyPanel : filterPanel(panel, (i) => trim[i] === 2, futureRows);
  const whole = drop.size === 0 && !trim.includes(1) && futureRows === 0;
  const kept = whole ? panel : filterPanel(panel, (i) => trim[i] === 0 && !drop.has(panel.code[i] ?? 0));
  return { panel: kept, future, byCode };
}

/** Puts values where `fills` says; series and times stay. Interpolation is linear in ticks and flat at the ends. */
export function fillValues(panel: Panel, fills: Fills): Panel {
  const y = panel.y.slice();
  const code = panel.code.slice();
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    let known = -1;
    for (let i = from; i < to; i++) {
      if (panel.code[i] === CODE.value) {
        known = i;
        continue;
      }
      let next = i + 1;
      while (next < to && panel.code[next] !== CODE.value) next++;
      const before = known < 0 ? Number.NaN : (panel.y[known] ?? Number.NaN);
      const after = next < to ? (panel.y[next] ?? Number.NaN) : Number.NaN;
      for (let k = i; k < next; k++) {
        const kind = panel.code[k] ?? 0;
        const method = kind === GAP ? fills.gap : (fills.byCode.get(kind) ?? 'interpolate');
        let value = Number.NaN;
        if (method === 'zero') value = 0;
        else if (method === 'previous') value = Number.isNaN(before) ? after : before;
        else if (method === 'interpolate') {
          if (Number.isNaN(before)) value = after;
          else if (Number.isNaN(after)) value = before;
          else value = before + ((after - before) * (k - known)) / (next - known);
        }
        y[k] = value;
        code[k] = Number.isNaN(value) ? CODE.missing : CODE.value;
      }
      i = next - 1;
    }
  }
  return { ...panel, y, code };
}

/** From this share of times with several rows on, the rows are parts of a whole; below it they are slips or corrections. */
const PARTS_OF_A_WHOLE = 0.2;

/** Combines rows of equal time within a series. Rows of the earlier version come first. */
export function settleDuplicates(
  panel: Panel,
  ledger: Ledger,
  lineOf: LineOf,
  column: string,
  showTime: (t: number) => string,
): Panel {
  const overlap = settleOverlap(panel, ledger, lineOf, column);
  const rows: number[] = [];
  const names = new Set<string>();
  let times = 0;
  let all = 0;
  let differing = 0;
  let sample = '';
  eachGroup(overlap, (s, from, to) => {
    all++;
    if (to - from === 1) return;
    times++;
    if (sample === '') sample = `${overlap.ids[s]}, ${showTime(overlap.t[from] ?? 0)}`;
    names.add(overlap.ids[s] ?? '');
    for (let i = from + 1; i < to; i++) {
      rows.push(overlap.row[i] ?? 0);
      if (!same(overlap.y[i], overlap.y[from])) differing++;
    }
  });
  if (times === 0) return overlap;
  const recommended = differing > 0 && times >= PARTS_OF_A_WHOLE * all ? 'sum' : 'last';
  const choice = ledger.add({
    code: 'duplicate_timestamp',
    severity: differing === 0 ? 'warning' : 'error',
    column: column || null,
    rows: linesOf(rows, lineOf),
    series: [...names],
    count: rows.length,
    params: { times, differing, sample },
    fixes: (['sum', 'mean', 'last', 'first'] as const).map((method) =>
      fix('aggregate', { method }, method === recommended),
    ),
  });
  return aggregate(overlap, String(choice?.params['method'] ?? recommended));
}

const same = (a = Number.NaN, b = Number.NaN): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

function eachGroup(panel: Panel, visit: (series: number, from: number, to: number) => void): void {
  for (let s = 0; s < panel.ids.length; s++) {
    const [start, end] = bounds(panel, s);
    let from = start;
    while (from < end) {
      let to = from + 1;
      while (to < end && panel.t[to] === panel.t[from]) to++;
      visit(s, from, to);
      from = to;
    }
  }
}

/** One row per time; sums and means over the values only, in the file's order. */
export function aggregate(panel: Panel, method: string): Panel {
  const builder = createBuilder(panel.t.length);
  let current = -1;
  eachGroup(panel, (s, from, to) => {
    if (s !== current) {
      builder.begin(panel.ids[s] ?? '');
      current = s;
    }
    let pick = -1;
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      if (panel.code[i] !== CODE.value) continue;
      if (pick < 0 || method === 'last') pick = i;
      sum += panel.y[i] ?? 0;
      count++;
    }
    if (pick < 0) pick = from;
    const value =
      count === 0
        ? Number.NaN
        : method === 'sum'
          ? sum
          : method === 'mean'
            ? sum / count
            : (panel.y[pick] ?? Number.NaN);
    builder.push(panel.t[from] ?? 0, value, panel.code[pick] ?? 0, panel.row[pick] ?? 0);
  });
  return builder.finish();
}

/** Times that the earlier version has already: equal values are dropped, others need a choice. */
function settleOverlap(panel: Panel, ledger: Ledger, lineOf: LineOf, column: string): Panel {
  let equal = 0;
  const changed: number[] = [];
  const names = new Set<string>();
  eachGroup(panel, (s, from, to) => {
    if (to - from === 1 || (panel.row[from] ?? 0) >= 0) return;
    for (let i = from + 1; i < to; i++) {
      if (same(panel.y[i], panel.y[from]) && (panel.code[i] === panel.code[from] || panel.code[i] === CODE.missing))
        equal++;
      else {
        changed.push(panel.row[i] ?? 0);
        names.add(panel.ids[s] ?? '');
      }
    }
  });
  if (equal > 0) ledger.add({ code: 'overlap_same', severity: 'info', count: equal });
  let replace = false;
  if (changed.length > 0) {
    const choice = ledger.add({
      code: 'overlap_changed',
      severity: 'error',
      column: column || null,
      rows: linesOf(changed, lineOf),
      series: [...names],
      count: changed.length,
      fixes: [fix('overlap', { prefer: 'replace' }, true), fix('overlap', { prefer: 'keep' })],
    });
    replace = choice?.params['prefer'] !== 'keep';
  }
  if (equal === 0 && changed.length === 0) return panel;
  const drop = new Uint8Array(panel.t.length);
  eachGroup(panel, (_, from, to) => {
    if (to - from === 1 || (panel.row[from] ?? 0) >= 0) return;
    let differs = false;
    for (let i = from + 1; i < to; i++)
      if (panel.code[i] !== CODE.missing && !same(panel.y[i], panel.y[from])) differs = true;
    if (replace && differs) drop[from] = 1;
    else for (let i = from + 1; i < to; i++) drop[i] = 1;
  });
  return filterPanel(panel, (i) => drop[i] === 0);
}
