/** The race: when each family's error became known, and the best so far. Pure. */
import type { LeaderboardRow, Run } from '@minori/contract';

export interface Runner {
  model: string;
  /** Seconds after the search's start. */
  at: number;
  mase: number;
}
export interface Race {
  runners: Runner[];
  /** Corners of the best-so-far staircase. */
  best: [number, number][];
  end: number;
}

export function raceOf(root: Run, children: readonly Run[], rows: readonly LeaderboardRow[], now: number): Race {
  const start = Date.parse(root.started_at ?? root.created_at);
  const seconds = (iso: string | null) => (iso === null ? null : Math.max(0, (Date.parse(iso) - start) / 1000));
  const runners = rows
    .flatMap((row): Runner[] => {
      const at = seconds(children.find((child) => child.id === row.id)?.finished_at ?? null);
      return row.mase === null || at === null ? [] : [{ model: row.model, at, mase: row.mase }];
    })
    .toSorted((a, b) => a.at - b.at);
  const best: [number, number][] = [];
  for (const runner of runners) {
    const held = best.at(-1)?.[1];
    if (held === undefined) best.push([runner.at, runner.mase]);
    else if (runner.mase < held) best.push([runner.at, held], [runner.at, runner.mase]);
  }
  const last = runners.at(-1)?.at ?? 0;
  const end = Math.max(last * 1.02, seconds(root.finished_at) ?? (now - start) / 1000, last + 0.5);
  const bottom = best.at(-1);
  if (bottom !== undefined) best.push([end, bottom[1]]);
  return { runners, best, end };
}
