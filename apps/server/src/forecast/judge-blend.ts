/** Blends the best families of a search and judges the blend; runs in the worker thread. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyRecipe, blend, columnsOf, score, weightsByFamily } from '@minori/judge';
import type { Blend, Metrics, Windows } from '@minori/judge';
import { writeFileAtomic } from '../platform/files.ts';
import { readFloats } from './arrays.ts';
import type { BlendAnswer, BlendRequest, BlendSource } from './judge-protocol.ts';

/** Beside the delivered files of a search, (series, …) as a trial's own. */
export const ENSEMBLE_FILES = {
  forecast: 'ensemble-forecast.f32',
  backtest: 'ensemble-backtest.f32',
  cells: 'ensemble-cells.f32',
} as const;
/** MASE per series and origin of people's own forecast. */
export const OWN_CELLS = 'own-cells.f32';
/** Weights and members, for a forecast that is made again later. */
export const RECIPE_FILE = 'ensemble.json';

export async function blendTrials(request: BlendRequest): Promise<BlendAnswer> {
  const started = performance.now();
  const { series, origins, horizon, levels } = request;
  const windows = await readWindows(request);
  const backtests = new Map<string, Float32Array>();
  const stepErrors: Record<string, number[]> = {};
  for (const source of request.sources) {
    const predictions = await readFloats(source.backtest, series * origins * horizon * columnsOf(levels));
    stepErrors[source.family] = meanByStep(windows, predictions);
    if (request.members.includes(source.family)) backtests.set(source.family, predictions);
  }
  const own = request.ownFile === null ? null : await judgeOwn(request, request.ownFile, windows);
  const members = [...backtests].map(([family, predictions]) => ({ family, predictions }));
  const made = blend(windows, members, request.anchor);
  if (made === null) return { ensemble: null, own, stepErrors };
  stepErrors[request.name] = meanByStep(windows, made.predictions);
  const judged = score(windows, made.predictions);
  const forecasts = await Promise.all(
    members.map(
      async ({ family }) => await readFloats(forecastOf(request.sources, family), series * horizon * columnsOf(levels)),
    ),
  );
  const forecast = applyRecipe(made.recipe, forecasts, series);
  await mkdir(request.folder, { recursive: true, mode: 0o700 });
  await Promise.all([
    writeFile(join(request.folder, ENSEMBLE_FILES.forecast), bytesOf(forecast)),
    writeFile(join(request.folder, ENSEMBLE_FILES.backtest), bytesOf(made.predictions)),
    writeFile(join(request.folder, ENSEMBLE_FILES.cells), bytesOf(judged.cells)),
    writeFileAtomic(join(request.folder, RECIPE_FILE), Buffer.from(recipeText(made))),
  ]);
  return {
    ensemble: {
      all: judged.all,
      coverage: judged.coverage,
      byOrigin: judged.byOrigin.map(({ mase }, origin) => (judged.missingByOrigin[origin] === 0 ? mase : null)),
      byStep: judged.byStep.map(({ mase }: Metrics) => mase),
      missing: judged.missing,
      weighting: made.recipe.weighting,
      members: weightsByFamily(made.recipe).map((weight, index) => ({
        family: members[index]?.family ?? '',
        ...weight,
        without: made.without[index] ?? null,
      })),
      windows: made.windows,
      evidence: made.evidence,
      widening: made.recipe.widening,
      seconds: (performance.now() - started) / 1000,
    },
    own,
    stepErrors,
  };
}

/** Points only: an own forecast has no intervals. */
async function judgeOwn(
  { folder }: BlendRequest,
  path: string,
  windows: Windows,
): Promise<NonNullable<BlendAnswer['own']>> {
  const predictions = await readFloats(path, windows.actual.length);
  const judged = score({ ...windows, levels: [] }, predictions);
  const byOrigin = judged.byOrigin.map(({ mase }, origin) => (judged.missingByOrigin[origin] === 0 ? mase : null));
  // Only whole windows count, as for everybody.
  for (const [origin, error] of byOrigin.entries())
    if (error === null)
      for (let s = 0; s < windows.series; s++) {
        const at = (s * windows.origins + origin) * windows.horizon;
        predictions.fill(Number.NaN, at, at + windows.horizon);
      }
  const whole = score({ ...windows, levels: [] }, predictions);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, OWN_CELLS), bytesOf(whole.cells));
  return {
    all: { ...whole.all, wql: null, sql: null },
    byOrigin,
    byStep: whole.byStep.map(({ mase }) => mase),
    missing: judged.missing,
  };
}

async function readWindows({
  series,
  origins,
  horizon,
  levels,
  actualFile,
  scaleFile,
}: BlendRequest): Promise<Windows> {
  const [actual, scale] = await Promise.all([
    readFloats(actualFile, series * origins * horizon),
    readFloats(scaleFile, series * origins),
  ]);
  return { series, origins, horizon, levels, actual, scale };
}

function forecastOf(sources: readonly BlendSource[], family: string): string {
  const found = sources.find((source) => source.family === family)?.forecast;
  if (found === undefined || found === null) throw new Error(`${family} has no forecast to blend`);
  return found;
}

/** (origins, horizon): mean scaled error over the series, in the order of time; NaN where nothing can be compared. */
function meanByStep({ series, origins, horizon, levels, actual, scale }: Windows, predictions: Float32Array): number[] {
  const columns = columnsOf(levels);
  const sums = new Float64Array(origins * horizon);
  const counts = new Float64Array(origins * horizon);
  for (let s = 0; s < series; s++)
    for (let at = 0; at < sums.length; at++) {
      const index = s * sums.length + at;
      const unit = scale[s * origins + Math.floor(at / horizon)] ?? Number.NaN;
      const error = Math.abs((actual[index] ?? Number.NaN) - (predictions[index * columns] ?? Number.NaN)) / unit;
      if (!Number.isFinite(error)) continue;
      sums[at] = (sums[at] ?? 0) + error;
      counts[at] = (counts[at] ?? 0) + 1;
    }
  return Array.from(sums, (sum, at) => sum / (counts[at] ?? 0));
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function recipeText({ recipe }: Blend): string {
  const weights = Buffer.from(bytesOf(recipe.weights)).toString('base64');
  return JSON.stringify({ ...recipe, weights });
}
