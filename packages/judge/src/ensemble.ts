/**
 * The blend of several families. Its anchor is the mean of all models, each the heavier the smaller its
 * errors were; greedy weights (Caruana et al. 2004) on errors scaled per series lead away from it only
 * as far as the windows carry them, and each series leaves the common weights only as far as its own
 * windows do. What is reported of it is out of sample: each window is forecast with weights fitted on
 * earlier ones.
 */
import { columnsOf } from './arrays.ts';
import type { Windows } from './arrays.ts';
import {
  balancedWeights,
  EVIDENCE,
  FEWEST_TO_CHOOSE,
  greedyWeights,
  lossBySeries,
  ownWeights,
  sampleOf,
  weightedLoss,
  wideningOf,
} from './ensemble-weights.ts';
import type { Fit } from './ensemble-weights.ts';
import { average, tTest } from './statistics.ts';

export interface Member {
  readonly family: string;
  /** (series, origins, horizon, 1 + 2 * levels); NaN where it has no such window. */
  readonly predictions: Float32Array;
}

/** Family -> share. */
export type Anchor = Readonly<Record<string, number>>;

export type Weighting = 'balanced' | 'shared' | 'per_series';

/** Everything that makes the blend of any forecasts of the same families. */
export interface Recipe {
  readonly weighting: Weighting;
  readonly families: readonly string[];
  /** (series or 1, families): each family's weight; rows add up to 1. */
  readonly weights: Float32Array;
  /** Per level, what the interval's half widths are multiplied by. */
  readonly widening: readonly number[];
}

export interface Blend {
  /** From all windows, for the forecast. */
  readonly recipe: Recipe;
  /** (series, origins, horizon, columns): each window by what the windows before it taught. */
  readonly predictions: Float32Array;
  /** Mean loss of each way of weighting over the windows that could be used to choose, and their number. */
  readonly evidence: Readonly<Record<Weighting, number>>;
  readonly windows: number;
  /** Per family: relative growth of the blend's loss when it is taken out. */
  readonly without: readonly (number | null)[];
}

/**
 * @param anchor families whose mean is the anchor, at least one of them among the members, and how many each counts for
 * @returns null when there is nothing to blend
 */
export function blend(windows: Windows, members: readonly Member[], anchor: Anchor): Blend | null {
  const { series, origins } = windows;
  const families = members.map(({ family }) => family);
  const shares = families.map((family) => anchor[family] ?? 0);
  if (members.length < 2 || shares.every((share) => share === 0)) return null;
  const own = members.map(({ predictions }) => lossBySeries(windows, predictions));
  const balanced = Array.from({ length: origins + 1 }, (_, before) => balancedWeights(windows, own, shares, before));
  const center = new Float32Array(windows.actual.length * columnsOf(windows.levels)).fill(Number.NaN);
  for (let origin = 0; origin < origins; origin++)
    balanceOrigin(center, windows, members, balanced[origin] ?? new Float32Array(), origin);
  const filled = members.map(({ predictions }) => filledWith(predictions, center));
  const fit: Fit = {
    windows,
    center,
    members: filled,
    losses: [center, ...filled].map((one) => lossBySeries(windows, one)),
  };
  const ways = {
    balanced: new Float32Array(center.length).fill(Number.NaN),
    shared: new Float32Array(center.length).fill(Number.NaN),
    per_series: new Float32Array(center.length).fill(Number.NaN),
  };
  const predictions = new Float32Array(center.length).fill(Number.NaN);
  const seen: Record<Weighting, number[]> = { balanced: [], shared: [], per_series: [] };
  for (let origin = 0; origin < origins; origin++) {
    const shared = greedyWeights(fit, origin);
    const weights = { balanced: alone(families.length), shared, per_series: ownWeights(fit, origin, shared) };
    for (const way of WAYS) mixOrigin(ways[way], fit, weights[way], origin);
    const chosen = chooseWay(seen, series);
    const widening = wideningOf(windows, ways[chosen], origin);
    copyOrigin(predictions, ways[chosen], windows, origin, widening);
    const losses = WAYS.map((way) => meanLoss(windows, ways[way], origin));
    if (losses.every(Number.isFinite)) WAYS.forEach((way, index) => seen[way].push(losses[index] ?? 0));
  }
  const shared = greedyWeights(fit, origins);
  const weighting = chooseWay(seen, series);
  const beside =
    weighting === 'balanced'
      ? alone(families.length)
      : weighting === 'shared'
        ? shared
        : ownWeights(fit, origins, shared);
  const weights = withoutAnchor(beside, balanced[origins] ?? new Float32Array());
  return {
    recipe: { weighting, families, weights, widening: wideningOf(windows, ways[weighting], origins) },
    predictions,
    evidence: { balanced: average(seen.balanced), shared: average(seen.shared), per_series: average(seen.per_series) },
    windows: seen.balanced.length,
    without: growthWithout(fit, weights),
  };
}

