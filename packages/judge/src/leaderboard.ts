/** Who leads, and who cannot be told apart from the leader. */
import { holm, tTest } from './statistics.ts';

/** Scaled errors below this are all the same to us; keeps the logarithm of a perfect forecast finite. */
export const SMALLEST_ERROR = 1e-3;
const ALPHA = 0.05;
/** Fewer common origins cannot separate two families. */
const FEWEST_FOR_TIES = 3;

export interface Contender {
  readonly family: string;
  /** Mean MASE; null when it could not be judged. */
  readonly mase: number | null;
  /** MASE per origin, oldest first. */
  readonly byOrigin: readonly (number | null)[];
  /** Points it left out; such a family stands below all complete ones. */
  readonly missing: number;
  /** Wall seconds it took: the cheaper of two equal ones goes first. */
  readonly seconds: number | null;
}

export interface Placing {
  readonly family: string;
  /** 1 = first; null when it could not be judged. */
  readonly rank: number | null;
  /** No real difference from the leader was found; of the leader, that somebody ties with it. */
  readonly tied: boolean;
  /** Holm-adjusted p of the paired test against the leader; null of the leader and where no test was possible. */
  readonly p: number | null;
}

/**
 * Order by mean MASE. Ties: paired t-test of the per-origin log ratios to the leader's error,
 * two-sided at 5 % after Holm's correction, down to the first that differs; too few origins separate nobody.
 * @returns in the order of rank
 */
export function leaderboard(contenders: readonly Contender[]): Placing[] {
  const order = contenders.toSorted(byMerit);
  const [leader] = order;
  if (leader === undefined) return [];
  const judged = order.filter(({ mase }) => mase !== null);
  const tests = judged.slice(1).map((contender) => (contender.missing > 0 ? null : pairedTest(contender, leader)));
  const adjusted = holm(tests.map((p) => p ?? 1));
  // A bracket has no holes: whoever stands below a family that differs from the leader differs, too.
  let apart = false;
  const placings = order.map((contender, index): Placing => {
    if (contender.mase === null) return { family: contender.family, rank: null, tied: false, p: null };
    if (index === 0) return { family: contender.family, rank: 1, tied: false, p: null };
    const p = tests[index - 1] === null ? null : (adjusted[index - 1] ?? 1);
    // Errors on other windows than the leader's say nothing about a difference.
    apart ||= contender.missing > 0 || (p !== null && p < ALPHA);
    return { family: contender.family, rank: index + 1, tied: !apart, p };
  });
  const [first, ...others] = placings;
  return first === undefined ? [] : [{ ...first, tied: others.some(({ tied }) => tied) }, ...others];
}

function byMerit(a: Contender, b: Contender): number {
  return (
    Number(a.mase === null) - Number(b.mase === null) ||
    Number(a.missing > 0) - Number(b.missing > 0) ||
    (a.mase ?? 0) - (b.mase ?? 0) ||
    (a.seconds ?? 0) - (b.seconds ?? 0) ||
    (a.family < b.family ? -1 : 1)
  );
}

function pairedTest(contender: Contender, leader: Contender): number | null {
  const ratios = logRatios(contender.byOrigin, leader.byOrigin);
  return ratios.length < FEWEST_FOR_TIES ? null : tTest(ratios).twoSided;
}

/** log(a / b) of the origins that both have. */
export function logRatios(a: readonly (number | null)[], b: readonly (number | null)[]): number[] {
  return a.flatMap((error, origin) => {
    const other = b[origin] ?? null;
    return error === null || other === null ? [] : [logRatio(error, other)];
  });
}

export function logRatio(a: number, b: number): number {
  return Math.log(Math.max(a, SMALLEST_ERROR) / Math.max(b, SMALLEST_ERROR));
}
