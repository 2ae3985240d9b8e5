/** Weights of a blend, fitted on the windows before an origin. */
import { columnsOf } from './arrays.ts';
import type { Windows } from './arrays.ts';
import { quantilesOf } from './metrics.ts';
import { tTest } from './statistics.ts';

/** Weights are rows of (anchor, members…) that add up to 1. */
export interface Fit {
  readonly windows: Windows;
  /** The anchor's predictions. */
  readonly center: Float32Array;
  /** Each family's, without holes where the anchor has none. */
  readonly members: readonly Float32Array[];
  /** (series, origins) per array: the anchor's losses, then each family's. */
  readonly losses: readonly Float32Array[];
}

/** How fast a member's weight in the anchor falls with its loss, and the multiple of the least loss from which it has none. */
const BALANCE_POWER = 2;
const BALANCE_LIMIT = 1.5;
/** So much smaller than that of all the anchor's must the loss of another member be before it takes part. */
const LEAD = 0.85;
/** Standard errors by which something else must have been better than what is done without evidence, and from how many windows on. */
export const EVIDENCE = 2;
export const FEWEST_TO_CHOOSE = 4;
const ROUNDS = 20;
/** Windows' worth of trust in the anchor before any evidence. */
const ANCHOR_WINDOWS = 3;
/** Series of a panel err together, so more of them say less than more windows. */
const MOST_SERIES_COUNTED = 50;
const evidenceOf = (windows: number, series: number): number =>
  windows * Math.sqrt(Math.min(series, MOST_SERIES_COUNTED));
/** Series that the common weights are fitted on, evenly spread. */
const MOST_FITTED = 150;
/** How much a window in which a family was relatively worse takes from its weight for that series. */
const OWN_RATE = 1;
/** Share of a series' prior weights that every family gets, so that one which only suits few series can be found. */
const OPEN_SHARE = 0.2;
/** Windows' worth of trust in the members' own intervals. */
const WIDENING_WINDOWS = 8;
const NARROWEST = 0.5;
const WIDEST = 3;
const MOST_RATIOS = 20_000;

/**
 * (members,) weights of the anchor by the windows before `before`: one over the mean loss to a power, nothing
 * for those far behind the best. Their shares alone while there are none: measured on many real series, that is
 * hard to beat, and choosing the best single member is worse. Others than those of the anchor take part once
 * they were much better than all of it, and not by one lucky window: where they lead, the blend must not ignore
 * them, and where they do not, what many trials found in these windows must not outweigh the anchor.
 * @param shares per member how many of the anchor's it counts for; 0: it is not one of them
 * @param losses (series, origins) per member; a window that a member lacks counts as the mean of the others there
 */
