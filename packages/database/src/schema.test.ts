import { runKind, runOutcome, runStatus, failureCause, track, runEvent } from '@minori/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { violatedConstraint } from './connect.ts';
import { jsonb, jsonText } from './json.ts';
import { createTestDatabase, createTestScope } from './testing/index.ts';
import type { TestDatabase, TestScope } from './testing/index.ts';

const TWELVE = [
  'datasets',
  'experiments',
  'logs',
  'model_artifacts',
  'notifications',
  'optimization_history',
  'predictions',
  'resource_metrics',
  'run_parameters',
  'run_results',
  'system_config',
  'training_runs',
];
const CONTEXT = '20261121-101010-abcdef';

let made: TestDatabase;
let scope: TestScope;
beforeAll(async () => {
  made = await createTestDatabase();
  scope = await createTestScope(made.db);
});
afterAll(() => made.drop());

async function addRun(
  values: {
    root_id?: number;
    parent_id?: number;
    project_id?: number;
    dataset_id?: number;
    metrics?: object;
    kind?: 'search' | 'candidate';
  } = {},
) {
  const { metrics, kind, ...rest } = values;
  const { id, root_id } = await made.db
    .insertInto('training_runs')
    .values({
      project_id: scope.projectId,
      owner_id: scope.userId,
      run_id: CONTEXT,
      track: 'forecast',
      kind: kind ?? 'search',
      metrics: jsonb(metrics ?? {}),
      ...rest,
    })
    .returning(['id', 'root_id'])
    .executeTakeFirstOrThrow();
  return { id, root_id };
}

async function addDatasetVersion(projectId = scope.projectId) {
  const { id } = await made.db
    .insertInto('datasets')
    .values({ key: `monthly-${projectId}`, name: 'Monthly', project_id: projectId, owner_id: scope.userId })
    .returning('id')
    .executeTakeFirstOrThrow();
  await made.db
    .insertInto('dataset_version')
    .values({
      dataset_id: id,
      version: 1,
      sha256: 'a'.repeat(64),
      rows: 10,
      series: 1,
      freq: 'MS',
      profile: jsonb({}),
      mapping: jsonb({}),
      findings: jsonb([]),
      source_name: 'a.csv',
      bytes: 10,
      created_by: scope.userId,
    })
    .execute();
  return id;
}

async function names(query: string): Promise<string[]> {
  const { rows } = await sql.raw<{ name: string }>(query).execute(made.db);
  return rows.map(({ name }) => name).toSorted();
}

