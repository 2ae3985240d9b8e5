/** A search as its readers need it, and where the arrays of its models lie. */
import { join } from 'node:path';
import {
  ENSEMBLE_MODEL,
  LAST_RESORT_MODEL,
  OWN_MODEL,
  ProblemError,
  trialPartial,
  trialResult,
} from '@minori/contract';
import type { Db } from '@minori/database';
import { readVersionProfile } from '../datasets/files.ts';
import type { RunRow } from '../dispatch/index.ts';
import type { Scope } from '../identity/scope.ts';
import { readRun } from '../runs/store.ts';
import { readSlice } from './arrays.ts';
import { candidateResult, searchResult, searchSpec, trialSpec } from './documents.ts';
import type { SearchResult, SearchSpec } from './documents.ts';
import { artifactsFolder, LAST_RESORT_FILES } from './finish.ts';
import { ENSEMBLE_FILES, OWN_CELLS } from './judge-blend.ts';
import { CELLS_FILE } from './judge-trial.ts';
import type { ForecastDeps } from './service.ts';
import { bracketed, leaderOf, standing } from './standing.ts';
import type { Entry } from './standing.ts';

const PROFILES_KEPT = 16;

export interface Search {
  readonly root: RunRow;
  readonly spec: SearchSpec;
  /** Null until it has ended. */
  readonly ended: SearchResult | null;
  readonly entries: readonly Entry[];
  readonly candidates: readonly RunRow[];
  readonly trials: readonly RunRow[];
  readonly windows: RunRow | undefined;
}

/** @throws ProblemError run_not_found 404 | not_a_forecast 409 */
export async function readSearch(deps: ForecastDeps, scope: Scope, idOrRunId: string): Promise<Search> {
  const seen = await readRun(deps.db, scope, idOrRunId);
  const rows = await deps.db
    .selectFrom('training_runs')
    .selectAll()
    .where('root_id', '=', seen.root_id)
    .orderBy('position')
    .orderBy('id')
    .execute();
  const root = rows.find((row) => row.id === seen.root_id);
  if (root === undefined || root.track !== 'forecast' || root.kind !== 'search')
    throw new ProblemError('not_a_forecast', 409);
  const spec = searchSpec.parse(root.spec);
  const ended = searchResult.safeParse(root.result).data ?? null;
  const trials = rows.filter(({ kind }) => kind === 'trial');
  const candidates = rows.filter(({ kind }) => kind === 'candidate');
  const progressOf = (id: number): number | null =>
    trials.find(({ parent_id: parent }) => parent === id)?.progress ?? null;
  const beside = ended === null ? null : { id: root.id, extras: ended.extras, p: ended.p };
  return {
    root,
    spec,
    ended,
    entries: bracketed(
      standing(candidates, spec.plan.levels, deps.clock.now(), progressOf, beside),
      ended?.verdict?.code ?? null,
    ),
    candidates,
    trials,
    windows: rows.find(({ kind, parent_id: parent }) => kind === 'ingest' && parent === root.id),
  };
}

/** What is delivered, or would be now; null while there is nothing. */
export function deliveredModel({ ended, entries }: Search): string | null {
  return ended?.best.model ?? leaderOf(entries)?.row.model ?? null;
}

export function isModelOf({ spec, entries }: Search, model: string): boolean {
  return spec.plan.candidates.some(({ family }) => family === model) || entries.some(({ row }) => row.model === model);
}

/** Absolute paths of one model's arrays. */
export interface Source {
  readonly model: string;
  readonly forecast: string;
  readonly times: string;
  /** Null until the trial has ended. */
  readonly backtest: string | null;
}

/** Of the model that was asked for; else of what is delivered; else the first that has a forecast already. */
export async function chooseSource(
  deps: ForecastDeps,
  search: Search,
  model: string | undefined,
): Promise<Source | null> {
  const wanted = model ?? deliveredModel(search);
  if (wanted === ENSEMBLE_MODEL) return await ensembleSource(deps, search);
  if (wanted === LAST_RESORT_MODEL) return lastResortSource(deps, search);
  const entry = search.entries.find(({ row }) => row.model === wanted);
  const best = entry?.result?.trial_id;
  const order =
    wanted === null
      ? search.trials
      : search.trials
          .filter((trial) => trialSpec.parse(trial.spec).family === wanted)
          .toSorted((a, b) => Number(b.id === best) - Number(a.id === best));
  for (const trial of order) {
    const source = await trialSource(deps, trial);
    if (source !== null) return source;
  }
  return null;
}

