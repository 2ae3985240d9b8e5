/** The race: the smallest error of each family over the time of the search. Pure. */
import type { ForecastRace } from '@minori/contract';

export interface Runner {
  model: string;
  /** Trials that were judged, and all that were asked for. */
  judged: number;
  count: number;
  /** Seconds after the search's start and the family's best error from then on: corners of a staircase. */
  steps: [number, number][];
  /** The smallest error, and when it became known. */
  at: number;
  mase: number;
}
export interface Race {
  /** Best first. */
  runners: Runner[];
  /** Corners of the staircase over all families. */
  best: [number, number][];
  end: number;
}

/** Corners of the best-so-far line through (time, error) pairs. */
export function staircase(points: readonly (readonly [number, number])[]): [number, number][] {
  const corners: [number, number][] = [];
  for (const [at, value] of points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const held = corners.at(-1)?.[1];
    if (held === undefined) corners.push([at, value]);
    else if (value < held) corners.push([at, held], [at, value]);
  }
  return corners;
}

/** @param now Seconds that have passed since the answer was given; 0 when the search is over. */
export function raceOf(race: ForecastRace | undefined, now = 0): Race {
  if (race === undefined) return { runners: [], best: [], end: 0 };
  const end = Math.max(race.seconds + now, 0.5);
  const known = race.items.map((item) => ({
    item,
    points: item.trials.flatMap(({ told, value }): [number, number][] =>
      told === null || value === null ? [] : [[told, value]],
    ),
  }));
  const reach = (corners: [number, number][]): [number, number][] => {
    const last = corners.at(-1);
    return last === undefined ? [] : [...corners, [end, last[1]]];
  };
  const runners = known
    .flatMap(({ item, points }): Runner[] => {
      const steps = staircase(points);
      const last = steps.at(-1);
      return last === undefined
        ? []
        : [
            {
              model: item.model,
              judged: points.length,
              count: item.count,
              steps: reach(steps),
              at: last[0],
              mase: last[1],
            },
          ];
    })
    .toSorted((a, b) => a.mase - b.mase);
  return { runners, best: reach(staircase(known.flatMap(({ points }) => points))), end };
}

/** Where the picture ends: families far behind would press the others into one line. */
export function ceilingOf(race: Race): number {
  const errors = race.runners.flatMap(({ steps }) => steps.map(([, value]) => value));
  const top = Math.max(...errors);
  const middle = race.runners[Math.floor((race.runners.length - 1) / 2)]?.mase ?? top;
  const limit = Math.max(middle * 2, (race.runners[0]?.mase ?? 0) * 2.5);
  return Math.min(top, limit);
}
