/** A few series, thin enough for small charts. */
import type { SeriesResult } from '@minori/contract';
import { isoTime } from './dates.ts';
import { literal, type Duck } from './duck.ts';
import { openVersion, sampleRows } from './stored.ts';

export interface SeriesOptions {
  readonly parquet: string;
  readonly unique_ids: string[] | null;
  readonly offset: number;
  readonly limit: number;
  readonly max_points: number;
  /** Only the newest so many points of each series. */
  readonly last: number | null;
  readonly sample_rows: number;
}

/**
 * Indices to keep of n values so that at most `most` remain: first, last, and the lowest and highest
 * of each of equal buckets, so peaks stay. Ascending.
 */
export function thin(y: ArrayLike<number | null>, most: number): number[] {
  const n = y.length;
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  const buckets = Math.max(1, Math.floor((most - 2) / 2));
  const keep = new Set([0, n - 1]);
  for (let b = 0; b < buckets; b++) {
    const from = 1 + Math.floor((b * (n - 2)) / buckets);
    const to = 1 + Math.floor(((b + 1) * (n - 2)) / buckets);
    let low = -1;
    let high = -1;
    for (let i = from; i < to; i++) {
      const value = y[i];
      if (value === null || value === undefined) continue;
      if (low < 0 || value < (y[low] ?? 0)) low = i;
      if (high < 0 || value > (y[high] ?? 0)) high = i;
    }
    if (low >= 0) keep.add(low).add(high);
    else if (from < to) keep.add(from);
  }
  return [...keep].toSorted((a, b) => a - b);
}

export async function readSeries(duck: Duck, options: SeriesOptions): Promise<SeriesResult> {
  const version = await openVersion(duck, options.parquet);
  const byName = new Map(version.series.map((one) => [one.unique_id, one]));
  const wanted =
    options.unique_ids === null
      ? version.series.slice(options.offset, options.offset + options.limit)
      : options.unique_ids.flatMap((id) => byName.get(id) ?? []);
  const show = (t: number): string => (version.dsType === 'integer' ? String(t) : isoTime(t));
  const items: SeriesResult['items'] = [];
  for (const { unique_id } of wanted) {
    const t: number[] = [];
    const y: (number | null)[] = [];
    // Row-group statistics of the sorted file make this a read of one group.
    await duck.chunks(
      `select ${version.t}, y from read_parquet(${literal(options.parquet)}) where unique_id = ${literal(unique_id)}`,
      ([ts, ys], rows) => {
        for (let i = 0; i < rows; i++) {
          t.push(ts?.[i] as number);
          const value = ys?.[i];
          y.push(typeof value === 'number' ? value : null);
        }
      },
    );
    const first = options.last === null ? 0 : Math.max(0, y.length - options.last);
    const keep = thin(y.slice(first), options.max_points).map((i) => i + first);
    items.push({ unique_id, ds: keep.map((i) => show(t[i] ?? 0)), y: keep.map((i) => y[i] ?? null) });
  }
  return { items, total: version.series.length, sample: await sampleRows(duck, options.parquet, options.sample_rows) };
}
