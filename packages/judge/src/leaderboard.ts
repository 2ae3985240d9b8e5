/** Who leads, and who cannot be told apart from the leader. */
import { confidenceSet } from './confidence-set.ts';
import { average, holm, tTest } from './statistics.ts';

/** Scaled errors below this are all the same to us; keeps the logarithm of a perfect forecast finite. */
export const SMALLEST_ERROR = 1e-3;
const ALPHA = 0.05;
/** A confidence set is usually asked for the best with 90 %. */
const SET_ALPHA = 0.1;
/** Fewer common origins cannot separate two families. */
const FEWEST_FOR_TIES = 3;
/** Fewer windows in common with the best complete family say too little to rank by. */
const FEWEST_WINDOWS = 3;

export interface Contender {
  readonly family: string;
  /** Mean MASE; null when it could not be judged. */
  readonly mase: number | null;
  /** MASE per origin, oldest first; null where it was not judged. */
  readonly byOrigin: readonly (number | null)[];
  /** Wall seconds it took: the cheaper of two equal ones goes first. */
  readonly seconds: number | null;
}

export interface Placing {
  readonly family: string;
  /** 1 = first; null when it could not be judged. */
  readonly rank: number | null;
  /** No real difference from the leader was found; of the leader, that somebody ties with it. */
  readonly tied: boolean;
  /** What the order goes by: mean MASE; for a family with fewer windows what it would be on all of them. */
  readonly merit: number | null;
  /** Level of the confidence set at which it may still be the best, 0..1; null where it could not be compared. */
  readonly p: number | null;
}

/**
 * Order by mean MASE. A family that was stopped before its last windows is measured against the best
 * complete one on the windows that both have; with fewer than three it stands below. Ties: those in
 * the model confidence set of the complete families, down to the first that is not; a family with fewer
 * windows ties unless a paired t-test of its log ratios to the leader says otherwise.
 * @returns in the order of rank
 */
export function leaderboard(contenders: readonly Contender[]): Placing[] {
  const order = withMerit(contenders).toSorted(byMerit);
  const [leader] = order;
  if (leader === undefined) return [];
  const chances = chancesOf(order, leader.contender);
  // A bracket has no holes: whoever stands below a family that differs from the leader differs, too.
  let apart = false;
  const placings = order.map(({ contender: { family }, merit, tier }, index): Placing => {
    if (tier === 'unjudged') return { family, rank: null, tied: false, merit, p: null };
    const chance = chances.get(family) ?? null;
    if (index === 0) return { family, rank: 1, tied: false, merit, p: chance?.p ?? null };
    apart ||= tier === 'few windows' || (chance !== null && chance.p < chance.alpha);
    return { family, rank: index + 1, tied: !apart, merit, p: chance?.p ?? null };
  });
  const [first, ...others] = placings;
  return first === undefined ? [] : [{ ...first, tied: others.some(({ tied }) => tied) }, ...others];
}

/** How likely each family is still to be the best, and from where on that is ruled out. */
function chancesOf(order: readonly Standing[], leader: Contender): Map<string, { p: number; alpha: number }> {
  const judged = order.filter(({ tier }) => tier === 'judged').map(({ contender }) => contender);
  const most = Math.max(0, ...judged.map(windowsOf));
  // The set can only hold a leader that has all windows; otherwise everybody is tested against it.
  const complete = windowsOf(leader) < most ? [] : judged.filter((contender) => windowsOf(contender) === most);
  const common = (complete[0]?.byOrigin ?? []).flatMap((_, origin) =>
    complete.every(({ byOrigin }) => (byOrigin[origin] ?? null) !== null) ? [origin] : [],
  );
  const chances = new Map<string, { p: number; alpha: number }>();
  if (common.length >= FEWEST_FOR_TIES) {
    const set = confidenceSet(
      complete.map(({ byOrigin }) => common.map((origin) => Math.max(byOrigin[origin] ?? 0, SMALLEST_ERROR))),
    );
    for (const [index, { family }] of complete.entries()) chances.set(family, { p: set[index] ?? 1, alpha: SET_ALPHA });
  }
  const partial = judged.filter((contender) => contender !== leader && !complete.includes(contender));
  const tests = partial.map((contender) => pairedTest(contender, leader));
  const adjusted = holm(tests.map((p) => p ?? 1));
  for (const [index, { family }] of partial.entries())
    if (tests[index] !== null) chances.set(family, { p: adjusted[index] ?? 1, alpha: ALPHA });
  return chances;
}

const windowsOf = ({ mase, byOrigin }: Contender): number =>
  mase === null ? 0 : byOrigin.filter((error) => error !== null).length;

interface Standing {
  readonly contender: Contender;
  readonly tier: 'judged' | 'few windows' | 'unjudged';
  readonly merit: number | null;
}
const TIERS = ['judged', 'few windows', 'unjudged'] as const;

function withMerit(contenders: readonly Contender[]): Standing[] {
  const most = Math.max(0, ...contenders.map(windowsOf));
  const complete = contenders.filter((contender) => contender.mase !== null && windowsOf(contender) === most);
  const [reference] = complete.toSorted((a, b) => (a.mase ?? 0) - (b.mase ?? 0));
  return contenders.map((contender): Standing => {
    if (contender.mase === null) return { contender, tier: 'unjudged', merit: null };
    if (windowsOf(contender) === most) return { contender, tier: 'judged', merit: contender.mase };
    const ratios = logRatios(contender.byOrigin, reference?.byOrigin ?? []);
    const few = ratios.length < FEWEST_WINDOWS;
    const merit = few ? contender.mase : (reference?.mase ?? 0) * Math.exp(average(ratios));
    return { contender, tier: few ? 'few windows' : 'judged', merit };
  });
}

function byMerit(a: Standing, b: Standing): number {
  return (
    TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) ||
    (a.merit ?? 0) - (b.merit ?? 0) ||
    (a.contender.seconds ?? 0) - (b.contender.seconds ?? 0) ||
    (a.contender.family < b.contender.family ? -1 : 1)
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
