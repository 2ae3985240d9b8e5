/** What a planner and a person want to know of a panel. */
import type { ExogenousColumn, Profile, SeriesProfile } from '@minori/contract';
import { bounds, CODE, type Panel } from './panel.ts';
import { guessSeason } from './season.ts';

const INTERMITTENT = 1.32;

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function profileSeries(panel: Panel, s: number, showTime: (t: number) => string): SeriesProfile {
  const [from, to] = bounds(panel, s);
  let sum = 0;
  let count = 0;
  let zeros = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    if (panel.code[i] !== CODE.value) continue;
    const value = panel.y[i] ?? 0;
    sum += value;
    count++;
    if (value === 0) zeros++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = from; i < to; i++) if (panel.code[i] === CODE.value) squares += ((panel.y[i] ?? 0) - mean) ** 2;
  return {
    unique_id: panel.ids[s] ?? '',
    n: to - from,
    start: showTime(panel.t[from] ?? 0),
    end: showTime(panel.t[to - 1] ?? 0),
    mean: finiteOrNull(mean),
    sd: count > 1 ? finiteOrNull(Math.sqrt(squares / (count - 1))) : null,
    min: finiteOrNull(min),
    max: finiteOrNull(max),
    zeros: count === 0 ? 0 : zeros / count,
    missing: to - from - count,
    intermittent: count > zeros && count / (count - zeros) >= INTERMITTENT,
  };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export type ProfileFrame = Pick<
  Profile,
  'ds_type' | 'freq' | 'index' | 'source' | 'mapping' | 'fixes' | 'future_rows'
> & { readonly exogenous: ExogenousColumn[] };

/** `panel` must hold at least one series. */
export function profilePanel(panel: Panel, frame: ProfileFrame, showTime: (t: number) => string): Profile {
  const series = panel.ids.map((_, s) => profileSeries(panel, s, showTime));
  const lengths = series.map(({ n }) => n);
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const t of panel.t) {
    if (t < start) start = t;
    if (t > end) end = t;
  }
  let integer = true;
  let zeros = 0;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < panel.y.length; i++) {
    if (panel.code[i] !== CODE.value) continue;
    const value = panel.y[i] ?? 0;
    if (integer && !Number.isInteger(value)) integer = false;
    if (value === 0) zeros++;
    sum += value;
    count++;
  }
  const min = series.reduce((low, one) => Math.min(low, one.min ?? low), Number.POSITIVE_INFINITY);
  const max = series.reduce((high, one) => Math.max(high, one.max ?? high), Number.NEGATIVE_INFINITY);
  const { season, strength } = guessSeason(panel, frame.freq, median(lengths));
  return {
    rows: panel.t.length,
    series_count: series.length,
    series,
    ds_type: frame.ds_type,
    freq: frame.freq,
    season,
    season_strength: strength,
    lengths: {
      min: lengths.reduce((a, b) => Math.min(a, b)),
      median: median(lengths),
      max: lengths.reduce((a, b) => Math.max(a, b)),
    },
    start: showTime(start),
    end: showTime(end),
    y: {
      min: finiteOrNull(min),
      max: finiteOrNull(max),
      mean: finiteOrNull(sum / count),
      integer,
      non_negative: min >= 0,
      zeros: count === 0 ? 0 : zeros / count,
      missing: panel.y.length - count,
    },
    exogenous: frame.exogenous,
    future_rows: frame.future_rows,
    index: frame.index,
    source: frame.source,
    mapping: frame.mapping,
    fixes: frame.fixes,
  };
}
