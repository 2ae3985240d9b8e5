import type { LeaderboardRow } from '@minori/contract';

/** The best simple forecast: the one to beat. */
export function yardstickOf(rows: readonly LeaderboardRow[]): LeaderboardRow | null {
  let best: LeaderboardRow | null = null;
  for (const row of rows)
    if (row.baseline && row.mase !== null && (best === null || row.mase < (best.mase ?? 0))) best = row;
  return best;
}
