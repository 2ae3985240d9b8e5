/**
 * Which of many forecasts may be the best: the model confidence set (Hansen, Lunde & Nason 2011, range
 * statistic) with sign flips of whole windows in place of a bootstrap, which is too sure of itself on
 * eight of them. One joint test per round, so a long leaderboard costs no power as Holm's correction does.
 */
import { randomSigns } from './statistics.ts';

/** Up to so many windows every pattern of signs is tried. */
const MOST_EXACT = 10;
const PATTERNS = 1000;

/**
 * @param errors (forecasts, windows): positive errors, none missing; compared as logarithms
 * @returns per forecast the largest level at which it is still in the set: p < alpha = ruled out
 */
export function confidenceSet(errors: readonly (readonly number[])[]): number[] {
  const windows = errors[0]?.length ?? 0;
  const p = errors.map(() => 1);
  if (windows < 2) return p;
  const logs = errors.map((row) => row.map((error) => Math.log(error)));
  const patterns = signPatterns(windows);
  let pairs = pairsOf(logs, patterns);
  let level = 0;
  while (pairs.length > 0) {
    const largest = pairs.reduce((a, b) => (b.seen > a.seen ? b : a));
    const limit = largest.seen * (1 - 1e-9);
    let asLarge = 0;
    for (let pattern = 0; pattern < patterns.length; pattern++)
      if (pairs.some(({ flipped }) => (flipped[pattern] ?? 0) >= limit)) asLarge++;
    level = Math.max(level, largest.seen === 0 ? 1 : asLarge / patterns.length);
    p[largest.worse] = level;
    pairs = pairs.filter(({ worse, better }) => worse !== largest.worse && better !== largest.worse);
  }
  return p;
}

interface Pair {
  readonly worse: number;
  readonly better: number;
  /** (sum of differences)^2 / sum of squares: rises with |t|, 0..windows. */
  readonly seen: number;
  /** The same for each pattern of signs. */
  readonly flipped: Float64Array;
}

function pairsOf(logs: readonly (readonly number[])[], patterns: readonly Int8Array[]): Pair[] {
  return logs.flatMap((one, first) =>
    logs.slice(first + 1).map((two, distance): Pair => {
      const second = first + 1 + distance;
      const differences = one.map((value, window) => value - (two[window] ?? 0));
      const squares = differences.reduce((sum, value) => sum + value * value, 0);
      const sum = differences.reduce((total, value) => total + value, 0);
      const flipped = Float64Array.from(patterns, (signs) => {
        let signed = 0;
        for (const [window, value] of differences.entries()) signed += value * (signs[window] ?? 1);
        return squares === 0 ? 0 : signed ** 2 / squares;
      });
      const [worse, better] = sum > 0 ? [first, second] : [second, first];
      return { worse, better, seen: squares === 0 ? 0 : sum ** 2 / squares, flipped };
    }),
  );
}

/** All patterns of signs of few windows, one of each mirrored two; else a thousand drawn ones and the one that was seen. */
function signPatterns(windows: number): Int8Array[] {
  if (windows > MOST_EXACT) return [new Int8Array(windows).fill(1), ...randomSigns(windows, PATTERNS - 1)];
  return Array.from({ length: 2 ** (windows - 1) }, (_, pattern) =>
    Int8Array.from({ length: windows }, (_unused, window) => ((pattern >> window) & 1 ? -1 : 1)),
  );
}
