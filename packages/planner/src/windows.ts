/** Backtest windows: h apart, counted back from each series' end, none of them overlapping. */

/** Origins that the one test of skill likes to have; fewer than FEWEST_FOR_TEST carry no verdict. */
export const AIM_ORIGINS = 8;
export const FEWEST_FOR_TEST = 5;
/** Fewer points than this before an origin teach no family anything. */
export const LEAST_TRAIN = 4;

export interface WindowPlan {
  readonly origins: number;
  /** Fewest points a series keeps before its oldest origin. */
  readonly minTrain: number;
}

/**
 * As many origins as the typical series carries, up to `aim`. Two seasons are left for training,
 * or less where that would cost the verdict.
 * @param length points of the typical series @param horizon steps @param season steps; 1 = none
 * @returns origins 0 when not even one fits
 */
export function planWindows(length: number, horizon: number, season: number, aim: number = AIM_ORIGINS): WindowPlan {
  if (horizon < 1) return { origins: 0, minTrain: LEAST_TRAIN };
  const wishes = [Math.max(2 * season, horizon, 8), Math.max(season + 1, LEAST_TRAIN), LEAST_TRAIN];
  let best: WindowPlan = { origins: 0, minTrain: LEAST_TRAIN };
  for (const minTrain of wishes) {
    const origins = Math.min(aim, Math.max(0, Math.floor((length - minTrain) / horizon)));
    if (origins > best.origins) best = { origins, minTrain };
    if (best.origins >= Math.min(aim, FEWEST_FOR_TEST)) break;
  }
  return best;
}
