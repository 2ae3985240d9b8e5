/** Questions asked after the result: another error measure, windows left out, other weights. Pure. */
import type { ForecastArrays } from '@minori/contract';
import { leaderboard, score, type Windows } from '@minori/judge';

export const WHAT_IF_METRICS = ['mase', 'sql', 'wql', 'smape', 'mae', 'rmse'] as const;
export type WhatIfMetric = (typeof WHAT_IF_METRICS)[number];

export interface Backtest {
  ids: readonly string[];
  origins: number;
  /** Null where the arrays were too large: then only MASE per series and window is known. */
  windows: Windows | null;
  models: { model: string; baseline: boolean; predictions: Float32Array | null; cells: Float32Array | null }[];
}

/** Little-endian float32, as every browser's machine has it. */
function floats(text: string | null): Float32Array | null {
  if (text === null) return null;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.codePointAt(0) ?? 0);
  return new Float32Array(bytes.buffer);
}

export function unpack(arrays: ForecastArrays): Backtest {
  const { unique_ids: ids, origins, horizon, levels } = arrays;
  const actual = floats(arrays.actual);
  const scale = floats(arrays.scale);
  return {
    ids,
    origins,
    windows: actual === null || scale === null ? null : { series: ids.length, origins, horizon, levels, actual, scale },
    models: arrays.models.map(({ model, baseline, predictions, cells }) => ({
      model,
      baseline,
      predictions: floats(predictions),
      cells: floats(cells),
    })),
  };
}

/** The same windows without those of some origins. */
function without(windows: Windows, left: ReadonlySet<number>): Windows {
  if (left.size === 0) return windows;
  const { origins, horizon } = windows;
  const actual = windows.actual.map((value, index) =>
    left.has(Math.floor(index / horizon) % origins) ? Number.NaN : value,
  );
  return { ...windows, actual };
}

interface Measured {
  value: number | null;
  byOrigin: (number | null)[];
}
function measure(
  windows: Windows,
  predictions: Float32Array,
  metric: WhatIfMetric,
  left: ReadonlySet<number>,
): Measured {
  const judged = score(without(windows, left), predictions);
  return {
    value: judged.all[metric],
    // A window that was only partly forecast is none.
    byOrigin: judged.byOrigin.map((held, origin) => ((judged.missingByOrigin[origin] ?? 0) > 0 ? null : held[metric])),
  };
}

function measureCells(cells: Float32Array, origins: number, left: ReadonlySet<number>): Measured {
  const sums = Array.from({ length: origins }, () => ({ sum: 0, count: 0 }));
  for (const [index, value] of cells.entries()) {
    const held = sums[index % origins];
    if (held === undefined || left.has(index % origins) || Number.isNaN(value)) continue;
    held.sum += value;
    held.count += 1;
  }
  const count = sums.reduce((total, held) => total + held.count, 0);
  return {
    value: count === 0 ? null : sums.reduce((total, held) => total + held.sum, 0) / count,
    byOrigin: sums.map((held) => (held.count === 0 ? null : held.sum / held.count)),
  };
}

export interface Standing {
  model: string;
  rank: number | null;
  baseline: boolean;
  value: number | null;
  /** Against the best simple forecast, measured the same way; null of simple ones. */
  gain: number | null;
}
export interface Rules {
  metric: WhatIfMetric;
  /** Origins left out, oldest = 0. */
  left: ReadonlySet<number>;
}
export interface BlendAnswer {
  value: number | null;
  /** Against the best simple forecast, and against the leader, measured the same way. */
  gain: number | null;
  overLeader: number | null;
}

/** Weighted mean of each model's point forecast and bounds. Weights add up to 1 afterwards. */
export function blendOf(backtest: Backtest, weights: ReadonlyMap<string, number>): Float32Array | null {
  const chosen = backtest.models.flatMap(({ model, predictions }) => {
    const weight = weights.get(model) ?? 0;
    return weight > 0 && predictions !== null ? [{ weight, predictions }] : [];
  });
  const [first] = chosen;
  if (first === undefined) return null;
  const total = chosen.reduce((sum, { weight }) => sum + weight, 0);
  const mixed = new Float32Array(first.predictions.length);
  for (const { weight, predictions } of chosen)
    for (let index = 0; index < mixed.length; index += 1)
      mixed[index] = (mixed[index] ?? 0) + (weight / total) * (predictions[index] ?? Number.NaN);
  return mixed;
}

/** The order under these rules, best first; families that cannot be measured by them last. */
export function standingsOf(backtest: Backtest, { metric, left }: Rules): Standing[] {
  const { windows, origins } = backtest;
  const measured = backtest.models.map(({ model, baseline, predictions, cells }) => ({
    model,
    baseline,
    ...(windows !== null && predictions !== null
      ? measure(windows, predictions, metric, left)
      : metric === 'mase' && cells !== null
        ? measureCells(cells, origins, left)
        : { value: null, byOrigin: [] }),
  }));
  const simple = measured.flatMap(({ baseline, value }) => (baseline && value !== null ? [value] : []));
  const yardstick = simple.length === 0 ? null : Math.min(...simple);
  const placings = leaderboard(
    measured.map(({ model, value, byOrigin }) => ({ family: model, mase: value, byOrigin, seconds: null })),
  );
  return placings.map(({ family, rank }): Standing => {
    const { value = null, baseline = false } = measured.find(({ model }) => model === family) ?? {};
    return { model: family, rank, baseline, value, gain: baseline ? null : smallerThan(yardstick, value) };
  });
}

/** The blend of these weights beside an order under the same rules; null without weights or arrays. */
export function blendAnswer(
  backtest: Backtest,
  { metric, left }: Rules,
  weights: ReadonlyMap<string, number>,
  standings: readonly Standing[],
): BlendAnswer | null {
  const { windows } = backtest;
  const mixed = windows === null ? null : blendOf(backtest, weights);
  if (windows === null || mixed === null) return null;
  const { value } = measure(windows, mixed, metric, left);
  const simple = standings.find(({ baseline, value: known }) => baseline && known !== null)?.value ?? null;
  return {
    value,
    gain: smallerThan(simple, value),
    overLeader: smallerThan(standings[0]?.value ?? null, value),
  };
}

/** By what share a value is below another; negative when it is above. */
const smallerThan = (other: number | null, value: number | null): number | null =>
  value === null || other === null || other === 0 ? null : 1 - value / other;
