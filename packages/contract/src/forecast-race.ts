/** How a search went: the trials of every family, and when each became known. */
import { z } from 'zod';
import { familyKind } from './forecast.ts';

export const raceTrial = z.strictObject({
  number: z.int().nonnegative(),
  /** The trial's own run; null once it was removed. */
  id: z.int().nullable(),
  state: z.enum(['running', 'complete', 'pruned', 'failed']),
  /** Wall seconds after the search's start: when it was asked for, and when its answer was there. */
  asked: z.number().nonnegative(),
  told: z.number().nonnegative().nullable(),
  /** Mean MASE over its windows; null when it was not judged to the end. */
  value: z.number().nullable(),
  params: z.record(z.string(), z.unknown()),
});
export type RaceTrial = z.infer<typeof raceTrial>;

export const raceRunner = z.strictObject({
  /** Family id. */
  model: z.string(),
  kind: familyKind,
  /** The candidate's run. */
  id: z.int(),
  /** Trials asked for so far; `trials` holds at most the first 2,000 of them. */
  count: z.int().nonnegative(),
  trials: z.array(raceTrial),
});
export type RaceRunner = z.infer<typeof raceRunner>;

/** `GET /api/v1/runs/:id/race` */
export const forecastRace = z.strictObject({
  run_id: z.int(),
  /** Wall seconds from the search's start to its end, or to now. */
  seconds: z.number().nonnegative(),
  items: z.array(raceRunner),
});
export type ForecastRace = z.infer<typeof forecastRace>;
