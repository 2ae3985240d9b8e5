/** After how many steps a panel repeats, by its changes or by its levels. */
import { usualSeasons } from './grid.ts';
import { bounds, type Panel } from './panel.ts';

const SAMPLED_SERIES = 50;
const SAMPLED_POINTS = 5000;

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

/** What remains of y[from..to) beside a parabola through all of it, which takes the slow changes out; 0 where a value is missing. */
function besideTrend(y: Float64Array, from: number, to: number): Float64Array {
  const rest = y.slice(from, to);
  const known = rest.map((value) => (Number.isNaN(value) ? 0 : 1));
  const across = (one: Float64Array, other: Float64Array): number =>
    one.reduce((sum, value, i) => sum + (known[i] === 0 ? 0 : value * (other[i] ?? 0)), 0);
  const without = (one: Float64Array, part: Float64Array): Float64Array => {
    const length = across(part, part);
    const share = length > 0 ? across(one, part) / length : 0;
    return one.map((value, i) => value - share * (part[i] ?? 0));
  };
  // Level, slope and bend, each without what the ones before it say already.
  const parts: Float64Array[] = [];
  for (const power of [0, 1, 2]) {
    const raw = Float64Array.from(rest, (_value, i) => ((2 * i) / rest.length - 1) ** power);
    parts.push(parts.reduce(without, raw));
  }
  return parts.reduce(without, rest).map((value) => (Number.isNaN(value) ? 0 : value));
}

/** A season is taken to be as smooth as this many waves a cycle; what is sharper shows in the changes. */
const WAVES = 3;

/** The smooth part of one cycle around its mean. */
function smooth(cycle: Float64Array): Float64Array {
  const n = cycle.length;
  const part = new Float64Array(n);
  for (let wave = 1; wave <= Math.min(WAVES, (n - 1) >> 1); wave++) {
    const angle = (2 * Math.PI * wave) / n;
    let [sine, cosine] = [0, 0];
    for (let i = 0; i < n; i++) {
      sine += (2 / n) * (cycle[i] ?? 0) * Math.sin(angle * i);
      cosine += (2 / n) * (cycle[i] ?? 0) * Math.cos(angle * i);
    }
    for (let i = 0; i < n; i++) part[i] = (part[i] ?? 0) + sine * Math.sin(angle * i) + cosine * Math.cos(angle * i);
  }
  return part;
}

/**
 * Share of what the levels of a cycle vary that the other cycles of the series foretell: 1 where all are alike, about 0 or
 * less where there is no season. NaN below three cycles or where nothing varies.
 */
function foretold(levels: Float64Array, lag: number): number {
  const count = Math.floor(levels.length / lag);
  if (count < 3) return Number.NaN;
  const first = levels.length - count * lag;
  const sum = new Float64Array(lag);
  for (let i = first; i < levels.length; i++) sum[(i - first) % lag] = (sum[(i - first) % lag] ?? 0) + (levels[i] ?? 0);
  let [missed, varied] = [0, 0];
  for (let from = first; from < levels.length; from += lag) {
    const cycle = levels.subarray(from, from + lag);
    const mean = cycle.reduce((all, value) => all + value, 0) / lag;
    const others = smooth(sum.map((all, i) => (all - (cycle[i] ?? 0)) / (count - 1)));
    for (let i = 0; i < lag; i++) {
      const value = (cycle[i] ?? 0) - mean;
      missed += (value - (others[i] ?? 0)) ** 2;
      varied += value ** 2;
    }
  }
  return varied > 0 ? 1 - missed / varied : Number.NaN;
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

/** The mean over the series that tell something; NaN if none does. */
function meanOf(strengths: readonly number[]): number {
  const known = strengths.filter((strength) => !Number.isNaN(strength));
  return known.length === 0 ? Number.NaN : known.reduce((sum, strength) => sum + strength, 0) / known.length;
}

/** How much the series repeat after `lag` steps: the mean of their autocorrelations. */
const strengthAt = (sampled: readonly Float64Array[], lag: number): number =>
  meanOf(sampled.map((changes) => autocorrelation(changes, lag)));

const WEAK = 0.1;
const CLEAR = 0.3;
/** Seasons of fewer steps are like any short wave. */
const SHORTEST_IN_LEVELS = 7;

/**
 * How far the levels foretell each other's cycles; null where chance would do as much. Weather and sales by the week
 * repeat although their changes from week to week are mostly chance. The bar falls with the number of cycles: simulated
 * random walks, autoregressions and sums of both pass it about once in a thousand.
 */
function clearInLevels(panel: Panel, lag: number, medianLength: number): number | null {
  if (lag < SHORTEST_IN_LEVELS) return null;
  const strength = meanOf(sampledBounds(panel).map(([from, to]) => foretold(besideTrend(panel.y, from, to), lag)));
  return strength >= Math.max(CLEAR, 2 / Math.floor(medianLength / lag)) ? strength : null;
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
    return { season, strength: Number.isFinite(best) ? best : null };
  }
  if (freq !== 'int' && !/^\d/u.test(freq)) return { season: 1, strength: null };
  for (let lag = 2; lag <= Math.min(60, Math.floor(medianLength / 3)); lag++) {
    const strength = strengthAt(sampled, lag);
    if (strength >= CLEAR && strength > best) {
      best = strength;
      season = lag;
    }
  }
  return { season, strength: Number.isFinite(best) ? best : null };
}
