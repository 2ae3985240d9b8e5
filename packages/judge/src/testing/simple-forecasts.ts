/** Simple forecasts with normal intervals, so that whole pipelines can be judged by the hundred without an engine. */

export interface Simple {
  readonly family: string;
  readonly baseline: boolean;
  /** @returns point forecasts of the next `horizon` steps */
  readonly forecast: (y: readonly number[], horizon: number, season: number) => number[];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const flat = (value: number, horizon: number): number[] => Array.from({ length: horizon }, () => value);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Exponential smoothing with the rate that fits best. */
function smoothed(y: readonly number[]): number {
  let best = { error: Number.POSITIVE_INFINITY, level: y[0] ?? 0 };
  for (const rate of [0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.95]) {
    let level = y[0] ?? 0;
    let error = 0;
    for (const value of y.slice(1)) {
      error += (value - level) ** 2;
      level += rate * (value - level);
    }
    if (error < best.error) best = { error, level };
  }
  return best.level;
}

/** Least squares slope over the time. */
function slope(y: readonly number[]): number {
  const middle = (y.length - 1) / 2;
  const center = mean(y);
  const product = y.reduce((sum, value, index) => sum + (index - middle) * (value - center), 0);
  return product / y.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
}

function seasonalMeans(y: readonly number[], season: number): number[] {
  const center = mean(y);
  return Array.from({ length: season }, (_, phase) => mean(y.filter((_value, at) => at % season === phase)) - center);
}

/** Without its season, smoothed or as a line, and the season put back. */
function seasonal(y: readonly number[], horizon: number, season: number, line: boolean): number[] {
  const growth = line ? slope(y) : 0;
  const level = y.map((value, at) => value - growth * at);
  const parts = season > 1 ? seasonalMeans(level, season) : [0];
  const rest = level.map((value, at) => value - (parts[at % parts.length] ?? 0));
  const base = line ? mean(rest) : smoothed(rest);
  return Array.from({ length: horizon }, (_, step) => {
    const at = y.length + step;
    return base + growth * at + (parts[at % parts.length] ?? 0);
  });
}

export const SIMPLE: readonly Simple[] = [
  { family: 'smoothed_season', baseline: false, forecast: (y, h, season) => seasonal(y, h, season, false) },
  { family: 'line_season', baseline: false, forecast: (y, h, season) => seasonal(y, h, season, true) },
  { family: 'smoothed', baseline: false, forecast: (y, h) => flat(smoothed(y), h) },
  {
    family: 'drift',
    baseline: false,
    forecast: (y, h) => {
      const step = ((y.at(-1) ?? 0) - (y[0] ?? 0)) / (y.length - 1);
      return Array.from({ length: h }, (_, ahead) => (y.at(-1) ?? 0) + step * (ahead + 1));
    },
  },
  {
    family: 'seasonal_naive',
    baseline: true,
    forecast: (y, h, season) => Array.from({ length: h }, (_, step) => y[y.length - season + (step % season)] ?? 0),
  },
  { family: 'naive', baseline: true, forecast: (y, h) => flat(y.at(-1) ?? 0, h) },
  { family: 'historic_mean', baseline: true, forecast: (y, h) => flat(mean(y), h) },
  { family: 'historic_median', baseline: true, forecast: (y, h) => flat(median(y), h) },
  {
    family: 'window_average',
    baseline: true,
    forecast: (y, h, season) => flat(mean(y.slice(-Math.max(season, h))), h),
  },
];

/** Half widths per level from the errors of one step, as if they were normal. */
export function halfWidths(one: Simple, y: readonly number[], season: number, reach: readonly number[]): number[] {
  const errors: number[] = [];
  for (let end = Math.max(2 * season, y.length - 24); end < y.length; end++)
    errors.push((y[end] ?? 0) - (one.forecast(y.slice(0, end), 1, season)[0] ?? 0));
  const spread = Math.sqrt(mean(errors.map((error) => error ** 2)));
  return reach.map((factor) => factor * spread);
}
