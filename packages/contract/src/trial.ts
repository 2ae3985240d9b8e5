/**
 * `forecast.trial`: one family on all its backtest origins and the forecast itself, in one engine
 * task. Files are float32 little-endian in C order; the last axis is [mean, lo, hi per level].
 */
import { z } from 'zod';
import { familyKind, levels, trialNote } from './forecast.ts';

export const trialInput = z.strictObject({
  /** Absolute path of data.parquet (unique_id, ds, y). */
  parquet: z.string(),
  /** Pandas offset alias, or `int`. */
  freq: z.string(),
  /** Steps; 1 = none. */
  season: z.int().positive(),
  /** Steps ahead, and the distance between two origins. */
  h: z.int().positive(),
  /** Backtest origins per series, counted back from its own end. */
  origins: z.int().nonnegative(),
  /** Fewest points before an origin; a series has no origin with fewer. */
  min_train: z.int().positive(),
  levels,
  family: z.string(),
  /** The family's own parameters; see `forecast.catalog`. */
  params: z.record(z.string(), z.unknown()),
  /** Some series of the file, in its order; null = all. */
  series: z.strictObject({ offset: z.int().nonnegative(), count: z.int().positive() }).nullable(),
  /** Whether the forecast from all data is wanted too; it comes first. */
  predict: z.boolean(),
  /** Seconds after which no further origin is begun once one is finished; null = all are done. */
  deadline_seconds: z.number().positive().nullable(),
  /**
   * Errors per origin, oldest first, of a better trial: the backtest then comes first, is given up
   * when it is clearly worse, and the forecast is made only if it is better.
   */
  rival: z.array(z.number().nullable()).nullable().default(null),
  /** Of a network's training: at each share the loss is told, and above the limit it is given up. */
  rungs: z
    .array(z.strictObject({ share: z.number().gt(0).lt(1), limit: z.number().nullable() }))
    .nullable()
    .default(null),
  /** Columns that the family shall use besides y; `future`: path of future.parquet, which has futr of the time ahead. */
  exogenous: z
    .strictObject({
      futr: z.array(z.string()),
      hist: z.array(z.string()),
      stat: z.array(z.string()),
      future: z.string().nullable(),
      /** This column's values come in another order than was learnt from, so that the error tells what it is worth. */
      shuffled: z.strictObject({ column: z.string(), seed: z.int().nonnegative() }).nullable().default(null),
    })
    .nullable()
    .default(null),
});
export type TrialInput = z.infer<typeof trialInput>;

export const trialResult = z.strictObject({
  family: z.string(),
  series: z.int().nonnegative(),
  h: z.int().positive(),
  levels: z.array(z.number()),
  /** As asked. */
  origins: z.int().nonnegative(),
  /** The newest of them that were finished; NaN in backtest.f32 for the others. */
  origins_done: z.int().nonnegative(),
  /** Fits made: series x (origins + 1), less what a series is too short for. */
  fits: z.int().nonnegative(),
  /** The first 200 series that a simpler forecast had to stand in for. */
  fallbacks: z.array(
    z.strictObject({
      /** Number in the file. */
      series: z.int(),
      /** 0 = oldest; null = the forecast itself. */
      origin: z.int().nullable(),
      /** Family id, or `zero` for a series without a single value. */
      used: z.string(),
      /** too_short | fit_failed | not_finite | no_values */
      reason: z.string(),
    }),
  ),
  fallback_count: z.int().nonnegative(),
  /** Worded by the UI: window, season_by_stl, season_dropped, shorter_than_season, gaps_filled, futr_incomplete; the server adds retried_smaller, retried_after_memory. */
  notes: z.array(trialNote),
  /** Names in the attempt folder. */
  files: z.strictObject({
    ds: z.string(),
    /** (series, h, 1 + 2 * levels), never NaN. */
    forecast: z.string().nullable(),
    /** (series, origins, h, 1 + 2 * levels), oldest origin first, NaN where there is no such origin. */
    backtest: z.string().nullable(),
  }),
  /** True when a stop ended it early and this is what was finished. */
  stopped: z.boolean(),
  seconds_fit: z.number(),
  seconds_total: z.number(),
  /** Given up because it was clearly worse than its rival, or than others at a rung. */
  pruned: z.boolean().default(false),
  /** MASE per origin as the judge will find it, oldest first; null where it was not done. */
  errors: z.array(z.number().nullable()).default([]),
  /** [share, lowest validation loss] at each rung that was reached. */
  rungs: z.array(z.tuple([z.number(), z.number()])).default([]),
});
export type TrialResult = z.infer<typeof trialResult>;

/** The `partial` record of a trial, sent as soon as the forecast from all data lies in its file. */
export const trialPartial = z.strictObject({
  family: z.string(),
  series: z.int(),
  forecast: z.string(),
  ds: z.string(),
});
export type TrialPartial = z.infer<typeof trialPartial>;

/** ds.json. Times are ISO without zone, or integers as text; each different set is there once. */
export const trialTimes = z.strictObject({
  freq: z.string(),
  groups: z.array(
    z.strictObject({
      /** The h times of the forecast. */
      future: z.array(z.string()),
      /** Last known time of each origin, oldest first; null where there is no such origin. */
      cutoffs: z.array(z.string().nullable()),
    }),
  ),
  /** Per series the number of its group. */
  series: z.array(z.int().nonnegative()),
});
export type TrialTimes = z.infer<typeof trialTimes>;

const setting = z.union([z.string(), z.number(), z.boolean()]);
/** One thing a sampler may choose; `default` null = the family chooses by the data. */
export const dimension = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('int'),
    low: z.int(),
    high: z.int(),
    log: z.boolean(),
    default: z.int().nullable(),
  }),
  z.strictObject({
    type: z.literal('float'),
    low: z.number(),
    high: z.number(),
    log: z.boolean(),
    default: z.number().nullable(),
  }),
  z.strictObject({
    type: z.literal('categorical'),
    choices: z.array(setting).min(1),
    default: setting.nullable(),
  }),
]);
export type Dimension = z.infer<typeof dimension>;
/** Name -> what it may be. */
export const searchSpace = z.record(z.string(), dimension);
export type SearchSpace = z.infer<typeof searchSpace>;

/** Which host has a family's libraries warm (`--libraries`). */
export const librarySet = z.enum(['forecast', 'neural']);

/** Result of `forecast.catalog`. */
export const engineCatalog = z.strictObject({
  engine: z.string(),
  versions: z.record(z.string(), z.string()),
  families: z.array(
    z.strictObject({
      id: z.string(),
      kind: familyKind,
      cost: z.enum(['instant', 'fast', 'slow']),
      /** Libraries, keys of `versions`. */
      needs: z.array(z.string()),
      source: z.string(),
      parameters: z.record(
        z.string(),
        z.strictObject({ minimum: z.int(), maximum: z.int(), default: z.int().nullable() }),
      ),
      /** What a search may set, all of it allowed in `params`. */
      space: searchSpace,
      /** Allowed in `params` too, but never searched. */
      options: searchSpace,
      library_set: librarySet,
      /** Columns beside the values that it can use. */
      exogenous: z.array(z.enum(['futr', 'hist', 'stat'])),
    }),
  ),
});
export type EngineCatalog = z.infer<typeof engineCatalog>;
