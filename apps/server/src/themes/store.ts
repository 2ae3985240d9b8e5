/** Themes as their members see them: list, open, make, rename, delete. */
import { rm } from 'node:fs/promises';
import { ProblemError } from '@minori/contract';
import type { Theme, ThemeDetail, ThemePage } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { violatedConstraint } from '@minori/database';
import { sql } from 'kysely';
import { audit } from '../audit/store.ts';
import { defaultProject, requireProject } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';
import type { Home } from '../platform/home.ts';
import { decodeCursor, pageOf } from '../platform/keyset.ts';
import { findTheme, lockTheme, roleIn, visibleTo } from './access.ts';
import { countQuarantined, readCounts } from './counts.ts';
import { currentSeq, recordEvent } from './events.ts';
import type { ThemeFeed } from './events.ts';
import { imagesFolder } from './files.ts';
import { ensureLabels, listLabels } from './labels.ts';

export interface ThemeDeps {
  readonly db: Db;
  readonly home: Home;
  readonly themeFeed: ThemeFeed;
}

export interface ThemesQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly q?: string | undefined;
  readonly project_id?: number | undefined;
  readonly state: 'all' | 'unfinished' | 'finished' | 'empty';
  readonly sort: 'newest' | 'name' | 'updated';
}

const COVERS = 4;

function selectThemes(db: Db | Tx, scope: Scope) {
  return db
    .selectFrom('theme as t')
    .innerJoin('theme_info as i', 'i.theme_id', 't.id')
    .leftJoin('theme_member as m', (join) => join.onRef('m.theme_id', '=', 't.id').on('m.user_id', '=', scope.userId))
    .leftJoin('user as u', 'u.id', 'i.owner_id')
    .select([
      't.id',
      't.name',
      't.description',
      't.created_at',
      't.updated_at',
      'i.project_id',
      'i.owner_id',
      'u.username',
      'm.role',
    ])
    .select(sql<number>`(select count(*) from label l where l.theme_id = t.id)`.as('labels'))
    .where(visibleTo(scope));
}
type ThemeRow = Awaited<ReturnType<ReturnType<typeof selectThemes>['executeTakeFirstOrThrow']>>;

