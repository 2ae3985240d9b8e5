/** The judge's work on files; runs in the worker thread, never on the event loop. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { columnsOf, score } from '@minori/judge';
import type { Metrics } from '@minori/judge';
import { readFloats } from './arrays.ts';
import type { JudgedTrial, JudgeTrial } from './judge-protocol.ts';

/** MASE per series and origin, beside the trial's predictions. */
export const CELLS_FILE = 'cells.f32';
const MOST_SERIES = 500;

export async function judgeTrial(request: JudgeTrial): Promise<JudgedTrial> {
  const { series, origins, horizon, levels } = request;
  const [actual, scale, predictions, ids] = await Promise.all([
    readFloats(join(request.windowsFolder, request.actualPath), series * origins * horizon),
    readFloats(join(request.windowsFolder, request.scalePath), series * origins),
    readFloats(join(request.trialFolder, request.predictionsPath), series * origins * horizon * columnsOf(levels)),
    readSeriesIds(request.profileFile),
  ]);
  const judged = score({ series, origins, horizon, levels, actual, scale }, predictions);
  await writeFile(join(request.trialFolder, CELLS_FILE), new Uint8Array(judged.cells.buffer));
  const worst = judged.bySeries
    .map((metrics, index) => ({ unique_id: ids[index] ?? '', metrics }))
    .filter(({ metrics }) => metrics.count > 0)
    .sort((a, b) => errorOf(b.metrics) - errorOf(a.metrics))
    .slice(0, MOST_SERIES);
  return {
    all: judged.all,
    coverage: judged.coverage,
    byOrigin: judged.byOrigin,
    byStep: judged.byStep,
    worstSeries: worst,
    missing: judged.missing,
    missingByOrigin: judged.missingByOrigin,
  };
}

/** unique_ids of a version, in the order of all arrays. */
export async function readSeriesIds(profileFile: string): Promise<string[]> {
  const profile = JSON.parse(await readFile(profileFile, 'utf8')) as { series: { unique_id: string }[] };
  return profile.series.map(({ unique_id: id }) => id);
}

const errorOf = (metrics: Metrics): number => metrics.mase ?? Number.NEGATIVE_INFINITY;
