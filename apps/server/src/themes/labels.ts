/** The labels of a theme: their names, order and colours. */
import { ProblemError } from '@minori/contract';
import type { Label, LabelPlace } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import { audit } from '../audit/store.ts';
import type { Scope } from '../identity/scope.ts';
import { findTheme, lockTheme, visibleTo } from './access.ts';
import { recordEvent } from './events.ts';
import type { ThemeFeed } from './events.ts';
import { relabel } from './labeling-write.ts';

export interface LabelDeps {
  readonly db: Db;
  readonly themeFeed: ThemeFeed;
}

/** In palette order. */
export async function listLabels(db: Db | Tx, themeId: number): Promise<Label[]> {
  const rows = await db
    .selectFrom('label as l')
    .leftJoin('label_info as i', 'i.label_id', 'l.id')
    .select([
      'l.id',
      'l.label_name',
      'l.created_at',
      'i.color',
      'i.position',
      sql<number>`coalesce((select sum(c.images) from theme_count c where c.theme_id = l.theme_id and c.label_id = l.id), 0)`.as(
        'images',
      ),
    ])
    .where('l.theme_id', '=', themeId)
    .orderBy(sql`i.position nulls last`)
    .orderBy('l.id')
    .execute();
  return rows.map((row, index) => ({
    id: row.id,
    label_name: row.label_name,
    color: row.color,
    position: index,
    images: row.images,
    created_at: row.created_at.toISOString(),
  }));
}

