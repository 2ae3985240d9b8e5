/** The pictures of a theme: lists of any length, one in detail, what may be changed of one, and deleting. */
import { ProblemError } from '@minori/contract';
import type { ImageFilter, ImagePage, Split, ThemeImage, ThemeImageDetail } from '@minori/contract';
import { quarantine as quarantineSchema } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { violatedConstraint } from '@minori/database';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { audit } from '../audit/store.ts';
import type { Scope } from '../identity/scope.ts';
import { decodeCursor, encodeCursor } from '../platform/keyset.ts';
import { findTheme, lockTheme } from './access.ts';
import { OPEN_PROPOSAL } from './decisions.ts';
import { recordEvent } from './events.ts';
import { DELETED, removeFiles } from './files.ts';
import { meant, selectedIds } from './filter.ts';
import type { RegisterDeps } from './register.ts';
import { waitingIn } from './waiting.ts';

interface ImageRow {
  id: number;
  name: string;
  width: number;
  height: number;
  format: ThemeImage['format'];
  bytes: number;
  sha256: string;
  label_id: number | null;
  labeled_by: string | null;
  labeled_at: Date | null;
  label_source: ThemeImage['label_source'];
  split: Split | null;
  group_key: string | null;
  uploader: string | null;
  uploaded_at: Date;
  quarantined_at: Date | null;
  prelabel_id: number | null;
  confidence: number | null;
  source: string | null;
  score: number | null;
  decided: ThemeImage['decided'];
}

const COLUMNS = sql`t.id, i.name, i.width, i.height, i.format, i.bytes, i.sha256, t.label_id, t.labeled_by, i.labeled_at,
  i.label_source, t.split, i.group_key, u.username as uploader, i.uploaded_at, i.quarantined_at,
  p.label_id as prelabel_id, p.confidence, p.source,
  array(select d.subject from image_decision d where d.image_id = t.id and not d.undone and (
    d.subject = 'label' and d.about = t.label_id::text or d.subject = 'copies' and d.about = (
      select c.details ->> 'key' from image_score c where c.image_id = t.id and c.queue = 'duplicates'))) as decided`;
const PICTURES = sql`train_data t join image i on i.image_id = t.id left join "user" u on u.id = i.uploaded_by`;
const PROPOSALS = sql`left join image_prelabel p on p.image_id = t.id and ${OPEN_PROPOSAL}`;
/** What the survey found likelier than the label that a picture has. `s`: its score in the suspicious queue. */
const DOUBTS = sql`left join lateral (
  select (s.details ->> 'label_id')::bigint as label_id, (s.details ->> 'confidence')::float8 as confidence, 'probe' as source
  where t.label_id is not null and s.details ->> 'label_id' <> t.label_id::text) p on true`;
/** Of one picture: an open proposal, or a doubt that nobody has answered. */
const EITHER = sql`left join lateral (
  select p.label_id, p.confidence, p.source from image_prelabel p where p.image_id = t.id and ${OPEN_PROPOSAL}
  union all
  select (s.details ->> 'label_id')::bigint, (s.details ->> 'confidence')::float8, 'probe' from image_score s
  where s.image_id = t.id and s.queue = 'suspicious' and s.details ->> 'given' = t.label_id::text
    and s.details ->> 'label_id' <> t.label_id::text) p on true`;

export interface ImagesQuery extends ImageFilter {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly order: 'newest' | 'oldest';
  readonly queue?: string | undefined;
  /** Of a queue: only what still waits. */
  readonly waiting: boolean;
  readonly total: boolean;
}

export async function listImages(db: Db, scope: Scope, themeId: number, query: ImagesQuery): Promise<ImagePage> {
  await findTheme(db, scope, themeId, 'viewer');
  const { queue, limit } = query;
  const here = meant(themeId, query);
  const where = queue !== undefined && query.waiting ? sql<boolean>`${here} and ${waitingIn(queue)}` : here;
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor, 2);
  const ordered = queue === undefined ? byId(query.order, after) : byScore(after);
  const scores =
    queue === undefined
      ? sql``
      : sql`join image_score s on s.image_id = t.id and s.theme_id = ${themeId} and s.queue = ${queue}`;
  const { rows } = await sql<ImageRow>`
    select ${COLUMNS}, ${queue === undefined ? sql`null::float8` : sql`s.score`} as score
    from ${PICTURES} ${scores} ${queue === 'suspicious' ? DOUBTS : PROPOSALS} where ${where} and ${ordered.after} order by ${ordered.by} limit ${limit + 1}`.execute(
    db,
  );
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.map(present),
    next: rows.length > limit && last !== undefined ? encodeCursor([String(last.score ?? 0), last.id]) : null,
    total: query.total ? await countImages(db, where, scores) : null,
  };
}

