/** The question a person asks of a series, the plan that answers it, and the answer. */
import { z } from 'zod';
import { ensembleSummary } from './evidence.ts';
import { outputRules, ownBaseline } from './outputs.ts';
import { samplerConfig } from './sampler-config.ts';

export const DEFAULT_LEVELS: readonly number[] = [80, 90];

/** Prediction levels in percent, ascending, without repeats. */
export const levels = z.array(z.number().gt(0).lt(100)).min(1).max(9);

export const forecastMode = z.enum(['quick', 'standard', 'advanced']);
export type ForecastMode = z.infer<typeof forecastMode>;

/** `POST /api/v1/forecasts` and `/plan`. */
export const forecastRequest = z.strictObject({
  dataset_id: z.int(),
  /** Newest when absent. */
  dataset_version: z.int().optional(),
  name: z.string().max(200).optional(),
  experiment_id: z.int().optional(),
  /** Steps ahead. */
  horizon: z.int(),
  /** Pandas offset alias, or `int`; the data's own when absent. */
  freq: z.string().optional(),
  mode: forecastMode.default('quick'),
  /** Family ids; all suitable ones when absent. */
  models: z.array(z.string()).min(1).optional(),
  /** Country whose holidays are known to methods that can use them; none when absent. */
  holidays: z.enum(['jp']).optional(),
  /** Wall seconds from Start to verdict; give this or `trials`. */
  budget_seconds: z.number().optional(),
  trials: z.int().optional(),
  levels: levels.default([80, 90]),
  seed: z.int().nonnegative().default(1),
  /** What the delivered forecast has to keep to. */
  output: outputRules.optional(),
  /** The forecast that is used today, to be compared with. */
  baseline: ownBaseline.optional(),
  /** RunContext: taken when given, made otherwise. */
  run_id: z.string().optional(),
  tags: z.array(z.string()).default([]),
});
export type ForecastRequest = z.infer<typeof forecastRequest>;
export type ForecastRequestInput = z.input<typeof forecastRequest>;

/** A sentence the UI words from texts/plan.{ja,en}.json: code and numbers, never prose. */
export const reason = z.strictObject({ code: z.string(), params: z.record(z.string(), z.unknown()) });
export type Reason = z.infer<typeof reason>;

export const planProblem = z.strictObject({
  severity: z.enum(['error', 'warning', 'info']),
  code: z.string(),
  /** Field of the request it is about. */
  field: z.string().nullable(),
  params: z.record(z.string(), z.unknown()),
});
export type PlanProblem = z.infer<typeof planProblem>;

export const familyKind = z.enum(['baseline', 'statistical', 'boosting', 'neural', 'foundation', 'ensemble']);
export type FamilyKind = z.infer<typeof familyKind>;

/** How a family's parameters are searched; the sampler is the engine's. */
export const plannedSearch = z.strictObject({
  /** Most trials of the family. */
  trials: z.int().positive(),
  sampler: samplerConfig,
  /** What gives a trial up that falls behind: rungs of its training, backtest windows, nothing. */
  pruner: z.enum(['hyperband', 'wilcoxon', 'none']),
  reasons: z.array(reason),
});
export type PlannedSearch = z.infer<typeof plannedSearch>;

export const plannedCandidate = z.strictObject({
  family: z.string(),
  kind: familyKind,
  params: z.record(z.string(), z.unknown()),
  /** Backtest origins this candidate is judged on. */
  origins: z.int().nonnegative(),
  estimated_seconds: z.number(),
  estimated_memory_bytes: z.number(),
  reasons: z.array(reason),
  /** Null: one trial with the parameters above. */
  search: plannedSearch.nullable().default(null),
});
export const plan = z.strictObject({
  horizon: z.int(),
  freq: z.string(),
  season: z.int(),
  levels: z.array(z.number()),
  origins: z.int(),
  /** Fewest points a series keeps for training at its oldest origin. */
  min_train: z.int(),
  budget_seconds: z.number().nullable(),
  trials: z.int().nullable(),
  threads: z.int(),
  slots: z.int(),
  seed: z.int(),
  series: z.int(),
  /** Columns beside the values: known ahead, known so far, fixed per series. */
  exogenous: z
    .strictObject({ futr: z.array(z.string()), hist: z.array(z.string()), stat: z.array(z.string()) })
    .default({ futr: [], hist: [], stat: [] }),
  /** What the delivered forecast keeps to: what was asked, or what the data show; null = nothing. */
  output: outputRules.nullable().default(null),
  candidates: z.array(plannedCandidate),
  /** Families left out, and why. */
  skipped: z.array(z.strictObject({ family: z.string(), reasons: z.array(reason) })),
  reasons: z.array(reason),
  problems: z.array(planProblem),
  estimated_seconds: z.number(),
  estimated_memory_bytes: z.number(),
});
export type Plan = z.infer<typeof plan>;

