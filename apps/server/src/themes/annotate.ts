/** Annotations without pictures: labels, splits and groups for what is in the theme already, found by content or by name. */
import type { RejectedFile } from '@minori/contract';
import type { Annotation, Rejection, Said } from '@minori/images';
import { cleanText, jsonb } from '@minori/database';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import { displayName } from '../platform/files.ts';
import { lockTheme } from './access.ts';
import { recordEvent } from './events.ts';
import { relabel } from './labeling-write.ts';
import { labelIds } from './register.ts';
import type { RegisterAs, RegisterDeps } from './register.ts';

interface Known {
  readonly id: number;
  readonly labelId: number | null;
}
export interface Match {
  readonly name: string;
  readonly annotation: Annotation;
  readonly picture: Known;
}

/** The last word on a picture counts. A name that several pictures have names none of them. */
export async function matchSaid(
  db: Db,
  themeId: number,
  said: readonly Said[],
): Promise<{ matches: Match[]; rejected: { name: string; reason: Rejection }[] }> {
  const { rows } = await sql<{ id: number; label_id: number | null; name: string; sha256: string }>`
    select t.id, t.label_id, i.name, i.sha256 from train_data t join image i on i.image_id = t.id
    where t.theme_id = ${themeId} and i.deleted_at is null`.execute(db);
  const byContent = new Map(rows.map((row) => [row.sha256, row]));
  const byName = Map.groupBy(rows, ({ name }) => name);
  const matches = new Map<number, Match>();
  const rejected: { name: string; reason: Rejection }[] = [];
  for (const { name, also, sha256, annotation } of said) {
    const named = sha256 === null ? (byName.get(displayName(name)) ?? byName.get(displayName(also ?? name)) ?? []) : [];
    const row = sha256 === null ? named[0] : byContent.get(sha256);
    if (row === undefined || named.length > 1)
      rejected.push({ name: cleanText(name), reason: named.length > 1 ? 'name_ambiguous' : 'not_in_theme' });
    else matches.set(row.id, { name, annotation, picture: { id: row.id, labelId: row.label_id } });
  }
  return { matches: [...matches.values()], rejected };
}

export interface Annotated {
  readonly labeled: number;
  /** Pictures that have another label or split, and keep it. */
  readonly kept: number;
  /** Were as it is said of them already. */
  readonly unchanged: number;
  readonly rejected: RejectedFile[];
}

/** Each part is one transaction: the theme is free for others between them. */
const PART = 500;

/** Saying the same again changes nothing. A split that is set stays, whatever is said. */
export async function annotate(
  deps: Pick<RegisterDeps, 'db' | 'themeFeed'>,
  as: RegisterAs,
  said: readonly Said[],
  overwrite: boolean,
  signal: AbortSignal,
): Promise<Annotated> {
  const { matches, rejected } = await matchSaid(deps.db, as.themeId, said);
  const refused: RejectedFile[] = [...rejected];
  let [labeled, kept, changed] = [0, 0, 0];
  for (let at = 0; at < matches.length; at += PART) {
    signal.throwIfAborted();
    const part = await deps.db.transaction().execute((tx) => write(tx, as, matches.slice(at, at + PART), overwrite));
    deps.themeFeed.changed(as.themeId);
    labeled += part.labeled;
    kept += part.kept;
    changed += part.changed;
    refused.push(...part.rejected);
  }
  const unknown = refused.length - rejected.length;
  return { labeled, kept, unchanged: matches.length - changed - kept - unknown, rejected: refused };
}

async function write(tx: Tx, as: RegisterAs, part: readonly Match[], overwrite: boolean) {
  const { themeId } = as;
  await lockTheme(tx, themeId);
  const labels = await labelIds(tx, as, part);
  const isUnknown = ({ annotation: { label } }: Match) => label !== null && !labels.has(label);
  const rejected = part.filter(isUnknown).map(({ name }) => ({ name: cleanText(name), reason: 'label_unknown' }));
  const taken = part.filter((match) => !isUnknown(match));
  const changed = new Set<number>();
  const kept = new Set<number>();
  const now = await statesOf(tx, taken);
  const wants = taken.flatMap(({ annotation, picture }) => {
    const labelId = annotation.label === null ? null : (labels.get(annotation.label) ?? null);
    const before = now.get(picture.id);
    if (labelId === null || before === undefined || before.label_id === labelId) return [];
    if (before.label_id !== null && !overwrite) {
      kept.add(picture.id);
      return [];
    }
    return [{ id: picture.id, labelId, by: annotation.labeled_by }];
  });
  let labeled = 0;
  for (const group of Map.groupBy(wants, ({ labelId, by }) => JSON.stringify([labelId, by])).values()) {
    const [{ labelId, by }] = group as [(typeof group)[number]];
    const annotator = by === null ? as.username : cleanText(by).slice(0, 200);
    const imageIds = group.map(({ id }) => id);
    const act = { themeId, userId: as.userId, annotator, imageIds, labelId, source: 'import' as const };
    for (const id of (await relabel(tx, act)).changed) changed.add(id);
  }
  labeled = changed.size;
  for (const id of await place(tx, taken)) changed.add(id);
  for (const { annotation, picture } of taken) {
    const split = now.get(picture.id)?.split ?? null;
    if (annotation.split !== null && split !== null && split !== annotation.split) kept.add(picture.id);
  }
  const touched = [...changed];
  if (touched.length > 0) await recordEvent(tx, themeId, { type: 'labels', userId: as.userId, imageIds: touched });
  return { labeled, changed: changed.size, kept: [...kept].filter((id) => !changed.has(id)).length, rejected };
}

async function statesOf(tx: Tx, taken: readonly Match[]) {
  const { rows } = await sql<{ id: number; label_id: number | null; split: string | null }>`
    select id, label_id, split from train_data where id = any(${taken.map(({ picture }) => picture.id)}::bigint[])`.execute(
    tx,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** A split for what has none and is not held back; a group for what has none. */
async function place(tx: Tx, taken: readonly Match[]): Promise<number[]> {
  const wishes = taken.flatMap(({ annotation: { split, group }, picture: { id } }) =>
    split === null && group === null
      ? []
      : [{ id, split, group: group === null ? null : cleanText(group).slice(0, 200) }],
  );
  if (wishes.length === 0) return [];
  const { rows } = await sql<{ id: number }>`
    with wish as (select * from jsonb_to_recordset(${jsonb(wishes)}) as w(id bigint, split text, "group" text)),
    placed as (
      update train_data t set split = w.split from wish w join image i on i.image_id = w.id
      where t.id = w.id and t.split is null and w.split is not null and i.quarantined_at is null returning t.id),
    noted as (
      update image i set group_key = coalesce(i.group_key, w."group"),
        split_reason = case when w.id in (select id from placed) then 'import' else i.split_reason end
      from wish w where i.image_id = w.id
        and (w.id in (select id from placed) or (i.group_key is null and w."group" is not null)) returning i.image_id)
    select image_id as id from noted`.execute(tx);
  return rows.map(({ id }) => id);
}
