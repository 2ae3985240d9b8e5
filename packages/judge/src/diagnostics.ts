/** What a backtest says about a forecast beyond its error: bias and spread by step, coverage, calibration. */
import type { Diagnostics } from '@minori/contract';
import { checkPredictions, checkWindows, columnsOf } from './arrays.ts';
import type { Windows } from './arrays.ts';
import { quantilesOf } from './metrics.ts';
import { average, binomialInterval } from './statistics.ts';

const BINS = 24;
const SHOWN_QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];
/** Residuals that quantiles are taken of; of more, evenly spread ones. */
const MOST_SORTED = 50_000;

export type BacktestDiagnostics = Pick<
  Diagnostics,
  'unit' | 'residuals' | 'coverage' | 'coverage_by_step' | 'calibration'
>;

/**
 * @param predictions (series, origins, horizon, 1 + 2 * levels)
 * @param only one series, whose residuals keep the units of the data; null = all, scaled as in MASE
 * @throws RangeError when shapes differ
 */
export function diagnose(windows: Windows, predictions: Float32Array, only: number | null): BacktestDiagnostics {
  checkWindows(windows);
  checkPredictions(windows, predictions);
  const { series, origins, horizon, levels, actual, scale } = windows;
  const columns = columnsOf(levels);
  const quantiles = quantilesOf(levels);
  const byStep: number[][] = Array.from({ length: horizon }, () => []);
  const below = quantiles.map(() => 0);
  const inside = Array.from({ length: horizon }, () => levels.map(() => 0));
  const seen = Array.from({ length: horizon }, () => 0);
  let compared = 0;
  const neighbours = { product: 0, square: 0 };
  for (let s = only ?? 0; s < (only === null ? series : only + 1); s++)
    for (let origin = 0; origin < origins; origin++) {
      const cell = s * origins + origin;
      const unit = only === null ? (scale[cell] ?? Number.NaN) : 1;
      let before = Number.NaN;
      for (let step = 0; step < horizon; step++) {
        const index = cell * horizon + step;
        const y = actual[index] ?? Number.NaN;
        const mean = predictions[index * columns] ?? Number.NaN;
        const residual = (y - mean) / unit;
        if (!Number.isFinite(residual)) {
          before = Number.NaN;
          continue;
        }
        byStep[step]?.push(residual);
        if (!Number.isNaN(before)) {
          neighbours.product += residual * before;
          neighbours.square += before * before;
        }
        before = residual;
        if (Number.isNaN(predictions[index * columns + columns - 1] ?? Number.NaN)) continue;
        compared++;
        seen[step] = (seen[step] ?? 0) + 1;
        for (const column of quantiles.keys())
          if (y <= (predictions[index * columns + column] ?? Number.NaN)) below[column] = (below[column] ?? 0) + 1;
        const row = inside[step] ?? [];
        for (const level of levels.keys()) {
          const low = predictions[index * columns + 1 + 2 * level] ?? Number.NaN;
          const high = predictions[index * columns + 2 + 2 * level] ?? Number.NaN;
          if (y >= low && y <= high) row[level] = (row[level] ?? 0) + 1;
        }
      }
    }
  const all = byStep.flat();
  return {
    unit: only === null ? 'scaled' : 'data',
    residuals: {
      count: all.length,
      bias: all.length === 0 ? 0 : average(all),
      by_step: byStep.flatMap((residuals, step) => (residuals.length === 0 ? [] : [ofStep(residuals, step + 1)])),
      histogram: histogramOf(all),
      autocorrelation: neighbours.square > 0 ? Math.max(-1, Math.min(1, neighbours.product / neighbours.square)) : null,
    },
    coverage:
      compared === 0
        ? []
        : levels.map((level, index) => ({
            level,
            ...shareOf(
              inside.reduce((sum, row) => sum + (row[index] ?? 0), 0),
              compared,
            ),
          })),
    coverage_by_step: inside.flatMap((row, step) =>
      levels.map((level, index) => {
        const count = seen[step] ?? 0;
        return { step: step + 1, level, share: count === 0 ? null : (row[index] ?? 0) / count, count };
      }),
    ),
    calibration:
      compared === 0
        ? []
        : quantiles
            .map((quantile, column) => ({ quantile, ...shareOf(below[column] ?? 0, compared) }))
            .toSorted((a, b) => a.quantile - b.quantile),
  };
}

function ofStep(residuals: readonly number[], step: number): BacktestDiagnostics['residuals']['by_step'][number] {
  const sorted = sortedSample(residuals);
  return {
    step,
    count: residuals.length,
    bias: average(residuals),
    mae: residuals.reduce((sum, residual) => sum + Math.abs(residual), 0) / residuals.length,
    quantiles: SHOWN_QUANTILES.map((p) => quantileOf(sorted, p)),
  };
}

/** Equal bins over the middle 98 %, so that an outlier does not squeeze all others into one. */
function histogramOf(values: readonly number[]): BacktestDiagnostics['residuals']['histogram'] {
  if (values.length === 0) return { edges: [0, 1], counts: [0] };
  const sorted = sortedSample(values);
  const low = quantileOf(sorted, 0.01);
  const high = quantileOf(sorted, 0.99);
  const width = (high - low) / BINS;
  if (!(width > 0)) return { edges: [low - 0.5, low + 0.5], counts: [values.length] };
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor((value - low) / width)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges: Array.from({ length: BINS + 1 }, (_, edge) => low + edge * width), counts };
}

function sortedSample(values: readonly number[]): Float64Array {
  const stride = Math.max(1, Math.ceil(values.length / MOST_SORTED));
  return Float64Array.from(values.filter((_, index) => index % stride === 0)).sort();
}

/** Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996). */
function quantileOf(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? 0;
  return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? low) - low);
}

function shareOf(hits: number, count: number): { share: number; low: number; high: number; count: number } {
  const [low, high] = binomialInterval(hits, count, 0.95);
  return { share: hits / count, low, high, count };
}
