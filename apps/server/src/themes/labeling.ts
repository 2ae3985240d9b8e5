/** Labeling: one picture or many, undo and redo, accepting or refusing what a model proposes. */
import { ProblemError } from '@minori/contract';
import type { ImageFilter, LabelUndone, LabelUpdated } from '@minori/contract';
import { kept } from '@minori/database';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import type { Scope } from '../identity/scope.ts';
import { findTheme, lockTheme } from './access.ts';
import { decide } from './decisions.ts';
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
  readonly settle: boolean;
}

/** @throws ProblemError image_not_found 404 {missing}: then nothing is changed | label_not_found 404 */
export async function updateLabels(
  deps: LabelingDeps,
  scope: Scope,
  themeId: number,
  request: LabelRequest,
): Promise<LabelUpdated> {
  const [answer] = await updateLabelsInOrder(deps, scope, themeId, [request]);
  if (answer === undefined) throw new Error('an act without an answer');
  return answer;
}

/** Several acts, each undone by itself, in one transaction: all of them or none. Throws as `updateLabels` does. */
export async function updateLabelsInOrder(
  deps: LabelingDeps,
  scope: Scope,
  themeId: number,
  requests: readonly LabelRequest[],
): Promise<LabelUpdated[]> {
  await findTheme(deps.db, scope, themeId, 'labeler');
  const answers = await deps.db.transaction().execute(async (tx) => {
    await lockWithLabels(
      tx,
      themeId,
      requests.flatMap(({ label_id: id }) => id ?? []),
    );
    const done: LabelUpdated[] = [];
    for (const request of requests) done.push(await give(tx, scope, themeId, request));
    return done;
  });
  deps.themeFeed.changed(themeId);
  return answers;
}

async function give(tx: Tx, scope: Scope, themeId: number, request: LabelRequest): Promise<LabelUpdated> {
  const named = request.image_id === undefined ? request.image_ids : [request.image_id];
  const ids = named ?? (await selectedIds(tx, themeId, { filter: request.filter }));
  const { found, changed, voted, batchId } = await relabel(tx, {
    ...whoOf(scope, themeId),
    imageIds: ids,
    labelId: request.label_id,
    source: request.source,
  });
  const missing = new Set(ids).size - found;
  if (missing > 0) throw new ProblemError('image_not_found', 404, { missing });
  const settled = request.settle
    ? await decide(tx, { ...whoOf(scope, themeId), subject: 'label', ids, batchId })
    : null;
  const touched = [...new Set([...changed, ...voted, ...(settled?.decided ?? [])])];
  const seq =
    touched.length === 0
      ? await currentSeq(tx, themeId)
      : await recordEvent(tx, themeId, {
          type: 'labels',
          userId: scope.userId,
          imageIds: touched,
          labelId: request.label_id,
        });
  const unchanged = found - changed.length;
  return { updated: changed.length, unchanged, batch_id: settled?.batchId ?? batchId, seq };
}

/** `lockTheme`, and all of these are labels of the theme. @throws ProblemError label_not_found 404 */
async function lockWithLabels(tx: Tx, themeId: number, labelIds: readonly number[]): Promise<void> {
  const wanted = [...new Set(labelIds)];
  const { rows } = await sql<{ known: number }>`${kept}
    select (select count(*) from label l where l.theme_id = i.theme_id and l.id = any(${wanted}::bigint[])) as known
    from theme_info i where i.theme_id = ${themeId} for update of i`.execute(tx);
  const [theme] = rows;
  if (theme === undefined) throw new ProblemError('theme_not_found', 404);
  if (theme.known < wanted.length) throw new ProblemError('label_not_found', 404);
}

/** Refuses proposals, or lets groups of copies be. @throws ProblemError image_not_found 404 {missing} */
export async function decideImages(
  deps: LabelingDeps,
  scope: Scope,
  themeId: number,
  request: { subject: 'proposal' | 'copies'; image_ids: readonly number[] },
): Promise<LabelUpdated> {
  await findTheme(deps.db, scope, themeId, 'labeler');
  const answer = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const ids = await selectedIds(tx, themeId, request);
    const missing = new Set(request.image_ids).size - ids.length;
    if (missing > 0) throw new ProblemError('image_not_found', 404, { missing });
    const act = { ...whoOf(scope, themeId), subject: request.subject, ids, batchId: null };
    const { decided, batchId } = await decide(tx, act);
    const seq =
      decided.length === 0
        ? await currentSeq(tx, themeId)
        : await recordEvent(tx, themeId, { type: 'labels', userId: scope.userId, imageIds: decided });
    return { updated: decided.length, unchanged: ids.length - decided.length, batch_id: batchId, seq };
  });
  if (answer.batch_id !== null) deps.themeFeed.changed(themeId);
  return answer;
}

const whoOf = (scope: Scope, themeId: number) => ({ themeId, userId: scope.userId, annotator: scope.username });

/** Gives unlabeled pictures the label a model is sure enough of, as one act. Nobody looked at each of them. */
export async function acceptPrelabels(
  deps: LabelingDeps,
  scope: Scope,
  themeId: number,
  request: { threshold: number; filter?: ImageFilter | undefined; dry_run: boolean },
): Promise<LabelUpdated> {
  await findTheme(deps.db, scope, themeId, 'labeler');
  const filter = { ...request.filter, state: 'unlabeled', proposed: request.threshold } as const;
  const proposed = sql<{ id: number; label_id: number }>`
    select t.id, p.label_id from image_prelabel p join train_data t on t.id = p.image_id join image i on i.image_id = t.id
    where ${meant(themeId, filter)} order by t.id`;
  const nothing = async (db: Db | Tx, updated: number) => ({
    updated,
    unchanged: 0,
    batch_id: null,
    seq: await currentSeq(db, themeId),
  });
  if (request.dry_run) return nothing(deps.db, (await proposed.execute(deps.db)).rows.length);
  const answer = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const { rows } = await proposed.execute(tx);
    if (rows.length === 0) return nothing(tx, 0);
    const { changed, batchId } = await relabel(tx, {
      ...whoOf(scope, themeId),
      imageIds: rows.map(({ id }) => id),
      labelId: rows.map(({ label_id: id }) => id),
      source: 'prelabel',
      unseen: true,
    });
    const seq = await recordEvent(tx, themeId, { type: 'labels', userId: scope.userId, imageIds: changed });
    return { updated: changed.length, unchanged: 0, batch_id: batchId, seq };
  });
  if (answer.batch_id !== null) deps.themeFeed.changed(themeId);
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
    const { changed, conflicts } = await moveBatch(tx, { ...batch, themeId, annotator: scope.username }, step);
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
    .select(['id', 'source'])
    .where('theme_id', '=', themeId)
    .where('user_id', '=', scope.userId)
    .where('state', '=', state)
    .where('source', 'in', ['person', 'prelabel', 'decision']);
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