function byId(order: 'newest' | 'oldest', after: (string | number)[] | null) {
  const id = Number(after?.[1] ?? 0);
  return order === 'newest'
    ? { by: sql`t.id desc`, after: after === null ? sql`true` : sql`t.id < ${id}` }
    : { by: sql`t.id`, after: after === null ? sql`true` : sql`t.id > ${id}` };
}

function byScore(after: (string | number)[] | null) {
  return {
    by: sql`s.score desc, s.image_id desc`,
    after: after === null ? sql`true` : sql`(s.score, s.image_id) < (${String(after[0])}::float8, ${Number(after[1])})`,
  };
}

async function countImages(db: Db, where: RawBuilder<boolean>, scores: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from train_data t join image i on i.image_id = t.id ${scores} where ${where}`.execute(db);
  return rows[0]?.n ?? 0;
}

function present(row: ImageRow): ThemeImage {
  return {
    id: row.id,
    name: row.name,
    width: row.width,
    height: row.height,
    format: row.format,
    bytes: row.bytes,
    sha256: row.sha256,
    label_id: row.label_id,
    labeled_by: row.labeled_by,
    labeled_at: row.labeled_at?.toISOString() ?? null,
    label_source: row.label_source,
    split: row.split,
    group: row.group_key,
    uploaded_by: row.uploader,
    uploaded_at: row.uploaded_at.toISOString(),
    quarantined: row.quarantined_at !== null,
    prelabel:
      row.prelabel_id === null || row.confidence === null || row.source === null
        ? null
        : { label_id: row.prelabel_id, confidence: row.confidence, source: row.source },
    score: row.score,
    decided: row.decided,
  };
}

export interface ImageFile {
  readonly id: number;
  readonly image_path: string;
  readonly name: string;
  readonly format: ThemeImage['format'];
  readonly sha256: string;
}

/** @throws ProblemError theme_not_found 404, image_not_found 404: also for a picture of another theme */
export async function findImage(db: Db, scope: Scope, ids: { theme_id: number; image_id: number }): Promise<ImageFile> {
  await findTheme(db, scope, ids.theme_id, 'viewer');
  const row = await db
    .selectFrom('train_data as t')
    .innerJoin('image as i', 'i.image_id', 't.id')
    .select(['t.id', 't.image_path', 'i.name', 'i.format', 'i.sha256'])
    .where('t.id', '=', ids.image_id)
    .where('t.theme_id', '=', ids.theme_id)
    .where('i.deleted_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw new ProblemError('image_not_found', 404);
  return row;
}

export async function readImage(
  db: Db,
  scope: Scope,
  ids: { theme_id: number; image_id: number },
): Promise<ThemeImageDetail> {
  await findImage(db, scope, ids);
  const { rows } = await sql<
    ImageRow & {
      image_path: string;
      bits: number;
      channels: number;
      split_reason: ThemeImageDetail['split_reason'];
      quarantine: unknown;
      previous: number | null;
      next: number | null;
    }
  >`
    select ${COLUMNS}, null::float8 as score, t.image_path, i.bits, i.channels, i.split_reason, i.quarantine,
      (select min(o.image_id) from image o where o.theme_id = t.theme_id and o.image_id > t.id and o.deleted_at is null) as previous,
      (select max(o.image_id) from image o where o.theme_id = t.theme_id and o.image_id < t.id and o.deleted_at is null) as next
    from ${PICTURES} ${EITHER} where t.id = ${ids.image_id}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new ProblemError('image_not_found', 404);
  const { rows: duplicates } = await sql<ThemeImageDetail['duplicates'][number]>`
    select o.image_id as id, d.kind, d.distance
    from near_duplicate d join image o on o.image_id = case when d.image_a = ${row.id} then d.image_b else d.image_a end
    where (d.image_a = ${row.id} or d.image_b = ${row.id}) and o.deleted_at is null order by d.distance, o.image_id limit 50`.execute(
    db,
  );
  const votes = await db
    .selectFrom('label_vote')
    .select(['annotator', 'label_id', 'at'])
    .where('image_id', '=', row.id)
    .orderBy('annotator')
    .execute();
  const settled = await db
    .selectFrom('image_decision')
    .select(['annotator', 'at'])
    .where('image_id', '=', row.id)
    .where('subject', '=', 'label')
    .where('about', '=', String(row.label_id))
    .where('undone', '=', false)
    .executeTakeFirst();
  return {
    ...present(row),
    image_path: row.image_path,
    bits: row.bits,
    channels: row.channels,
    split_reason: row.split_reason,
    quarantine: row.quarantined_at === null ? null : quarantineSchema.parse(row.quarantine),
    duplicates,
    votes: votes.map(({ at, ...vote }) => ({ ...vote, at: at.toISOString() })),
    settled: settled === undefined ? null : { annotator: settled.annotator, at: settled.at.toISOString() },
    previous: row.previous,
    next: row.next,
  };
}