export async function listThemes(db: Db, scope: Scope, query: ThemesQuery): Promise<ThemePage> {
  if (query.project_id !== undefined) requireProject(scope, query.project_id, 'viewer');
  let select = selectThemes(db, scope)
    .where('i.archived_at', 'is', null)
    .limit(query.limit + 1);
  if (query.project_id !== undefined) select = select.where('i.project_id', '=', query.project_id);
  if (query.q) {
    const words = `%${query.q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    select = select.where((eb) => eb.or([eb('t.name', 'ilike', words), eb('t.description', 'ilike', words)]));
  }
  if (query.state !== 'all') {
    const count = (more: string) =>
      sql<number>`coalesce((select sum(c.images) from theme_count c where c.theme_id = t.id ${sql.raw(more)}), 0)`;
    const [all, left] = [count(''), count('and c.label_id = 0')];
    select = select.where(
      query.state === 'empty'
        ? sql<boolean>`${all} = 0`
        : query.state === 'finished'
          ? sql<boolean>`${all} > 0 and ${left} = 0`
          : sql<boolean>`${left} > 0`,
    );
  }
  const after = query.cursor ? decodeCursor(query.cursor, 2) : null;
  if (query.sort === 'name') {
    select = select.orderBy('t.name').orderBy('t.id');
    if (after) select = select.where(sql<boolean>`(t.name, t.id) > (${String(after[0])}, ${Number(after[1])})`);
  } else if (query.sort === 'updated') {
    select = select.orderBy('t.updated_at', 'desc').orderBy('t.id', 'desc');
    // Milliseconds are what a cursor carries; microseconds would make it miss rows.
    if (after)
      select = select.where(
        sql<boolean>`(date_trunc('milliseconds', t.updated_at), t.id) < (${String(after[0])}::timestamptz, ${Number(after[1])})`,
      );
  } else {
    select = select.orderBy('t.id', 'desc');
    if (after) select = select.where('t.id', '<', Number(after[1]));
  }
  const rows = await select.execute();
  const { items, next } = pageOf(
    rows,
    query.limit,
    (row) => row,
    (row) => [query.sort === 'name' ? row.name : row.updated_at.toISOString(), row.id],
  );
  return { items: await presentAll(db, scope, items), next };
}

/** @throws ProblemError theme_not_found 404 */
export async function readTheme(db: Db | Tx, scope: Scope, id: number): Promise<ThemeDetail> {
  await findTheme(db, scope, id, 'viewer');
  const row = await selectThemes(db, scope).where('t.id', '=', id).executeTakeFirst();
  const [theme] = row === undefined ? [] : await presentAll(db, scope, [row]);
  if (theme === undefined) throw new ProblemError('theme_not_found', 404);
  return {
    ...theme,
    label_list: await listLabels(db, id),
    quarantined: await countQuarantined(db, id),
    seq: await currentSeq(db, id),
  };
}

async function presentAll(db: Db | Tx, scope: Scope, rows: readonly ThemeRow[]): Promise<Theme[]> {
  const ids = rows.map(({ id }) => id);
  const counts = await readCounts(db, ids);
  const covers = await readCovers(db, ids);
  return rows.flatMap((row) => {
    const role = roleIn(scope, row.project_id, row.role);
    const own = counts.get(row.id);
    if (role === null || own === undefined) return [];
    return [
      {
        id: row.id,
        name: row.name,
        description: row.description,
        project_id: row.project_id,
        owner: row.username ?? row.owner_id,
        role,
        labels: row.labels,
        counts: own,
        covers: covers.get(row.id) ?? [],
        created_at: row.created_at.toISOString(),
        updated_at: row.updated_at.toISOString(),
      },
    ];
  });
}

async function readCovers(db: Db | Tx, ids: readonly number[]): Promise<Map<number, number[]>> {
  const { rows } = await sql<{ theme_id: number; ids: number[] }>`
    select w.id as theme_id, array(select t.id from train_data t join image i on i.image_id = t.id
      where t.theme_id = w.id and i.deleted_at is null order by t.id desc limit ${COVERS}) as ids
    from unnest(${[...ids]}::bigint[]) as w(id)`.execute(db);
  return new Map(rows.map(({ theme_id: id, ids: covers }) => [id, covers]));
}

/** @throws ProblemError theme_name_taken 409 | role_too_low 403 */
export async function createTheme(
  deps: ThemeDeps,
  scope: Scope,
  input: {
    name: string;
    description?: string | null | undefined;
    labels: readonly string[];
    project_id?: number | undefined;
  },
): Promise<ThemeDetail> {
  const projectId = input.project_id ?? defaultProject(scope);
  requireProject(scope, projectId, 'editor');
  const labels = input.labels.filter((name, index) => input.labels.indexOf(name) === index);
  if (labels.length !== input.labels.length)
    throw new ProblemError('label_name_taken', 409, { name: duplicateOf(input.labels) });
  const id = await named(input.name, () =>
    deps.db.transaction().execute(async (tx) => {
      const theme = await tx
        .insertInto('theme')
        .values({ name: input.name, description: input.description ?? null })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx
        .insertInto('theme_info')
        .values({ theme_id: theme.id, project_id: projectId, owner_id: scope.userId })
        .execute();
      await tx
        .insertInto('theme_member')
        .values({ theme_id: theme.id, user_id: scope.userId, role: 'owner' })
        .execute();
      await ensureLabels(tx, theme.id, labels);
      await audit(tx, scope, {
        action: 'theme.create',
        target: { type: 'theme', id: theme.id },
        projectId,
        params: { name: input.name, labels: labels.length },
      });
      return theme.id;
    }),
  );
  return readTheme(deps.db, scope, id);
}

/** @throws ProblemError theme_name_taken 409 */
export async function updateTheme(
  deps: ThemeDeps,
  scope: Scope,
  id: number,
  change: { name?: string | undefined; description?: string | null | undefined },
): Promise<ThemeDetail> {
  const theme = await findTheme(deps.db, scope, id, 'owner');
  const set = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  if (Object.keys(set).length > 0) {
    await named(change.name ?? '', () =>
      deps.db.transaction().execute(async (tx) => {
        await lockTheme(tx, id);
        await tx.updateTable('theme').set(set).where('id', '=', id).execute();
        await audit(tx, scope, {
          action: 'theme.update',
          target: { type: 'theme', id },
          projectId: theme.projectId,
          params: set,
        });
        await recordEvent(tx, id, { type: 'theme', userId: scope.userId });
      }),
    );
    deps.themeFeed.changed(id);
  }
  return readTheme(deps.db, scope, id);
}

/** The theme, its pictures and its models' rows; the files go after the rows. */
export async function deleteTheme(deps: ThemeDeps, scope: Scope, id: number): Promise<void> {
  const theme = await findTheme(deps.db, scope, id, 'owner');
  await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, id);
    const { name } = await tx.selectFrom('theme').select('name').where('id', '=', id).executeTakeFirstOrThrow();
    const counts = (await readCounts(tx, [id])).get(id);
    await tx.deleteFrom('model').where('theme_id', '=', id).execute();
    await tx.deleteFrom('theme').where('id', '=', id).execute();
    await audit(tx, scope, {
      action: 'theme.delete',
      target: { type: 'theme', id },
      projectId: theme.projectId,
      params: { name, images: counts?.images ?? 0 },
    });
  });
  deps.themeFeed.changed(id);
  await rm(imagesFolder(deps.home, id), { recursive: true, force: true });
}

function duplicateOf(names: readonly string[]): string {
  return names.find((name, index) => names.indexOf(name) !== index) ?? '';
}

/** Theme names are unique in the whole product, as the documents ask. */
async function named<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (violatedConstraint(error) === 'theme_name_key') throw new ProblemError('theme_name_taken', 409, { name });
    throw error;
  }
}
