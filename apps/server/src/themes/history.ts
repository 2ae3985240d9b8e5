/** Who labeled what and when, and whether those who looked at the same picture agree. */
import type { Agreement, LabelHistoryPage } from '@minori/contract';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import type { Scope } from '../identity/scope.ts';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';
import { findTheme } from './access.ts';

export async function listHistory(
  db: Db,
  scope: Scope,
  themeId: number,
  query: { limit: number; cursor?: string | undefined; image_id?: number | undefined },
): Promise<LabelHistoryPage> {
  await findTheme(db, scope, themeId, 'viewer');
  let select = db
    .selectFrom('label_history as h')
    .innerJoin('label_batch as b', 'b.id', 'h.batch_id')
    .leftJoin('label_info as f', 'f.label_id', 'h.from_label_id')
    .leftJoin('label_info as t', 't.label_id', 'h.to_label_id')
    .select([
      'h.id',
      'h.image_id',
      'h.at',
      'h.labeled_by',
      'h.step',
      'b.source',
      'f.label_name as from',
      't.label_name as to',
    ])
    .where('h.theme_id', '=', themeId)
    .orderBy('h.id', 'desc')
    .limit(query.limit + 1);
  if (query.image_id !== undefined) select = select.where('h.image_id', '=', query.image_id);
  if (query.cursor) select = select.where('h.id', '<', decodeIdCursor(query.cursor));
  return pageOf(
    await select.execute(),
    query.limit,
    ({ labeled_by: by, at, ...row }) => ({ ...row, by, at: at.toISOString() }),
    (row) => [row.id],
  );
}

const SHOWN = 200;

export async function readAgreement(db: Db, scope: Scope, themeId: number): Promise<Agreement> {
  await findTheme(db, scope, themeId, 'viewer');
  const { rows: pairs } = await sql<{ a: string; b: string; x: number; y: number; n: number }>`
    select v.annotator as a, w.annotator as b, v.label_id as x, w.label_id as y, count(*) as n
    from label_vote v join label_vote w on w.image_id = v.image_id and w.annotator > v.annotator
    join image i on i.image_id = v.image_id
    where v.theme_id = ${themeId} and i.deleted_at is null
    group by 1, 2, 3, 4 order by 1, 2`.execute(db);
  const { rows: totals } = await sql<{ images: number; agreed: number }>`
    select count(*) as images, count(*) filter (where labels = 1) as agreed from (
      select count(distinct v.label_id) as labels from label_vote v join image i on i.image_id = v.image_id
      where v.theme_id = ${themeId} and i.deleted_at is null group by v.image_id having count(*) > 1) seen`.execute(db);
  const { rows: differing } = await sql<{ image_id: number; votes: { annotator: string; label_id: number }[] }>`
    select v.image_id, jsonb_agg(jsonb_build_object('annotator', v.annotator, 'label_id', v.label_id) order by v.annotator) as votes
    from label_vote v join image i on i.image_id = v.image_id
    where v.theme_id = ${themeId} and i.deleted_at is null
    group by v.image_id having count(distinct v.label_id) > 1 order by v.image_id desc limit ${SHOWN}`.execute(db);
  const images = totals[0]?.images ?? 0;
  const grouped = Map.groupBy(pairs, ({ a, b }) => JSON.stringify([a, b]));
  return {
    images,
    agreed: images === 0 ? null : (totals[0]?.agreed ?? 0) / images,
    pairs: [...grouped.values()].map((cells) => ({
      a: cells[0]?.a ?? '',
      b: cells[0]?.b ?? '',
      images: cells.reduce((sum, { n }) => sum + n, 0),
      ...kappaOf(cells),
    })),
    disagreements: differing,
  };
}

/** Cohen's kappa of a table of counts: agreement beyond what the two would reach by chance. */
export function kappaOf(cells: readonly { x: number; y: number; n: number }[]): {
  agreed: number;
  kappa: number | null;
} {
  const total = cells.reduce((sum, { n }) => sum + n, 0);
  const agreed = cells.reduce((sum, { x, y, n }) => sum + (x === y ? n : 0), 0) / total;
  const shares = (side: 'x' | 'y') => {
    const of = new Map<number, number>();
    for (const cell of cells) of.set(cell[side], (of.get(cell[side]) ?? 0) + cell.n / total);
    return of;
  };
  const [left, right] = [shares('x'), shares('y')];
  const chance = [...left].reduce((sum, [label, share]) => sum + share * (right.get(label) ?? 0), 0);
  return { agreed, kappa: chance >= 1 ? null : (agreed - chance) / (1 - chance) };
}
