/** Which of Optuna's samplers, and how it is set. */
import { z } from 'zod';

export const samplerConfig = z.strictObject({
  name: z.enum(['random', 'tpe', 'qmc']),
  direction: z.enum(['minimize', 'maximize']),
  /** TPE: parameters are seen together, not one by one. */
  multivariate: z.boolean(),
  /** TPE: so many finished trials are drawn at random first. */
  startup_trials: z.int().nonnegative(),
  /** Trial 0 takes the space's defaults; what has none is left to the family. */
  defaults_first: z.boolean(),
});
export type SamplerConfig = z.infer<typeof samplerConfig>;