/**
 * @param forecasts per family of the recipe, (series, horizon, 1 + 2 * levels)
 * @returns the same shape
 */
export function applyRecipe(recipe: Recipe, forecasts: readonly Float32Array[], series: number): Float32Array {
  const mixed = new Float32Array(forecasts[0]?.length ?? 0);
  const size = mixed.length / series;
  const width = recipe.families.length;
  for (let s = 0; s < series; s++) {
    const row = recipe.weights.length > width ? s * width : 0;
    for (let index = s * size; index < (s + 1) * size; index++) {
      let value = 0;
      for (let member = 0; member < width; member++) {
        const weight = recipe.weights[row + member] ?? 0;
        if (weight > 0) value += weight * (forecasts[member]?.[index] ?? Number.NaN);
      }
      mixed[index] = value;
    }
  }
  widen(mixed, columnsOf(recipe.widening), recipe.widening);
  return mixed;
}

/** Mean, lowest and highest weight of each family. */
export function weightsByFamily({ families, weights }: Recipe): { mean: number; lowest: number; highest: number }[] {
  const rows = weights.length / families.length;
  return families.map((_, member) => {
    const each = Array.from({ length: rows }, (_row, row) => weights[row * families.length + member] ?? 0);
    return {
      mean: average(each),
      lowest: each.reduce((a, b) => Math.min(a, b), 1),
      highest: each.reduce((a, b) => Math.max(a, b), 0),
    };
  });
}

const WAYS = ['balanced', 'shared', 'per_series'] as const;

/** The anchor, until earlier windows show that weights were better; a single series has none of its own. */
function chooseWay(seen: Readonly<Record<Weighting, readonly number[]>>, series: number): Weighting {
  let chosen: Weighting = 'balanced';
  for (const way of series > 1 ? (['shared', 'per_series'] as const) : (['shared'] as const)) {
    const ratios = seen[way].map((loss, index) => Math.log(loss / (seen[chosen][index] ?? loss)));
    if (ratios.length < FEWEST_TO_CHOOSE) break;
    const { mean, error } = tTest(ratios);
    if (mean < 0 && mean < -EVIDENCE * error) chosen = way;
  }
  return chosen;
}

/** The anchor and nothing else. */
function alone(members: number): Float32Array {
  const weights = new Float32Array(1 + members);
  weights[0] = 1;
  return weights;
}

/** (rows, 1 + families) with the anchor's weight -> (rows, families) with that weight given to its families. */
function withoutAnchor(weights: Float32Array, balanced: Float32Array): Float32Array {
  const width = 1 + balanced.length;
  const rows = weights.length / width;
  const own = new Float32Array(rows * balanced.length);
  for (let row = 0; row < rows; row++)
    for (const [member, share] of balanced.entries())
      own[row * balanced.length + member] =
        (weights[row * width] ?? 0) * share + (weights[row * width + 1 + member] ?? 0);
  return own;
}

