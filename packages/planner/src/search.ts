/** SearchAlgorithmSelector: which sampler and which pruner, from trials, data and model (specification 001, 2.2). */
import type { Reason, SamplerConfig, SearchSpace } from '@minori/contract';
import type { Family } from './catalog.ts';

export interface SearchQuestion {
  readonly family: Pick<Family, 'complexity' | 'learns'>;
  readonly space: SearchSpace;
  /** Most trials that the family can get. */
  readonly trials: number;
  readonly series: number;
  readonly rows: number;
  /** Backtest windows of one trial. */
  readonly origins: number;
}

/** When a trial that falls behind is given up: per rung of its training, per backtest window, or never. */
export type Pruner = 'hyperband' | 'wilcoxon' | 'none';

export interface SearchAlgorithm {
  readonly sampler: SamplerConfig;
  readonly pruner: Pruner;
  readonly reasons: readonly Reason[];
}

/** With fewer trials a model of the past has nothing to go by. */
const FEWEST_FOR_MODEL = 10;
const LARGE_ROWS = 10_000;
const LARGE_SERIES = 100;
/** Wilcoxon's test can say nothing at 10 % before the fourth window. */
const FEWEST_WINDOWS = 4;
const STARTUP_SHARE = 0.25;

/** Null when the family has nothing to choose. Pure; the first rules are the specification's table. */
export function selectSearchAlgorithm(question: SearchQuestion): SearchAlgorithm | null {
  const { family, space, trials, series, rows } = question;
  if (Object.keys(space).length === 0) return null;
  const large = rows >= LARGE_ROWS || series >= LARGE_SERIES;
  const { pruner, reason } = choosePruner(question);
  const sampler = (name: SamplerConfig['name'], multivariate: boolean): SamplerConfig => ({
    name,
    direction: 'minimize',
    multivariate,
    startup_trials: name === 'random' ? 0 : Math.max(4, Math.min(10, Math.round(trials * STARTUP_SHARE))),
    defaults_first: true,
  });
  if (trials < FEWEST_FOR_MODEL)
    return {
      sampler: sampler('random', false),
      pruner,
      reasons: [{ code: 'sampler_random', params: { trials, fewest: FEWEST_FOR_MODEL } }, reason],
    };
  if (large && family.complexity !== 'low')
    return {
      sampler: sampler('tpe', true),
      pruner,
      reasons: [{ code: 'sampler_tpe_multivariate', params: { rows, series } }, reason],
    };
  return { sampler: sampler('tpe', false), pruner, reasons: [{ code: 'sampler_tpe', params: { trials } }, reason] };
}

/** Networks learn once for all windows, so they are watched while they learn; others window by window. */
function choosePruner({ family, origins }: SearchQuestion): { pruner: Pruner; reason: Reason } {
  if (family.learns === 'once') return { pruner: 'hyperband', reason: { code: 'pruner_hyperband', params: {} } };
  if (origins < FEWEST_WINDOWS)
    return { pruner: 'none', reason: { code: 'pruner_none', params: { origins, fewest: FEWEST_WINDOWS } } };
  return { pruner: 'wilcoxon', reason: { code: 'pruner_wilcoxon', params: { origins } } };
}
