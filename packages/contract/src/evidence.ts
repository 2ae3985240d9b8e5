/** What a result rests on: the blend's members, errors by step, calibration, arrays for what-if questions. */
import { z } from 'zod';

const share = z.strictObject({
  /** 0..1, with its 95 % Clopper-Pearson interval. */
  share: z.number(),
  low: z.number(),
  high: z.number(),
  count: z.int(),
});

/** How the blend is made and why. */
export const ensembleSummary = z.strictObject({
  /** balanced: by each model's mean error alone; shared: one searched set of weights; per_series: weights of each series' own. */
  weighting: z.enum(['balanced', 'shared', 'per_series']),
  members: z.array(
    z.strictObject({
      model: z.string(),
      /** The candidate's run. */
      id: z.int(),
      /** Mean over series; all add up to 1. */
      weight: z.number(),
      lowest: z.number(),
      highest: z.number(),
      /** How much larger the blend's error gets without this member, as a share of it; below 0 = smaller. */
      without: z.number().nullable(),
    }),
  ),
  /** Backtest windows whose errors the weights rest on. */
  windows: z.int(),
  /** Sentences as in a plan: code and numbers. */
  reasons: z.array(z.strictObject({ code: z.string(), params: z.record(z.string(), z.unknown()) })),
});
export type EnsembleSummary = z.infer<typeof ensembleSummary>;

export const residualStep = z.strictObject({
  step: z.int(),
  count: z.int(),
  /** Mean of actual minus forecast; > 0 = forecasts too low. */
  bias: z.number(),
  mae: z.number(),
  /** 5, 25, 50, 75 and 95 % quantiles of actual minus forecast. */
  quantiles: z.array(z.number()),
});

/** `GET /api/v1/runs/:id/diagnostics?model=&series=`: from the backtest; all series together unless one is named. */
export const diagnostics = z.strictObject({
  model: z.string(),
  series: z.string().nullable(),
  /** `data`: units of the data; `scaled`: errors over the in-sample seasonal-naive error, as several series are compared. */
  unit: z.enum(['data', 'scaled']),
  residuals: z.strictObject({
    count: z.int(),
    bias: z.number(),
    by_step: z.array(residualStep),
    /** `edges` has one more than `counts`; the outermost bins hold all that lies beyond. */
    histogram: z.strictObject({ edges: z.array(z.number()), counts: z.array(z.int()) }),
    /** Correlation of neighbouring steps' residuals within a window, -1..1. */
    autocorrelation: z.number().nullable(),
  }),
  coverage: z.array(share.extend({ level: z.number() })),
  coverage_by_step: z.array(
    z.strictObject({ step: z.int(), level: z.number(), share: z.number().nullable(), count: z.int() }),
  ),
  /** Share of actual values at or below each predicted quantile. */
  calibration: z.array(share.extend({ quantile: z.number() })),
  /** Of one series: its history taken apart; null for a panel or where there is no season to see. */
  decomposition: z
    .strictObject({
      ds: z.array(z.string()),
      trend: z.array(z.number().nullable()),
      seasonal: z.array(z.number().nullable()),
      remainder: z.array(z.number().nullable()),
      /** 0..1 (Wang, Smith & Hyndman 2006). */
      trend_strength: z.number(),
      seasonal_strength: z.number(),
    })
    .nullable(),
});
export type Diagnostics = z.infer<typeof diagnostics>;

/**
 * `GET /api/v1/runs/:id/arrays`: the backtest for questions asked after the result. All arrays are
 * base64 of little-endian float32 in C order; NaN where there is nothing.
 */
export const forecastArrays = z.strictObject({
  /** full: with predictions; cells: errors per series and origin only, because the whole would be too large. */
  detail: z.enum(['full', 'cells']),
  unique_ids: z.array(z.string()),
  origins: z.int(),
  horizon: z.int(),
  levels: z.array(z.number()),
  /** (series, origins, horizon) */
  actual: z.string().nullable(),
  /** (series, origins): what errors are scaled by. */
  scale: z.string().nullable(),
  models: z.array(
    z.strictObject({
      model: z.string(),
      baseline: z.boolean(),
      /** (series, origins, horizon, 1 + 2 * levels) */
      predictions: z.string().nullable(),
      /** (series, origins): MASE. */
      cells: z.string().nullable(),
    }),
  ),
});
export type ForecastArrays = z.infer<typeof forecastArrays>;

/** `GET /api/v1/runs/:id/importance?model=&measure=`: what an ended search's method lives by. Measured when it is first asked for; `measure=false` answers what is kept, or null. */
export const importance = z.strictObject({
  /** Of a blend, its heaviest member that has something to measure. */
  model: z.string(),
  /** Newest backtest windows that it was measured on. */
  windows: z.int().nonnegative(),
  /** Columns beside the values, the most important first. */
  columns: z.array(
    z.strictObject({
      name: z.string(),
      /** Share by which the error grows when the column's values come in another order: mean, least and most of the repeats. */
      increase: z.number(),
      low: z.number(),
      high: z.number(),
    }),
  ),
  /** Settings that were searched: how much of the errors' spread each one explains; they add up to 1. Empty: too few trials. */
  settings: z.array(z.strictObject({ name: z.string(), share: z.number() })),
  /** Complete trials that the settings were judged by. */
  trials: z.int().nonnegative(),
});
export type Importance = z.infer<typeof importance>;
