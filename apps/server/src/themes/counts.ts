/** Pictures per label and split. The counters are kept by triggers, so reading them costs the same for any theme. */
import type { ThemeCounts, ThemeStatistics } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import { currentSeq } from './events.ts';
import { listLabels } from './labels.ts';

interface CountRow {
  theme_id: number;
  label_id: number;
  split: string;
  images: number;
}

export async function readCounts(db: Db | Tx, themeIds: readonly number[]): Promise<Map<number, ThemeCounts>> {
  const rows =
    themeIds.length === 0
      ? []
      : await db
          .selectFrom('theme_count')
          .selectAll()
          .where('theme_id', 'in', [...themeIds])
          .execute();
  const grouped = Map.groupBy(rows, ({ theme_id: id }) => id);
  return new Map(themeIds.map((id) => [id, summed(grouped.get(id) ?? [])]));
}

function summed(rows: readonly CountRow[]): ThemeCounts {
  const sum = (keep: (row: CountRow) => boolean) =>
    rows.reduce((total, row) => (keep(row) ? total + row.images : total), 0);
  const images = sum(() => true);
  const unlabeled = sum(({ label_id: id }) => id === 0);
  return {
    images,
    labeled: images - unlabeled,
    unlabeled,
    progress: images === 0 ? 0 : (images - unlabeled) / images,
    ...bySplit(rows),
  };
}

function bySplit(rows: readonly CountRow[]) {
  const of = (split: string) => rows.reduce((total, row) => (row.split === split ? total + row.images : total), 0);
  return { train: of('train'), valid: of('valid'), test: of('test'), unassigned: of('') };
}

export async function readStatistics(db: Db, themeId: number): Promise<ThemeStatistics> {
  const seq = await currentSeq(db, themeId);
  const rows = await db.selectFrom('theme_count').selectAll().where('theme_id', '=', themeId).execute();
  const labels = await listLabels(db, themeId);
  const totals = summed(rows);
  return {
    total: totals.images,
    labeled: totals.labeled,
    unlabeled: totals.unlabeled,
    splits: bySplit(rows),
    labels: labels.map(({ id, label_name: name, color, images }) => ({
      label_id: id,
      label_name: name,
      color,
      count: images,
      ...bySplit(rows.filter(({ label_id: label }) => label === id)),
    })),
    unlabeled_splits: bySplit(rows.filter(({ label_id: label }) => label === 0)),
    quarantined: await countQuarantined(db, themeId),
    seq,
  };
}

export async function countQuarantined(db: Db | Tx, themeId: number): Promise<number> {
  const row = await db
    .selectFrom('image')
    .select(sql<number>`count(*)`.as('n'))
    .where('theme_id', '=', themeId)
    .where('quarantined_at', 'is not', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return row?.n ?? 0;
}
