/** The documented tables as an administrator reads them: all projects, filtered, newest first. */
import type { AdminFilter, AdminPage, AdminRow, AdminTable } from '@minori/contract';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { decodeIdCursor, encodeCursor } from '../platform/keyset.ts';

interface Source {
  readonly columns: RawBuilder<unknown>;
  readonly from: RawBuilder<unknown>;
  readonly id: RawBuilder<unknown>;
  where(filter: AdminFilter): RawBuilder<unknown>[];
}

const like = (q: string) => `%${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
const inTheme = (filter: AdminFilter, theme: RawBuilder<unknown>) =>
  filter.theme_id === undefined ? [] : [sql`${theme} = ${filter.theme_id}`];
const inProject = (filter: AdminFilter) =>
  filter.project_id === undefined ? [] : [sql`o.project_id = ${filter.project_id}`];
/** Times as ISO 8601 text, as the whole API writes them. */
const iso = (column: string) => sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
const THEME = sql`join theme t on t.id = x.theme_id join theme_info o on o.theme_id = t.id`;

const USED = sql`exists (select 1 from train_data d where d.theme_id = x.theme_id and d.label_id = x.id)`;

const SOURCES: Readonly<Record<AdminTable, Source>> = {
  themes: {
    id: sql`x.id`,
    columns: sql`'themes' as "table", x.id, x.name, p.name as project, coalesce(u.username, o.owner_id) as owner,
      (select count(*) from label l where l.theme_id = x.id) as labels,
      coalesce((select sum(c.images) from theme_count c where c.theme_id = x.id), 0) as images,
      coalesce((select sum(c.images) from theme_count c where c.theme_id = x.id and c.label_id <> 0), 0) as labeled,
      ${iso('o.archived_at')} as archived_at, ${iso('x.created_at')} as created_at`,
    from: sql`theme x join theme_info o on o.theme_id = x.id join project p on p.id = o.project_id
      left join "user" u on u.id = o.owner_id`,
    where: (filter) => [
      ...(filter.q ? [sql`(x.name ilike ${like(filter.q)} or u.username ilike ${like(filter.q)})`] : []),
      ...(filter.state === 'active' ? [sql`o.archived_at is null`] : []),
      ...(filter.state === 'archived' ? [sql`o.archived_at is not null`] : []),
      ...inTheme(filter, sql`x.id`),
      ...inProject(filter),
    ],
  },
  labels: {
    id: sql`x.id`,
    columns: sql`'labels' as "table", x.id, x.label_name, x.theme_id, t.name as theme,
      coalesce((select sum(c.images) from theme_count c where c.theme_id = x.theme_id and c.label_id = x.id), 0) as images,
      ${iso('x.created_at')} as created_at`,
    from: sql`label x ${THEME}`,
    where: (filter) => [
      ...(filter.q ? [sql`(x.label_name ilike ${like(filter.q)} or t.name ilike ${like(filter.q)})`] : []),
      ...(filter.state === 'used' ? [USED] : []),
      ...(filter.state === 'unused' ? [sql`not ${USED}`] : []),
      ...inTheme(filter, sql`x.theme_id`),
      ...inProject(filter),
    ],
  },
  images: {
    id: sql`x.id`,
    columns: sql`'images' as "table", x.id, i.name, x.theme_id, t.name as theme, l.label_name as label, x.labeled_by,
      x.split, i.bytes, u.username as uploaded_by, ${iso('i.deleted_at')} as deleted_at, ${iso('x.created_at')} as created_at`,
    from: sql`train_data x join image i on i.image_id = x.id ${THEME} left join label l on l.id = x.label_id
      left join "user" u on u.id = i.uploaded_by`,
    where: (filter) => [
      ...(filter.q ? [sql`(i.name ilike ${like(filter.q)} or i.sha256 = ${filter.q})`] : []),
      ...(filter.state === 'deleted' ? [sql`i.deleted_at is not null`] : []),
      ...(filter.state === 'labeled' ? [sql`x.label_id is not null and i.deleted_at is null`] : []),
      ...(filter.state === 'unlabeled' ? [sql`x.label_id is null and i.deleted_at is null`] : []),
      ...(filter.state === 'quarantined' ? [sql`i.quarantined_at is not null`] : []),
      ...(filter.split === undefined ? [] : [sql`coalesce(x.split, 'none') = ${filter.split}`]),
      ...inTheme(filter, sql`x.theme_id`),
      ...inProject(filter),
    ],
  },
  models: {
    id: sql`x.id`,
    columns: sql`'models' as "table", x.id, x.theme_id, t.name as theme, x.mlflow_run_id,
      (select count(*) from model_train_data d where d.model_id = x.id) as images, ${iso('x.created_at')} as created_at`,
    from: sql`model x ${THEME}`,
    where: (filter) => [
      ...(filter.q ? [sql`(x.mlflow_run_id ilike ${like(filter.q)} or t.name ilike ${like(filter.q)})`] : []),
      ...inTheme(filter, sql`x.theme_id`),
      ...inProject(filter),
    ],
  },
};

export interface AdminQuery extends AdminFilter {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export async function listTable(db: Db, table: AdminTable, query: AdminQuery): Promise<AdminPage> {
  const { from } = SOURCES[table];
  const found = await readRows(db, table, query, query.limit + 1, query.cursor ? decodeIdCursor(query.cursor) : null);
  const { rows: counted } = await sql<{ n: number }>`
    select count(*) as n from ${from} where ${condition(table, query)}`.execute(db);
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return {
    items,
    next: found.length > query.limit && last !== undefined ? encodeCursor([last.id]) : null,
    total: counted[0]?.n ?? 0,
  };
}

const PART = 2000;

/** All that matches, part by part. */
export async function* everyRow(db: Db, table: AdminTable, filter: AdminFilter): AsyncGenerator<AdminRow> {
  for (let after: number | null = null; ;) {
    const rows: AdminRow[] = await readRows(db, table, filter, PART, after);
    yield* rows;
    const last = rows.at(-1);
    if (rows.length < PART || last === undefined) return;
    after = last.id;
  }
}

async function readRows(
  db: Db,
  table: AdminTable,
  filter: AdminFilter,
  limit: number,
  after: number | null,
): Promise<AdminRow[]> {
  const { columns, from, id } = SOURCES[table];
  const beyond = after === null ? sql`true` : sql`${id} < ${after}`;
  const { rows } = await sql<AdminRow>`
    select ${columns} from ${from} where ${condition(table, filter)} and ${beyond}
    order by ${id} desc limit ${limit}`.execute(db);
  return rows;
}

function condition(table: AdminTable, filter: AdminFilter): RawBuilder<unknown> {
  const parts = SOURCES[table].where(filter);
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `);
}
