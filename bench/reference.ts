/** Forecasts by other means in a process of their own, and their errors by the judge that the product uses. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { score } from '@minori/judge';

const SCRIPT = join(import.meta.dirname, 'reference', 'forecasts.py');
const run = promisify(execFile);
const MOST_OUTPUT = 2 ** 28;

export interface BenchSet {
  readonly name: string;
  readonly freq: string;
  readonly season: number;
  readonly h: number;
  readonly ids: readonly string[];
  /** (series, h), unseen by everybody. */
  readonly actual: readonly (readonly number[])[];
  readonly past: readonly (readonly number[])[];
}

export interface Reference {
  /** (series, h, 5): mean, lo-80, hi-80, lo-90, hi-90. */
  readonly forecast: readonly (readonly (readonly number[])[])[];
  readonly trials: number | null;
  readonly seconds: number;
  readonly cpu_seconds: number;
}

export async function askPython<T>(python: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const { stdout } = await run(python, [SCRIPT, ...args], {
    maxBuffer: MOST_OUTPUT,
    env: { ...process.env, HF_HUB_OFFLINE: '1', ...env },
  });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T;
}

export const METHODS = ['auto_ets', 'median', 'auto_nhits', 'autogluon_medium', 'autogluon_best'] as const;
export type Method = (typeof METHODS)[number];
export const isAutogluon = (method: Method): boolean => method.startsWith('autogluon');

export async function forecastBy(
  python: string,
  method: Method,
  set: Pick<BenchSet, 'freq' | 'season' | 'h'>,
  question: { csv: string; seconds: number; seed: number; space?: unknown },
): Promise<Reference> {
  const { csv, seconds, seed, space } = question;
  const asked = [csv, set.freq, set.season, set.h, seconds, seed].map(String);
  return await askPython<Reference>(python, [
    method,
    ...asked,
    ...(space === undefined ? [] : [JSON.stringify(space)]),
  ]);
}

/** What `make` gives, asked for once per key where `file` names a place to keep it. */
export async function kept(file: string | undefined, key: string, make: () => Promise<Reference>): Promise<Reference> {
  const read = (): Record<string, Reference> =>
    file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Reference>) : {};
  const known = read()[key];
  if (known !== undefined) return known;
  const made = await make();
  if (file !== undefined) writeFileSync(file, JSON.stringify({ ...read(), [key]: made }));
  return made;
}

export interface Errors {
  readonly mase: number;
  /** Scaled quantile loss. */
  readonly sql: number;
}

/** Errors on the h steps that nobody had seen, scaled by the seasonal naive error of the past. */
export function errorsOf({ actual, past, season, h }: BenchSet, forecast: Reference['forecast']): Errors {
  const scale = past.map((y) => {
    const lag = y.length > season ? season : 1;
    const steps = y.slice(lag).map((value, at) => Math.abs(value - (y[at] ?? Number.NaN)));
    return steps.reduce((sum, step) => sum + step, 0) / steps.length;
  });
  const { mase, sql } = score(
    {
      series: actual.length,
      origins: 1,
      horizon: h,
      levels: [80, 90],
      actual: Float32Array.from(actual.flat()),
      scale: Float32Array.from(scale),
    },
    Float32Array.from(forecast.flat(2)),
  ).all;
  if (mase === null || sql === null) throw new Error('nothing could be compared');
  return { mase, sql };
}

export const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(Math.max(value, 1e-9)), 0) / values.length);