/** The mean of the members that have a value there, by their weights; equal ones where those have none. */
function balanceOrigin(
  into: Float32Array,
  { series, origins, horizon, levels }: Windows,
  members: readonly Member[],
  weights: Float32Array,
  origin: number,
): void {
  const size = horizon * columnsOf(levels);
  for (let s = 0; s < series; s++) {
    const start = (s * origins + origin) * size;
    for (let index = start; index < start + size; index++) {
      let sum = 0;
      let total = 0;
      for (const [member, { predictions }] of members.entries()) {
        const weight = weights[member] ?? 0;
        const value = predictions[index] ?? Number.NaN;
        if (weight === 0 || !Number.isFinite(value)) continue;
        sum += weight * value;
        total += weight;
      }
      into[index] = total > 0 ? sum / total : Number.NaN;
    }
  }
}

/** A window that a family lacks is forecast by the anchor, so that it neither helps nor harms there. */
function filledWith(predictions: Float32Array, center: Float32Array): Float32Array {
  const filled = predictions.slice();
  for (let index = 0; index < filled.length; index++)
    if (!Number.isFinite(filled[index])) filled[index] = center[index] ?? Number.NaN;
  return filled;
}

function mixOrigin(into: Float32Array, { windows, center, members }: Fit, weights: Float32Array, origin: number): void {
  const size = windows.horizon * columnsOf(windows.levels);
  for (let s = 0; s < windows.series; s++)
    mix(into, center, members, weights, s, (s * windows.origins + origin) * size, size);
}

/** One row of weights for all, or one per series: the anchor's, then each member's. */
function mix(
  into: Float32Array,
  center: Float32Array,
  members: readonly Float32Array[],
  weights: Float32Array,
  series: number,
  start: number,
  size: number,
): void {
  const width = 1 + members.length;
  const row = weights.length > width ? series * width : 0;
  for (let index = start; index < start + size; index++) {
    let value = (weights[row] ?? 0) * (center[index] ?? Number.NaN);
    for (let member = 0; member < members.length; member++) {
      const weight = weights[row + 1 + member] ?? 0;
      if (weight > 0) value += weight * (members[member]?.[index] ?? Number.NaN);
    }
    into[index] = value;
  }
}

function copyOrigin(
  into: Float32Array,
  from: Float32Array,
  { series, origins, horizon, levels }: Windows,
  origin: number,
  widening: readonly number[],
): void {
  const size = horizon * columnsOf(levels);
  for (let s = 0; s < series; s++) {
    const start = (s * origins + origin) * size;
    into.set(from.subarray(start, start + size), start);
    widen(into.subarray(start, start + size), columnsOf(levels), widening);
  }
}

/** Half widths times the level's factor; outer levels never inside inner ones. */
function widen(values: Float32Array, columns: number, widening: readonly number[]): void {
  for (let row = 0; row < values.length; row += columns) {
    const mean = values[row] ?? 0;
    let below = 0;
    let above = 0;
    for (const [level, factor] of widening.entries()) {
      const low = row + 1 + 2 * level;
      below = Math.max(below, (mean - (values[low] ?? mean)) * factor);
      above = Math.max(above, ((values[low + 1] ?? mean) - mean) * factor);
      values[low] = mean - below;
      values[low + 1] = mean + above;
    }
  }
}

function meanLoss(windows: Windows, predictions: Float32Array, origin: number): number {
  const losses = lossBySeries(windows, predictions, origin);
  const known = Array.from({ length: windows.series }, (_, s) => losses[s * windows.origins + origin] ?? Number.NaN);
  return average(known.filter((loss) => !Number.isNaN(loss)));
}

/** Null of a family without any weight, and where the others have none. @param weights (rows, families) */
function growthWithout(fit: Fit, weights: Float32Array): (number | null)[] {
  const width = fit.members.length;
  const rows = weights.length / width;
  const sample = sampleOf(fit.windows, fit.windows.origins, fit.center, fit.members);
  const whole = weightedLoss(sample, weights, rows);
  return fit.members.map((_, member) => {
    const less = weights.slice();
    let taken = 0;
    for (let row = 0; row < less.length; row += width) {
      const weight = less[row + member] ?? 0;
      taken += weight;
      if (weight >= 1 - 1e-6) return null;
      less[row + member] = 0;
      for (let column = 0; column < width; column++) less[row + column] = (less[row + column] ?? 0) / (1 - weight);
    }
    return taken === 0 || whole === 0 ? null : weightedLoss(sample, less, rows) / whole - 1;
  });
}