/** A split once and for all, or the group. @throws ProblemError split_is_persistent 409 {split} */
export async function updateImage(
  deps: RegisterDeps,
  scope: Scope,
  ids: { theme_id: number; image_id: number },
  change: { split?: Split | undefined; group?: string | null | undefined },
): Promise<ThemeImageDetail> {
  const theme = await findTheme(deps.db, scope, ids.theme_id, 'owner');
  const image = await readImage(deps.db, scope, ids);
  await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, ids.theme_id);
    if (change.group !== undefined)
      await tx.updateTable('image').set({ group_key: change.group }).where('image_id', '=', ids.image_id).execute();
    if (change.split !== undefined && change.split !== image.split)
      await place(tx, ids.image_id, change.split, image.split);
    await audit(tx, scope, {
      action: 'image.update',
      target: { type: 'image', id: ids.image_id },
      projectId: theme.projectId,
      params: { theme_id: ids.theme_id, ...change },
    });
    await recordEvent(tx, ids.theme_id, { type: 'split', userId: scope.userId, imageIds: [ids.image_id] });
  });
  deps.themeFeed.changed(ids.theme_id);
  return readImage(deps.db, scope, ids);
}

/** The database itself refuses a second split. */
async function place(tx: Tx, imageId: number, split: Split, before: Split | null): Promise<void> {
  try {
    await tx.updateTable('train_data').set({ split }).where('id', '=', imageId).execute();
  } catch (error) {
    if (violatedConstraint(error) === 'split_is_persistent')
      throw new ProblemError('split_is_persistent', 409, { split: before });
    throw error;
  }
  await tx
    .updateTable('image')
    .set({ split_reason: 'person', quarantined_at: null, quarantine: null })
    .where('image_id', '=', imageId)
    .execute();
}

/**
 * A picture on which a model was trained leaves its row behind, marked by its path; the file always goes.
 * @throws ProblemError image_not_found 404 when one is named that is not there: then nothing is deleted
 */
export async function deleteImages(
  deps: RegisterDeps,
  scope: Scope,
  themeId: number,
  selection: { image_ids?: readonly number[] | undefined; filter?: ImageFilter | undefined },
): Promise<{ deleted: number; tombstones: number }> {
  const theme = await findTheme(
    deps.db,
    scope,
    themeId,
    selection.filter === undefined && selection.image_ids?.length === 1 ? 'labeler' : 'owner',
  );
  const done = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const ids = await selectedIds(tx, themeId, selection);
    const missing = new Set(selection.image_ids ?? ids).size - ids.length;
    if (missing > 0) throw new ProblemError('image_not_found', 404, { missing });
    const { rows: paths } = await sql<{ image_path: string }>`
      select image_path from train_data where id = any(${ids}::bigint[])`.execute(tx);
    const { rows: kept } = await sql<{ id: number }>`
      with marked as (
        update image i set deleted_at = now(), deleted_by = ${scope.userId}, quarantined_at = null, quarantine = null
        where i.image_id = any(${ids}::bigint[]) and exists (select 1 from model_train_data m where m.train_data_id = i.image_id)
        returning i.image_id, i.sha256)
      update train_data t set image_path = ${DELETED} || marked.sha256 from marked where t.id = marked.image_id returning t.id`.execute(
      tx,
    );
    const tombstones = new Set(kept.map(({ id }) => id));
    await sql`delete from train_data where id = any(${ids.filter((id) => !tombstones.has(id))}::bigint[])`.execute(tx);
    deps.nearIndex.forget(themeId);
    if (ids.length > 0) {
      await audit(tx, scope, {
        action: 'image.delete',
        target: { type: 'theme', id: themeId },
        projectId: theme.projectId,
        params: { images: ids.length, tombstones: tombstones.size, image_ids: ids.slice(0, 50) },
      });
      await recordEvent(tx, themeId, { type: 'images_deleted', userId: scope.userId, imageIds: ids });
    }
    return { ids, tombstones: tombstones.size, paths: paths.map(({ image_path: path }) => path) };
  });
  deps.themeFeed.changed(themeId);
  await removeFiles(deps.home, done.paths);
  return { deleted: done.ids.length, tombstones: done.tombstones };
}

/** Which of these contents are in the theme already. */
export async function knownContents(
  db: Db,
  scope: Scope,
  themeId: number,
  sha256: readonly string[],
): Promise<string[]> {
  await findTheme(db, scope, themeId, 'labeler');
  if (sha256.length === 0) return [];
  const rows = await db
    .selectFrom('image')
    .select('sha256')
    .where('theme_id', '=', themeId)
    .where('deleted_at', 'is', null)
    .where('sha256', 'in', [...sha256])
    .execute();
  return rows.map((row) => row.sha256);
}
