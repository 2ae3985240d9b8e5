/**
 * `sampler.ask` and `sampler.importance`: what to try next, and what mattered. Each answer is a pure
 * function of its input, so a search that is resumed proposes what the undisturbed one would have.
 */
import { z } from 'zod';
import { samplerConfig } from './sampler-config.ts';
import { searchSpace } from './trial.ts';

const params = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const sampledTrial = z.strictObject({
  /** 0, 1, 2, … without holes, in the order of asking. */
  number: z.int().nonnegative(),
  /** Running ones count too: what they try is not proposed again. */
  state: z.enum(['running', 'complete', 'pruned', 'failed']),
  params,
  /** Null unless complete (or pruned, where it has one). */
  value: z.number().nullable(),
  /** [step, value] per backtest window or rung. */
  intermediate: z.array(z.tuple([z.number(), z.number()])),
  /** As `sampler.ask` gave it; a sampler may keep its state there. */
  attributes: z.record(z.string(), z.unknown()),
});
export type SampledTrial = z.infer<typeof sampledTrial>;

export const samplerAskInput = z.strictObject({
  seed: z.int().nonnegative(),
  space: searchSpace,
  history: z.array(sampledTrial),
  config: samplerConfig,
  /** How many proposals; each knows of those before it as running. */
  count: z.int().positive(),
});
export type SamplerAskInput = z.infer<typeof samplerAskInput>;

export const samplerAskResult = z.strictObject({
  proposals: z.array(
    z.strictObject({
      number: z.int().nonnegative(),
      params,
      /** To be kept with the trial and given back in `history`. */
      attributes: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type SamplerAskResult = z.infer<typeof samplerAskResult>;

export const samplerImportanceInput = z.strictObject({
  seed: z.int().nonnegative(),
  space: searchSpace,
  history: z.array(sampledTrial),
  direction: z.enum(['minimize', 'maximize']),
});
export type SamplerImportanceInput = z.infer<typeof samplerImportanceInput>;

export const samplerImportanceResult = z.strictObject({
  /** Shares that add up to 1, largest first; empty when there are too few trials to tell. */
  importances: z.array(z.strictObject({ name: z.string(), share: z.number() })),
  /** Complete trials that were looked at. */
  trials: z.int().nonnegative(),
});
export type SamplerImportanceResult = z.infer<typeof samplerImportanceResult>;
