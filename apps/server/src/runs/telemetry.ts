/** Curves, logs and machine use of a run, thinned to what a chart can show. */
import type { LogLine, ResourceSnapshot } from '@minori/contract';
import type { Db } from '@minori/database';
import { unpackMetricChunk } from '@minori/database';
import { sql } from 'kysely';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';

export const MAX_POINTS = 2000;
/** Up to here the points themselves are read; beyond, the chunks' own minima and maxima are enough. */
const MAX_RAW_POINTS = 20_000;
const MAX_SERIES = 50;

export interface Curve {
  series: string;
  /** Points that were recorded, thinned or not. */
  count: number;
  steps: number[];
  values: (number | null)[];
}

export interface CurveQuery {
  /** All series of the run when absent. */
  readonly series?: readonly string[] | undefined;
  /** Range of steps, for a chart that has zoomed in. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export async function readCurves(db: Db, runId: number, query: CurveQuery): Promise<Curve[]> {
  let select = db
    .selectFrom('metric_chunk')
    .select((eb) => [
      'series',
      eb.fn.sum<number>('count').as('count'),
      eb.fn.min('first_step').as('first'),
      eb.fn.max('last_step').as('last'),
    ])
    .where('run_id', '=', runId)
    .groupBy('series')
    .orderBy('series')
    .limit(MAX_SERIES);
  if (query.series !== undefined && query.series.length > 0) select = select.where('series', 'in', [...query.series]);
  if (query.from !== undefined) select = select.where('last_step', '>=', query.from);
  if (query.to !== undefined) select = select.where('first_step', '<=', query.to);
  const curves: Curve[] = [];
  for (const { series, count, first, last } of await select.execute()) {
    const range = { from: query.from ?? first ?? 0, to: query.to ?? last ?? 0 };
    const points =
      count <= MAX_RAW_POINTS
        ? thin(await readPoints(db, runId, series, range), MAX_POINTS)
        : await readEnvelope(db, runId, series, range);
    curves.push({ series, count, steps: points.map(([step]) => step), values: points.map(([, value]) => value) });
  }
  return curves;
}

type Point = [step: number, value: number | null];
interface Range {
  readonly from: number;
  readonly to: number;
}

async function readPoints(db: Db, runId: number, series: string, range: Range): Promise<Point[]> {
  const rows = await db
    .selectFrom('metric_chunk')
    .select(['values'])
    .where('run_id', '=', runId)
    .where('series', '=', series)
    .where('last_step', '>=', range.from)
    .where('first_step', '<=', range.to)
    .orderBy('first_step')
    .execute();
  const points: Point[] = [];
  for (const row of rows) {
    const { steps, values } = unpackMetricChunk(row.values);
    for (const [index, step] of steps.entries()) {
      const value = values[index];
      if (step >= range.from && step <= range.to)
        points.push([step, value === undefined || value === null || !Number.isFinite(value) ? null : value]);
    }
  }
  return points;
}

/** Lowest and highest value per slice of the range, from the chunks' summaries alone. */
async function readEnvelope(db: Db, runId: number, series: string, range: Range): Promise<Point[]> {
  const { rows } = await sql<{ first: number; last: number; low: number | null; high: number | null }>`
    select min(first_step) as first, max(last_step) as last, min(min) as low, max(max) as high from (
      select first_step, last_step, min, max, ntile(${MAX_POINTS / 2}) over (order by first_step) as slice from metric_chunk
      where run_id = ${runId} and series = ${series} and last_step >= ${range.from} and first_step <= ${range.to}) c
    group by slice order by 1`.execute(db);
  return rows.flatMap(({ first, last, low, high }): Point[] =>
    last > first
      ? [
          [first, low],
          [last, high],
        ]
      : [[first, high]],
  );
}

/** Keeps the lowest and the highest point of each of `limit / 2` slices, so that spikes stay visible. */
export function thin(points: readonly Point[], limit: number): Point[] {
  if (points.length <= limit) return [...points];
  const slices = Math.floor(limit / 2);
  const kept: Point[] = [];
  for (let slice = 0; slice < slices; slice++) {
    const start = Math.floor((slice * points.length) / slices);
    const end = Math.floor(((slice + 1) * points.length) / slices);
    kept.push(...extremes(points.slice(start, end)));
  }
  return kept;
}

/** In step order; a slice without any value keeps its first point, so that a gap stays a gap. */
function extremes(slice: readonly Point[]): Point[] {
  let low: Point | null = null;
  let high: Point | null = null;
  for (const point of slice) {
    const [, value] = point;
    if (value === null) continue;
    if (value < (low?.[1] ?? Number.POSITIVE_INFINITY)) low = point;
    if (value > (high?.[1] ?? Number.NEGATIVE_INFINITY)) high = point;
  }
  if (low === null || high === null) return slice.slice(0, 1);
  if (low === high) return [low];
  return low[0] < high[0] ? [low, high] : [high, low];
}

export interface LogsQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly level?: LogLine['level'] | undefined;
  readonly q?: string | undefined;
}

const LEVELS = ['debug', 'info', 'warning', 'error'] as const;

/** Lines of a run and everything below it, newest first; `level` is the least that is shown. */
export async function readLogs(
  db: Db,
  run: { id: number; root_id: number },
  query: LogsQuery,
): Promise<{ items: LogLine[]; next: string | null }> {
  let select = db
    .selectFrom('logs')
    .select(['id', 'run_id', 'at', 'level', 'source', 'message'])
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .where(
      'run_id',
      'in',
      sql<number>`(with recursive below as (
        select id from training_runs where id = ${run.id} union all select t.id from training_runs t join below b on t.parent_id = b.id
      ) select id from below)`,
    );
  if (query.cursor) select = select.where('id', '<', decodeIdCursor(query.cursor));
  if (query.level !== undefined) select = select.where('level', 'in', LEVELS.slice(LEVELS.indexOf(query.level)));
  if (query.q !== undefined && query.q !== '')
    select = select.where('message', 'ilike', `%${query.q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
  return pageOf(
    await select.execute(),
    query.limit,
    (row) => ({
      id: row.id,
      run_id: row.run_id ?? run.id,
      at: row.at.toISOString(),
      level: row.level,
      source: row.source,
      message: row.message,
    }),
    (row) => [row.id],
  );
}

export async function readResources(
  db: Db,
  rootId: number,
): Promise<{ items: ResourceSnapshot[]; summary: Record<string, number | null> }> {
  const rows = await db.selectFrom('resource_metrics').selectAll().where('run_id', '=', rootId).orderBy('at').execute();
  const summary = await db.selectFrom('v_resource_summary').selectAll().where('run_id', '=', rootId).executeTakeFirst();
  return {
    items: rows.map(({ run_id: _run, at, ...use }) => ({ at: at.toISOString(), ...use })),
    summary: Object.fromEntries(
      Object.entries(summary ?? {}).filter(
        ([name, value]) => name !== 'run_id' && (value === null || typeof value === 'number'),
      ),
    ) as Record<string, number | null>,
  };
}
