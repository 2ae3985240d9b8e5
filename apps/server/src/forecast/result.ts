/** GET /runs/:id/result and /forecast: what a search has to show, at any moment of its life. */
import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ProblemError, seriesResult, trialTimes } from '@minori/contract';
import type { ForecastResult, ForecastSeries } from '@minori/contract';
import { columnsOf } from '@minori/judge';
import { versionParquet } from '../datasets/files.ts';
import type { Scope } from '../identity/scope.ts';
import { readRun } from '../runs/store.ts';
import { adjustedOf, countAdjusted } from './adjustments.ts';
import { readSlice, shortest } from './arrays.ts';
import { DELIVERED_FILE } from './deliver.ts';
import type { SearchSpec } from './documents.ts';
import type { EvidenceDeps } from './evidence.ts';
import { artifactsFolder } from './finish.ts';
import { withLiveBlend } from './live-blend.ts';
import { keptValue } from './output-rules.ts';
import type { ForecastDeps } from './service.ts';
import { chooseSource, isModelOf, readCells, readSearch, seriesIds } from './sources.ts';
import type { Search, Source } from './sources.ts';
import { bestOf, labelsOf, leaderOf, presentVerdict } from './standing.ts';
import type { Entry } from './standing.ts';

/** Points of history that a chart gets, and series that a picker gets at most. */
const HISTORY_POINTS = 2000;
const MOST_SERIES = 5000;
const HISTORIES_KEPT = 200;

export async function readResult(deps: EvidenceDeps, scope: Scope, id: string): Promise<ForecastResult> {
  const search = await readSearch(deps, scope, id);
  const { root, spec, entries, ended } = search;
  const leader = leaderOf(entries);
  const files = await deps.db
    .selectFrom('model_artifacts')
    .select(['name', 'bytes', 'media_type'])
    .where('run_id', '=', root.id)
    .orderBy('name')
    .execute();
  return {
    run_id: root.id,
    seq: root.event_seq,
    final: root.finished_at !== null,
    horizon: spec.plan.horizon,
    freq: spec.plan.freq,
    season: spec.plan.season,
    levels: spec.plan.levels,
    best: ended === null ? bestOf(leader) : { model: ended.best.model, metrics: ended.best.metrics },
    leaderboard: (await withLiveBlend(deps, search)).map(({ row }) => row),
    verdict: presentVerdict(ended?.verdict ?? null, labelsOf(ended?.extras ?? [])),
    ensemble: ended?.ensemble ?? null,
    output: spec.plan.output,
    adjusted: await countAdjusted(deps.db, root.id),
    refresh_of: spec.refresh_of,
    series: await seriesByError(deps, search, leader),
    files,
  };
}

/** Worst first; in the data's order while nothing is judged. */
async function seriesByError(
  deps: ForecastDeps,
  search: Search,
  leader: Entry | null,
): Promise<ForecastResult['series']> {
  const ids = await seriesIds(deps, search.spec.dataset.sha256);
  const { plan } = search.spec;
  const cells = leader === null ? null : await readCells(deps, search, leader, 0, ids.length * plan.origins);
  const errors = ids.map((id, s) => ({
    unique_id: id,
    mase: cells === null ? null : meanOf(cells.subarray(s * plan.origins, (s + 1) * plan.origins)),
  }));
  if (cells !== null)
    errors.sort((a, b) => (b.mase ?? Number.NEGATIVE_INFINITY) - (a.mase ?? Number.NEGATIVE_INFINITY));
  return errors.slice(0, MOST_SERIES);
}

/** @throws ProblemError series_not_found 404 | model_not_found 404 */
export async function readForecast(
  deps: ForecastDeps,
  scope: Scope,
  id: string,
  query: { series?: string | undefined; model?: string | undefined },
): Promise<ForecastSeries> {
  const search = await readSearch(deps, scope, id);
  const ids = await seriesIds(deps, search.spec.dataset.sha256);
  const uniqueId = query.series ?? ids[0] ?? '';
  const index = ids.indexOf(uniqueId);
  if (index < 0) throw new ProblemError('series_not_found', 404, { series: uniqueId.slice(0, 200) });
  if (query.model !== undefined && !isModelOf(search, query.model))
    throw new ProblemError('model_not_found', 404, { model: query.model.slice(0, 100) });
  const [history, source] = await Promise.all([
    readHistory(deps, search.spec.dataset.sha256, uniqueId),
    chooseSource(deps, search, query.model),
  ]);
  return {
    unique_id: uniqueId,
    history,
    forecast: source === null ? null : await readFuture(deps, search, source, index, ids.length),
    backtest: source === null ? [] : await readBacktest(search.spec, source, index, history),
    errors: await errorsOf(deps, search, index, ids.length),
  };
}

async function readFuture(
  deps: ForecastDeps,
  search: Search,
  source: Source,
  index: number,
  series: number,
): Promise<ForecastSeries['forecast']> {
  const { plan } = search.spec;
  const columns = columnsOf(plan.levels);
  const size = plan.horizon * columns;
  if (index >= series) return null;
  const delivered = search.ended?.best.model === source.model;
  const path = delivered ? join(artifactsFolder(deps.home, search.root.id), DELIVERED_FILE) : source.forecast;
  const [found, times] = await Promise.all([readSlice(path, index * size, size), readTimes(source)]);
  // Searches of older versions have no such file.
  const values = found ?? (delivered ? await readSlice(source.forecast, index * size, size) : null);
  if (values === null || times === null) return null;
  const { output } = plan;
  const kept = delivered || output === null ? values : values.map((v, at) => keptValue(v, at % columns, output));
  const rows = rowsOf(kept, columns);
  return {
    model: source.model,
    ds: [...(times.groups[times.series[index] ?? 0]?.future ?? [])],
    y_hat: column(rows, 0),
    intervals: intervalsOf(rows, plan.levels),
    adjusted: delivered ? await adjustedSteps(deps, search, index, rows.length) : rows.map(() => null),
  };
}

