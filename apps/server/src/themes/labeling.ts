/** Labeling: one picture or many, undo and redo, accepting what a model proposes. */
import { ProblemError } from '@minori/contract';
import type { ImageFilter, LabelUndone, LabelUpdated } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import type { Scope } from '../identity/scope.ts';
import { findTheme, lockTheme } from './access.ts';
import { currentSeq, NAMED_IMAGES, recordEvent } from './events.ts';
import type { ThemeFeed } from './events.ts';
import { meant, selectedIds } from './filter.ts';
import { moveBatch, relabel } from './labeling-write.ts';

export interface LabelingDeps {
  readonly db: Db;
  readonly themeFeed: ThemeFeed;
}

export interface LabelRequest {
  readonly image_id?: number | undefined;
  readonly image_ids?: readonly number[] | undefined;
  readonly filter?: ImageFilter | undefined;
  readonly label_id: number | null;
  readonly source: 'person' | 'prelabel';
}

/** @throws ProblemError image_not_found 404 {missing}: then nothing is changed | label_not_found 404 */
export async function updateLabels(
  deps: LabelingDeps,
  scope: Scope,
  themeId: number,
  request: LabelRequest,
): Promise<LabelUpdated> {
  await findTheme(deps.db, scope, themeId, 'labeler');
  const answer = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    if (request.label_id !== null) await requireLabel(tx, themeId, request.label_id);
    const named = request.image_id === undefined ? request.image_ids : [request.image_id];
    const ids = named ?? (await selectedIds(tx, themeId, { filter: request.filter }));
    const { found, changed, batchId } = await relabel(tx, {
      themeId,
      userId: scope.userId,
      annotator: scope.username,
      imageIds: ids,
      labelId: request.label_id,
      source: request.source,
    });
    const missing = new Set(ids).size - found;
    if (missing > 0) throw new ProblemError('image_not_found', 404, { missing });
    const seq =
      changed.length === 0
        ? await currentSeq(tx, themeId)
        : await recordEvent(tx, themeId, {
            type: 'labels',
            userId: scope.userId,
            imageIds: changed,
            labelId: request.label_id,
          });
    return { updated: changed.length, unchanged: found - changed.length, batch_id: batchId, seq };
  });
  if (answer.updated > 0) deps.themeFeed.changed(themeId);
  return answer;
}

/** Gives unlabeled pictures the label a model is sure enough of; one act per label, so each can be undone. */
export async function acceptPrelabels(
  deps: LabelingDeps,
  scope: Scope,
  themeId: number,
  request: { threshold: number; filter?: ImageFilter | undefined },
): Promise<LabelUpdated> {
  await findTheme(deps.db, scope, themeId, 'labeler');
  const answer = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const { rows } = await sql<{ label_id: number; ids: number[] }>`
      select p.label_id, array_agg(t.id order by t.id) as ids
      from image_prelabel p join train_data t on t.id = p.image_id join image i on i.image_id = t.id
      where ${meant(themeId, request.filter ?? { state: 'all' })} and t.label_id is null and p.confidence >= ${request.threshold}
      group by p.label_id order by p.label_id`.execute(tx);
    let [updated, batch, seq] = [0, null as number | null, await currentSeq(tx, themeId)];
    for (const { label_id: labelId, ids } of rows) {
      const act = { themeId, userId: scope.userId, annotator: scope.username, imageIds: ids, labelId };
      const { changed, batchId } = await relabel(tx, { ...act, source: 'prelabel' });
      updated += changed.length;
      batch = batchId ?? batch;
      seq = await recordEvent(tx, themeId, { type: 'labels', userId: scope.userId, imageIds: changed, labelId });
    }
    return { updated, unchanged: 0, batch_id: batch, seq };
  });
  if (answer.updated > 0) deps.themeFeed.changed(themeId);
  return answer;
}

/** My last act on this theme back, or forth again. @throws ProblemError nothing_to_undo, nothing_to_redo 409 */
export async function moveLast(
  deps: LabelingDeps,
  scope: Scope,
  themeId: number,
  step: 'undo' | 'redo',
): Promise<LabelUndone> {
  await findTheme(deps.db, scope, themeId, 'labeler');
  const answer = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const state = step === 'undo' ? 'done' : 'undone';
    const batch = await ownBatches(tx, scope, themeId, state)
      .orderBy('id', step === 'undo' ? 'desc' : 'asc')
      .limit(1)
      .executeTakeFirst();
    if (batch === undefined) throw new ProblemError(`nothing_to_${step}`, 409);
    const { changed, conflicts } = await moveBatch(tx, { id: batch.id, themeId, annotator: scope.username }, step);
    const seq = await recordEvent(tx, themeId, { type: 'labels', userId: scope.userId, imageIds: changed });
    const can = async (which: 'done' | 'undone') =>
      (await ownBatches(tx, scope, themeId, which).limit(1).executeTakeFirst()) !== undefined;
    return {
      batch_id: batch.id,
      updated: changed.length,
      conflicts,
      image_ids: changed.length > NAMED_IMAGES ? null : [...changed],
      can_undo: await can('done'),
      can_redo: await can('undone'),
      seq,
    };
  });
  deps.themeFeed.changed(themeId);
  return answer;
}

function ownBatches(tx: Tx, scope: Scope, themeId: number, state: 'done' | 'undone') {
  return tx
    .selectFrom('label_batch')
    .select('id')
    .where('theme_id', '=', themeId)
    .where('user_id', '=', scope.userId)
    .where('state', '=', state)
    .where('source', 'in', ['person', 'prelabel']);
}

export async function requireLabel(tx: Db | Tx, themeId: number, labelId: number): Promise<void> {
  const row = await tx
    .selectFrom('label')
    .select('id')
    .where('theme_id', '=', themeId)
    .where('id', '=', labelId)
    .executeTakeFirst();
  if (row === undefined) throw new ProblemError('label_not_found', 404);
}
