/** Splits of a theme: deals out what is new, or, as an act that is recorded, everything anew. */
import { ProblemError } from '@minori/contract';
import type { Split, SplitAnswer, SplitRequest } from '@minori/contract';
import { jsonb } from '@minori/database';
import type { Tx } from '@minori/database';
import { splitPictures } from '@minori/split';
import type { Outcome, Picture } from '@minori/split';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { splitRunPage } from '@minori/contract';
import { audit } from '../audit/store.ts';
import type { Scope } from '../identity/scope.ts';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';
import { findTheme, lockTheme } from './access.ts';
import { readCounts } from './counts.ts';
import { recordEvent } from './events.ts';
import { writeVersion } from './versions.ts';
import type { VersionDeps } from './versions.ts';

/**
 * What has a split keeps it, unless `reset` says otherwise; the state before a reset becomes a version.
 * One transaction: a crash leaves the theme as it was.
 * @throws ProblemError split_reason_missing 400
 */
export async function splitTheme(
  deps: VersionDeps,
  scope: Scope,
  themeId: number,
  request: SplitRequest,
): Promise<SplitAnswer> {
  // A dry run writes nothing, so whoever sees the theme may ask what would be.
  const needed = request.dry_run ? 'viewer' : request.reset ? 'owner' : 'labeler';
  const theme = await findTheme(deps.db, scope, themeId, needed);
  if (request.reset && !request.dry_run && !request.reason) throw new ProblemError('split_reason_missing', 400);
  const { train, valid, test, seed, reset } = request;

  const answer = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const before = (await readCounts(tx, [themeId])).get(themeId);
    const { pictures, links } = await readPictures(tx, themeId);
    const given = reset ? pictures.map((one) => ({ ...one, split: null })) : pictures;
    const outcome = splitPictures(given, links, { shares: { train, valid, test }, seed });
    const after = countsOf(given, outcome);
    const kept = given.filter(({ split }) => split !== null).length;
    const told = { assigned: outcome.assigned.length, kept, quarantined: outcome.quarantined.length, ...after };
    if (request.dry_run) return { split_run_id: null, ...told, version_before: null };

    const versionBefore =
      reset && kept === 0 && (before?.unassigned ?? 0) < (before?.images ?? 0)
        ? await writeVersion(deps, tx, themeId, {
            reason: 'before_reset',
            note: request.reason ?? null,
            userId: scope.userId,
          })
        : null;
    const { id } = await tx
      .insertInto('split_run')
      .values({
        theme_id: themeId,
        user_id: scope.userId,
        train,
        valid,
        test,
        seed,
        reset,
        reason: request.reason ?? null,
        assigned: told.assigned,
        quarantined: told.quarantined,
        before: jsonb({
          train: before?.train,
          valid: before?.valid,
          test: before?.test,
          unassigned: before?.unassigned,
        }),
        after: jsonb(after),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    if (reset) await takeAway(tx, themeId);
    await assign(tx, themeId, id, outcome);
    await audit(tx, scope, {
      action: reset ? 'theme.split.reset' : 'theme.split',
      target: { type: 'theme', id: themeId },
      projectId: theme.projectId,
      params: {
        split_run_id: id,
        shares: { train, valid, test },
        seed,
        reason: request.reason ?? null,
        ...told,
        version: versionBefore?.version ?? null,
      },
    });
    await recordEvent(tx, themeId, { type: 'split', userId: scope.userId });
    return { split_run_id: id, ...told, version_before: versionBefore?.version ?? null };
  });
  if (!request.dry_run) deps.themeFeed.changed(themeId);
  return answer;
}

/** All pictures in order of arrival, and the pairs that hold them together. */
async function readPictures(tx: Tx, themeId: number): Promise<{ pictures: Picture[]; links: [number, number][] }> {
  const { rows } = await sql<Picture>`
    select t.id, i.sha256 as key, t.label_id as label, i.group_key as "group", t.split
    from train_data t join image i on i.image_id = t.id
    where t.theme_id = ${themeId} and i.deleted_at is null order by t.id`.execute(tx);
  const { rows: pairs } = await sql<{ a: number; b: number }>`
    select image_a as a, image_b as b from near_duplicate
    where theme_id = ${themeId} and kind in ('pixels', 'hash') order by 1, 2`.execute(tx);
  return { pictures: rows, links: pairs.map(({ a, b }): [number, number] => [a, b]) };
}

function countsOf(pictures: readonly Picture[], { assigned }: Outcome): Record<Split | 'unassigned', number> {
  const counts = { train: 0, valid: 0, test: 0, unassigned: pictures.length };
  for (const { split } of [...pictures, ...assigned]) {
    if (split === null) continue;
    counts[split] += 1;
    counts.unassigned -= 1;
  }
  return counts;
}

/** The only place that may: the database asks for this word. */
async function takeAway(tx: Tx, themeId: number): Promise<void> {
  await sql`select set_config('minori.split_reset', 'on', true)`.execute(tx);
  await tx
    .updateTable('train_data')
    .set({ split: null })
    .where('theme_id', '=', themeId)
    .where('split', 'is not', null)
    .execute();
  await sql`select set_config('minori.split_reset', '', true)`.execute(tx);
  await tx
    .updateTable('image')
    .set({ split_reason: null, split_run_id: null })
    .where('theme_id', '=', themeId)
    .where('split_reason', 'is not', null)
    .execute();
}

async function assign(tx: Tx, themeId: number, runId: number, { assigned, quarantined }: Outcome): Promise<void> {
  const given = assigned.map(({ id, split, reason }) => ({ id, split, reason }));
  await sql`
    with given as materialized (select * from jsonb_to_recordset(${jsonb(given)}) as g(id bigint, split text, reason text)),
    placed as (update train_data t set split = g.split from given g where t.id = g.id)
    update image i set split_reason = g.reason, split_run_id = ${runId} from given g where i.image_id = g.id`.execute(
    tx,
  );
  // Found anew each time: a picture whose other side was deleted is free again.
  await tx
    .updateTable('image')
    .set({ quarantined_at: null, quarantine: null })
    .where('theme_id', '=', themeId)
    .where('quarantined_at', 'is not', null)
    .execute();
  const held = quarantined.map(({ id, splits, images }) => ({ id, why: { code: 'between_splits', splits, images } }));
  await sql`
    update image i set quarantined_at = now(), quarantine = h.why
    from jsonb_to_recordset(${jsonb(held)}) as h(id bigint, why jsonb) where i.image_id = h.id`.execute(tx);
}

export async function listSplits(
  deps: VersionDeps,
  scope: Scope,
  themeId: number,
  query: { limit: number; cursor?: string | undefined },
): Promise<z.infer<typeof splitRunPage>> {
  await findTheme(deps.db, scope, themeId, 'viewer');
  let select = deps.db
    .selectFrom('split_run as s')
    .leftJoin('user as u', 'u.id', 's.user_id')
    .select([
      's.id',
      's.created_at',
      'u.username',
      's.train',
      's.valid',
      's.test',
      's.seed',
      's.reset',
      's.reason',
      's.assigned',
      's.quarantined',
    ])
    .where('s.theme_id', '=', themeId)
    .orderBy('s.id', 'desc')
    .limit(query.limit + 1);
  if (query.cursor) select = select.where('s.id', '<', decodeIdCursor(query.cursor));
  return pageOf(
    await select.execute(),
    query.limit,
    ({ created_at: at, username, ...row }) => ({ ...row, at: at.toISOString(), by: username }),
    (row) => [row.id],
  );
}
