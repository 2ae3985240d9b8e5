/** Point, interval and quantile errors of one family's backtest: over all, per series, origin and step. */
import { checkPredictions, checkWindows, columnsOf } from './arrays.ts';
import type { Windows } from './arrays.ts';
import { binomialInterval } from './statistics.ts';

export interface Coverage {
  /** Share of actual values inside the interval, 0..1. */
  readonly share: number;
  /** 95 % Clopper-Pearson interval of the share, as if points were independent. */
  readonly low: number;
  readonly high: number;
}

/**
 * Null where nothing could be compared. Definitions as in utilsforecast, with two conventions of
 * AutoGluon: wql and sql carry the factor 2, so that the median's quantile loss is its absolute error.
 */
export interface Metrics {
  /** Points compared. */
  readonly count: number;
  /** Mean absolute error over the seasonal-naive error before the origin. */
  readonly mase: number | null;
  /** Mean of |y - f| / (|y| + |f|), 0..1; 0 where both are 0. */
  readonly smape: number | null;
  readonly mae: number | null;
  readonly rmse: number | null;
  /** Weighted quantile loss over the levels' quantiles and the median: 2 * sum of losses / sum of |y|. */
  readonly wql: number | null;
  /** The same losses divided by the MASE denominator, averaged. */
  readonly sql: number | null;
  /** Share of actual values inside each level's interval, 0..1, keyed by level: '80', '90'. */
  readonly coverage: Readonly<Record<string, number | null>>;
}

export interface Score {
  readonly all: Metrics;
  /** Keyed by level; empty when nothing could be compared. */
  readonly coverage: Readonly<Record<string, Coverage>>;
  readonly bySeries: readonly Metrics[];
  /** Oldest first. */
  readonly byOrigin: readonly Metrics[];
  /** One step ahead first. */
  readonly byStep: readonly Metrics[];
  /** (series, origins): MASE per series and origin, NaN where there is none. */
  readonly cells: Float32Array;
  /** Points that came true but were not predicted, in all and per origin; an origin with any is not comparable. */
  readonly missing: number;
  readonly missingByOrigin: readonly number[];
}

/** Quantiles that the columns stand for, the mean being read as the median: [0.5, lo, hi, lo, hi, …]. */
export function quantilesOf(levels: readonly number[]): number[] {
  return [0.5, ...levels.flatMap((level) => [(1 - level / 100) / 2, (1 + level / 100) / 2])];
}

/** @param predictions (series, origins, horizon, 1 + 2 * levels) @throws RangeError when shapes differ */
export function score(windows: Windows, predictions: Float32Array): Score {
  checkWindows(windows);
  checkPredictions(windows, predictions);
  const { series, origins, horizon, levels, actual, scale } = windows;
  const columns = columnsOf(levels);
  const quantiles = quantilesOf(levels);
  const sums = {
    all: new Sums(1, levels),
    series: new Sums(series, levels),
    origin: new Sums(origins, levels),
    step: new Sums(horizon, levels),
  };
  const cells = new Float32Array(series * origins).fill(Number.NaN);
  const point: Point = { error: 0, actual: 0, predicted: 0, scale: 0, loss: 0, inside: new Uint8Array(levels.length) };
  const missingByOrigin = Array.from({ length: origins }, () => 0);
  for (let s = 0; s < series; s++) {
    for (let o = 0; o < origins; o++) {
      const cell = s * origins + o;
      point.scale = scale[cell] ?? Number.NaN;
      let scaled = 0;
      let count = 0;
      for (let step = 0; step < horizon; step++) {
        const index = cell * horizon + step;
        const y = actual[index] ?? Number.NaN;
        if (Number.isNaN(y)) continue;
        if (!readPoint(point, y, predictions, index * columns, quantiles)) {
          missingByOrigin[o] = (missingByOrigin[o] ?? 0) + 1;
          continue;
        }
        sums.all.add(0, point);
        sums.series.add(s, point);
        sums.origin.add(o, point);
        sums.step.add(step, point);
        scaled += point.error / point.scale;
        count++;
      }
      if (count > 0) cells[cell] = scaled / count;
    }
  }
  const rows = (group: Sums, size: number): Metrics[] =>
    Array.from({ length: size }, (_, index) => group.metrics(index));
  return {
    all: sums.all.metrics(0),
    coverage: sums.all.coverage(0),
    bySeries: rows(sums.series, series),
    byOrigin: rows(sums.origin, origins),
    byStep: rows(sums.step, horizon),
    cells,
    missing: missingByOrigin.reduce((sum, count) => sum + count, 0),
    missingByOrigin,
  };
}