export const forecastModel = z.strictObject({
  id: z.string(),
  kind: familyKind,
  /** Known-future, historic, static columns that it can use. */
  exogenous: z.array(z.enum(['futr', 'hist', 'stat'])),
  library: z.string(),
  version: z.string().nullable(),
});
export type ForecastModel = z.infer<typeof forecastModel>;

/** Something that a reader of a result should know; texts/notes word the code. */
export const trialNote = z.strictObject({ code: z.string(), params: z.record(z.string(), z.unknown()) });
export type TrialNote = z.infer<typeof trialNote>;

export const leaderboardRow = z.strictObject({
  /** Family id, `ensemble` or `own`. */
  model: z.string(),
  /** What people call their own forecast; null for all others, whose names are in the texts. */
  label: z.string().nullable(),
  kind: familyKind,
  /** The candidate's run; the search itself for the ensemble and an own forecast. */
  id: z.int(),
  status: z.string(),
  progress: z.number().nullable(),
  mase: z.number().nullable(),
  smape: z.number().nullable(),
  wql: z.number().nullable(),
  /** Scaled quantile loss. */
  sql: z.number().nullable(),
  mae: z.number().nullable(),
  rmse: z.number().nullable(),
  /** Share of actuals inside each level's interval, keyed by level. */
  coverage: z.record(z.string(), z.number().nullable()),
  /** 95 % Clopper-Pearson interval of it, keyed by level; a level is missing where nothing was compared. */
  coverage_interval: z.record(z.string(), z.strictObject({ low: z.number(), high: z.number() })),
  origins: z.int(),
  seconds: z.number().nullable(),
  cpu_seconds: z.number().nullable(),
  /** That memory had run out before, and what it was repeated with. */
  notes: z.array(trialNote).default([]),
  rank: z.int().nullable(),
  /** True when no real difference from the leader was found. */
  tied: z.boolean(),
  /** Diebold-Mariano against the leader, Holm-corrected; null of the leader and where no test was possible. */
  p: z.number().nullable(),
  /** The simple forecast that every other one has to beat. */
  baseline: z.boolean(),
  /** MASE per origin, oldest first. */
  by_origin: z.array(z.number().nullable()),
  failure: z.strictObject({ cause: z.string(), code: z.string() }).nullable(),
});
export type LeaderboardRow = z.infer<typeof leaderboardRow>;

export const verdictCode = z.enum(['skill', 'no_skill', 'tie_with_baseline', 'too_short']);
export const verdict = z.strictObject({
  code: verdictCode,
  /** Numbers the sentences are built from: improvement, p, origins, best, baseline, … */
  numbers: z.record(z.string(), z.unknown()),
  text_ja: z.string(),
  text_en: z.string(),
});
export type Verdict = z.infer<typeof verdict>;

/** `GET /api/v1/runs/:id/forecast`: everything the result chart of some series needs. */
export const forecastSeries = z.strictObject({
  unique_id: z.string(),
  /** ISO timestamps, or integers as strings for an integer index. */
  history: z.strictObject({ ds: z.array(z.string()), y: z.array(z.number().nullable()) }),
  forecast: z
    .strictObject({
      model: z.string(),
      ds: z.array(z.string()),
      y_hat: z.array(z.number()),
      /** `lo-80`, `hi-80`, … */
      intervals: z.record(z.string(), z.array(z.number())),
      /** People's own numbers in place of y_hat; null where there is none. */
      adjusted: z.array(z.number().nullable()),
    })
    .nullable(),
  backtest: z.array(
    z.strictObject({
      /** Last timestamp that was known. */
      cutoff: z.string(),
      ds: z.array(z.string()),
      y: z.array(z.number().nullable()),
      y_hat: z.array(z.number()),
      intervals: z.record(z.string(), z.array(z.number())),
    }),
  ),
  /** Family -> MASE of this series, mean over its origins. */
  errors: z.record(z.string(), z.number().nullable()),
});
export type ForecastSeries = z.infer<typeof forecastSeries>;

export const forecastResult = z.strictObject({
  run_id: z.int(),
  /** Cursor of the tree these answers belong to. */
  seq: z.int(),
  final: z.boolean(),
  horizon: z.int(),
  freq: z.string(),
  season: z.int(),
  levels: z.array(z.number()),
  best: z.strictObject({ model: z.string(), metrics: z.record(z.string(), z.number().nullable()) }).nullable(),
  leaderboard: z.array(leaderboardRow),
  verdict: verdict.nullable(),
  /** The blend of several families, delivered or not; null where there is none (yet). */
  ensemble: ensembleSummary.nullable(),
  /** Rules that the delivered forecast keeps; null when none were asked for. */
  output: outputRules.nullable(),
  /** Values that people adjusted. */
  adjusted: z.int(),
  /** The run whose winners this one only forecast again; null of a search. */
  refresh_of: z.int().nullable(),
  /** All series, worst first, for the picker. */
  series: z.array(z.strictObject({ unique_id: z.string(), mase: z.number().nullable() })),
  files: z.array(z.strictObject({ name: z.string(), bytes: z.int(), media_type: z.string() })),
});
export type ForecastResult = z.infer<typeof forecastResult>;
