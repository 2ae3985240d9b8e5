/** The one place where a picture's label changes. Every change is an act that can be undone, and is remembered. */
import type { Tx } from '@minori/database';
import { sql } from 'kysely';

export interface Relabel {
  readonly themeId: number;
  readonly userId: string | null;
  /** As `labeled_by` says it: the user name, or whom an import names. */
  readonly annotator: string;
  readonly imageIds: readonly number[];
  /** Null takes the label away. */
  readonly labelId: number | null;
  readonly source: 'person' | 'import' | 'prelabel' | 'label_removed';
}

export interface Relabeled {
  /** Of the pictures that were named, those that are in the theme. */
  readonly found: number;
  readonly changed: readonly number[];
  readonly batchId: number | null;
}

/** Under the theme's lock. Pictures that have the label already are left alone, but their annotator's word is kept. */
export async function relabel(tx: Tx, act: Relabel): Promise<Relabeled> {
  const labeledBy = act.labelId === null ? null : act.annotator;
  const { rows } = await sql<{ found: number; batch_id: number | null; changed: number[] }>`
    with found as (
      select t.id, t.label_id, t.labeled_by from train_data t join image i on i.image_id = t.id
      where t.id = any(${act.imageIds}::bigint[]) and t.theme_id = ${act.themeId} and i.deleted_at is null),
    target as (select * from found where label_id is distinct from ${act.labelId}::bigint),
    batch as (
      insert into label_batch (theme_id, user_id, source, label_id, images)
      select ${act.themeId}, ${act.userId}, ${act.source}, ${act.labelId}::bigint, count(*) from target having count(*) > 0
      returning id),
    changed as (
      update train_data t set label_id = ${act.labelId}::bigint, labeled_by = ${labeledBy}
      from target where t.id = target.id),
    looked as (
      update image i set labeled_at = case when ${act.labelId}::bigint is null then null else now() end
      from target where i.image_id = target.id),
    history as (
      insert into label_history (theme_id, image_id, batch_id, from_label_id, to_label_id, from_labeled_by, labeled_by)
      select ${act.themeId}, target.id, batch.id, target.label_id, ${act.labelId}::bigint, target.labeled_by, ${act.annotator}
      from target, batch)
    select (select count(*) from found) as found, (select id from batch) as batch_id,
      array(select id from target order by id) as changed`.execute(tx);
  const [row] = rows;
  if (act.source !== 'label_removed') await vote(tx, act);
  if (row !== undefined && row.batch_id !== null && act.userId !== null)
    await forgetUndone(tx, act.themeId, act.userId);
  return { found: row?.found ?? 0, changed: row?.changed ?? [], batchId: row?.batch_id ?? null };
}

/** What this annotator says of these pictures, whoever labeled them before. */
async function vote(tx: Tx, act: Relabel): Promise<void> {
  if (act.labelId === null)
    await sql`delete from label_vote where annotator = ${act.annotator} and theme_id = ${act.themeId}
      and image_id = any(${act.imageIds}::bigint[])`.execute(tx);
  else
    await sql`insert into label_vote (image_id, annotator, theme_id, label_id)
      select id, ${act.annotator}, theme_id, ${act.labelId}::bigint from train_data
      where theme_id = ${act.themeId} and id = any(${act.imageIds}::bigint[])
      on conflict (image_id, annotator) do update set label_id = excluded.label_id, at = now()`.execute(tx);
}

/** A new act ends what could be redone. */
async function forgetUndone(tx: Tx, themeId: number, userId: string): Promise<void> {
  await tx
    .updateTable('label_batch')
    .set({ state: 'settled' })
    .where('theme_id', '=', themeId)
    .where('user_id', '=', userId)
    .where('state', '=', 'undone')
    .execute();
}

export interface Moved {
  readonly changed: readonly number[];
  /** Somebody has given these another label since. */
  readonly conflicts: number;
}

/** Takes an act back, or does it again, wherever nobody has touched the picture since. */
export async function moveBatch(
  tx: Tx,
  batch: { id: number; themeId: number; annotator: string },
  step: 'undo' | 'redo',
): Promise<Moved> {
  const undo = step === 'undo';
  const { rows } = await sql<{ total: number; changed: number[] }>`
    with acts as (
      select h.image_id,
        ${undo ? sql`h.to_label_id` : sql`h.from_label_id`} as now_label,
        ${undo ? sql`h.from_label_id` : sql`h.to_label_id`} as label_id,
        ${undo ? sql`h.from_labeled_by` : sql`case when h.to_label_id is null then null else h.labeled_by end`} as labeled_by
      from label_history h where h.batch_id = ${batch.id} and h.step = 'do'),
    target as (
      select a.*, t.labeled_by as before from acts a join train_data t on t.id = a.image_id join image i on i.image_id = t.id
      where t.label_id is not distinct from a.now_label and i.deleted_at is null
        and (a.label_id is null or exists (select 1 from label l where l.id = a.label_id))),
    changed as (
      update train_data t set label_id = target.label_id, labeled_by = target.labeled_by
      from target where t.id = target.image_id),
    looked as (
      update image i set labeled_at = case when target.label_id is null then null else now() end
      from target where i.image_id = target.image_id),
    unsaid as (
      delete from label_vote v using target where v.image_id = target.image_id and v.annotator = ${batch.annotator}
        and (target.label_id is null or target.labeled_by is distinct from ${batch.annotator})),
    said as (
      insert into label_vote (image_id, annotator, theme_id, label_id)
      select image_id, ${batch.annotator}, ${batch.themeId}, label_id from target
      where label_id is not null and labeled_by = ${batch.annotator}
      on conflict (image_id, annotator) do update set label_id = excluded.label_id, at = now()),
    history as (
      insert into label_history (theme_id, image_id, batch_id, step, from_label_id, to_label_id, from_labeled_by, labeled_by)
      select ${batch.themeId}, image_id, ${batch.id}, ${step}, now_label, label_id, before, ${batch.annotator} from target)
    select (select count(*) from acts) as total, array(select image_id from target order by image_id) as changed`.execute(
    tx,
  );
  await tx
    .updateTable('label_batch')
    .set({ state: undo ? 'undone' : 'done' })
    .where('id', '=', batch.id)
    .execute();
  const changed = rows[0]?.changed ?? [];
  return { changed, conflicts: (rows[0]?.total ?? 0) - changed.length };
}