async function adjustedSteps(
  deps: ForecastDeps,
  { root, spec }: Search,
  index: number,
  steps: number,
): Promise<(number | null)[]> {
  const ids = await seriesIds(deps, spec.dataset.sha256);
  const own = await adjustedOf(deps.db, root.id, ids[index] ?? '');
  return Array.from({ length: steps }, (_, step) => own.get(step + 1) ?? null);
}

async function readTimes(source: Source) {
  const text = await readFile(source.times, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : trialTimes.parse(JSON.parse(text));
}

/** Windows lie one behind the other up to the series' end, so their times are those of the history's last points. */
async function readBacktest(
  { plan }: SearchSpec,
  source: Source,
  index: number,
  history: ForecastSeries['history'],
): Promise<ForecastSeries['backtest']> {
  if (source.backtest === null) return [];
  const { origins, horizon, levels } = plan;
  const columns = columnsOf(levels);
  const size = origins * horizon * columns;
  const values = await readSlice(source.backtest, index * size, size);
  if (values === null) return [];
  return Array.from({ length: origins }, (_, origin) => origin).flatMap((origin) => {
    const start = history.ds.length - horizon * (origins - origin);
    const rows = rowsOf(values.subarray(origin * horizon * columns, (origin + 1) * horizon * columns), columns);
    const cutoff = history.ds[start - 1];
    if (cutoff === undefined || rows.some((row) => row.some(Number.isNaN))) return [];
    return [
      {
        cutoff,
        ds: history.ds.slice(start, start + horizon),
        y: history.y.slice(start, start + horizon),
        y_hat: column(rows, 0),
        intervals: intervalsOf(rows, levels),
      },
    ];
  });
}

async function errorsOf(
  deps: ForecastDeps,
  search: Search,
  index: number,
  series: number,
): Promise<ForecastSeries['errors']> {
  const { origins } = search.spec.plan;
  const errors: Record<string, number | null> = {};
  for (const entry of search.entries) {
    const cells = index >= series ? null : await readCells(deps, search, entry, index * origins, origins);
    errors[entry.row.model] = cells === null ? null : meanOf(cells);
  }
  return errors;
}

/**
 * Histories by version and series. Versions never change, and a live page asks for the same series
 * at every partial forecast, so the last ones stay in memory.
 */
const histories = new Map<string, Promise<ForecastSeries['history']>>();

export async function readHistory(
  deps: ForecastDeps,
  sha256: string,
  uniqueId: string,
): Promise<ForecastSeries['history']> {
  const key = `${sha256} ${uniqueId}`;
  const known = histories.get(key);
  if (known !== undefined) return await known;
  const reading = loadHistory(deps, sha256, uniqueId);
  const [oldest] = histories.keys();
  if (histories.size >= HISTORIES_KEPT && oldest !== undefined) histories.delete(oldest);
  histories.set(key, reading);
  reading.catch(() => histories.delete(key));
  return await reading;
}

async function loadHistory(deps: ForecastDeps, sha256: string, uniqueId: string): Promise<ForecastSeries['history']> {
  const task = await deps.dispatcher.runInteractive({
    host: 'node',
    kind: 'ingest.series',
    input: {
      operation: 'series',
      parquet: versionParquet(deps.home, sha256),
      unique_ids: [uniqueId],
      offset: 0,
      limit: 1,
      max_points: HISTORY_POINTS,
      sample_rows: 0,
      last: HISTORY_POINTS,
    },
  });
  try {
    const [item] = seriesResult.parse(task.value).items;
    return { ds: item?.ds ?? [], y: item?.y ?? [] };
  } finally {
    await task.dispose();
  }
}

/** A file of a finished search, by the name that the result lists. @throws ProblemError artifact_not_found 404 */
export async function openFile(
  deps: ForecastDeps,
  scope: Scope,
  id: string,
  name: string,
): Promise<{ stream: Readable; bytes: number; mediaType: string; sha256: string }> {
  const run = await readRun(deps.db, scope, id);
  const file = await deps.db
    .selectFrom('model_artifacts')
    .select(['path', 'bytes', 'media_type', 'sha256'])
    .where('run_id', '=', run.root_id)
    .where('name', '=', name)
    .executeTakeFirst();
  // The path is the server's own; the name only picks the row.
  const path = file === undefined ? null : join(deps.home.root, file.path);
  if (file === undefined || path === null || !(await isThere(path)))
    throw new ProblemError('artifact_not_found', 404, { name: name.slice(0, 100) });
  return { stream: createReadStream(path), bytes: file.bytes, mediaType: file.media_type, sha256: file.sha256 };
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function rowsOf(values: Float32Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns), shortest),
  );
}

const column = (rows: readonly (readonly number[])[], index: number): number[] =>
  rows.map((row) => row[index] ?? Number.NaN);

function intervalsOf(rows: readonly (readonly number[])[], levels: readonly number[]): Record<string, number[]> {
  return Object.fromEntries(
    levels.flatMap((level, index) => [
      [`lo-${level}`, column(rows, 1 + 2 * index)],
      [`hi-${level}`, column(rows, 2 + 2 * index)],
    ]),
  );
}

function meanOf(values: Float32Array): number | null {
  const known = [...values].filter((value) => !Number.isNaN(value));
  return known.length === 0 ? null : shortest(known.reduce((sum, value) => sum + value, 0) / known.length);
}
