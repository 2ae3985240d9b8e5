/** What stands in `spec` and `result` of the runs of a forecast tree; read back through these schemas only. */
import {
  ensembleSummary,
  familyKind,
  forecastRequest,
  plan,
  plannedSearch,
  trialNote,
  verdictCode,
} from '@minori/contract';
import { z } from 'zod';

const numbers = z.record(z.string(), z.number().nullable());

const judgedNumbers = z.strictObject({
  metrics: numbers,
  coverage: z.record(z.string(), z.strictObject({ share: z.number(), low: z.number(), high: z.number() })),
  /** MASE per origin, oldest first, and per step ahead. */
  by_origin: z.array(z.number().nullable()),
  by_step: z.array(z.number().nullable()),
  missing: z.int(),
});

/** A row of the leaderboard that is no candidate: the ensemble, people's own forecast, the forecast of last resort. */
export const extraEntry = z.strictObject({
  model: z.string(),
  label: z.string().nullable(),
  kind: familyKind,
  baseline: z.boolean(),
  seconds: z.number().nullable(),
  /** Null of the forecast of last resort. */
  judged: judgedNumbers.nullable(),
});
export type ExtraEntry = z.infer<typeof extraEntry>;

export const searchSpec = z.strictObject({
  request: forecastRequest,
  plan,
  dataset: z.strictObject({
    id: z.int(),
    key: z.string(),
    name: z.string(),
    version: z.int(),
    sha256: z.string(),
    rows: z.int(),
    /** Lottery preset of the file, if any. */
    preset: z.string().nullable(),
    /** First 500. */
    unique_ids: z.array(z.string()),
  }),
  /** The forecast that people use today: a column of a dataset version. */
  own: z.strictObject({ name: z.string(), sha256: z.string(), column: z.string() }).nullable().default(null),
  /** The search whose winners this one only forecast again. */
  refresh_of: z.int().nullable().default(null),
  /** The search that a run of kind `reproduce` replays. */
  replay_of: z.int().nullable().default(null),
});
export type SearchSpec = z.infer<typeof searchSpec>;

export const candidateSpec = z.strictObject({
  family: z.string(),
  family_kind: z.string(),
  params: z.record(z.string(), z.unknown()),
  estimated_seconds: z.number(),
  estimated_memory_bytes: z.number(),
  /** Null: one trial, with the parameters above. */
  search: plannedSearch.nullable().default(null),
  /** What nf_model_runs says of it. */
  horizon: z.int(),
  optimization: z.record(z.string(), z.unknown()),
  table_name: z.string(),
  loto: z.string().nullable(),
  unique_ids: z.array(z.string()),
});
export type CandidateSpec = z.infer<typeof candidateSpec>;

export const trialSpec = z.strictObject({
  family: z.string(),
  params: z.record(z.string(), z.unknown()),
  number: z.int().nonnegative(),
  memory_bytes: z.int().positive(),
  /** What the sampler wants to find again. */
  attributes: z.record(z.string(), z.unknown()).default({}),
  /** See trialInput; fixed when the trial is made, so that a second attempt is judged as the first. */
  rival: z.array(z.number().nullable()).nullable().default(null),
  rungs: z
    .array(z.strictObject({ share: z.number(), limit: z.number().nullable() }))
    .nullable()
    .default(null),
});
export type TrialSpec = z.infer<typeof trialSpec>;

/** A candidate's result, of its best trial so far; `judged` null when the windows were not there to judge it by. */
export const candidateResult = z.strictObject({
  family: z.string(),
  trial_id: z.int(),
  /** As it was really computed. */
  params: z.record(z.string(), z.unknown()),
  /** That memory had run out before, and what was done about it. */
  notes: z.array(trialNote).default([]),
  seconds: z.number(),
  fallbacks: z.int(),
  judged: judgedNumbers.nullable(),
});
export type CandidateResult = z.infer<typeof candidateResult>;

export const searchResult = z.strictObject({
  /** Ids are null when a blend of several is delivered. */
  best: z.strictObject({
    model: z.string(),
    candidate_id: z.int().nullable(),
    trial_id: z.int().nullable(),
    metrics: numbers,
  }),
  extras: z.array(extraEntry).default([]),
  ensemble: ensembleSummary.nullable().default(null),
  /** Families that there was time to blend; a replay blends as many. */
  most_members: z.int().nonnegative().default(12),
  /** What it was computed with; see environment.ts. */
  environment: z.strictObject({ data: z.string(), code: z.string(), system: z.string() }).nullable().default(null),
  /** Model -> Holm-corrected p of the Diebold-Mariano test against the leader. */
  p: z.record(z.string(), z.number().nullable()).default({}),
  verdict: z
    .strictObject({
      code: verdictCode,
      numbers: z.looseObject({}),
      tied: z.array(z.string()),
      cheapest: z.strictObject({ family: z.string(), seconds: z.number() }).nullable(),
    })
    .nullable(),
  /** Planned families that were never started, and why. */
  not_started: z.array(
    z.strictObject({ family: z.string(), code: z.string(), params: z.record(z.string(), z.unknown()) }),
  ),
  seconds: z.number(),
});
export type SearchResult = z.infer<typeof searchResult>;
