/** Values so far from all others of their series that they are probably slips: a wrong unit, a digit too many, a code for "none". */
import { fix, type Ledger } from './findings.ts';
import { bounds, CODE, type Panel } from './panel.ts';
import type { LineOf } from './raw.ts';
import { fillValues, linesOf, methodOf } from './values.ts';

const FEWEST_POINTS = 12;
/** More than this many on one side are a habit of the series. */
const MOST_ON_A_SIDE = 3;
const MOST_SHARE = 0.02;
/** Where so many values are 0, a large one among them is how such series are. */
const SPARSE = 0.25;

interface Apart {
  /** Their places in the panel, ascending. */
  readonly at: readonly number[];
  /** Of the other values. */
  readonly low: number;
  readonly high: number;
}

/**
 * The few largest or smallest values of y[from..to) that lie further from all others than those lie from each other;
 * by ratios where they are positive. Null when there are none, and where two of them follow each other: that is a change.
 */
export function apartFrom(panel: Panel, from: number, to: number): Apart | null {
  const lows: number[] = [];
  const highs: number[] = [];
  const y = (place: number | undefined): number => (place === undefined ? Number.NaN : (panel.y[place] ?? Number.NaN));
  let known = 0;
  let zeros = 0;
  for (let i = from; i < to; i++) {
    if (panel.code[i] !== CODE.value) continue;
    known++;
    if (panel.y[i] === 0) zeros++;
    insert(lows, i, (place) => y(i) < y(place));
    insert(highs, i, (place) => y(i) > y(place));
  }
  if (known < FEWEST_POINTS || zeros >= SPARSE * known) return null;
  const most = Math.min(MOST_ON_A_SIDE, Math.max(1, Math.floor(MOST_SHARE * known)));
  const below = largest(most, (k) => isFar(y(lows[k - 1]), y(lows[k]), y(lows[k]), y(highs[most])));
  const above = largest(most, (k) => isFar(y(highs[k]), y(highs[k - 1]), y(lows[below]), y(highs[k])));
  const at = [...lows.slice(0, below), ...highs.slice(0, above)].toSorted((a, b) => a - b);
  if (at.length === 0 || at.some((place, index) => place - 1 === at[index - 1])) return null;
  return { at, low: y(lows[below]), high: y(highs[above]) };
}

/** Keeps the first MOST_ON_A_SIDE + 1 places in order. */
function insert(places: number[], place: number, before: (other: number | undefined) => boolean): void {
  if (places.length > MOST_ON_A_SIDE && !before(places[MOST_ON_A_SIDE])) return;
  let rank = places.length;
  while (rank > 0 && before(places[rank - 1])) rank--;
  places.splice(rank, 0, place);
  places.length = Math.min(places.length, MOST_ON_A_SIDE + 1);
}

/** The largest of 1 … most that it holds for; 0 when it holds for none. */
function largest(most: number, holds: (k: number) => boolean): number {
  let k = most;
  while (k > 0 && !holds(k)) k--;
  return k;
}

/** Whether a and b (a <= b) lie further apart than the range of the others is wide. */
function isFar(a: number, b: number, low: number, high: number): boolean {
  const positive = Math.min(a, low) > 0;
  const range = positive ? Math.log(high / low) : high - low;
  return range > 0 && (positive ? Math.log(b / a) : b - a) > range;
}

/** Tells of them; they stay as they are unless somebody decides otherwise. */
export function settleOutliers(
  panel: Panel,
  ledger: Ledger,
  lineOf: LineOf,
  column: string,
  showTime: (t: number) => string,
): Panel {
  const found = panel.ids.flatMap((id, s) => {
    const apart = apartFrom(panel, ...bounds(panel, s));
    return apart === null ? [] : [{ id, ...apart }];
  });
  const first = found[0];
  if (first === undefined) return panel;
  const at = found.flatMap((one) => one.at);
  const example = first.at[0] ?? 0;
  const choice = ledger.add({
    code: 'outlier',
    severity: 'info',
    column: column || null,
    rows: linesOf(
      at.map((i) => panel.row[i] ?? 0),
      lineOf,
    ),
    series: found.map(({ id }) => id),
    count: at.length,
    params: {
      sample: `${first.id}, ${showTime(panel.t[example] ?? 0)}: ${panel.y[example]}`,
      row: lineOf(panel.row[example] ?? 0),
      low: first.low,
      high: first.high,
    },
    // Whether it is a slip only people know: none is recommended.
    fixes: [fix('keep'), fix('fill', { method: 'interpolate' }), fix('fill', { method: 'previous' })],
  });
  if (choice?.id !== 'fill') return panel;
  const code = panel.code.slice();
  for (const i of at) code[i] = CODE.missing;
  const method = methodOf(choice);
  return fillValues({ ...panel, code }, { byCode: new Map([[CODE.missing, method]]), gap: method });
}
