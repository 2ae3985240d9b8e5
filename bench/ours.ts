/** The product's own forecast of a bench's set, through the command line as anybody would ask for it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { startProduct } from '../e2e/product.ts';
import type { BenchSet, Reference } from './reference.ts';

export type Product = Awaited<ReturnType<typeof startProduct>>;

const COLUMNS = ['y_hat', 'y_hat-lo-80', 'y_hat-hi-80', 'y_hat-lo-90', 'y_hat-hi-90'];

export interface Ours {
  readonly id: number;
  readonly forecast: Reference['forecast'];
  readonly seconds: number;
  readonly cpu_seconds: number;
  readonly model: string;
}

export async function forecastByUs(
  product: Product,
  set: BenchSet,
  csv: string,
  more: readonly string[],
): Promise<Ours> {
  const out = join(csv, '..', `${set.name}-ours`);
  const asked = ['--json', 'forecast', csv, '--horizon', String(set.h), '--seed', '1', '--out', out, ...more];
  const answer = await product.cli(...asked);
  if (answer.code !== 0) throw new Error(`${set.name}: ${answer.stderr}`);
  const { id, seconds, best } = JSON.parse(answer.stdout) as { id: number; seconds: number; best: { model: string } };
  const { run } = await product.json<{ run: { cpu_seconds: number } }>(`/api/v1/runs/${id}`);
  const forecast = readForecast(join(out, 'forecast.csv'), set.ids);
  return { id, forecast, seconds, cpu_seconds: run.cpu_seconds, model: best.model };
}

function readForecast(file: string, ids: readonly string[]): Reference['forecast'] {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const names = head.split(',');
  const rows = lines.map((line) => line.split(','));
  const columns = COLUMNS.map((name) => names.indexOf(name));
  return ids.map((id) =>
    rows.filter(([unique]) => unique === id).map((row) => columns.map((column) => Number(row[column]))),
  );
}