test('the twelve tables with three views, two triggers and three functions', async () => {
  const tables = await names(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  expect(tables).toEqual(expect.arrayContaining(TWELVE));
  expect(
    await names(`select relname as name from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace`),
  ).toEqual(['v_experiment_summary', 'v_resource_summary', 'v_run_leaderboard']);
  const list = TWELVE.map((table) => `'${table}'::regclass`).join(',');
  expect(await names(`select tgname as name from pg_trigger where not tgisinternal and tgrelid in (${list})`)).toEqual([
    'trg_experiments_set_updated_at',
    'trg_training_runs_set_updated_at',
  ]);
  // The others belong to what is beside them: nf_model_runs, dataset versions, themes.
  expect(await names(`select proname as name from pg_proc where pronamespace = 'public'::regnamespace`)).toEqual([
    'fn_append_run_event',
    'fn_dataset_version_immutable',
    'fn_nf_model_runs_set_updated_at',
    'fn_set_updated_at',
    'fn_split_is_persistent',
    'fn_theme_count',
    'fn_theme_follows_info',
    'fn_theme_version_immutable',
    'fn_thin_resource_metrics',
  ]);
});

test('nf_model_runs is the documented table, column for column', async () => {
  const { rows } = await sql`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required, pg_get_expr(d.adbin, d.adrelid) as "default"
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = 'nf_model_runs'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`.execute(
    made.db,
  );
  const column = (name: string, type: string, required = false, value: string | null = null) => ({
    name,
    type,
    required,
    default: value,
  });
  expect(rows).toEqual([
    column('id', 'bigint', true, "nextval('nf_model_runs_id_seq'::regclass)"),
    column('created_at', 'timestamp with time zone', true, 'now()'),
    column('updated_at', 'timestamp with time zone', true, 'now()'),
    column('table_name', 'text', true),
    column('loto', 'text'),
    column('unique_ids', 'text[]'),
    column('model_name', 'text', true),
    column('backend', 'text', true),
    column('horizon', 'integer', true),
    column('loss', 'text'),
    column('optimization_config', 'jsonb', true),
    column('search_space', 'jsonb'),
    column('status', 'text', true),
    column('start_time', 'timestamp with time zone', false, 'now()'),
    column('end_time', 'timestamp with time zone'),
    column('duration_seconds', 'double precision'),
    column('metrics', 'jsonb'),
    column('best_params', 'jsonb'),
    column('resource_summary', 'jsonb'),
    column('logs', 'text'),
    column('mlflow_run_id', 'text'),
  ]);
  const indexes = await names(
    `select indexrelid::regclass::text as name from pg_index where indrelid = 'nf_model_runs'::regclass`,
  );
  expect(indexes).toEqual(['nf_model_runs_pkey']);
});

test('words of the contract and of the checks are the same', async () => {
  const { rows } = await sql<{ table: string; definition: string }>`
    select conrelid::regclass::text as "table", pg_get_constraintdef(oid) as definition from pg_constraint where contype = 'c'`.execute(
    made.db,
  );
  const words = (table: string, column: string) => {
    const check = rows.find((row) => row.table === table && row.definition.startsWith(`CHECK ((${column} = ANY`));
    return [...(check?.definition ?? '').matchAll(/'([^']*)'::text/g)].map((match) => match[1]);
  };
  expect(words('training_runs', 'status')).toEqual(runStatus.options);
  expect(words('training_runs', 'kind')).toEqual(runKind.options);
  expect(words('training_runs', 'track')).toEqual(track.options);
  expect(words('training_runs', 'outcome')).toEqual(runOutcome.options);
  expect(words('training_runs', 'failure_cause')).toEqual(failureCause.options);
  expect(words('run_attempt', 'cause')).toEqual(failureCause.options);
  expect(words('run_event', 'type')).toEqual(runEvent.shape.type.options);
});

test('updated_at follows a change and nothing else', async () => {
  const { id } = await addRun();
  const read = () =>
    made.db.selectFrom('training_runs').select('updated_at').where('id', '=', id).executeTakeFirstOrThrow();
  const before = await read();
  await made.db.updateTable('training_runs').set({ name: '' }).where('id', '=', id).execute();
  expect(await read()).toEqual(before);
  await made.db.updateTable('training_runs').set({ name: 'changed' }).where('id', '=', id).execute();
  expect((await read()).updated_at.getTime()).toBeGreaterThan(before.updated_at.getTime());

  const experiment = await made.db
    .insertInto('experiments')
    .values({
      project_id: scope.projectId,
      owner_id: scope.userId,
      track: 'forecast',
      name: 'Sales',
      updated_at: '2020-01-01T00:00:00Z',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await made.db.updateTable('experiments').set({ description: 'x' }).where('id', '=', experiment.id).execute();
  const touched = await made.db
    .selectFrom('experiments')
    .select('updated_at')
    .where('id', '=', experiment.id)
    .executeTakeFirstOrThrow();
  expect(touched.updated_at.getUTCFullYear()).toBeGreaterThan(2020);

  const row = await made.db
    .insertInto('nf_model_runs')
    .values({
      table_name: 't',
      model_name: 'NHITS',
      backend: 'optuna',
      horizon: 12,
      optimization_config: jsonb({}),
      status: 'PENDING',
      updated_at: '2020-01-01T00:00:00Z',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await made.db.updateTable('nf_model_runs').set({ status: 'RUNNING' }).where('id', '=', row.id).execute();
  const mirrored = await made.db
    .selectFrom('nf_model_runs')
    .select('updated_at')
    .where('id', '=', row.id)
    .executeTakeFirstOrThrow();
  expect(mirrored.updated_at.getUTCFullYear()).toBeGreaterThan(2020);
});

test('a root names itself, a child its root', async () => {
  const root = await addRun();
  expect(root.root_id).toBe(root.id);
  const child = await addRun({ root_id: root.id, parent_id: root.id, kind: 'candidate' });
  expect(child.root_id).toBe(root.id);
  await expect(addRun({ parent_id: root.id })).rejects.toThrow(/check constraint/);
});

test('a run cannot end without a time, or fail without a cause', async () => {
  const { id } = await addRun();
  const end = (values: object) => made.db.updateTable('training_runs').set(values).where('id', '=', id).execute();
  await expect(end({ status: 'succeeded' })).rejects.toThrow(/check constraint/);
  await expect(end({ status: 'failed', finished_at: new Date() })).rejects.toThrow(/check constraint/);
  await end({ status: 'failed', failure_cause: 'bug', finished_at: new Date() });
});

test('events of a tree are numbered without holes, whoever appends at once', async () => {
  const { id } = await addRun();
  const append = (root: number) =>
    sql<{
      seq: number;
    }>`select fn_append_run_event(${root}, ${root}, 'log', ${jsonText({ code: 'x' })}::jsonb) as seq`.execute(made.db);
  const seqs = await Promise.all(Array.from({ length: 20 }, async () => (await append(id)).rows[0]?.seq));
  expect(seqs.toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 20 }, (_unused, index) => index + 1),
  );
  const child = await addRun({ root_id: id, parent_id: id, kind: 'candidate' });
  await expect(append(child.id)).rejects.toThrow(/is not a root/);
});

test('a dataset version never changes, and belongs to contexts beside it', async () => {
  const id = await addDatasetVersion();
  const change = made.db.updateTable('dataset_version').set({ rows: 11 }).where('dataset_id', '=', id).execute();
  const error: unknown = await change.catch((reason: unknown) => reason);
  expect(violatedConstraint(error)).toBe('dataset_version_immutable');
  await made.db.insertInto('dataset_version_context').values({ run_id: CONTEXT, dataset_id: id, version: 1 }).execute();
});

test('a project takes all of its rows with it', async () => {
  const other = await createTestScope(made.db, 'leaver');
  const dataset = await addDatasetVersion(other.projectId);
  const run = await addRun({ project_id: other.projectId, dataset_id: dataset });
  await made.db
    .insertInto('run_parameters')
    .values({ run_id: run.id, section: 'Forecast', name: 'horizon', value: jsonb(12) })
    .execute();
  await made.db.deleteFrom('project').where('id', '=', other.projectId).execute();
  expect(await made.db.selectFrom('training_runs').select('id').where('id', '=', run.id).execute()).toEqual([]);
  expect(await made.db.selectFrom('datasets').select('id').where('id', '=', dataset).execute()).toEqual([]);
});

test('resource snapshots are thinned evenly and summed up', async () => {
  const { id } = await addRun();
  await sql`
    insert into resource_metrics select ${id}, timestamptz '2026-01-01' + n * interval '1 second', n % 100, 2, 1000 + n, 10, 5000,
      null, null, null, 0, 0, 0, 0, 1, 1, 4
    from generate_series(1, 2500) n`.execute(made.db);
  await sql`select fn_thin_resource_metrics(${id})`.execute(made.db);
  const kept = await made.db
    .selectFrom('resource_metrics')
    .select('at')
    .where('run_id', '=', id)
    .orderBy('at')
    .execute();
  expect(kept).toHaveLength(625);
  expect((kept[1]?.at.getTime() ?? 0) - (kept[0]?.at.getTime() ?? 0)).toBe(4000);
  const summary = await made.db
    .selectFrom('v_resource_summary')
    .selectAll()
    .where('run_id', '=', id)
    .executeTakeFirstOrThrow();
  expect(summary).toMatchObject({ samples: 625, memory_used_bytes_max: 3500, gpu_percent_max: null });
});

test('the leaderboard ranks candidates by their error', async () => {
  const root = await addRun();
  const child = (mase: number | null) =>
    addRun({ root_id: root.id, parent_id: root.id, kind: 'candidate', metrics: { mase } });
  const [second, first, last] = [await child(0.9), await child(0.7), await child(null)];
  const rows = await made.db
    .selectFrom('v_run_leaderboard')
    .select(['run_id', 'rank', 'mase'])
    .where('root_id', '=', root.id)
    .orderBy('rank')
    .execute();
  expect(rows).toEqual([
    { run_id: first.id, rank: 1, mase: 0.7 },
    { run_id: second.id, rank: 2, mase: 0.9 },
    { run_id: last.id, rank: 3, mase: null },
  ]);
});

test('JSON that PostgreSQL cannot hold is made holdable', async () => {
  const hostile = { 'k\0ey': 'a\0b', lone: '\ud800', list: ['\udfff', Number.NaN], plain: '\\u0000 ok' };
  await made.db
    .insertInto('system_config')
    .values({ key: 'hostile', value: jsonb(hostile) })
    .execute();
  const row = await made.db
    .selectFrom('system_config')
    .select('value')
    .where('key', '=', 'hostile')
    .executeTakeFirstOrThrow();
  expect(row.value).toEqual({ 'k\uFFFDey': 'a\uFFFDb', lone: '\uFFFD', list: ['\uFFFD', null], plain: '\\u0000 ok' });
});

test('numbers, times and dates come as the types say', async () => {
  const { rows } = await sql`select 9007199254740991::bigint as big, 1.5::numeric as num, array[1,2]::bigint[] as bigs,
    timestamptz '2026-01-01T00:00:00Z' as at, date '2026-01-01' as day, timestamp '2026-01-01 00:00' as local`.execute(
    made.db,
  );
  expect(rows[0]).toEqual({
    big: 2 ** 53 - 1,
    num: 1.5,
    bigs: [1, 2],
    at: new Date('2026-01-01T00:00:00Z'),
    day: '2026-01-01',
    local: '2026-01-01 00:00:00',
  });
  await expect(sql`select 9007199254740993::bigint`.execute(made.db)).rejects.toThrow(RangeError);
});
