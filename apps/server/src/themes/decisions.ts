/** What people decided about pictures besides their labels, so that no queue asks them again. */
import type { Tx } from '@minori/database';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { forgetUndone } from './labeling-write.ts';

/** `label`: it stands. `proposal`: it is refused. `copies`: the group of what shows the same may stay. */
export type Subject = 'label' | 'proposal' | 'copies';

export interface Decision {
  readonly themeId: number;
  readonly userId: string;
  readonly annotator: string;
  readonly subject: Subject;
  readonly ids: readonly number[];
  /** Part of this act; null: an act of its own. */
  readonly batchId: number | null;
}

/** What a decision is about, of picture `t`; null where there is nothing to decide. */
const ABOUT: Record<Subject, RawBuilder<string | null>> = {
  label: sql`t.label_id::text`,
  proposal: sql`(select p.label_id::text from image_prelabel p where p.image_id = t.id and t.label_id is null)`,
  copies: sql`(select s.details ->> 'key' from image_score s where s.image_id = t.id and s.queue = 'duplicates')`,
};

/** Under the theme's lock. What was decided before stays as it was. */
export async function decide(tx: Tx, act: Decision): Promise<{ decided: readonly number[]; batchId: number | null }> {
  const { rows: open } = await sql<{ id: number; about: string }>`
    select n.id, n.about from (
      select t.id, ${ABOUT[act.subject]} as about from train_data t
      where t.theme_id = ${act.themeId} and t.id = any(${act.ids}::bigint[])) n
    where n.about is not null and not exists (select from image_decision d
      where d.image_id = n.id and d.subject = ${act.subject} and d.about = n.about and not d.undone)
    order by n.id`.execute(tx);
  if (open.length === 0) return { decided: [], batchId: act.batchId };
  const batchId = act.batchId ?? (await newBatch(tx, act, open.length));
  await sql`
    insert into image_decision (image_id, subject, about, theme_id, annotator, batch_id)
    select n.id, ${act.subject}, n.about, ${act.themeId}, ${act.annotator}, ${batchId}
    from unnest(${open.map(({ id }) => id)}::bigint[], ${open.map(({ about }) => about)}::text[]) as n (id, about)
    on conflict (image_id, subject, about) do update
      set annotator = excluded.annotator, batch_id = excluded.batch_id, undone = false, at = now()`.execute(tx);
  return { decided: open.map(({ id }) => id), batchId };
}

async function newBatch(tx: Tx, act: Decision, images: number): Promise<number> {
  const { id } = await tx
    .insertInto('label_batch')
    .values({ theme_id: act.themeId, user_id: act.userId, source: 'decision', images })
    .returning('id')
    .executeTakeFirstOrThrow();
  await forgetUndone(tx, act.themeId, act.userId);
  return id;
}

/** SQL: somebody decided this of picture `id`. */
export const isDecided = (subject: Subject, id: RawBuilder<unknown>, about: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql<boolean>`exists (select from image_decision d where d.image_id = ${id} and d.subject = ${subject}
    and d.about = ${about} and not d.undone)`;

/** SQL over `t` and `p` (image_prelabel): a proposal that waits for an answer. */
export const OPEN_PROPOSAL = sql<boolean>`(t.label_id is null and not ${isDecided('proposal', sql`p.image_id`, sql`p.label_id::text`)})`;
