/** Wishes that do not fit together, or not to the data: the part of ConfigValidator that needs no machine. */
import type { PlanProblem, Profile } from '@minori/contract';
import { CATALOG } from './catalog.ts';
import { problem } from './problem.ts';
import type { PlanRequest } from './validate.ts';

/** So many seasons ahead, errors are mostly those of the trend. */
const FAR_SEASONS = 3;

export function consistencyProblems(profile: Profile, request: PlanRequest): PlanProblem[] {
  return [...boundProblems(profile, request), ...totalProblems(profile, request), ...reachProblems(profile, request)];
}

function boundProblems({ y }: Profile, { output }: PlanRequest): PlanProblem[] {
  if (output === undefined) return [];
  const { lower, upper, integer } = output;
  if (lower !== null && upper !== null && lower >= upper)
    return [problem('error', 'bounds_crossed', 'output', { lower, upper })];
  if (integer && lower !== null && upper !== null && Math.ceil(lower) > Math.floor(upper))
    return [problem('error', 'bounds_without_integer', 'output', { lower, upper })];
  const found: PlanProblem[] = [];
  if (lower !== null && y.min !== null && y.min < lower)
    found.push(problem('warning', 'lower_above_data', 'output', { lower, min: y.min }));
  if (upper !== null && y.max !== null && y.max > upper)
    found.push(problem('warning', 'upper_below_data', 'output', { upper, max: y.max }));
  if (integer && !y.integer) found.push(problem('warning', 'integer_unlike_data', 'output'));
  return found;
}

/** A total that is none of the series, or the only one, could never be kept. */
function totalProblems({ series, series_count: count }: Profile, { output }: PlanRequest): PlanProblem[] {
  const total = output?.total?.series;
  if (output === undefined || total === undefined) return [];
  if (!series.some(({ unique_id: id }) => id === total))
    return [problem('error', 'total_series_unknown', 'output', { series: total.slice(0, 200) })];
  if (count < 2) return [problem('error', 'total_alone', 'output', { series: total })];
  const found = [problem('info', 'total_with_levels', 'output', { series: total })];
  if (output.lower !== null || output.upper !== null)
    found.push(problem('info', 'total_with_bounds', 'output', { series: total }));
  return found;
}

/** How far the question reaches beside what there is to learn from. */
function reachProblems({ season, lengths }: Profile, { horizon, trials }: PlanRequest): PlanProblem[] {
  const found: PlanProblem[] = [];
  const points = Math.floor(lengths.median);
  if (season > 1 && horizon > FAR_SEASONS * season && horizon < lengths.max)
    found.push(problem('info', 'horizon_many_seasons', 'horizon', { horizon, season }));
  if (
    season > 1 &&
    horizon >= 1 &&
    horizon < lengths.max &&
    points >= season + horizon + 1 &&
    points - horizon < 2 * season
  )
    found.push(problem('info', 'season_seen_once', 'horizon', { season, points: points - horizon }));
  const simple = CATALOG.filter(({ kind, needsSeason }) => kind === 'baseline' && (season > 1 || !needsSeason)).length;
  if (trials !== undefined && Number.isInteger(trials) && trials >= 1 && trials <= simple)
    found.push(problem('warning', 'trials_only_simple', 'trials', { trials, simple }));
  return found;
}
