/** Runs as their readers may see them. */
import { ProblemError, RUN_STATUSES } from '@minori/contract';
import type { Role, RunKind, RunStatus, Track } from '@minori/contract';
import type { Database, Db } from '@minori/database';
import { sql } from 'kysely';
import type { Expression, ExpressionBuilder, Selectable, SqlBool } from 'kysely';
import { mayIn, projectIds } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';
import { parseFilter } from './filter.ts';
import type { Comparison, Condition } from './filter.ts';

type Row = Selectable<Database['training_runs']>;
/** Without the documents that only drivers read (spec, result). */
export type RunView = Omit<Row, 'spec' | 'result' | 'lease_token' | 'lease_expires_at'> & {
  dataset_name: string | null;
  owner: string | null;
  parameters: Record<string, Record<string, unknown>> | null;
  verdict: string | null;
};

export interface RunsQuery {
  readonly limit: number;
  /** Runs older than this id. */
  readonly before: number | null;
  readonly q?: string | undefined;
  readonly kind?: RunKind | undefined;
  readonly track?: Track | undefined;
  readonly status?: RunStatus | undefined;
  readonly project_id?: number | undefined;
  readonly scope: 'roots' | 'all';
}

type Tables = Database & { r: Database['training_runs']; d: Database['datasets']; u: Database['user'] };
type Builder = ExpressionBuilder<Tables, 'r' | 'd' | 'u'>;

function selectRuns(db: Db, scope: Scope) {
  return db
    .selectFrom('training_runs as r')
    .leftJoin('datasets as d', 'd.id', 'r.dataset_id')
    .leftJoin('user as u', 'u.id', 'r.owner_id')
    .select([
      'r.id',
      'r.root_id',
      'r.parent_id',
      'r.position',
      'r.project_id',
      'r.experiment_id',
      'r.dataset_id',
      'r.dataset_version',
      'r.owner_id',
      'r.run_id',
      'r.kind',
      'r.track',
      'r.name',
      'r.status',
      'r.outcome',
      'r.failure_cause',
      'r.failure',
      'r.metrics',
      'r.tags',
      'r.seed',
      'r.budget_seconds',
      'r.active_seconds',
      'r.active_since',
      'r.cpu_seconds',
      'r.progress',
      'r.stop_requested',
      'r.event_seq',
      'r.version',
      'r.created_at',
      'r.queued_at',
      'r.started_at',
      'r.finished_at',
      'r.updated_at',
      'd.name as dataset_name',
      'u.username as owner',
    ])
    .select(sql<string | null>`r.result -> 'verdict' ->> 'code'`.as('verdict'))
    .select(
      sql<Record<string, Record<string, unknown>> | null>`(
        select jsonb_object_agg(s.section, s.params) from (
          select p.section, jsonb_object_agg(p.name, p.value) as params from run_parameters p where p.run_id = r.id group by p.section
        ) s)`.as('parameters'),
    )
    .where('r.project_id', 'in', idsOrNone(projectIds(scope)));
}

/** Newest first; one row more than `limit` when there are more. */
export async function listRuns(db: Db, scope: Scope, query: RunsQuery): Promise<RunView[]> {
  let select = selectRuns(db, scope)
    .orderBy('r.id', 'desc')
    .limit(query.limit + 1);
  if (query.scope === 'roots') select = select.where('r.parent_id', 'is', null);
  if (query.before !== null) select = select.where('r.id', '<', query.before);
  if (query.kind !== undefined) select = select.where('r.kind', '=', query.kind);
  if (query.track !== undefined) select = select.where('r.track', '=', query.track);
  if (query.status !== undefined) select = select.where('r.status', '=', query.status);
  if (query.project_id !== undefined) select = select.where('r.project_id', '=', query.project_id);
  for (const condition of parseFilter(query.q ?? ''))
    select = select.where((eb) => matches(eb as unknown as Builder, condition));
  return select.execute();
}

export async function listChildren(db: Db, scope: Scope, run: Pick<RunView, 'id'>): Promise<RunView[]> {
  return selectRuns(db, scope)
    .where('r.parent_id', '=', run.id)
    .orderBy('r.position')
    .orderBy('r.id')
    .limit(2000)
    .execute();
}

/**
 * The run that an id or a run_id names.
 * @throws ProblemError run_not_found 404 | run_ambiguous 409 {run_id, choices: [id]}
 */
