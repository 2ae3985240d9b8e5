/** What is wrong with a theme, before anybody trains on it. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { ThemeCheck } from '@minori/contract';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import type { Scope } from '../identity/scope.ts';
import type { Home } from '../platform/home.ts';
import { findTheme } from './access.ts';
import { readStatistics } from './counts.ts';

type Finding = ThemeCheck['findings'][number];
const SHOWN = 50;
/** Fewer pictures of a label than this teach little. */
const FEW = 10;
const AT_ONCE = 64;

export async function checkTheme(deps: { db: Db; home: Home }, scope: Scope, themeId: number): Promise<ThemeCheck> {
  const { db } = deps;
  await findTheme(db, scope, themeId, 'viewer');
  const statistics = await readStatistics(db, themeId);
  const anySplit = statistics.splits.unassigned < statistics.total;
  const labels = statistics.labels.filter(({ count }) => count > 0);
  const findings: (Finding | null)[] = [
    found('files_missing', 'error', await missingFiles(deps, themeId)),
    found('group_torn', 'error', await tornGroups(db, themeId)),
    found('duplicates_across_splits', 'error', await duplicates(db, themeId, sql`a.split <> b.split`)),
    found('labels_of_duplicates_differ', 'warning', await duplicates(db, themeId, sql`a.label_id <> b.label_id`)),
    counted('quarantined', 'warning', statistics.quarantined),
    counted('unlabeled', 'warning', statistics.unlabeled),
    counted('few_labels', 'error', labels.length < 2 ? 1 : 0, { labels: labels.length }),
    counted('unassigned', 'info', statistics.splits.unassigned),
    ...statistics.labels.map(({ label_name: name, count, train, valid, test }) =>
      count === 0
        ? counted('label_without_images', 'warning', 1, { label: name })
        : anySplit && count >= FEW && Math.min(train, valid, test) === 0
          ? counted('label_missing_in_split', 'warning', 1, { label: name, train, valid, test })
          : null,
    ),
  ];
  const kept = findings.filter((one) => one !== null);
  return { ok: kept.every(({ severity }) => severity !== 'error'), findings: kept };
}

function found(code: Finding['code'], severity: Finding['severity'], images: readonly number[]): Finding | null {
  return images.length === 0
    ? null
    : { code, severity, count: images.length, params: {}, images: images.slice(0, SHOWN) };
}

function counted(code: Finding['code'], severity: Finding['severity'], count: number, params = {}): Finding | null {
  return count === 0 ? null : { code, severity, count, params, images: [] };
}

async function missingFiles({ db, home }: { db: Db; home: Home }, themeId: number): Promise<number[]> {
  const { rows } = await sql<{ id: number; image_path: string }>`
    select t.id, t.image_path from train_data t join image i on i.image_id = t.id
    where t.theme_id = ${themeId} and i.deleted_at is null order by t.id`.execute(db);
  const missing: number[] = [];
  for (let at = 0; at < rows.length; at += AT_ONCE)
    await Promise.all(
      rows.slice(at, at + AT_ONCE).map(async ({ id, image_path: path }) => {
        const there = await access(join(home.root, path)).then(
          () => true,
          () => false,
        );
        if (!there) missing.push(id);
      }),
    );
  return missing.toSorted((a, b) => a - b);
}

async function tornGroups(db: Db, themeId: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select t.id from train_data t join image i on i.image_id = t.id
    where t.theme_id = ${themeId} and i.deleted_at is null and t.split is not null and i.group_key in (
      select j.group_key from image j join train_data u on u.id = j.image_id
      where j.theme_id = ${themeId} and j.deleted_at is null and u.split is not null
      group by j.group_key having count(distinct u.split) > 1) order by t.id`.execute(db);
  return rows.map(({ id }) => id);
}

async function duplicates(db: Db, themeId: number, differ: ReturnType<typeof sql>): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select distinct x.id from near_duplicate d join train_data a on a.id = d.image_a join train_data b on b.id = d.image_b
      join image i on i.image_id = a.id and i.deleted_at is null join image j on j.image_id = b.id and j.deleted_at is null
      cross join lateral (values (a.id), (b.id)) as x(id)
    where d.theme_id = ${themeId} and ${differ} order by 1`.execute(db);
  return rows.map(({ id }) => id);
}
