/** Who labeled what and when. */
import type { LabelHistoryPage } from '@minori/contract';
import type { Db } from '@minori/database';
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
    // A decision leaves labels as they are.
    .where('b.source', '<>', 'decision')
    .$narrowType<{ source: LabelHistoryPage['items'][number]['source'] }>()
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
