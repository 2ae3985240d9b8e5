/** Which pictures of a theme are meant: the same words in lists, bulk labeling and exports. */
import { ProblemError } from '@minori/contract';
import type { ImageFilter } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { isDecided, OPEN_PROPOSAL } from './decisions.ts';

/** More than this is no act of a person any more. */
const MOST = 1_000_000;

/** SQL over `t` (train_data) and `i` (image). Tombstones are never meant. @throws ProblemError date_invalid 400 */
export function meant(themeId: number, filter: ImageFilter): RawBuilder<boolean> {
  const parts = [sql`t.theme_id = ${themeId}`, sql`i.deleted_at is null`];
  const { label_id: labelId, split, uploaded_by: uploader, labeled_by: annotator, since, until, q, group } = filter;
  if (filter.state === 'labeled') parts.push(sql`t.label_id is not null`);
  if (filter.state === 'unlabeled') parts.push(sql`t.label_id is null`);
  if (labelId !== undefined) parts.push(sql`t.label_id = ${labelId}`);
  if (split !== undefined) parts.push(split === 'none' ? sql`t.split is null` : sql`t.split = ${split}`);
  if (uploader !== undefined)
    parts.push(sql`i.uploaded_by in (select u.id from "user" u where u.username = ${uploader} or u.id = ${uploader})`);
  if (annotator !== undefined) parts.push(sql`t.labeled_by = ${annotator}`);
  if (since !== undefined) parts.push(sql`i.uploaded_at >= ${timeOf(since)}`);
  if (until !== undefined) parts.push(sql`i.uploaded_at < ${timeOf(until)}`);
  if (q !== undefined && q !== '') parts.push(sql`i.name ilike ${`%${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`}`);
  if (group !== undefined) parts.push(sql`i.group_key = ${group}`);
  if (filter.quarantined !== undefined)
    parts.push(filter.quarantined ? sql`i.quarantined_at is not null` : sql`i.quarantined_at is null`);
  if (filter.disputed !== undefined) parts.push(filter.disputed ? DISPUTED : sql`not ${DISPUTED}`);
  if (filter.proposed !== undefined)
    parts.push(sql`exists (select from image_prelabel p where p.image_id = t.id and p.confidence >= ${filter.proposed}
      and ${OPEN_PROPOSAL})`);
  return sql<boolean>`(${sql.join(parts, sql` and `)})`;
}

/** Several people said different things of `t`, and nobody has settled the label that it has. */
export const DISPUTED = sql<boolean>`((select count(distinct v.label_id) from label_vote v where v.image_id = t.id) > 1
  and not ${isDecided('label', sql`t.id`, sql`t.label_id::text`)})`;

function timeOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new ProblemError('date_invalid', 400, { value: text });
  return time;
}

/** The pictures of a selection that are in this theme, in order of their ids. */
export async function selectedIds(
  db: Db | Tx,
  themeId: number,
  selection: { image_ids?: readonly number[] | undefined; filter?: ImageFilter | undefined },
): Promise<number[]> {
  const which =
    selection.filter === undefined
      ? sql`t.theme_id = ${themeId} and i.deleted_at is null and t.id = any(${[...(selection.image_ids ?? [])]}::bigint[])`
      : meant(themeId, selection.filter);
  const { rows } = await sql<{ id: number }>`
    select t.id from train_data t join image i on i.image_id = t.id where ${which} order by t.id limit ${MOST}`.execute(
    db,
  );
  return rows.map(({ id }) => id);
}
