/**
 * Is the forecast better than repeating something simple? One test of the whole delivered
 * pipeline: at each origin the family is chosen from the windows before it and scored on its own,
 * against the simple baseline chosen the same way (DESIGN 5.1).
 */
import { OWN_MODEL } from '@minori/contract';
import type { Verdict } from '@minori/contract';
import { logRatio } from './leaderboard.ts';
import { average, signFlipLess, signFlipUpper, tQuantile, tTest } from './statistics.ts';

export const FEWEST_ORIGINS = 5;
const ALPHA = 0.05;
/** An improvement below this share is none that anybody would act on. */
const WORTHWHILE = 0.05;
/**
 * Mean error of the blend relative to the best single family up to which it is delivered all the same. The best
 * of many was chosen by its errors, the blend was not: on later values it is the blend that is nearly always ahead.
 */
const ABOUT_AS_GOOD = 3;

export interface JudgedFamily {
  readonly family: string;
  readonly baseline: boolean;
  /** A blend of the others whose errors are out of sample: each window by what the windows before it taught. */
  readonly blend?: boolean;
  /** What the leaderboard orders by. */
  readonly mase: number;
  /** MASE per origin, oldest first; null where it has none. */
  readonly byOrigin: readonly (number | null)[];
}

export interface VerdictNumbers {
  readonly [key: string]: unknown;
  /** Family delivered: the best over all windows. */
  readonly best: string;
  readonly best_mase: number;
  /** Simple forecast with the smallest error over all windows. */
  readonly baseline: string;
  readonly baseline_mase: number;
  /** Families besides the simple ones that were compared. */
  readonly compared: number;
  /** Origins that carried a value of the test. */
  readonly origins: number;
  /** Mean improvement of the pipeline over the simple one, share of its error; null when too short. */
  readonly improvement: number | null;
  /** One-sided 95 % bounds; the low one is above 0 exactly where the test finds skill. */
  readonly improvement_low: number | null;
  readonly improvement_high: number | null;
  /** The larger one of both tests' p. */
  readonly p: number | null;
  readonly p_t: number | null;
  /** Null beyond 16 origins, where the t-test stands alone. */
  readonly p_sign_flip: number | null;
  /** Against the forecast that people use today, on the origins that it covers; null without one. */
  readonly own: { readonly improvement: number; readonly p: number; readonly origins: number } | null;
  /** What was chosen at each origin, oldest first. */
  readonly choices: readonly { readonly origin: number; readonly family: string; readonly baseline: string }[];
}

export interface Judgement {
  readonly code: Verdict['code'];
  readonly numbers: VerdictNumbers;
}

/**
 * @param families in the order of prior trust: where no window lies behind an
 * origin, the first that is no baseline and the first baseline are taken.
 * @returns null when there is no baseline, or nothing at all to compare
 */
export function judge(families: readonly JudgedFamily[]): Judgement | null {
  const baselines = families.filter(({ baseline }) => baseline);
  const best = deliveredOf(families);
  const baseline = lowest(baselines, ({ mase }) => mase);
  if (best === null || baseline === null) return null;
  const trusted = [
    ...families.filter(isBlend),
    ...families.filter((one) => !one.baseline && !isBlend(one)),
    ...baselines,
  ];
  const choices: { origin: number; family: string; baseline: string }[] = [];
  const ratios: number[] = [];
  const origins = Math.max(...families.map(({ byOrigin }) => byOrigin.length));
  for (let origin = 0; origin < origins; origin++) {
    const chosen = chooseBefore(trusted, origin);
    const simple = chooseBefore(baselines, origin);
    const error = chosen?.byOrigin[origin] ?? null;
    const simpleError = simple?.byOrigin[origin] ?? null;
    if (chosen === null || simple === null || error === null || simpleError === null) continue;
    choices.push({ origin, family: chosen.family, baseline: simple.family });
    ratios.push(logRatio(error, simpleError));
  }
  const common = {
    best: best.family,
    best_mase: best.mase,
    baseline: baseline.family,
    baseline_mase: baseline.mase,
    compared: families.filter((family) => !family.baseline && !isBlend(family)).length,
    origins: ratios.length,
    own: againstOwn(families, choices),
    choices,
  };
  if (ratios.length < FEWEST_ORIGINS) {
    const none = {
      improvement: null,
      improvement_low: null,
      improvement_high: null,
      p: null,
      p_t: null,
      p_sign_flip: null,
    };
    return { code: 'too_short', numbers: { ...common, ...none } };
  }
  const { mean, error, less } = tTest(ratios);
  const flip = signFlipLess(ratios);
  const reach = tQuantile(1 - ALPHA, ratios.length - 1) * error;
  const p = Math.max(less, flip ?? 0);
  const high = 1 - Math.exp(mean - reach);
  const worst = Math.max(mean + reach, signFlipUpper(ratios, ALPHA) ?? Number.NEGATIVE_INFINITY);
  return {
    code: mean < 0 && p < ALPHA ? 'skill' : high < WORTHWHILE ? 'no_skill' : 'tie_with_baseline',
    numbers: {
      ...common,
      improvement: 1 - Math.exp(mean),
      improvement_low: 1 - Math.exp(worst),
      improvement_high: high,
      p,
      p_t: less,
      p_sign_flip: flip,
    },
  };
}

/** The same choices against people's own forecast; null where too few origins have both. */
function againstOwn(families: readonly JudgedFamily[], choices: VerdictNumbers['choices']): VerdictNumbers['own'] {
  const own = families.find(({ family }) => family === OWN_MODEL);
  const ratios = choices.flatMap(({ origin, family }) => {
    const error = families.find((one) => one.family === family)?.byOrigin[origin] ?? null;
    const ownError = own?.byOrigin[origin] ?? null;
    return error === null || ownError === null ? [] : [logRatio(error, ownError)];
  });
  if (ratios.length < FEWEST_ORIGINS) return null;
  const { mean, less } = tTest(ratios);
  return { improvement: 1 - Math.exp(mean), p: Math.max(less, signFlipLess(ratios) ?? 0), origins: ratios.length };
}

/**
 * What is delivered: the blend while it is about as good as the best of all, since the best of many was
 * helped by luck; else the best one.
 */
export function deliveredOf<T extends Pick<JudgedFamily, 'mase' | 'blend'>>(families: readonly T[]): T | null {
  return lowest(families, (family) => family.mase / advantageOf(family));
}

const isBlend = ({ blend }: Pick<JudgedFamily, 'blend'>): boolean => blend === true;
const advantageOf = (family: Pick<JudgedFamily, 'blend'>): number => (isBlend(family) ? ABOUT_AS_GOOD : 1);

/** The family with the smallest mean error before `origin` among those that have this origin. */
function chooseBefore(families: readonly JudgedFamily[], origin: number): JudgedFamily | null {
  const able = families.filter(({ byOrigin }) => (byOrigin[origin] ?? null) !== null);
  const judged = able.flatMap((family) => {
    const known = family.byOrigin.slice(0, origin).filter((error) => error !== null);
    return known.length === 0 ? [] : [{ family, error: average(known) / advantageOf(family) }];
  });
  return lowest(judged, ({ error }) => error)?.family ?? able[0] ?? null;
}

/** The first of the smallest. */
function lowest<T>(items: readonly T[], valueOf: (item: T) => number): T | null {
  let best: { item: T; value: number } | null = null;
  for (const item of items) {
    const value = valueOf(item);
    if (best === null || value < best.value) best = { item, value };
  }
  return best?.item ?? null;
}
