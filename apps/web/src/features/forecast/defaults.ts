/** What the form proposes before anybody chooses. Pure. */
import type { Profile } from '@minori/contract';
import { freqBase, type Grain, grainOf } from '../../ui/format.ts';

/** Seconds on the budget slider. */
export const BUDGETS = [10, 20, 30, 60, 120, 300, 600, 1800, 3600] as const;
export const DEFAULT_BUDGET = 30;

const AHEAD: Record<Grain, number> = { year: 3, quarter: 4, month: 12, day: 14, time: 24, integer: 5 };

/** A horizon that people of this frequency usually ask for, short enough for a backtest. */
export function defaultHorizon(profile: Pick<Profile, 'freq' | 'lengths'>): number {
  const base = freqBase(profile.freq);
  const usual = base === 'W' ? 13 : AHEAD[grainOf(profile.freq)];
  return Math.max(1, Math.min(usual, Math.floor(profile.lengths.median / 4)));
}

/** Furthest horizon the form offers by dragging; the field takes any number and the plan judges it. */
export const reach = (length: number): number => Math.max(1, Math.floor(length / 2));

/** Nearest stop of the slider for a number of seconds. */
export function budgetIndex(seconds: number): number {
  let best = 0;
  for (const [index, stop] of BUDGETS.entries())
    if (Math.abs(stop - seconds) < Math.abs((BUDGETS[best] ?? 0) - seconds)) best = index;
  return best;
}
