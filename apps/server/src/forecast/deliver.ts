/** Writes what a person takes away: the tables, run.json, the report. Runs in the worker thread. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trialTimes } from '@minori/contract';
import type { TrialTimes } from '@minori/contract';
import { columnsOf } from '@minori/judge';
import { writeFileAtomic } from '../platform/files.ts';
import { readFloats, shortest } from './arrays.ts';
import type { Deliver, Delivered, DeliveredFile, Rewrite } from './judge-protocol.ts';
import { readSeriesIds } from './judge-trial.ts';
import { keepRules } from './output-rules.ts';
import { renderReport } from './report.ts';
import type { ReportChart, ReportInput } from './report.ts';
import { timesOf, writeOutput, writeTables } from './tables.ts';

const MOST_CHARTS = 6;
const HISTORY_POINTS = 120;
/** Rows of `predictions` per statement. */
const CHUNK_ROWS = 5000;

/** The forecast as delivered, beside the files; what charts read. */
export const DELIVERED_FILE = 'delivered.f32';
/** What the report was written from, so that it can be written again. */
const REPORT_FILE = 'report.json';

export async function deliver(request: Deliver): Promise<Delivered> {
  const { series, horizon, levels, folder } = request;
  const columns = columnsOf(levels);
  const [made, times, ids, actual] = await Promise.all([
    readFloats(request.forecastFile, series * horizon * columns),
    readFile(request.timesFile, 'utf8').then((text) => trialTimes.parse(JSON.parse(text))),
    readSeriesIds(request.profileFile),
    request.actualFile === null ? null : readFloats(request.actualFile, series * request.origins * horizon),
  ]);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const values =
    request.rules === null
      ? made
      : keepRules(made, { series, horizon, columns }, request.rules, numberOf(ids, request.rules.total?.series));
  await writeFileAtomic(join(folder, DELIVERED_FILE), Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  const charts = chartsOf(request, values, times, ids, actual);
  const report: ReportInput = { ...request.report, charts, adjusted: [] };
  await writeFileAtomic(join(folder, REPORT_FILE), Buffer.from(JSON.stringify(report), 'utf8'));
  const forecast = { values, series, horizon, levels, ids, times };
  const files = [
    ...(await writeTables(folder, forecast, request.leaderboard)),
    ...(await writeReports(folder, report)),
    await writeOutput(folder, 'run.json', 'run', 'application/json', `${JSON.stringify(request.runJson, null, 2)}\n`),
  ];
  return { files, ...predictionRows(request, values, times, ids) };
}

async function writeReports(folder: string, report: ReportInput): Promise<DeliveredFile[]> {
  return [
    await writeOutput(folder, 'report.html', 'report', 'text/html', renderReport(report, 'en')),
    await writeOutput(folder, 'report.ja.html', 'report', 'text/html', renderReport(report, 'ja')),
  ];
}

export async function rewrite(request: Rewrite): Promise<DeliveredFile[]> {
  const { series, horizon, levels } = request;
  const columns = columnsOf(levels);
  const [values, times, ids, report] = await Promise.all([
    readFloats(request.forecastFile, series * horizon * columns),
    readFile(request.timesFile, 'utf8').then((text) => trialTimes.parse(JSON.parse(text))),
    readSeriesIds(request.profileFile),
    readReport(request.folder),
  ]);
  const adjusted = new Map(request.adjusted.map(({ series: s, step, value }) => [`${s} ${step}`, value]));
  const forecast = { values, series, horizon, levels, ids, times };
  const tables = await writeTables(request.folder, forecast, request.leaderboard, adjusted);
  if (report === null) return tables;
  const own = request.adjusted.map(({ series: s, step, ...said }) => ({
    ...said,
    unique_id: ids[s] ?? '',
    ds: timesOf(times, s)[step] ?? '',
    y_hat: shortest(values[(s * horizon + step) * columns] ?? Number.NaN),
  }));
  return [...tables, ...(await writeReports(request.folder, { ...report, adjusted: own }))];
}

/** Null of searches of older versions: their report stays as it was. */
async function readReport(folder: string): Promise<ReportInput | null> {
  try {
    return JSON.parse(await readFile(join(folder, REPORT_FILE), 'utf8')) as ReportInput;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function numberOf(ids: readonly string[], series: string | undefined): number | null {
  const found = series === undefined ? -1 : ids.indexOf(series);
  return found < 0 ? null : found;
}

function predictionRows(
  { series, horizon, levels, mostRows }: Deliver,
  values: Float32Array,
  times: TrialTimes,
  ids: readonly string[],
): { predictions: string[]; rows: number } {
  const columns = columnsOf(levels);
  const whole = Math.min(series, Math.floor(mostRows / horizon));
  const predictions: string[] = [];
  let chunk: unknown[] = [];
  for (let s = 0; s < whole; s++) {
    const future = timesOf(times, s);
    for (let step = 0; step < horizon; step++) {
      const offset = (s * horizon + step) * columns;
      const at = (column: number): number => shortest(values[offset + column] ?? Number.NaN);
      chunk.push({
        // PostgreSQL's text holds no NUL.
        unique_id: (ids[s] ?? '').replaceAll('\0', '\uFFFD'),
        step: step + 1,
        ds: future[step],
        y_hat: at(0),
        levels,
        lo: levels.map((_, level) => at(1 + 2 * level)),
        hi: levels.map((_, level) => at(2 + 2 * level)),
      });
      if (chunk.length === CHUNK_ROWS) {
        predictions.push(JSON.stringify(chunk));
        chunk = [];
      }
    }
  }
  if (chunk.length > 0) predictions.push(JSON.stringify(chunk));
  return { predictions, rows: whole * horizon };
}

/** The known tail comes from the windows: their steps lie one behind the other up to each series' end. */
function chartsOf(
  request: Deliver,
  values: Float32Array,
  times: TrialTimes,
  ids: readonly string[],
  actual: Float32Array | null,
): ReportChart[] {
  const { series, origins, horizon, levels } = request;
  const columns = columnsOf(levels);
  return ids.slice(0, Math.min(series, MOST_CHARTS)).map((id, s) => {
    const tail = actual === null ? [] : [...actual.subarray(s * origins * horizon, (s + 1) * origins * horizon)];
    const first = tail.findIndex((value) => !Number.isNaN(value));
    const known = first < 0 ? [] : tail.slice(first).slice(-HISTORY_POINTS);
    const column = (index: number): number[] =>
      Array.from({ length: horizon }, (_, step) => values[(s * horizon + step) * columns + index] ?? Number.NaN);
    return {
      unique_id: id,
      history: known.map((value) => (Number.isNaN(value) ? null : value)),
      ds: timesOf(times, s),
      mean: column(0),
      low: levels.map((_, level) => column(1 + 2 * level)),
      high: levels.map((_, level) => column(2 + 2 * level)),
    };
  });
}