/** By a part of the name, in all themes that this person may see. */
export async function findLabels(db: Db, scope: Scope, query: { q: string; limit: number }): Promise<LabelPlace[]> {
  const words = `%${query.q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return db
    .selectFrom('label as l')
    .innerJoin('theme as t', 't.id', 'l.theme_id')
    .innerJoin('theme_info as i', 'i.theme_id', 't.id')
    .leftJoin('theme_member as m', (join) => join.onRef('m.theme_id', '=', 't.id').on('m.user_id', '=', scope.userId))
    .select(['l.id', 'l.label_name', 't.id as theme_id', 't.name as theme_name'])
    .where(visibleTo(scope))
    .where('l.label_name', 'ilike', words)
    .orderBy('l.label_name')
    .orderBy('l.id')
    .limit(query.limit)
    .execute();
}

/** Makes the labels that are missing, in this order. @returns id of each name */
export async function ensureLabels(tx: Tx, themeId: number, names: readonly string[]): Promise<Map<string, number>> {
  const wanted = [...new Set(names)];
  if (wanted.length === 0) return new Map();
  await sql`
    with made as (
      insert into label (theme_id, label_name)
      select ${themeId}, name from unnest(${wanted}::text[]) with ordinality as n(name, place) order by place
      on conflict (theme_id, label_name) do nothing returning id, label_name)
    insert into label_info (label_id, theme_id, label_name, position)
    select id, ${themeId}, label_name,
      row_number() over (order by id) - 1 + coalesce((select max(position) + 1 from label_info where theme_id = ${themeId} and deleted_at is null), 0)
    from made`.execute(tx);
  const rows = await tx
    .selectFrom('label')
    .select(['id', 'label_name'])
    .where('theme_id', '=', themeId)
    .where('label_name', 'in', wanted)
    .execute();
  return new Map(rows.map(({ id, label_name: name }) => [name, id]));
}

/** @throws ProblemError label_name_taken 409 */
export async function createLabel(
  deps: LabelDeps,
  scope: Scope,
  themeId: number,
  input: { label_name: string; color?: string | null | undefined },
): Promise<Label> {
  const theme = await findTheme(deps.db, scope, themeId, 'owner');
  const id = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    await refuseTaken(tx, themeId, input.label_name);
    const made = await ensureLabels(tx, themeId, [input.label_name]);
    const labelId = made.get(input.label_name) ?? 0;
    if (input.color)
      await tx.updateTable('label_info').set({ color: input.color }).where('label_id', '=', labelId).execute();
    await audit(tx, scope, {
      action: 'label.create',
      target: { type: 'label', id: labelId },
      projectId: theme.projectId,
      params: { theme_id: themeId, label_name: input.label_name },
    });
    await recordEvent(tx, themeId, { type: 'theme', userId: scope.userId });
    return labelId;
  });
  deps.themeFeed.changed(themeId);
  return oneLabel(deps.db, themeId, id);
}

/** @throws ProblemError label_not_found 404 | label_name_taken 409 */
export async function updateLabel(
  deps: LabelDeps,
  scope: Scope,
  ids: { theme_id: number; label_id: number },
  change: { label_name?: string | undefined; color?: string | null | undefined; position?: number | undefined },
): Promise<Label> {
  const theme = await findTheme(deps.db, scope, ids.theme_id, 'owner');
  await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, ids.theme_id);
    const before = await oneLabel(tx, ids.theme_id, ids.label_id);
    if (change.label_name !== undefined && change.label_name !== before.label_name) {
      await refuseTaken(tx, ids.theme_id, change.label_name);
      await tx.updateTable('label').set({ label_name: change.label_name }).where('id', '=', ids.label_id).execute();
    }
    await tx
      .insertInto('label_info')
      .values({
        label_id: ids.label_id,
        theme_id: ids.theme_id,
        label_name: change.label_name ?? before.label_name,
        color: change.color === undefined ? before.color : change.color,
        position: before.position,
      })
      .onConflict((conflict) =>
        conflict.column('label_id').doUpdateSet((eb) => ({
          label_name: eb.ref('excluded.label_name'),
          color: eb.ref('excluded.color'),
        })),
      )
      .execute();
    if (change.position !== undefined) await moveLabel(tx, ids.theme_id, ids.label_id, change.position);
    await audit(tx, scope, {
      action: 'label.update',
      target: { type: 'label', id: ids.label_id },
      projectId: theme.projectId,
      params: { theme_id: ids.theme_id, from: before.label_name, ...change },
    });
    await recordEvent(tx, ids.theme_id, { type: 'theme', userId: scope.userId });
  });
  deps.themeFeed.changed(ids.theme_id);
  return oneLabel(deps.db, ids.theme_id, ids.label_id);
}

/** Pictures that have the label lose it when `unlabel` is said. @throws ProblemError label_not_found 404 | label_in_use 409 {images} */
export async function deleteLabel(
  deps: LabelDeps,
  scope: Scope,
  ids: { theme_id: number; label_id: number },
  unlabel: boolean,
): Promise<void> {
  const theme = await findTheme(deps.db, scope, ids.theme_id, 'owner');
  await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, ids.theme_id);
    const label = await oneLabel(tx, ids.theme_id, ids.label_id);
    const used = await tx
      .selectFrom('train_data')
      .select('id')
      .where('theme_id', '=', ids.theme_id)
      .where('label_id', '=', ids.label_id)
      .execute();
    if (label.images > 0 && !unlabel) throw new ProblemError('label_in_use', 409, { images: label.images });
    if (used.length > 0)
      await relabel(tx, {
        themeId: ids.theme_id,
        userId: scope.userId,
        annotator: scope.username,
        imageIds: used.map(({ id }) => id),
        labelId: null,
        source: 'label_removed',
      });
    await tx.deleteFrom('label').where('id', '=', ids.label_id).execute();
    await tx
      .updateTable('label_info')
      .set({ deleted_at: sql`now()` })
      .where('label_id', '=', ids.label_id)
      .execute();
    await tx
      .deleteFrom('theme_count')
      .where('theme_id', '=', ids.theme_id)
      .where('label_id', '=', ids.label_id)
      .execute();
    await audit(tx, scope, {
      action: 'label.delete',
      target: { type: 'label', id: ids.label_id },
      projectId: theme.projectId,
      params: { theme_id: ids.theme_id, label_name: label.label_name, images: used.length },
    });
    await recordEvent(tx, ids.theme_id, { type: 'theme', userId: scope.userId });
  });
  deps.themeFeed.changed(ids.theme_id);
}

async function moveLabel(tx: Tx, themeId: number, labelId: number, position: number): Promise<void> {
  const others = (await listLabels(tx, themeId)).map(({ id }) => id).filter((id) => id !== labelId);
  const order = others.toSpliced(position, 0, labelId);
  await sql`
    insert into label_info (label_id, theme_id, label_name, position)
    select l.id, l.theme_id, l.label_name, o.place - 1
    from unnest(${order}::bigint[]) with ordinality as o(id, place) join label l on l.id = o.id
    on conflict (label_id) do update set position = excluded.position`.execute(tx);
}

async function oneLabel(db: Db | Tx, themeId: number, labelId: number): Promise<Label> {
  const found = (await listLabels(db, themeId)).find(({ id }) => id === labelId);
  if (found === undefined) throw new ProblemError('label_not_found', 404);
  return found;
}

async function refuseTaken(tx: Tx, themeId: number, name: string): Promise<void> {
  const there = await tx
    .selectFrom('label')
    .select('id')
    .where('theme_id', '=', themeId)
    .where('label_name', '=', name)
    .executeTakeFirst();
  if (there !== undefined) throw new ProblemError('label_name_taken', 409, { name });
}
