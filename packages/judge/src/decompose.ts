/** A series taken apart the classical way: centred moving average, mean deviation of each season, the rest. */
import { average } from './statistics.ts';

export interface Decomposition {
  readonly trend: (number | null)[];
  readonly seasonal: (number | null)[];
  readonly remainder: (number | null)[];
  /** 0..1: how much of the variance beside the rest the part explains (Wang, Smith & Hyndman 2006). */
  readonly trendStrength: number;
  readonly seasonalStrength: number;
}

/** @param season steps, at least 2 @returns null below two whole seasons of known values */
export function decompose(y: readonly (number | null)[], season: number): Decomposition | null {
  if (season < 2 || y.length < 2 * season) return null;
  const trend = y.map((_, index) => centredMean(y, index, season));
  const sums = Array.from({ length: season }, () => [] as number[]);
  for (const [index, value] of y.entries()) {
    const level = trend[index] ?? null;
    if (value !== null && level !== null) sums[index % season]?.push(value - level);
  }
  if (sums.some((deviations) => deviations.length === 0)) return null;
  const raw = sums.map((deviations) => average(deviations));
  const center = average(raw);
  const seasonal = y.map((_, index) => (raw[index % season] ?? 0) - center);
  const remainder = y.map((value, index) => {
    const level = trend[index] ?? null;
    return value === null || level === null ? null : value - level - (seasonal[index] ?? 0);
  });
  const strengthOf = (part: readonly (number | null)[]): number => {
    const both = remainder.flatMap((rest, index) => (rest === null ? [] : [rest + (part[index] ?? 0)]));
    const rest = remainder.filter((one) => one !== null);
    const whole = variance(both);
    return whole > 0 ? Math.max(0, 1 - variance(rest) / whole) : 0;
  };
  return { trend, seasonal, remainder, trendStrength: strengthOf(trend), seasonalStrength: strengthOf(seasonal) };
}

/** Over one season; an even one takes half of both ends. Null at the edges and beside a gap. */
function centredMean(y: readonly (number | null)[], index: number, season: number): number | null {
  const reach = Math.floor(season / 2);
  if (index < reach || index + reach >= y.length) return null;
  let sum = 0;
  for (let at = index - reach; at <= index + reach; at++) {
    const value = y[at] ?? null;
    if (value === null) return null;
    sum += season % 2 === 0 && Math.abs(at - index) === reach ? value / 2 : value;
  }
  return sum / season;
}

function variance(values: readonly number[]): number {
  const mean = average(values);
  return values.length < 2 ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
