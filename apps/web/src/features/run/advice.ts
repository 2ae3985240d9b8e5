/** Whether the methods of an earlier search still serve on newer data. Pure. */
import type { ForecastResult } from '@minori/contract';
import { yardstickOf } from './yardstick.ts';

/** Errors this much larger than when the methods were chosen, or data this much longer, call for a new search. */
const WORSE = 1.2;
const LONGER = 1.25;

type Judged = Pick<ForecastResult, 'best' | 'leaderboard'>;

export interface Advice {
  /** beaten: a simple forecast is better now; worse: errors have grown; longer: much data is new; keep: none of it. */
  code: 'beaten' | 'worse' | 'longer' | 'keep';
  /** Share by which the error is above the simple one's, above the earlier one, or the data above the earlier. */
  share: number | null;
}

/** @param rows values of the data now and when the methods were chosen */
export function adviceOf(now: Judged, before: Judged, rows: { now: number; before: number } | null): Advice {
  const mase = now.best?.metrics['mase'] ?? null;
  const simple = yardstickOf(now.leaderboard)?.mase ?? null;
  const earlier = before.best?.metrics['mase'] ?? null;
  if (mase !== null && simple !== null && mase > simple) return { code: 'beaten', share: mase / simple - 1 };
  if (mase !== null && earlier !== null && mase > earlier * WORSE) return { code: 'worse', share: mase / earlier - 1 };
  if (rows !== null && rows.now > rows.before * LONGER) return { code: 'longer', share: rows.now / rows.before - 1 };
  return { code: 'keep', share: null };
}
