/** Next month: the recorded winners forecast newer data, one task each, without a new search. */
import { ENSEMBLE_MODEL, isFinal, ProblemError } from '@minori/contract';
import type { Plan, Run } from '@minori/contract';
import { requireProject } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';
import { startForecast } from './service.ts';
import type { ForecastDeps } from './service.ts';
import { readSearch } from './sources.ts';
import type { Search } from './sources.ts';

/**
 * The members of the delivered forecast with their recorded parameters, and the simple forecasts they are
 * judged by. A blend's weights are learnt again, as each of its windows was forecast.
 * @throws ProblemError run_not_found 404 | not_a_forecast 409 | not_finished 409 | nothing_to_refresh 409 | refresh_model_missing 409 {model}
 */
export async function refreshForecast(
  deps: ForecastDeps,
  scope: Scope,
  id: string,
  body: { dataset_version?: number | undefined; name?: string | undefined },
): Promise<Run> {
  const search = await readSearch(deps, scope, id);
  const { root, spec } = search;
  requireProject(scope, root.project_id, 'editor');
  if (!isFinal(root.status) || search.ended === null) throw new ProblemError('not_finished', 409);
  const winners = winnersOf(search);
  if (winners.size === 0) throw new ProblemError('nothing_to_refresh', 409);
  const { run_id: _run, budget_seconds: _budget, trials: _trials, dataset_version: _version, ...past } = spec.request;
  const request = {
    ...past,
    models: [...winners.keys()],
    name: body.name ?? root.name,
    ...(body.dataset_version === undefined ? {} : { dataset_version: body.dataset_version }),
  };
  return await startForecast(deps, scope, request, {
    tags: [`refresh_of:${root.run_id}`],
    refreshOf: root.id,
    alter: (plan) => withWinners(plan, winners),
  });
}

/** Family -> recorded parameters: what was delivered, and all simple forecasts. */
function winnersOf({ ended, entries }: Search): Map<string, Record<string, unknown>> {
  const members =
    ended?.best.model === ENSEMBLE_MODEL
      ? (ended.ensemble?.members ?? []).map(({ model }) => model)
      : [ended?.best.model];
  return new Map(
    entries.flatMap(({ row, result }): [string, Record<string, unknown>][] =>
      result !== null && (row.baseline || members.includes(row.model)) ? [[row.model, result.params]] : [],
    ),
  );
}

/** One trial each with what was found then; nothing else, and no clock. */
function withWinners(plan: Plan, winners: ReadonlyMap<string, Record<string, unknown>>): Plan {
  for (const model of winners.keys())
    if (!plan.candidates.some(({ family }) => family === model))
      throw new ProblemError('refresh_model_missing', 409, { model });
  const candidates = plan.candidates.flatMap((planned) => {
    const params = winners.get(planned.family);
    return params === undefined ? [] : [{ ...planned, params, search: null }];
  });
  return { ...plan, candidates, budget_seconds: null, trials: candidates.length };
}