export function balancedWeights(
  windows: Windows,
  losses: readonly Float32Array[],
  shares: readonly number[],
  before: number,
): Float32Array {
  const { series, origins } = windows;
  const anchored = shares.map((share) => share > 0);
  const sums = losses.map(() => 0);
  let count = 0;
  for (let s = 0; s < series; s++)
    for (let origin = 0; origin < before; origin++) {
      const cell = losses.map((one) => one[s * origins + origin] ?? Number.NaN);
      const known = cell.filter((loss, member) => anchored[member] === true && !Number.isNaN(loss));
      if (known.length === 0) continue;
      const usual = known.reduce((sum, loss) => sum + loss, 0) / known.length;
      count++;
      for (const [member, loss] of cell.entries())
        sums[member] = (sums[member] ?? 0) + (Number.isNaN(loss) ? usual : loss);
    }
  const leastAnchored = sums.reduce(
    (low, sum, member) => (anchored[member] === true ? Math.min(low, sum) : low),
    Number.POSITIVE_INFINITY,
  );
  const best = losses[sums.findIndex((sum, member) => anchored[member] === true && sum === leastAnchored)];
  const taking = sums.map(
    (sum, member) =>
      anchored[member] === true || (sum < LEAD * leastAnchored && leads(windows, losses[member], best, before)),
  );
  const least = sums.reduce((low, sum, member) => (taking[member] === true ? Math.min(low, sum) : low), leastAnchored);
  const weights = Float32Array.from(sums, (sum, member) => {
    if (taking[member] !== true) return 0;
    const share = shares[member] || 1;
    if (count === 0 || least === 0) return sum === least ? share : 0;
    return sum > BALANCE_LIMIT * least ? 0 : share * (least / sum) ** BALANCE_POWER;
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Keeps a forecast without any error comparable. */
const TINY_LOSS = 1e-6;

/** Whether `own` losses were clearly below those of `best` on the windows before `before`. */
function leads(
  { series, origins }: Windows,
  own: Float32Array | undefined,
  best: Float32Array | undefined,
  before: number,
): boolean {
  const ratios: number[] = [];
  const seenSeries = new Set<number>();
  const seenWindows = new Set<number>();
  for (let s = 0; s < series; s++)
    for (let origin = 0; origin < before; origin++) {
      const cell = s * origins + origin;
      const ratio = Math.log(((own?.[cell] ?? Number.NaN) + TINY_LOSS) / ((best?.[cell] ?? Number.NaN) + TINY_LOSS));
      if (Number.isNaN(ratio)) continue;
      ratios.push(ratio);
      seenSeries.add(s);
      seenWindows.add(origin);
    }
  const evidence = evidenceOf(seenWindows.size, seenSeries.size);
  if (evidence < FEWEST_TO_CHOOSE) return false;
  const { mean, error } = tTest(ratios);
  return mean < -EVIDENCE * error * Math.sqrt(ratios.length / evidence);
}

/**
 * One row of weights for all series by greedy selection with replacement on the windows before
 * `before`: whichever family lowers the blend's loss most gets another vote; the best round counts.
 */
export function greedyWeights({ windows, center, members }: Fit, before: number): Float32Array {
  const weights = new Float32Array(1 + members.length);
  weights[0] = 1;
  if (before === 0) return weights;
  const evidence = evidenceOf(before, windows.series);
  const share = ANCHOR_WINDOWS / (ANCHOR_WINDOWS + evidence);
  const sample = sampleOf(windows, before, center, members);
  const votes = new Float64Array(members.length);
  const picked = new Float64Array(sample.center.length);
  let best = { loss: votedLoss(sample, picked, picked, 1, 1), votes: votes.slice(), count: 0 };
  for (let round = 1; round <= ROUNDS; round++) {
    let chosen = 0;
    let lowest = Number.POSITIVE_INFINITY;
    for (const [member, values] of sample.members.entries()) {
      const loss = votedLoss(sample, picked, values, round, share);
      if (loss < lowest) {
        lowest = loss;
        chosen = member;
      }
    }
    votes[chosen] = (votes[chosen] ?? 0) + 1;
    const values = sample.members[chosen] ?? sample.center;
    for (let index = 0; index < picked.length; index++) picked[index] = (picked[index] ?? 0) + (values[index] ?? 0);
    if (lowest < best.loss) best = { loss: lowest, votes: votes.slice(), count: round };
  }
  if (best.count === 0) return weights;
  weights[0] = share;
  for (const [member, count] of best.votes.entries()) weights[1 + member] = ((1 - share) * count) / best.count;
  return weights;
}

/**
 * One row of weights per series: nearly the common ones times exp(-rate * windows * relative loss), as a
 * Bayesian mixes models. A series with few windows, or whose families are alike, stays near the common ones.
 */
export function ownWeights({ windows, losses }: Fit, before: number, shared: Float32Array): Float32Array {
  const { series, origins } = windows;
  const width = shared.length;
  const own = new Float32Array(series * width);
  const means = new Float64Array(width);
  const prior = shared.map((weight, column) =>
    before === 0 ? weight : (1 - OPEN_SHARE) * weight + (column === 0 ? 0 : OPEN_SHARE / (width - 1)),
  );
  for (let s = 0; s < series; s++) {
    let known = 0;
    means.fill(0);
    for (let origin = 0; origin < before; origin++) {
      if (Number.isNaN(losses[0]?.[s * origins + origin] ?? Number.NaN)) continue;
      known++;
      for (let column = 0; column < width; column++)
        means[column] = (means[column] ?? 0) + (losses[column]?.[s * origins + origin] ?? 0);
    }
    const used = means.filter((_, column) => (prior[column] ?? 0) > 0);
    const least = used.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const typical = used.reduce((sum, loss) => sum + loss, 0) / used.length;
    let sum = 0;
    for (let column = 0; column < width; column++) {
      const worse = typical > 0 ? ((means[column] ?? 0) - least) / typical : 0;
      const weight = (prior[column] ?? 0) * Math.exp(-OWN_RATE * known * worse);
      own[s * width + column] = weight;
      sum += weight;
    }
    for (let column = 0; column < width; column++) own[s * width + column] = (own[s * width + column] ?? 0) / sum;
  }
  return own;
}

/**
 * (series, origins) mean over the steps of |error| + quantile loss, both scaled as MASE is; NaN
 * where nothing can be compared. With `only`, of that origin alone.
 */
export function lossBySeries(windows: Windows, predictions: Float32Array, only: number | null = null): Float32Array {
  const { series, origins, horizon, levels, actual, scale } = windows;
  const columns = columnsOf(levels);
  const quantiles = quantilesOf(levels);
  const losses = new Float32Array(series * origins).fill(Number.NaN);
  for (let s = 0; s < series; s++)
    for (let origin = only ?? 0; origin < (only === null ? origins : only + 1); origin++) {
      const cell = s * origins + origin;
      const unit = scale[cell] ?? Number.NaN;
      if (!(unit > 0)) continue;
      let sum = 0;
      let count = 0;
      for (let step = 0; step < horizon; step++) {
        const y = actual[cell * horizon + step] ?? Number.NaN;
        const loss = pointLoss(y, predictions, (cell * horizon + step) * columns, quantiles);
        if (Number.isNaN(loss)) continue;
        sum += loss;
        count++;
      }
      if (count > 0) losses[cell] = sum / count / unit;
    }
  return losses;
}

/**
 * Per level the factor of the half widths that would have covered as often as the level says, on the windows
 * before `before`, drawn towards 1 as long as there are few of them.
 */
export function wideningOf(windows: Windows, predictions: Float32Array, before: number): number[] {
  const { series, origins, horizon, levels, actual } = windows;
  const columns = columnsOf(levels);
  const stride = Math.max(1, Math.ceil((series * before * horizon) / MOST_RATIOS));
  return levels.map((level, column) => {
    const ratios: number[] = [];
    const used = new Set<number>();
    let number = 0;
    for (let s = 0; s < series; s++)
      for (let origin = 0; origin < before; origin++)
        for (let step = 0; step < horizon; step++) {
          if (number++ % stride !== 0) continue;
          const index = (s * origins + origin) * horizon + step;
          const y = actual[index] ?? Number.NaN;
          const mean = predictions[index * columns] ?? Number.NaN;
          const bound = predictions[index * columns + 1 + 2 * column + (y > mean ? 1 : 0)] ?? Number.NaN;
          const ratio = y === mean ? 0 : Math.abs(y - mean) / Math.abs(bound - mean);
          if (Number.isNaN(ratio)) continue;
          ratios.push(ratio);
          used.add(origin);
        }
    if (ratios.length === 0) return 1;
    ratios.sort((a, b) => a - b);
    const rank = Math.min(ratios.length - 1, Math.ceil((level / 100) * (ratios.length + 1)) - 1);
    const wanted = Math.min(WIDEST, Math.max(NARROWEST, ratios[rank] ?? 1));
    const evidence = evidenceOf(used.size, series);
    return wanted ** (evidence / (evidence + WIDENING_WINDOWS));
  });
}

/** |error| + twice the mean pinball loss. */
function pointLoss(y: number, predictions: Float32Array, offset: number, quantiles: readonly number[]): number {
  let loss = 0;
  for (let column = 0; column < quantiles.length; column++) {
    const difference = y - (predictions[offset + column] ?? Number.NaN);
    const quantile = quantiles[column] ?? 0.5;
    loss += difference > 0 ? quantile * difference : (quantile - 1) * difference;
  }
  return Math.abs(y - (predictions[offset] ?? Number.NaN)) + (2 * loss) / quantiles.length;
}

/** The points that common weights are fitted on, packed: (points, columns) per array. */
interface Sample {
  /** Which series a point is of. */
  readonly series: Int32Array;
  readonly y: Float64Array;
  /** 1 / (scale * points). */
  readonly unit: Float64Array;
  readonly center: Float64Array;
  readonly members: readonly Float64Array[];
  readonly quantiles: readonly number[];
}

export function sampleOf(
  windows: Windows,
  before: number,
  center: Float32Array,
  members: readonly Float32Array[],
): Sample {
  const { series, origins, horizon, levels, actual, scale } = windows;
  const columns = columnsOf(levels);
  const stride = Math.max(1, series / MOST_FITTED);
  const points: number[] = [];
  const units: number[] = [];
  for (let next = 0; next < series; next += stride) {
    const s = Math.floor(next);
    for (let origin = 0; origin < before; origin++) {
      const cell = s * origins + origin;
      const unit = scale[cell] ?? Number.NaN;
      if (!(unit > 0)) continue;
      for (let step = 0; step < horizon; step++) {
        const point = cell * horizon + step;
        if (Number.isNaN(actual[point] ?? Number.NaN) || Number.isNaN(center[point * columns] ?? Number.NaN)) continue;
        points.push(point);
        units.push(1 / unit);
      }
    }
  }
  const pack = (values: Float32Array): Float64Array => {
    const packed = new Float64Array(points.length * columns);
    for (const [index, point] of points.entries())
      for (let column = 0; column < columns; column++)
        packed[index * columns + column] = values[point * columns + column] ?? Number.NaN;
    return packed;
  };
  return {
    series: Int32Array.from(points, (point) => Math.floor(point / (origins * horizon))),
    y: Float64Array.from(points, (point) => actual[point] ?? Number.NaN),
    unit: Float64Array.from(units, (unit) => unit / points.length),
    center: pack(center),
    members: members.map(pack),
    quantiles: quantilesOf(levels),
  };
}

/** Loss of share * anchor + the votes so far and one more for `values`. */
function votedLoss(sample: Sample, picked: Float64Array, values: Float64Array, round: number, share: number): number {
  const { y, unit, center, quantiles } = sample;
  const columns = quantiles.length;
  const vote = (1 - share) / round;
  let total = 0;
  for (let point = 0, index = 0; point < y.length; point++) {
    const actual = y[point] ?? 0;
    let loss = 0;
    let absolute = 0;
    for (let column = 0; column < columns; column++, index++) {
      const mixed = share * (center[index] ?? 0) + vote * ((picked[index] ?? 0) + (values[index] ?? 0));
      const difference = actual - mixed;
      if (column === 0) absolute = Math.abs(difference);
      loss += difference > 0 ? (quantiles[column] ?? 0) * difference : ((quantiles[column] ?? 0) - 1) * difference;
    }
    total += (unit[point] ?? 0) * (absolute + (2 * loss) / columns);
  }
  return total;
}

/** Loss of a blend. @param weights (rows, members), one row for all series or one per series */
export function weightedLoss(sample: Sample, weights: Float32Array, rows: number): number {
  const { center, members, series } = sample;
  const columns = sample.quantiles.length;
  const width = members.length;
  const mixed = new Float64Array(center.length);
  for (let index = 0; index < mixed.length; index++) {
    const row = rows > 1 ? (series[Math.floor(index / columns)] ?? 0) * width : 0;
    let value = 0;
    for (let member = 0; member < members.length; member++)
      value += (weights[row + member] ?? 0) * (members[member]?.[index] ?? 0);
    mixed[index] = value;
  }
  return votedLoss(sample, mixed, new Float64Array(mixed.length), 1, 0);
}
