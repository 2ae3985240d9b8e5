/** Immutable states of a theme: which pictures, with which label, split and group. Named by their content. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '@minori/contract';
import type { ManifestLine, ThemeVersion } from '@minori/contract';
import { jsonb } from '@minori/database';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import { z } from 'zod';
import { audit } from '../audit/store.ts';
import { storeVersion, versionFolder } from '../datasets/files.ts';
import type { Scope } from '../identity/scope.ts';
import type { Home } from '../platform/home.ts';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';
import { findTheme, lockTheme } from './access.ts';
import type { ThemeFeed } from './events.ts';

export interface VersionDeps {
  readonly db: Db;
  readonly home: Home;
  readonly themeFeed: ThemeFeed;
}

const MANIFEST = 'manifest.jsonl';
const counts = z.object({ train: z.int(), valid: z.int(), test: z.int(), unassigned: z.int() });

/** The theme as it is now, ordered as manifests are. */
export async function currentLines(db: Db | Tx, themeId: number): Promise<ManifestLine[]> {
  const { rows } = await sql<ManifestLine>`
    select i.sha256, i.format, i.width, i.height, l.label_name as label, t.split, i.group_key as "group"
    from train_data t join image i on i.image_id = t.id left join label l on l.id = t.label_id
    where t.theme_id = ${themeId} and i.deleted_at is null order by i.sha256 collate "C"`.execute(db);
  return rows;
}

/**
 * Under the theme's lock. The same state twice is one version. No id of this machine is in it, so equal
 * themes have equal hashes anywhere.
 */
export async function writeVersion(
  deps: Pick<VersionDeps, 'home'>,
  tx: Tx,
  themeId: number,
  made: { reason: ThemeVersion['reason']; note: string | null; userId: string },
): Promise<{ version: number; created: boolean }> {
  const lines = await currentLines(tx, themeId);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const sha256 = createHash('sha256').update(text).digest('hex');
  const last = await tx
    .selectFrom('theme_version')
    .select(['version', 'sha256'])
    .where('theme_id', '=', themeId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.sha256 === sha256) return { version: last.version, created: false };
  await storeText(deps.home, sha256, text);
  const version = (last?.version ?? 0) + 1;
  const of = (split: string | null) => lines.filter((line) => line.split === split).length;
  await tx
    .insertInto('theme_version')
    .values({
      theme_id: themeId,
      version,
      sha256,
      images: lines.length,
      counts: jsonb({ train: of('train'), valid: of('valid'), test: of('test'), unassigned: of(null) }),
      reason: made.reason,
      note: made.note,
      created_by: made.userId,
    })
    .execute();
  return { version, created: true };
}

async function storeText(home: Home, sha256: string, text: string): Promise<void> {
  const folder = join(home.tmp, `version-theme-${randomUUID()}`);
  const file = join(folder, MANIFEST);
  try {
    await mkdir(folder, { mode: 0o700 });
    await writeFile(file, text, { mode: 0o600 });
    await storeVersion(home, sha256, [file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function createVersion(
  deps: VersionDeps,
  scope: Scope,
  themeId: number,
  note: string | undefined,
): Promise<{ version: ThemeVersion; created: boolean }> {
  const theme = await findTheme(deps.db, scope, themeId, 'labeler');
  const { version, created } = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const made = await writeVersion(deps, tx, themeId, { reason: 'person', note: note ?? null, userId: scope.userId });
    if (made.created)
      await audit(tx, scope, {
        action: 'theme.version',
        target: { type: 'theme', id: themeId },
        projectId: theme.projectId,
        params: { version: made.version },
      });
    return made;
  });
  return { version: await findVersion(deps.db, scope, themeId, version), created };
}

function selectVersions(db: Db, themeId: number) {
  return db
    .selectFrom('theme_version as v')
    .leftJoin('user as u', 'u.id', 'v.created_by')
    .select(['v.version', 'v.sha256', 'v.images', 'v.counts', 'v.reason', 'v.note', 'v.created_at', 'u.username'])
    .where('v.theme_id', '=', themeId);
}
type VersionRow = Awaited<ReturnType<ReturnType<typeof selectVersions>['executeTakeFirstOrThrow']>>;

function present({ username, created_at: at, counts: stored, ...row }: VersionRow): ThemeVersion {
  return { ...row, counts: counts.parse(stored), created_by: username, created_at: at.toISOString() };
}

export async function listVersions(
  db: Db,
  scope: Scope,
  themeId: number,
  query: { limit: number; cursor?: string | undefined },
): Promise<{ items: ThemeVersion[]; next: string | null }> {
  await findTheme(db, scope, themeId, 'viewer');
  let select = selectVersions(db, themeId)
    .orderBy('v.version', 'desc')
    .limit(query.limit + 1);
  if (query.cursor) select = select.where('v.version', '<', decodeIdCursor(query.cursor));
  return pageOf(await select.execute(), query.limit, present, (row) => [row.version]);
}

/** @throws ProblemError theme_version_not_found 404 {version} */
export async function findVersion(db: Db, scope: Scope, themeId: number, version: number): Promise<ThemeVersion> {
  await findTheme(db, scope, themeId, 'viewer');
  const row = await selectVersions(db, themeId).where('v.version', '=', version).executeTakeFirst();
  if (row === undefined) throw new ProblemError('theme_version_not_found', 404, { version });
  return present(row);
}

export function manifestFile(home: Home, sha256: string): string {
  return join(versionFolder(home, sha256), MANIFEST);
}
