/** Reading a stored version back: series by series, in file order. */
import { identifier, literal, type Duck } from './duck.ts';

export interface StoredSeries {
  readonly unique_id: string;
  /** First row in data.parquet. */
  readonly from: number;
  readonly n: number;
}

export interface StoredVersion {
  readonly dsType: 'timestamp' | 'integer';
  readonly series: StoredSeries[];
  /** SQL of ds as DOUBLE: milliseconds, or the count. */
  readonly t: string;
}

/** Series in the order of the file, which is that of the profile. */
export async function openVersion(duck: Duck, parquet: string): Promise<StoredVersion> {
  const types = await duck.rows(`describe select ds from read_parquet(${literal(parquet)})`);
  const dsType = String(types[0]?.[1]).startsWith('TIMESTAMP') ? 'timestamp' : 'integer';
  const series: StoredSeries[] = [];
  let from = 0;
  await duck.chunks(
    `select unique_id, count(*)::double from read_parquet(${literal(parquet)}) group by unique_id order by unique_id`,
    ([ids, counts], rows) => {
      for (let i = 0; i < rows; i++) {
        const n = Number(counts?.[i]);
        series.push({ unique_id: String(ids?.[i]), from, n });
        from += n;
      }
    },
  );
  return { dsType, series, t: dsType === 'timestamp' ? 'epoch_ms(ds)::double' : 'ds::double' };
}

/** All times and values as flat arrays; NaN = no value. */
export async function readValues(
  duck: Duck,
  parquet: string,
  version: StoredVersion,
): Promise<{ t: Float64Array; y: Float64Array }> {
  const last = version.series.at(-1);
  const rows = last === undefined ? 0 : last.from + last.n;
  const t = new Float64Array(rows);
  const y = new Float64Array(rows);
  let at = 0;
  await duck.chunks(`select ${version.t}, y from read_parquet(${literal(parquet)})`, ([ts, ys], size) => {
    for (let i = 0; i < size; i++, at++) {
      t[at] = ts?.[i] as number;
      const value = ys?.[i];
      y[at] = typeof value === 'number' ? value : Number.NaN;
    }
  });
  return { t, y };
}

/** The first rows of a version as text, header first. */
export async function sampleRows(
  duck: Duck,
  parquet: string,
  limit: number,
): Promise<{ columns: string[]; rows: (string | null)[][] }> {
  const from = `read_parquet(${literal(parquet)})`;
  const columns = (await duck.rows(`describe select * from ${from}`)).map((row) => String(row[0]));
  if (limit === 0) return { columns, rows: [] };
  const rows = await duck.rows(
    `select ${columns.map((name) => `${identifier(name)}::varchar`).join(', ')} from ${from} limit ${limit}`,
  );
  return { columns, rows: rows.map((row) => row.map((cell) => (cell === null ? null : String(cell)))) };
}