export async function readRun(db: Db, scope: Scope, idOrRunId: string | number): Promise<RunView> {
  const id = typeof idOrRunId === 'number' ? idOrRunId : /^\d{1,15}$/.test(idOrRunId) ? Number(idOrRunId) : null;
  if (id !== null) {
    const run = await selectRuns(db, scope).where('r.id', '=', id).executeTakeFirst();
    if (!run) throw new ProblemError('run_not_found', 404);
    return run;
  }
  const runs = await selectRuns(db, scope)
    .where('r.run_id', '=', String(idOrRunId))
    .where('r.parent_id', 'is', null)
    .orderBy('r.id', 'desc')
    .limit(50)
    .execute();
  const [only] = runs;
  if (!only) throw new ProblemError('run_not_found', 404);
  if (runs.length > 1)
    throw new ProblemError('run_ambiguous', 409, { run_id: idOrRunId, choices: runs.map((run) => run.id) });
  return only;
}

/**
 * The same, for somebody who wants to change it.
 * @throws ProblemError role_too_low 403 to a member whose role does not reach
 */
export async function requireRun(db: Db, scope: Scope, idOrRunId: string | number, needed: Role): Promise<RunView> {
  const run = await readRun(db, scope, idOrRunId);
  if (!mayIn(scope, run.project_id, needed)) throw new ProblemError('role_too_low', 403, { needed });
  return run;
}

/** Roots of these projects, for streams that ask which tree an event belongs to. */
export async function projectOfRoot(db: Db, rootId: number): Promise<number | null> {
  const row = await db.selectFrom('training_runs').select('project_id').where('id', '=', rootId).executeTakeFirst();
  return row?.project_id ?? null;
}

/** `in ()` is no SQL: nobody has project 0. */
function idsOrNone(ids: number[]): number[] {
  return ids.length === 0 ? [0] : ids;
}

function matches(eb: Builder, condition: Condition): Expression<SqlBool> {
  switch (condition.kind) {
    case 'metric':
      return compare(condition.metric, condition.comparison, condition.value);
    case 'parameter':
      return sql<SqlBool>`exists (select 1 from run_parameters p where p.run_id = r.id and p.section = ${condition.section}
        and p.name = ${condition.name} and p.value #>> '{}' = ${condition.value})`;
    case 'words':
      return eb.or([
        sql<SqlBool>`r.name ilike ${like(condition.value)}`,
        sql<SqlBool>`d.name ilike ${like(condition.value)}`,
        sql<SqlBool>`r.run_id like ${`${escapeLike(condition.value)}%`}`,
      ]);
    case 'field':
      return field(eb, condition.field, condition.value);
  }
}

function field(eb: Builder, name: Extract<Condition, { kind: 'field' }>['field'], value: string): Expression<SqlBool> {
  switch (name) {
    case 'model':
      // `offset 0` keeps it a probe per run, newest first: a join would gather every run of the family before the first 50.
      return sql<SqlBool>`exists (select 1 from training_runs c where c.root_id = r.id and c.kind in ('candidate', 'ensemble')
        and c.spec ->> 'family' = ${value} offset 0)`;
    case 'tag':
      return sql<SqlBool>`r.tags @> array[${value}]::text[]`;
    case 'status':
      if (!(RUN_STATUSES as readonly string[]).includes(value))
        throw new ProblemError('filter_invalid', 400, { part: `status:${value}` });
      return eb('r.status', '=', value as RunStatus);
    case 'kind':
      return sql<SqlBool>`r.kind = ${value}`;
    case 'track':
      return sql<SqlBool>`r.track = ${value}`;
    case 'owner':
      return eb('u.username', '=', value.toLowerCase());
    case 'dataset':
      return eb.or([eb('d.key', '=', value), sql<SqlBool>`d.name ilike ${like(value)}`]);
    case 'verdict':
      return sql<SqlBool>`r.result -> 'verdict' ->> 'code' = ${value}`;
    case 'run_id':
      return eb('r.run_id', '=', value);
  }
}

function compare(metric: string, comparison: Comparison, value: number): Expression<SqlBool> {
  const left = sql`case when jsonb_typeof(r.metrics -> ${metric}) = 'number' then (r.metrics ->> ${metric})::float8 end`;
  switch (comparison) {
    case '<':
      return sql<SqlBool>`${left} < ${value}`;
    case '<=':
      return sql<SqlBool>`${left} <= ${value}`;
    case '>':
      return sql<SqlBool>`${left} > ${value}`;
    case '>=':
      return sql<SqlBool>`${left} >= ${value}`;
    case '=':
      return sql<SqlBool>`${left} = ${value}`;
  }
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

function like(text: string): string {
  return `%${escapeLike(text)}%`;
}