/** One predicted value beside the true one; reused for all of them, for there are millions. */
interface Point {
  error: number;
  actual: number;
  predicted: number;
  scale: number;
  /** Twice the mean pinball loss over the quantiles. */
  loss: number;
  /** Per level, 1 when the truth lies inside. */
  readonly inside: Uint8Array;
}

/** False when the prediction has a hole. */
function readPoint(
  point: Point,
  y: number,
  predictions: Float32Array,
  offset: number,
  quantiles: readonly number[],
): boolean {
  let loss = 0;
  for (const [column, quantile] of quantiles.entries()) {
    const predicted = predictions[offset + column] ?? Number.NaN;
    if (!Number.isFinite(predicted)) return false;
    const difference = y - predicted;
    loss += 2 * Math.max(quantile * difference, (quantile - 1) * difference);
  }
  point.predicted = predictions[offset] ?? Number.NaN;
  point.actual = y;
  point.error = Math.abs(y - point.predicted);
  point.loss = loss / quantiles.length;
  for (let level = 0; level < point.inside.length; level++) {
    const low = predictions[offset + 1 + 2 * level] ?? Number.NaN;
    const high = predictions[offset + 2 + 2 * level] ?? Number.NaN;
    point.inside[level] = y >= low && y <= high ? 1 : 0;
  }
  return true;
}

class Sums {
  readonly #levels: readonly number[];
  readonly #count: Float64Array;
  readonly #absolute: Float64Array;
  readonly #square: Float64Array;
  readonly #symmetric: Float64Array;
  readonly #actual: Float64Array;
  readonly #loss: Float64Array;
  readonly #scaledCount: Float64Array;
  readonly #scaled: Float64Array;
  readonly #scaledLoss: Float64Array;
  readonly #inside: Float64Array;

  constructor(groups: number, levels: readonly number[]) {
    this.#levels = levels;
    this.#count = new Float64Array(groups);
    this.#absolute = new Float64Array(groups);
    this.#square = new Float64Array(groups);
    this.#symmetric = new Float64Array(groups);
    this.#actual = new Float64Array(groups);
    this.#loss = new Float64Array(groups);
    this.#scaledCount = new Float64Array(groups);
    this.#scaled = new Float64Array(groups);
    this.#scaledLoss = new Float64Array(groups);
    this.#inside = new Float64Array(groups * levels.length);
  }

  add(group: number, { error, actual, predicted, scale, loss, inside }: Point): void {
    const size = Math.abs(actual) + Math.abs(predicted);
    increase(this.#count, group, 1);
    increase(this.#absolute, group, error);
    increase(this.#square, group, error * error);
    increase(this.#symmetric, group, size === 0 ? 0 : error / size);
    increase(this.#actual, group, Math.abs(actual));
    increase(this.#loss, group, loss);
    if (scale > 0) {
      increase(this.#scaledCount, group, 1);
      increase(this.#scaled, group, error / scale);
      increase(this.#scaledLoss, group, loss / scale);
    }
    for (let level = 0; level < inside.length; level++)
      increase(this.#inside, group * inside.length + level, inside[level] ?? 0);
  }

  metrics(group: number): Metrics {
    const count = this.#count[group] ?? 0;
    const scaledCount = this.#scaledCount[group] ?? 0;
    const square = ratio(this.#square[group], count);
    return {
      count,
      mase: ratio(this.#scaled[group], scaledCount),
      smape: ratio(this.#symmetric[group], count),
      mae: ratio(this.#absolute[group], count),
      rmse: square === null ? null : Math.sqrt(square),
      wql: ratio(this.#loss[group], this.#actual[group] ?? 0),
      sql: ratio(this.#scaledLoss[group], scaledCount),
      coverage: Object.fromEntries(
        this.#levels.map((level, index) => [String(level), ratio(this.#hits(group, index), count)]),
      ),
    };
  }

  coverage(group: number): Record<string, Coverage> {
    const count = this.#count[group] ?? 0;
    if (count === 0) return {};
    return Object.fromEntries(
      this.#levels.map((level, index) => {
        const [low, high] = binomialInterval(this.#hits(group, index), count, 0.95);
        return [String(level), { share: this.#hits(group, index) / count, low, high }];
      }),
    );
  }

  #hits(group: number, level: number): number {
    return this.#inside[group * this.#levels.length + level] ?? 0;
  }
}

function increase(sums: Float64Array, index: number, value: number): void {
  sums[index] = (sums[index] ?? 0) + value;
}

function ratio(sum: number | undefined, count: number): number | null {
  return sum === undefined || count === 0 ? null : sum / count;
}
