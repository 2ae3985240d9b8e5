/** forecast.csv, leaderboard.csv and forecast.xlsx: the same tables in two formats. Runs in the worker thread. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TrialTimes } from '@minori/contract';
import { columnsOf } from '@minori/judge';
import { writeFileAtomic } from '../platform/files.ts';
import { shortest } from './arrays.ts';
import { csvLine } from './csv.ts';
import type { DeliveredFile } from './judge-protocol.ts';
import { workbook, XLSX_TYPE } from './xlsx.ts';
import type { Cell } from './xlsx.ts';

/** Rows of a workbook; larger forecasts have their CSV. */
const MOST_SHEET_ROWS = 200_000;

export interface Forecast {
  /** (series, horizon, 1 + 2 * levels) */
  readonly values: Float32Array;
  readonly series: number;
  readonly horizon: number;
  readonly levels: readonly number[];
  readonly ids: readonly string[];
  readonly times: TrialTimes;
}

/** People's own numbers: `series step` (numbers of both, from 0) -> value. */
export type Adjusted = ReadonlyMap<string, number>;

export async function writeTables(
  folder: string,
  forecast: Forecast,
  leaderboard: readonly (readonly Cell[])[],
  adjusted: Adjusted = new Map(),
): Promise<DeliveredFile[]> {
  const rows = forecastRows(forecast, adjusted);
  const files = [
    await writeOutput(folder, 'forecast.csv', 'forecast', 'text/csv', rows.map(csvLine).join('')),
    await writeOutput(folder, 'leaderboard.csv', 'leaderboard', 'text/csv', leaderboard.map(csvLine).join('')),
  ];
  if (rows.length > MOST_SHEET_ROWS) return files;
  const sheets = [
    { name: 'forecast', rows },
    { name: 'leaderboard', rows: leaderboard },
  ];
  return [...files, await writeOutput(folder, 'forecast.xlsx', 'forecast', XLSX_TYPE, workbook(sheets))];
}

export async function writeOutput(
  folder: string,
  name: string,
  kind: string,
  mediaType: string,
  content: string | Buffer,
): Promise<DeliveredFile> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  await writeFileAtomic(join(folder, name), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, kind, mediaType, bytes: bytes.byteLength, sha256 };
}

/** The forecast's times of one series. */
export function timesOf({ groups, series: groupOf }: TrialTimes, series: number): readonly string[] {
  return groups[groupOf[series] ?? 0]?.future ?? [];
}

/** `y_adjusted` stands beside `y_hat` once somebody has adjusted a value; it is empty where nobody has. */
function forecastRows({ values, series, horizon, levels, ids, times }: Forecast, adjusted: Adjusted): Cell[][] {
  const columns = columnsOf(levels);
  const own = adjusted.size > 0;
  const intervals = levels.flatMap((level) => [`y_hat-lo-${level}`, `y_hat-hi-${level}`]);
  const rows: Cell[][] = [['unique_id', 'ds', 'y_hat', ...intervals, ...(own ? ['y_adjusted'] : [])]];
  for (let s = 0; s < series; s++) {
    const future = timesOf(times, s);
    for (let step = 0; step < horizon; step++) {
      const offset = (s * horizon + step) * columns;
      const numbers = Array.from(values.subarray(offset, offset + columns), shortest);
      rows.push([ids[s] ?? '', future[step] ?? '', ...numbers, ...(own ? [adjusted.get(`${s} ${step}`) ?? null] : [])]);
    }
  }
  return rows;
}
