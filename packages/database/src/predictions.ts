/** Final forecasts, many rows at a time. */
import { sql } from 'kysely';
import type { Db } from './connect.ts';
import { cleanText } from './json.ts';

/** One series' forecast: `ds[i]` is step i + 1, `lo[i]` and `hi[i]` follow `levels`; NaN = none. */
export type SeriesForecast = {
  unique_id: string;
  ds: readonly string[];
  y_hat: ArrayLike<number>;
  lo: readonly (readonly number[])[];
  hi: readonly (readonly number[])[];
};

const ROWS_PER_STATEMENT = 20_000;

/**
 * Inserts the forecasts of a run; the caller gives a transaction when they belong to one.
 * `levels` are percentages (80, 90). 1,000 series x 100 steps take about a second.
 */
export async function insertPredictions(
  db: Db,
  runId: number,
  levels: readonly number[],
  forecasts: Iterable<SeriesForecast>,
): Promise<void> {
  let rows = emptyRows();
  for (const forecast of forecasts) {
    const name = cleanText(forecast.unique_id);
    for (const [index, ds] of forecast.ds.entries()) {
      rows.unique_id.push(name);
      rows.step.push(index + 1);
      rows.ds.push(ds);
      rows.y_hat.push(finite(forecast.y_hat[index]));
      rows.lo.push(arrayText(forecast.lo[index] ?? []));
      rows.hi.push(arrayText(forecast.hi[index] ?? []));
    }
    if (rows.step.length >= ROWS_PER_STATEMENT) {
      await insert(db, runId, levels, rows);
      rows = emptyRows();
    }
  }
  if (rows.step.length > 0) await insert(db, runId, levels, rows);
}

type Rows = ReturnType<typeof emptyRows>;

function emptyRows() {
  return {
    unique_id: [] as string[],
    step: [] as number[],
    ds: [] as string[],
    y_hat: [] as (number | null)[],
    // unnest would flatten an array of arrays, so each travels as text.
    lo: [] as string[],
    hi: [] as string[],
  };
}

async function insert(db: Db, runId: number, levels: readonly number[], rows: Rows): Promise<void> {
  await sql`
    insert into predictions (run_id, unique_id, step, ds, y_hat, levels, lo, hi)
    select ${runId}, unique_id, step, ds, y_hat, ${[...levels]}::real[], lo::float8[], hi::float8[]
    from unnest(${rows.unique_id}::text[], ${rows.step}::int[], ${rows.ds}::text[], ${rows.y_hat}::float8[],
      ${rows.lo}::text[], ${rows.hi}::text[]) as r(unique_id, step, ds, y_hat, lo, hi)`.execute(db);
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function arrayText(values: readonly number[]): string {
  return `{${values.map((value) => (Number.isFinite(value) ? String(value) : 'NULL')).join(',')}}`;
}
