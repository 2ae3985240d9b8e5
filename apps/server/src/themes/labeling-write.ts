/** The one place where a picture's label changes. Every change is an act that can be undone, and is remembered. */
import { kept } from '@minori/database';
import type { Tx } from '@minori/database';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

export interface Relabel {
  readonly themeId: number;
  readonly userId: string | null;
  /** As `labeled_by` says it: the user name, or whom an import names. */
  readonly annotator: string;
  readonly imageIds: readonly number[];
  /** One for all, or one for each of `imageIds`. Null takes the label away. */
  readonly labelId: number | null | readonly number[];
  readonly source: 'person' | 'import' | 'prelabel' | 'label_removed';
  /** Nobody has looked at each of these pictures: no word of an annotator is kept. */
  readonly unseen?: boolean;
}

export interface Relabeled {
  /** Of the pictures that were named, those that are in the theme. */
  readonly found: number;
  readonly changed: readonly number[];
  /** Pictures of which the annotator says something else than before, also where the label stays. */
  readonly voted: readonly number[];
  readonly batchId: number | null;
}

/**
 * Under the theme's lock. Pictures that have the label already are left alone, but their annotator's word is kept.
 * One statement: while it runs, everybody else who labels this theme waits.
 */
export async function relabel(tx: Tx, act: Relabel): Promise<Relabeled> {
  const { labelId } = act;
  const labels = Array.isArray(labelId) ? labelId : act.imageIds.map(() => labelId);
  const votes = act.source !== 'label_removed' && act.unseen !== true;
  const { rows } = await sql<{ found: number; batch_id: number | null; changed: number[]; voted: number[] }>`${kept}
    with wanted as (
      select distinct on (id) id, label_id from unnest(${act.imageIds}::bigint[], ${labels}::bigint[]) as w (id, label_id)),
    found as (
      select t.id, t.label_id, t.labeled_by, i.label_source, w.label_id as to_label_id
      from wanted w join train_data t on t.id = w.id join image i on i.image_id = t.id
      where t.theme_id = ${act.themeId} and i.deleted_at is null),
    target as (select * from found where label_id is distinct from to_label_id),
    batch as (
      insert into label_batch (theme_id, user_id, source, label_id, images)
      select ${act.themeId}, ${act.userId}, ${act.source}, ${Array.isArray(labelId) ? null : labelId}::bigint, count(*)
      from target having count(*) > 0 returning id),
    forgotten as (${forgetting(act.themeId, act.userId, sql`exists (select from batch)`)}),
    changed as (
      update train_data t set label_id = target.to_label_id,
        labeled_by = case when target.to_label_id is null then null else ${act.annotator} end
      from target where t.id = target.id),
    looked as (
      update image i set
        labeled_at = case when target.to_label_id is null then null else now() end,
        label_source = case when target.to_label_id is null then null else ${act.source} end
      from target where i.image_id = target.id),
    history as (
      insert into label_history
        (theme_id, image_id, batch_id, from_label_id, to_label_id, from_labeled_by, from_source, labeled_by)
      select ${act.themeId}, target.id, batch.id, target.label_id, target.to_label_id, target.labeled_by,
        target.label_source, ${act.annotator}
      from target, batch),
    said as (
      insert into label_vote (image_id, annotator, theme_id, label_id)
      select id, ${act.annotator}, ${act.themeId}, to_label_id from found where ${votes} and to_label_id is not null
      on conflict (image_id, annotator) do update set label_id = excluded.label_id, at = now()
        where label_vote.label_id <> excluded.label_id
      returning image_id),
    unsaid as (
      delete from label_vote v using found
      where ${votes} and found.to_label_id is null and v.image_id = found.id and v.annotator = ${act.annotator}
      returning v.image_id)
    select (select count(*) from found) as found, (select id from batch) as batch_id,
      array(select id from target order by id) as changed,
      array(select image_id from said union all select image_id from unsaid) as voted`.execute(tx);
  const [row] = rows;
  return {
    found: row?.found ?? 0,
    changed: row?.changed ?? [],
    voted: row?.voted ?? [],
    batchId: row?.batch_id ?? null,
  };
}

/** A new act ends what could be redone. */
const forgetting = (themeId: number, userId: string | null, when: RawBuilder<unknown>) =>
  sql`update label_batch set state = 'settled'
    where theme_id = ${themeId} and user_id = ${userId} and state = 'undone' and ${when}`;

export async function forgetUndone(tx: Tx, themeId: number, userId: string): Promise<void> {
  await forgetting(themeId, userId, sql`true`).execute(tx);
}

export interface Moved {
  readonly changed: readonly number[];
  /** Somebody has given these another label since. */
  readonly conflicts: number;
}

/** Takes an act back, or does it again, wherever nobody has touched the picture since. */
export async function moveBatch(
  tx: Tx,
  batch: { id: number; source: string; themeId: number; annotator: string },
  step: 'undo' | 'redo',
): Promise<Moved> {
  const undo = step === 'undo';
  const { rows } = await sql<{ total: number; relabeled: number; changed: number[] }>`
    with acts as (
      select h.image_id,
        ${undo ? sql`h.to_label_id` : sql`h.from_label_id`} as now_label,
        ${undo ? sql`h.from_label_id` : sql`h.to_label_id`} as label_id,
        ${undo ? sql`h.from_labeled_by` : sql`case when h.to_label_id is null then null else h.labeled_by end`} as labeled_by,
        ${undo ? sql`h.from_source` : sql`case when h.to_label_id is null then null else ${batch.source} end`} as label_source
      from label_history h where h.batch_id = ${batch.id} and h.step = 'do'),
    target as (
      select a.*, t.labeled_by as before from acts a join train_data t on t.id = a.image_id join image i on i.image_id = t.id
      where t.label_id is not distinct from a.now_label and i.deleted_at is null
        and (a.label_id is null or exists (select 1 from label l where l.id = a.label_id))),
    changed as (
      update train_data t set label_id = target.label_id, labeled_by = target.labeled_by
      from target where t.id = target.image_id),
    looked as (
      update image i set labeled_at = case when target.label_id is null then null else now() end,
        label_source = target.label_source
      from target where i.image_id = target.image_id),
    decided as (
      update image_decision set undone = ${undo} where batch_id = ${batch.id} returning image_id),
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
    select (select count(*) from acts) as total, 
      array(select image_id from target union select image_id from decided order by 1) as changed,
      (select count(*) from target) as relabeled`.execute(tx);
  await tx
    .updateTable('label_batch')
    .set({ state: undo ? 'undone' : 'done' })
    .where('id', '=', batch.id)
    .execute();
  const [row] = rows;
  return { changed: row?.changed ?? [], conflicts: (row?.total ?? 0) - (row?.relabeled ?? 0) };
}
