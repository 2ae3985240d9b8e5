/** What people do with a forecast: rules it keeps, their own numbers beside it, the same again later, proof that it was made so. */
import { z } from 'zod';

/** Rules that the delivered forecast keeps, its intervals too; what the models said stays in the backtest. */
export const outputRules = z.strictObject({
  /** Nothing below; 0 makes a forecast non-negative. */
  lower: z.number().nullable().default(null),
  upper: z.number().nullable().default(null),
  /** Whole numbers; bounds are rounded outwards. */
  integer: z.boolean().default(false),
  /** This series equals the sum of all others. */
  total: z
    .strictObject({
      series: z.string().min(1).max(1000),
      /** bottom_up: the total becomes the sum of its parts; proportional: the parts are scaled to the total. */
      method: z.enum(['bottom_up', 'proportional']).default('bottom_up'),
    })
    .nullable()
    .default(null),
});
export type OutputRules = z.infer<typeof outputRules>;

/** A forecast that people have already, as a yardstick beside the simple ones; judged on the windows it covers. */
export const ownBaseline = z.strictObject({
  name: z.string().min(1).max(100),
  /** Dataset with unique_id, ds and the forecast as y. */
  dataset_id: z.int().optional(),
  dataset_version: z.int().optional(),
  /** Or a column that came along with the data (hist_… or futr_…). */
  column: z.string().min(1).max(300).optional(),
});
export type OwnBaseline = z.infer<typeof ownBaseline>;
/** Model id of that yardstick in leaderboards, and of the blend of several families. */
export const OWN_MODEL = 'own';
export const ENSEMBLE_MODEL = 'ensemble';
/** What is delivered when time ran out before any family had a forecast: the last season once more, not judged. */
export const LAST_RESORT_MODEL = 'last_resort';

/** A person's number in place of the model's, which stays beside it. The newest of a series and time counts. */
export const adjustment = z.strictObject({
  id: z.int(),
  unique_id: z.string(),
  ds: z.string(),
  /** 1 = first step ahead. */
  step: z.int().positive(),
  /** Null takes an earlier adjustment back. */
  value: z.number().nullable(),
  /** What the model says, as delivered. */
  y_hat: z.number().nullable(),
  note: z.string(),
  author: z.string(),
  created_at: z.string(),
});
export type Adjustment = z.infer<typeof adjustment>;
/** `POST /api/v1/runs/:id/adjustments`: all of them or none. */
export const adjustmentRequest = z.strictObject({
  items: z
    .array(
      z.strictObject({
        unique_id: z.string().max(1000),
        ds: z.string().max(40),
        value: z.number().nullable(),
        note: z.string().max(500).default(''),
      }),
    )
    .min(1)
    .max(1000),
});

/** `POST /api/v1/runs/:id/refresh`: the recorded winners on newer data, without a new search. */
export const refreshRequest = z.strictObject({
  /** Newest when absent. */
  dataset_version: z.int().optional(),
  name: z.string().max(200).optional(),
});

export const sameness = z.enum(['identical', 'within_tolerance', 'different']);
export type Sameness = z.infer<typeof sameness>;
/** One thing that a replay compares with what was recorded, in the order of the work. */
export const reproducedStep = z.strictObject({
  step: z.enum(['data', 'code', 'environment', 'windows', 'trial', 'ensemble', 'forecast']),
  /** Family of a trial. */
  model: z.string().nullable(),
  answer: sameness,
  /** Largest difference relative to the larger of both values; null where no numbers are compared. */
  difference: z.number().nullable(),
  recorded: z.string().nullable(),
  found: z.string().nullable(),
});
export type ReproducedStep = z.infer<typeof reproducedStep>;
/** `GET /api/v1/runs/:id/reproduction`; of a run of kind `reproduce`. */
export const reproduction = z.strictObject({
  source_id: z.int(),
  source_run_id: z.string(),
  final: z.boolean(),
  /** Of the arrays; null until they are compared. */
  answer: sameness.nullable(),
  /** Index in `steps`; null when nothing differs. */
  first_difference: z.int().nullable(),
  steps: z.array(reproducedStep),
});
export type Reproduction = z.infer<typeof reproduction>;
