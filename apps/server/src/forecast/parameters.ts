/** The parameters of a search in sections, as people read, filter and clone them. */
import { ProblemError } from '@minori/contract';
import type { ForecastRequest, Profile } from '@minori/contract';
import type { SearchSpec } from './documents.ts';

/** Parameter -> field of the request; the only ones that an override may change. */
const OVERRIDABLE: Readonly<Record<string, keyof ForecastRequest>> = {
  'Data.dataset_id': 'dataset_id',
  'Data.dataset_version': 'dataset_version',
  'Data.freq': 'freq',
  'Data.holidays': 'holidays',
  'Model.horizon': 'horizon',
  'Model.models': 'models',
  'Optimization.mode': 'mode',
  'Optimization.budget_seconds': 'budget_seconds',
  'Optimization.trials': 'trials',
  'Optimization.seed': 'seed',
  'Evaluation.baseline': 'baseline',
  'Output.levels': 'levels',
  'Output.rules': 'output',
  'Output.name': 'name',
  'Output.tags': 'tags',
};

export function parametersOf(
  { request, plan, dataset }: SearchSpec,
  profile: Profile,
): Record<string, Record<string, unknown>> {
  return {
    Data: {
      dataset_id: dataset.id,
      dataset_key: dataset.key,
      dataset_version: dataset.version,
      sha256: dataset.sha256,
      series: profile.series_count,
      rows: profile.rows,
      freq: plan.freq,
      season: plan.season,
      holidays: request.holidays ?? null,
    },
    Model: { horizon: plan.horizon, models: request.models ?? plan.candidates.map(({ family }) => family) },
    CrossValidation: { origins: plan.origins, step: plan.horizon, min_train: plan.min_train },
    Evaluation: { metric: 'mase', verdict: 'paired_log_ratio', baseline: request.baseline ?? null },
    Optimization: {
      mode: request.mode,
      budget_seconds: plan.budget_seconds,
      trials: plan.trials,
      seed: plan.seed,
      slots: plan.slots,
      threads: plan.threads,
    },
    Output: { levels: plan.levels, rules: plan.output, name: request.name ?? null, tags: request.tags },
  };
}

/**
 * The request with dotted overrides; null takes a field away. A budget replaces trials and the other way round.
 * The run_id is never kept: a clone is a context of its own.
 * @throws ProblemError override_unknown 422 {name}
 */
export function overridden(
  request: ForecastRequest,
  overrides: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { run_id: _runId, ...rest } = request;
  const changed = new Map<string, unknown>(Object.entries(rest));
  for (const [name, value] of Object.entries(overrides)) {
    const field = Object.hasOwn(OVERRIDABLE, name) ? OVERRIDABLE[name] : undefined;
    if (field === undefined) throw new ProblemError('override_unknown', 422, { name: name.slice(0, 100) });
    if (value === null) changed.delete(field);
    else changed.set(field, value);
    if (field === 'dataset_id' && !Object.hasOwn(overrides, 'Data.dataset_version')) changed.delete('dataset_version');
    if (field === 'budget_seconds' && value !== null && !Object.hasOwn(overrides, 'Optimization.trials'))
      changed.delete('trials');
    if (field === 'trials' && value !== null && !Object.hasOwn(overrides, 'Optimization.budget_seconds'))
      changed.delete('budget_seconds');
  }
  return Object.fromEntries(changed);
}
