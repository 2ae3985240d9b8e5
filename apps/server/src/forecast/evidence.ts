/** GET /runs/:id/diagnostics and /arrays: what stands behind a result, for those who want to look. */
import { join } from 'node:path';
import { ProblemError, windowsResult } from '@minori/contract';
import type { Diagnostics, ForecastArrays, WindowsResult } from '@minori/contract';
import { columnsOf, decompose } from '@minori/judge';
import type { Scope } from '../identity/scope.ts';
import { readSlice } from './arrays.ts';
import type { Judge } from './judge-client.ts';
import { readHistory } from './result.ts';
import type { ForecastDeps } from './service.ts';
import { chooseSource, deliveredModel, isModelOf, readCells, readSearch, seriesIds, trialFolder } from './sources.ts';
import type { Search } from './sources.ts';

/** A page gets whole arrays up to this size; base64 makes it a third more. */
const MOST_BYTES = 5_000_000;

export type EvidenceDeps = ForecastDeps & { readonly judge: Judge };

interface Windows {
  readonly truth: WindowsResult;
  readonly actual: string;
  readonly scale: string;
}

/** @throws ProblemError not_judged_yet 409 while there are no windows, or for good when they failed */
async function windowsOf(deps: ForecastDeps, { windows }: Search): Promise<Windows> {
  const folder = windows?.status === 'succeeded' ? await trialFolder(deps, windows.id) : null;
  if (windows === undefined || folder === null) throw new ProblemError('not_judged_yet', 409);
  const truth = windowsResult.parse(windows.result);
  return { truth, actual: join(folder, truth.actual_path), scale: join(folder, truth.scale_path) };
}

/** @throws ProblemError run_not_found 404 | model_not_found 404 | series_not_found 404 | not_judged_yet 409 */
export async function readDiagnostics(
  deps: EvidenceDeps,
  scope: Scope,
  id: string,
  query: { series?: string | undefined; model?: string | undefined },
): Promise<Diagnostics> {
  const search = await readSearch(deps, scope, id);
  const { plan, dataset } = search.spec;
  if (query.model !== undefined && !isModelOf(search, query.model))
    throw new ProblemError('model_not_found', 404, { model: query.model.slice(0, 100) });
  const ids = await seriesIds(deps, dataset.sha256);
  const only = query.series === undefined ? (ids.length === 1 ? 0 : null) : ids.indexOf(query.series);
  if (only === -1) throw new ProblemError('series_not_found', 404, { series: (query.series ?? '').slice(0, 200) });
  const model = query.model ?? deliveredModel(search);
  const source = model === null ? null : await chooseSource(deps, search, model);
  const windows = await windowsOf(deps, search);
  if (model === null || source === null || source.backtest === null) throw new ProblemError('not_judged_yet', 409);
  const judged = await deps.judge.diagnose({
    actualFile: windows.actual,
    scaleFile: windows.scale,
    backtest: source.backtest,
    series: windows.truth.series,
    origins: windows.truth.origins,
    horizon: windows.truth.h,
    levels: plan.levels,
    only,
  });
  const uniqueId = only === null ? null : (ids[only] ?? null);
  return { model, series: uniqueId, ...judged, decomposition: await apart(deps, search, uniqueId) };
}

async function apart(
  deps: ForecastDeps,
  { spec }: Search,
  uniqueId: string | null,
): Promise<Diagnostics['decomposition']> {
  if (uniqueId === null) return null;
  const { ds, y } = await readHistory(deps, spec.dataset.sha256, uniqueId);
  const parts = decompose(y, spec.plan.season);
  if (parts === null) return null;
  const { trend, seasonal, remainder } = parts;
  return {
    ds,
    trend,
    seasonal,
    remainder,
    trend_strength: parts.trendStrength,
    seasonal_strength: parts.seasonalStrength,
  };
}

/** @throws ProblemError run_not_found 404 | not_judged_yet 409 | arrays_too_large 413 {bytes, most} */
export async function readArrays(deps: ForecastDeps, scope: Scope, id: string): Promise<ForecastArrays> {
  const search = await readSearch(deps, scope, id);
  const { actual, scale, truth } = await windowsOf(deps, search);
  const ids = await seriesIds(deps, search.spec.dataset.sha256);
  const { levels } = search.spec.plan;
  const judged = search.entries.filter((entry) => entry.judged !== null);
  const cells = truth.series * truth.origins;
  const points = cells * truth.h;
  const columns = columnsOf(levels);
  const whole = 4 * (points + cells + judged.length * (points * columns + cells));
  const small = 4 * judged.length * cells;
  if (small > MOST_BYTES) throw new ProblemError('arrays_too_large', 413, { bytes: small, most: MOST_BYTES });
  const full = whole <= MOST_BYTES;
  const models = await Promise.all(
    judged.map(async (entry) => {
      const source = full ? await chooseSource(deps, search, entry.row.model) : null;
      return {
        model: entry.row.model,
        baseline: entry.row.baseline,
        predictions: await encoded(source?.backtest ?? null, points * columns),
        cells: base64(await readCells(deps, search, entry, 0, cells)),
      };
    }),
  );
  return {
    detail: full ? 'full' : 'cells',
    unique_ids: [...ids],
    origins: truth.origins,
    horizon: truth.h,
    levels,
    actual: full ? await encoded(actual, points) : null,
    scale: full ? await encoded(scale, cells) : null,
    models,
  };
}

async function encoded(path: string | null, count: number): Promise<string | null> {
  return path === null ? null : base64(await readSlice(path, 0, count));
}

function base64(values: Float32Array | null): string | null {
  return values === null ? null : Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}
