/**
 * GET /runs/:id/importance: which columns and which settings a method lives by. A column's worth is the growth of
 * the backtest error when its values come in another order (Breiman 2001; Fisher et al. 2019): the method learns
 * from the true ones, so nothing is hidden but the information. Settings are judged by the study's own trials.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ENSEMBLE_MODEL,
  importance,
  isFinal,
  ProblemError,
  samplerImportanceInput,
  samplerImportanceResult,
  trialInput,
  trialResult,
} from '@minori/contract';
import type { Importance, TrialInput } from '@minori/contract';
import { columnsFor, familyOf, spaceOf } from '@minori/planner';
import { versionFuture, versionParquet } from '../datasets/files.ts';
import type { Scope } from '../identity/scope.ts';
import { writeFileAtomic } from '../platform/files.ts';
import { artifactsFolder } from './finish.ts';
import { readStudies, sampledTrials } from './history.ts';
import type { ForecastDeps } from './service.ts';
import { deliveredModel, isModelOf, readSearch } from './sources.ts';
import type { Search } from './sources.ts';

/** The newest are the most like what comes. */
const MOST_WINDOWS = 3;
const REPEATS = 2;
const MOST_COLUMNS = 20;
const SECONDS = 300;
const MEMORY_BYTES = 4 * 2 ** 30;

/** One measurement at a time of each model, until it is kept, however many look. */
const underWay = new Map<string, Promise<Importance>>();

/**
 * Null where nothing is kept and `measure` is false.
 * @throws ProblemError run_not_found 404 | model_not_found 404 | not_finished 409 | engine_not_ready 503
 */
export async function readImportance(
  deps: ForecastDeps,
  scope: Scope,
  id: string,
  query: { model?: string | undefined; measure: boolean },
): Promise<Importance | null> {
  const search = await readSearch(deps, scope, id);
  if (query.model !== undefined && !isModelOf(search, query.model))
    throw new ProblemError('model_not_found', 404, { model: query.model.slice(0, 100) });
  if (!isFinal(search.root.status) || search.ended === null) throw new ProblemError('not_finished', 409);
  const wanted = query.model ?? deliveredModel(search) ?? '';
  const model = wanted === ENSEMBLE_MODEL ? tellingMember(search) : wanted;
  const file = join(artifactsFolder(deps.home, search.root.id), `importance-${model}.json`);
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return importance.parse(JSON.parse(kept));
  if (!query.measure) return null;
  const key = `${search.root.id} ${model}`;
  const measuring =
    underWay.get(key) ??
    measure(deps, search, model)
      .then(async (found) => {
        await writeFileAtomic(file, Buffer.from(JSON.stringify(found)));
        return found;
      })
      .finally(() => underWay.delete(key));
  underWay.set(key, measuring);
  return measuring;
}

/** The heaviest member that uses columns, or at least has settings; else the heaviest. */
function tellingMember({ ended, spec }: Search): string {
  const members = (ended?.ensemble?.members ?? []).map(({ model }) => model);
  return (
    members.find((model) => columnsFor(model, spec.plan.exogenous) !== null) ??
    members.find((model) => Object.keys(spaceOf(model)).length > 0) ??
    members[0] ??
    ''
  );
}

async function measure(deps: ForecastDeps, search: Search, model: string): Promise<Importance> {
  const entry = search.entries.find(({ row }) => row.model === model);
  const study = (await readStudies(deps.db, search.root.id)).get(entry?.row.id ?? 0) ?? [];
  const [columns, settings] = [await columnsOf(deps, search, model), await settingsOf(deps, search, model, study)];
  return importance.parse({ model, ...columns, ...settings });
}

async function settingsOf(
  deps: ForecastDeps,
  { root }: Search,
  model: string,
  study: Parameters<typeof sampledTrials>[0],
): Promise<Pick<Importance, 'settings' | 'trials'>> {
  const space = spaceOf(model);
  if (study.length < 2 || Object.keys(space).length === 0) return { settings: [], trials: 0 };
  const history = sampledTrials(study);
  const input = samplerImportanceInput.parse({ seed: root.seed, space, history, direction: 'minimize' });
  const { value, dispose } = await deps.dispatcher.runInteractive({
    host: 'python',
    kind: 'sampler.importance',
    input,
  });
  await dispose();
  const { importances, trials } = samplerImportanceResult.parse(value);
  return { settings: importances, trials };
}

async function columnsOf(
  deps: ForecastDeps,
  search: Search,
  model: string,
): Promise<Pick<Importance, 'columns' | 'windows'>> {
  const { spec, entries, trials } = search;
  const { plan, dataset } = spec;
  const used = columnsFor(model, plan.exogenous);
  const result = entries.find(({ row }) => row.model === model)?.result ?? null;
  const trial = trials.find(({ id }) => id === result?.trial_id);
  const windows = Math.min(plan.origins, MOST_WINDOWS);
  if (used === null || result === null || trial === undefined || windows === 0) return { columns: [], windows: 0 };
  const input: TrialInput = trialInput.parse({
    parquet: versionParquet(deps.home, dataset.sha256),
    freq: plan.freq,
    season: plan.season,
    h: plan.horizon,
    origins: windows,
    min_train: plan.min_train,
    levels: plan.levels,
    family: model,
    params: result.params,
    series: null,
    predict: false,
    deadline_seconds: null,
    exogenous: { ...used, future: used.futr.length > 0 ? versionFuture(deps.home, dataset.sha256) : null },
  });
  const errorOf = async (shuffled: { column: string; seed: number } | null): Promise<number> => {
    const asked = { ...input, exogenous: input.exogenous === null ? null : { ...input.exogenous, shuffled } };
    const { value, dispose } = await deps.dispatcher.runInteractive({
      host: familyOf(model)?.host ?? 'python',
      kind: 'forecast.trial',
      input: asked,
      seed: trial.seed,
      limits: { seconds: SECONDS, memory_bytes: MEMORY_BYTES },
    });
    await dispose();
    const errors = trialResult.parse(value).errors.filter((error) => error !== null);
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  };
  const usual = await errorOf(null);
  const columns: Importance['columns'] = [];
  for (const name of Object.values(used).flat().slice(0, MOST_COLUMNS)) {
    const increases: number[] = [];
    for (let seed = 1; seed <= REPEATS; seed++) increases.push((await errorOf({ column: name, seed })) / usual - 1);
    const increase = increases.reduce((sum, one) => sum + one, 0) / REPEATS;
    if (Number.isFinite(increase))
      columns.push({ name, increase, low: Math.min(...increases), high: Math.max(...increases) });
  }
  return { columns: columns.toSorted((a, b) => b.increase - a.increase), windows };
}
