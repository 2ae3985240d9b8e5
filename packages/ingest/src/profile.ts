/** What a planner and a person want to know of a panel. */
import type { ExogenousColumn, Profile, SeriesProfile } from '@minori/contract';
import { usualSeasons } from './grid.ts';
import { bounds, CODE, type Panel } from './panel.ts';

const SAMPLED_SERIES = 50;
const SAMPLED_POINTS = 5000;
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

/** Standard deviations beyond which a change is an accident: one such must not hide a season that all others show. */
const ACCIDENT = 6;
/** Median absolute deviation to standard deviation, of normal values. */
const MAD_TO_SD = 1.4826;

/**
 * Changes of y[from..to) from point to point as deviations from their mean, accidents cut to what is still usual;
 * 0 beside a missing value.
 */
function usualChanges(y: Float64Array, from: number, to: number): Float64Array {
  const changes = Float64Array.from({ length: Math.max(0, to - from - 1) }, (_, i) => {
    return (y[from + i + 1] ?? 0) - (y[from + i] ?? 0);
  });
  const known = changes.filter((change) => !Number.isNaN(change)).toSorted();
  const middle = known[known.length >> 1] ?? 0;
  const spread = MAD_TO_SD * (known.map((change) => Math.abs(change - middle)).toSorted()[known.length >> 1] ?? 0);
  // Where most changes are equal, the others are all that there is.
  const most = spread > 0 ? ACCIDENT * spread : Number.POSITIVE_INFINITY;
  const cut = (change: number): number => middle + Math.max(-most, Math.min(most, change - middle));
  const mean = known.reduce((sum, change) => sum + cut(change), 0) / known.length;
  return changes.map((change) => (Number.isNaN(change) ? 0 : cut(change) - mean));
}

/** NaN when too short or constant. */
function autocorrelation(changes: Float64Array, lag: number): number {
  if (changes.length <= lag + 1) return Number.NaN;
  let variance = 0;
  let covariance = 0;
  for (let i = 0; i < changes.length; i++) {
    variance += (changes[i] ?? 0) ** 2;
    if (i >= lag) covariance += (changes[i] ?? 0) * (changes[i - lag] ?? 0);
  }
  return variance > 0 ? covariance / variance : Number.NaN;
}

/**
 * What remains of y[from..to) beside its mean over `lag` steps around each point, which takes any slow change out;
 * 0 where a value is missing.
 */
function besideTrend(y: Float64Array, from: number, to: number, lag: number): Float64Array {
  const half = lag >> 1;
  const rest = new Float64Array(Math.max(0, to - from - 2 * half));
  for (let i = 0; i < rest.length; i++) {
    let sum = 0;
    let weight = 0;
    for (let j = 0; j <= 2 * half; j++) {
      const value = y[from + i + j] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      // Of an even number of steps the outermost two count half each.
      const share = lag % 2 === 0 && (j === 0 || j === 2 * half) ? 0.5 : 1;
      sum += share * value;
      weight += share;
    }
    const value = y[from + i + half] ?? Number.NaN;
    rest[i] = Number.isNaN(value) ? 0 : value - sum / weight;
  }
  const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length;
  return rest.map((value) => (value === 0 ? 0 : value - mean));
}

/** Up to 50 series, of each the last 5,000 points. */
function sampledBounds(panel: Panel): (readonly [from: number, to: number])[] {
  const step = Math.max(1, Math.floor(panel.ids.length / SAMPLED_SERIES));
  const sampled: (readonly [number, number])[] = [];
  for (let s = 0; s < panel.ids.length; s += step) {
    const [from, to] = bounds(panel, s);
    sampled.push([Math.max(from, to - SAMPLED_POINTS), to]);
  }
  return sampled;
}

/** How much the series repeat after `lag` steps: the mean of their autocorrelations. */
function strengthAt(sampled: readonly Float64Array[], lag: number): number {
  const known = sampled.map((changes) => autocorrelation(changes, lag)).filter((strength) => !Number.isNaN(strength));
  return known.length === 0 ? Number.NaN : known.reduce((sum, strength) => sum + strength, 0) / known.length;
}

const WEAK = 0.1;
const CLEAR = 0.3;
/** Below this, and below twice what chance gives by the number of seasons seen, levels show no season. */
const CLEAR_LEVELS = 0.4;

/**
 * How much the levels beside their trend repeat; null where chance would do as much. Weather by the week repeats
 * although its changes from week to week are mostly chance; random walks and noise never did in 13,000 simulations.
 */
function clearInLevels(panel: Panel, lag: number, medianLength: number): number | null {
  const sampled = sampledBounds(panel).map(([from, to]) => besideTrend(panel.y, from, to, lag));
  const strength = strengthAt(sampled, lag);
  return strength >= Math.max(CLEAR_LEVELS, 2 / Math.sqrt(medianLength / lag)) ? strength : null;
}

/** The usual season of the frequency if the data are long enough and do not speak against it. */
export function guessSeason(
  panel: Panel,
  freq: string,
  medianLength: number,
): { season: number; strength: number | null } {
  const usual = usualSeasons(freq).filter((lag) => medianLength >= 2 * lag);
  const sampled = sampledBounds(panel).map(([from, to]) => usualChanges(panel.y, from, to));
  let season = usual[0] ?? 1;
  let best = Number.NEGATIVE_INFINITY;
  for (const lag of usual) {
    const strength = strengthAt(sampled, lag);
    // A longer season has to be clearly stronger: a day repeats within a week too.
    if (strength > best + (best === Number.NEGATIVE_INFINITY ? 0 : 0.1)) {
      best = strength;
      season = lag;
    }
  }
  if (usual.length > 0) {
    if (Number.isFinite(best) && best < WEAK && medianLength >= 3 * season) {
      const strength = clearInLevels(panel, season, medianLength);
      return strength === null ? { season: 1, strength: best } : { season, strength };
    }
    return { season, strength: finiteOrNull(best) };
  }
  if (freq !== 'int' && !/^\d/u.test(freq)) return { season: 1, strength: null };
  for (let lag = 2; lag <= Math.min(60, Math.floor(medianLength / 3)); lag++) {
    const strength = strengthAt(sampled, lag);
    if (strength >= CLEAR && strength > best) {
      best = strength;
      season = lag;
    }
  }
  return { season, strength: finiteOrNull(best) };
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
