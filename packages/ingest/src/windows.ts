/**
 * The judge's half of a backtest: what happened after each origin, and the error of the seasonal
 * naive forecast before it (the denominator of MASE, Hyndman & Koehler 2006).
 */
import { openSync, writeSync, closeSync, fsyncSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TaskFailure, type WindowsResult } from '@minori/contract';
import { isoTime } from './dates.ts';
import { identifier, literal, type Duck } from './duck.ts';
import { lastResort, timesAfter, timeTexts } from './last-resort.ts';
import { openVersion, readValues, type StoredVersion } from './stored.ts';

export interface WindowsOptions {
  readonly parquet: string;
  readonly h: number;
  readonly origins: number;
  readonly season: number;
  readonly min_train: number;
  readonly own?: { readonly parquet: string; readonly column: string } | null;
  readonly last_resort?: { readonly freq: string; readonly levels: readonly number[] } | null;
}

const ACTUAL = 'actual.f32';
const SCALE = 'scale.f32';
const OWN = 'own.f32';
const LAST_RESORT = { forecast_path: 'last-resort.f32', times_path: 'last-resort-ds.json' } as const;

/** Points of a series of length n before origin k (0 = oldest) of K windows of h steps. */
export const trainLength = (n: number, h: number, origins: number, k: number): number => n - h * (origins - k);

/**
 * Mean absolute difference of values `season` steps apart within y[from..to); with fewer points than
 * that, one step apart. NaN where it is unknown or zero: an error cannot be scaled by it.
 */
export function seasonalNaiveError(y: Float64Array, from: number, to: number, season: number): number {
  const lag = to - from > season ? season : 1;
  let sum = 0;
  let count = 0;
  for (let i = from + lag; i < to; i++) {
    const step = Math.abs((y[i] ?? Number.NaN) - (y[i - lag] ?? Number.NaN));
    if (Number.isNaN(step)) continue;
    sum += step;
    count++;
  }
  return count === 0 || sum === 0 ? Number.NaN : sum / count;
}

function writeFloats(path: string, values: Float32Array): void {
  const file = openSync(path, 'w');
  try {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export async function writeWindows(duck: Duck, options: WindowsOptions, folder: string): Promise<WindowsResult> {
  const { h, origins, season } = options;
  const version = await openVersion(duck, options.parquet);
  const { t, y } = await readValues(duck, options.parquet, version);
  const show = (time: number): string => (version.dsType === 'integer' ? String(time) : isoTime(time));
  const actual = new Float32Array(version.series.length * origins * h).fill(Number.NaN);
  const scale = new Float32Array(version.series.length * origins).fill(Number.NaN);
  const counts = Array.from({ length: origins }, () => 0);
  const cutoffs: (number | null | undefined)[] = Array.from({ length: origins });
  version.series.forEach(({ from, n }, s) => {
    for (let k = 0; k < origins; k++) {
      const train = trainLength(n, h, origins, k);
      if (train < options.min_train) continue;
      const end = from + train;
      counts[k] = (counts[k] ?? 0) + 1;
      const last = t[end - 1] ?? 0;
      cutoffs[k] = cutoffs[k] === undefined || cutoffs[k] === last ? last : null;
      scale[s * origins + k] = seasonalNaiveError(y, from, end, season);
      for (let step = 0; step < h; step++) actual[(s * origins + k) * h + step] = y[end + step] ?? Number.NaN;
    }
  });
  writeFloats(join(folder, ACTUAL), actual);
  writeFloats(join(folder, SCALE), scale);
  const own = options.own ?? null;
  if (own !== null) writeFloats(join(folder, OWN), await readOwn(duck, options, own, { version, t, actual }));
  const spare = options.last_resort ?? null;
  if (spare !== null) writeLastResort(folder, options, spare, { version, t, y });
  const result: WindowsResult = {
    h,
    origins,
    season,
    series: version.series.length,
    actual_path: ACTUAL,
    scale_path: SCALE,
    own_path: own === null ? null : OWN,
    last_resort: spare === null ? null : LAST_RESORT,
    counts,
    cutoffs: cutoffs.map((cutoff) => (cutoff === undefined || cutoff === null ? null : show(cutoff))),
  };
  writeFileSync(join(folder, 'windows.json'), JSON.stringify(result));
  return result;
}

interface Values {
  readonly version: StoredVersion;
  readonly t: Float64Array;
  readonly y: Float64Array;
}

function writeLastResort(
  folder: string,
  { h, season, origins }: WindowsOptions,
  { freq, levels }: NonNullable<WindowsOptions['last_resort']>,
  { version, t, y }: Values,
): void {
  const width = h * (1 + 2 * levels.length);
  const forecast = new Float32Array(version.series.length * width);
  const groups = new Map<number, { number: number; future: string[] }>();
  const groupOf = version.series.map(({ from, n }, s) => {
    const to = from + n;
    forecast.set(lastResort(y, from, to, { h, season, levels }), s * width);
    const last = t[to - 1] ?? 0;
    const times = groups.get(last) ?? {
      number: groups.size,
      future: timeTexts(timesAfter(last, n > 1 ? t[to - 2] : undefined, freq, h), version.dsType === 'integer'),
    };
    groups.set(last, times);
    return times.number;
  });
  writeFloats(join(folder, LAST_RESORT.forecast_path), forecast);
  const cutoffs = Array.from({ length: origins }, () => null);
  const document = { freq, groups: [...groups.values()].map(({ future }) => ({ future, cutoffs })), series: groupOf };
  writeFileSync(join(folder, LAST_RESORT.times_path), JSON.stringify(document));
}

interface Known {
  readonly version: StoredVersion;
  readonly t: Float64Array;
  readonly actual: Float32Array;
}

/**
 * Another file's values at the times of the windows, where something came true.
 * @throws TaskFailure own_forecast_mismatch when its times are of another kind, or the column is not there
 */
async function readOwn(
  duck: Duck,
  { h, origins }: WindowsOptions,
  own: { readonly parquet: string; readonly column: string },
  { version, t, actual }: Known,
): Promise<Float32Array> {
  const found = new Float32Array(actual.length).fill(Number.NaN);
  const table = `read_parquet(${literal(own.parquet)})`;
  const columns = (await duck.rows(`describe select * from ${table}`)).map(([name]) => String(name));
  const mismatch = (reason: string): TaskFailure =>
    new TaskFailure('bad_data', 'own_forecast_mismatch', { column: own.column, reason });
  if (!columns.includes(own.column)) throw mismatch('column');
  if ((await openVersion(duck, own.parquet)).dsType !== version.dsType) throw mismatch('times');
  const numberOf = new Map(version.series.map(({ unique_id: id }, index) => [id, index]));
  const size = origins * h;
  await duck.chunks(
    `select unique_id, ${version.t}, try_cast(${identifier(own.column)} as double) from ${table}`,
    ([ids, times, values], rows) => {
      for (let row = 0; row < rows; row++) {
        const s = numberOf.get(String(ids?.[row]));
        const series = s === undefined ? undefined : version.series[s];
        const value = values?.[row];
        if (s === undefined || series === undefined || typeof value !== 'number') continue;
        const at = indexOfTime(t, series.from, series.from + series.n, times?.[row] as number);
        const index = at < 0 ? -1 : size - (series.from + series.n - at);
        if (index >= 0 && !Number.isNaN(actual[s * size + index])) found[s * size + index] = value;
      }
    },
  );
  return found;
}

/** Binary search in t[from..to), which ascends; -1 when it is not there. */
function indexOfTime(t: Float64Array, from: number, to: number, time: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((t[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low < to && t[low] === time ? low : -1;
}