async function trialSource(deps: ForecastDeps, trial: RunRow): Promise<Source | null> {
  const folder = await trialFolder(deps, trial.id);
  if (folder === null) return null;
  const { family } = trialSpec.parse(trial.spec);
  const done = trialResult.safeParse(trial.status === 'succeeded' ? trial.result : null).data;
  if (done !== undefined) {
    const { forecast, ds, backtest } = done.files;
    if (forecast === null) return null;
    return {
      model: family,
      forecast: join(folder, forecast),
      times: join(folder, ds),
      backtest: backtest === null ? null : join(folder, backtest),
    };
  }
  const partial = await readPartial(deps.db, trial);
  if (partial === null) return null;
  return { model: family, forecast: join(folder, partial.forecast), times: join(folder, partial.ds), backtest: null };
}

/** Its times are those of any member. */
async function ensembleSource(deps: ForecastDeps, { root, ended, trials, entries }: Search): Promise<Source | null> {
  const member = ended?.ensemble?.members[0];
  const result = entries.find(({ row }) => row.id === member?.id && row.model === member.model)?.result;
  const trial = trials.find(({ id }) => id === result?.trial_id);
  const times = trial === undefined ? null : await trialSource(deps, trial);
  if (times === null) return null;
  const folder = artifactsFolder(deps.home, root.id);
  return {
    model: ENSEMBLE_MODEL,
    forecast: join(folder, ENSEMBLE_FILES.forecast),
    times: times.times,
    backtest: join(folder, ENSEMBLE_FILES.backtest),
  };
}

function lastResortSource({ home }: ForecastDeps, { root }: Search): Source {
  const folder = artifactsFolder(home, root.id);
  const { forecast, times } = LAST_RESORT_FILES;
  return { model: LAST_RESORT_MODEL, forecast: join(folder, forecast), times: join(folder, times), backtest: null };
}

/** MASE per series and origin of a judged model: `count` values from `start` on; null when there are none. */
export async function readCells(
  deps: ForecastDeps,
  { root }: Pick<Search, 'root'>,
  { row, result, judged }: Entry,
  start: number,
  count: number,
): Promise<Float32Array | null> {
  if (judged === null) return null;
  if (row.model === ENSEMBLE_MODEL)
    return await readSlice(join(artifactsFolder(deps.home, root.id), ENSEMBLE_FILES.cells), start, count);
  if (row.model === OWN_MODEL)
    return await readSlice(join(artifactsFolder(deps.home, root.id), OWN_CELLS), start, count);
  const trial = candidateResult.safeParse(result).data?.trial_id;
  const folder = trial === undefined ? null : await trialFolder(deps, trial);
  return folder === null ? null : await readSlice(join(folder, CELLS_FILE), start, count);
}

/** What a trial that is still at work has announced. */
async function readPartial(db: Db, trial: RunRow): Promise<{ forecast: string; ds: string } | null> {
  const event = await db
    .selectFrom('run_event')
    .select('payload')
    .where('root_id', '=', trial.root_id)
    .where('run_id', '=', trial.id)
    .where('type', '=', 'partial')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return trialPartial.safeParse(event?.payload['value']).data ?? null;
}

/** Folder of a run's last attempt. */
export async function trialFolder(
  { db, home }: Pick<ForecastDeps, 'db' | 'home'>,
  runId: number,
): Promise<string | null> {
  const attempt = await db
    .selectFrom('run_attempt')
    .select('id')
    .where('run_id', '=', runId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return attempt === undefined ? null : join(home.spool, String(attempt.id));
}

/** unique_ids per dataset version; versions never change, so a few stay in memory. */
const idsBySha256 = new Map<string, readonly string[]>();
export async function seriesIds({ home }: ForecastDeps, sha256: string): Promise<readonly string[]> {
  const known = idsBySha256.get(sha256);
  if (known !== undefined) return known;
  const ids = (await readVersionProfile(home, sha256)).series.map(({ unique_id: id }) => id);
  const [oldest] = idsBySha256.keys();
  if (idsBySha256.size >= PROFILES_KEPT && oldest !== undefined) idsBySha256.delete(oldest);
  idsBySha256.set(sha256, ids);
  return ids;
}
