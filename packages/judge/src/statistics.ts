/** Small-sample tests; distributions come from jstat (relative precision about 1e-7). */
import jStat from 'jstat';

/** Largest sample whose sign flips are all tried; the t-test alone is sound beyond. */
const MOST_FLIPPED = 16;

/** Fewer loss differences say nothing about their own variance. */
const FEWEST_DIFFERENCES = 10;

export interface TTest {
  readonly mean: number;
  /** Standard error of the mean; 0 when all values are equal. */
  readonly error: number;
  /** P(T <= t) under mean 0: small when the mean lies clearly below 0. */
  readonly less: number;
  readonly twoSided: number;
}

/** One-sample t-test of mean 0. Without any spread t is infinite: the sign test's p, 0.5^n, stands in for it. */
export function tTest(values: readonly number[]): TTest {
  const n = values.length;
  const mean = average(values);
  const variance = n < 2 ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const error = Math.sqrt(variance / n);
  if (n < 2 || mean === 0) return { mean, error, less: mean === 0 ? 0.5 : 1, twoSided: 1 };
  if (error <= Math.abs(mean) * 1e-12) {
    const certain = 0.5 ** n;
    return { mean, error: 0, less: mean < 0 ? certain : 1 - certain, twoSided: Math.min(1, 2 * certain) };
  }
  const t = mean / error;
  const less = jStat.studentt.cdf(t, n - 1);
  return { mean, error, less, twoSided: Math.min(1, 2 * Math.min(less, 1 - less)) };
}

/** Quantile of Student's t. @param p 0..1 @param freedom degrees of freedom, at least 1 */
export function tQuantile(p: number, freedom: number): number {
  return jStat.studentt.inv(p, freedom);
}

/**
 * Exact one-sided sign-flip test: share of all sign patterns whose mean is as low as the observed
 * one (Fisher's randomization). Null when there are none, or too many to try every pattern.
 */
export function signFlipLess(values: readonly number[]): number | null {
  const n = values.length;
  if (n === 0 || n > MOST_FLIPPED) return null;
  const observed = values.reduce((sum, value) => sum + value, 0);
  const slack = 1e-12 * values.reduce((sum, value) => sum + Math.abs(value), 0);
  let asLow = 0;
  for (let pattern = 0; pattern < 2 ** n; pattern++) {
    let sum = 0;
    for (const [index, value] of values.entries()) sum += (pattern >> index) & 1 ? -value : value;
    if (sum <= observed + slack) asLow++;
  }
  return asLow / 2 ** n;
}

/**
 * Upper bound of the mean that goes with `signFlipLess`: below 0 exactly where that test rejects at `alpha`.
 * The means of all subsets are typical values of the true mean (Hartigan 1969), so it is one of them.
 * Null where `signFlipLess` is; Infinity for so few values that no pattern is rare enough.
 */
export function signFlipUpper(values: readonly number[], alpha: number): number | null {
  const n = values.length;
  if (n === 0 || n > MOST_FLIPPED) return null;
  const means = new Float64Array(2 ** n - 1);
  for (let subset = 1; subset < 2 ** n; subset++) {
    const held = values.filter((_, index) => (subset >> index) & 1);
    means[subset - 1] = average(held);
  }
  const rank = Math.ceil(alpha * 2 ** n) - 1;
  return rank < 1 ? Number.POSITIVE_INFINITY : (means.sort()[means.length - rank] ?? Number.NaN);
}

/** `count` patterns of +1 and -1, the same ones at every call. */
export function randomSigns(length: number, count: number): Int8Array[] {
  let state = 2_463_534_242;
  return Array.from({ length: count }, () =>
    Int8Array.from({ length }, () => {
      // xorshift32 (Marsaglia 2003)
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 65_536 ? 1 : -1;
    }),
  );
}

/**
 * Diebold & Mariano's test of equal losses, two-sided: t of the mean difference with Bartlett's
 * (Newey & West 1987) long-run variance, which is never negative, and Student's t with n - 1 degrees.
 * @param differences losses of one forecast less those of the other, in the order of time
 * @param lag steps over which differences may be correlated: horizon - 1
 * @returns null below ten differences, where the variance says too little
 */
export function dieboldMariano(differences: readonly number[], lag: number): { t: number; p: number } | null {
  const n = differences.length;
  if (n < FEWEST_DIFFERENCES) return null;
  const mean = average(differences);
  const covariance = (distance: number): number => {
    let sum = 0;
    for (let index = distance; index < n; index++)
      sum += ((differences[index] ?? 0) - mean) * ((differences[index - distance] ?? 0) - mean);
    return sum / n;
  };
  const reach = Math.min(lag, n - 1);
  let variance = covariance(0);
  for (let distance = 1; distance <= reach; distance++)
    variance += 2 * (1 - distance / (reach + 1)) * covariance(distance);
  if (variance <= 1e-24 * (1 + mean * mean)) return mean === 0 ? { t: 0, p: 1 } : null;
  const t = mean / Math.sqrt(variance / n);
  const below = jStat.studentt.cdf(t, n - 1);
  return { t, p: Math.min(1, 2 * Math.min(below, 1 - below)) };
}

/** Holm's adjusted p-values in the order given. */
export function holm(p: readonly number[]): number[] {
  const order = p.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const adjusted: number[] = p.map(() => 1);
  let highest = 0;
  for (const [rank, { value, index }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, value * (p.length - rank)));
    adjusted[index] = highest;
  }
  return adjusted;
}

/** Clopper-Pearson interval of a share. @param confidence 0..1 @returns [low, high] within 0..1 */
export function binomialInterval(hits: number, count: number, confidence: number): [number, number] {
  const tail = (1 - confidence) / 2;
  return [
    hits === 0 ? 0 : jStat.beta.inv(tail, hits, count - hits + 1),
    hits === count ? 1 : jStat.beta.inv(1 - tail, hits + 1, count - hits),
  ];
}

export function average(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}
