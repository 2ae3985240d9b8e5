/** What is wrong with a question before anything runs: DataValidator and ConfigValidator of the specification. */
import type { ForecastRequest, PlanProblem, Profile } from '@minori/contract';
import { familyOf } from './catalog.ts';
import { consistencyProblems } from './consistency.ts';
import { sameFrequency } from './frequency.ts';
import { problem } from './problem.ts';
import { LEAST_TRAIN } from './windows.ts';

/** The request as a form has it: numbers may be anything a person typed. */
export type PlanRequest = Omit<ForecastRequest, 'dataset_id' | 'dataset_version'>;

export const LONGEST_HORIZON = 10_000;
const LONGEST_BUDGET_SECONDS = 7 * 24 * 3600;
const MOST_TRIALS = 10_000;
/** Below this a search ends before it has judged much. */
const SMALL_BUDGET_SECONDS = 5;

/** All problems of the data and the request together; any `error` forbids the start. */
export function validate(profile: Profile, request: PlanRequest): PlanProblem[] {
  return [
    ...dataProblems(profile),
    ...horizonProblems(profile, request),
    ...configProblems(profile, request),
    ...consistencyProblems(profile, request),
  ];
}

function dataProblems(profile: Profile): PlanProblem[] {
  const found: PlanProblem[] = [];
  if (profile.series_count === 0) found.push(problem('error', 'no_series', null));
  if (profile.freq === 'irregular') found.push(problem('error', 'freq_irregular', 'freq'));
  const constant = profile.series.filter(({ min, max, n }) => n > 0 && min !== null && min === max);
  if (constant.length > 0)
    found.push(
      problem('info', 'constant_series', null, {
        series: constant.slice(0, 5).map((s) => s.unique_id),
        count: constant.length,
      }),
    );
  if (profile.y.missing > 0) found.push(problem('info', 'missing_values', null, { count: profile.y.missing }));
  return found;
}

function horizonProblems(profile: Profile, { horizon }: PlanRequest): PlanProblem[] {
  if (!Number.isInteger(horizon) || horizon < 1)
    return [problem('error', 'horizon_not_positive', 'horizon', { horizon })];
  if (horizon > LONGEST_HORIZON)
    return [problem('error', 'horizon_too_large', 'horizon', { horizon, most: LONGEST_HORIZON })];
  const longest = profile.lengths.max;
  if (profile.series_count === 0) return [];
  if (horizon >= longest)
    return [problem('error', 'horizon_longer_than_data', 'horizon', { horizon, points: longest })];
  const needed = horizon + LEAST_TRAIN;
  if (longest < needed)
    return [
      problem('error', 'series_too_short', 'horizon', {
        horizon,
        points: longest,
        needed,
        most: longest - LEAST_TRAIN,
      }),
    ];
  const short = profile.series.filter(({ n }) => n < needed);
  if (short.length === 0) return [];
  return [
    problem('warning', 'some_series_too_short', 'horizon', {
      series: short.slice(0, 5).map((series) => series.unique_id),
      count: short.length,
      needed,
    }),
  ];
}

function configProblems(profile: Profile, request: PlanRequest): PlanProblem[] {
  const found: PlanProblem[] = [];
  const { budget_seconds: budget, trials, levels, freq, models, mode, seed } = request;
  if (budget !== undefined && trials !== undefined) found.push(problem('error', 'budget_and_trials', 'budget_seconds'));
  if (budget !== undefined && !(Number.isFinite(budget) && budget > 0))
    found.push(
      problem('error', 'budget_not_positive', 'budget_seconds', { budget: Number.isFinite(budget) ? budget : null }),
    );
  else if (budget !== undefined && budget > LONGEST_BUDGET_SECONDS)
    found.push(problem('error', 'budget_too_large', 'budget_seconds', { budget, most: LONGEST_BUDGET_SECONDS }));
  else if (budget !== undefined && budget < SMALL_BUDGET_SECONDS)
    found.push(problem('warning', 'budget_small', 'budget_seconds', { budget }));
  if (trials !== undefined && (!Number.isInteger(trials) || trials < 1 || trials > MOST_TRIALS))
    found.push(problem('error', 'trials_out_of_range', 'trials', { trials, most: MOST_TRIALS }));
  if (levels.length === 0 || levels.length > 9 || levels.some((level) => !(level > 0 && level < 100)))
    found.push(problem('error', 'levels_out_of_range', 'levels', { levels: [...levels] }));
  if (!Number.isSafeInteger(seed) || seed < 0) found.push(problem('error', 'seed_out_of_range', 'seed', { seed }));
  if (mode === 'advanced') found.push(problem('error', 'mode_not_available', 'mode', { mode }));
  if (freq !== undefined && profile.freq !== 'irregular') {
    const same = sameFrequency(freq, profile.freq);
    if (same === null) found.push(problem('error', 'freq_unknown', 'freq', { freq }));
    else if (!same) found.push(problem('error', 'freq_differs', 'freq', { freq, data: profile.freq }));
  }
  for (const model of new Set(models ?? []))
    if (familyOf(model) === undefined) found.push(problem('error', 'model_unknown', 'models', { model }));
  if (models !== undefined && models.length === 0) found.push(problem('error', 'models_empty', 'models'));
  return found;
}
