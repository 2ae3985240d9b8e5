/** params.yaml and auguments.yaml of a theme: numbered versions with author, difference and restore. */
import { ProblemError } from '@minori/contract';
import type { ThemeConfig, ThemeConfigName } from '@minori/contract';
import { checkConfig, defaultConfigText } from '@minori/contract/theme-config';
import type { Db, Tx } from '@minori/database';
import { audit } from '../audit/store.ts';
import type { Scope } from '../identity/scope.ts';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';
import { findTheme, lockTheme } from './access.ts';

/** Version 0 is the default, as long as nothing is saved. @throws ProblemError theme_version_not_found 404 */
export async function readConfigFile(
  db: Db,
  scope: Scope,
  ids: { theme_id: number; name: ThemeConfigName },
  version?: number,
): Promise<ThemeConfig> {
  await findTheme(db, scope, ids.theme_id, 'viewer');
  const row = version === 0 ? undefined : await storedConfig(db, ids, version);
  if (row === undefined && version !== undefined && version > 0)
    throw new ProblemError('theme_version_not_found', 404, { version });
  const text = row?.text ?? defaultConfigText(ids.name);
  // What was saved was right then; a newer Minori may know more, and then shows what it can.
  return { name: ids.name, version: row?.version ?? 0, text, document: checkConfig(ids.name, text).document ?? {} };
}

async function storedConfig(db: Db | Tx, ids: { theme_id: number; name: ThemeConfigName }, version?: number) {
  let select = db
    .selectFrom('theme_config')
    .select(['version', 'text'])
    .where('theme_id', '=', ids.theme_id)
    .where('name', '=', ids.name);
  if (version !== undefined) select = select.where('version', '=', version);
  return select.orderBy('version', 'desc').limit(1).executeTakeFirst();
}

export interface SaveRequest {
  readonly params?: string | undefined;
  readonly auguments?: string | undefined;
  readonly note?: string | undefined;
  readonly base_version?: { readonly params?: number | undefined; readonly auguments?: number | undefined } | undefined;
}

/**
 * Each text that differs from the newest becomes the next version; both or none are saved.
 * @throws ProblemError theme_config_invalid 422 {detail, issues} | config_changed 409 {version}
 */
export async function saveConfig(
  db: Db,
  scope: Scope,
  themeId: number,
  request: SaveRequest,
): Promise<{ params: ThemeConfig; auguments: ThemeConfig }> {
  const theme = await findTheme(db, scope, themeId, 'owner');
  const given = (['params', 'auguments'] as const).flatMap((name) => {
    const text = request[name];
    return text === undefined ? [] : [{ name, text }];
  });
  for (const { name, text } of given) {
    const { issues } = checkConfig(name, text);
    const [first] = issues;
    if (first)
      throw new ProblemError('theme_config_invalid', 422, {
        detail: `${first.path}: ${first.message}`,
        file: name,
        issues,
      });
  }
  await db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    for (const { name, text } of given) {
      const last = await storedConfig(tx, { theme_id: themeId, name });
      const base = request.base_version?.[name];
      if (base !== undefined && base !== (last?.version ?? 0))
        throw new ProblemError('config_changed', 409, { version: last?.version ?? 0 });
      if (last?.text === text) continue;
      await insertConfig(tx, scope, theme.projectId, { theme_id: themeId, name }, text, {
        last: last?.version ?? 0,
        note: request.note ?? null,
        restored: null,
      });
    }
  });
  return {
    params: await readConfigFile(db, scope, { theme_id: themeId, name: 'params' }),
    auguments: await readConfigFile(db, scope, { theme_id: themeId, name: 'auguments' }),
  };
}

async function insertConfig(
  tx: Tx,
  scope: Scope,
  projectId: number,
  ids: { theme_id: number; name: ThemeConfigName },
  text: string,
  about: { last: number; note: string | null; restored: number | null },
): Promise<void> {
  await tx
    .insertInto('theme_config')
    .values({
      ...ids,
      version: about.last + 1,
      text,
      note: about.note,
      restored_from: about.restored,
      created_by: scope.userId,
    })
    .execute();
  await audit(tx, scope, {
    action: 'theme.config',
    target: { type: 'theme', id: ids.theme_id },
    projectId,
    params: { name: ids.name, version: about.last + 1, restored_from: about.restored },
  });
}

/** @throws ProblemError theme_version_not_found 404 {version} */
export async function restoreConfig(
  db: Db,
  scope: Scope,
  ids: { theme_id: number; name: ThemeConfigName },
  version: number,
): Promise<ThemeConfig> {
  const theme = await findTheme(db, scope, ids.theme_id, 'owner');
  await db.transaction().execute(async (tx) => {
    await lockTheme(tx, ids.theme_id);
    const old = await storedConfig(tx, ids, version);
    if (old === undefined) throw new ProblemError('theme_version_not_found', 404, { version });
    const last = await storedConfig(tx, ids);
    if (last !== undefined && last.text === old.text) return;
    await insertConfig(tx, scope, theme.projectId, ids, old.text, {
      last: last?.version ?? 0,
      note: null,
      restored: version,
    });
  });
  return readConfigFile(db, scope, ids);
}

export async function listConfigVersions(
  db: Db,
  scope: Scope,
  ids: { theme_id: number; name: ThemeConfigName },
  query: { limit: number; cursor?: string | undefined },
) {
  await findTheme(db, scope, ids.theme_id, 'viewer');
  let select = db
    .selectFrom('theme_config as c')
    .leftJoin('user as u', 'u.id', 'c.created_by')
    .select(['c.name', 'c.version', 'c.created_at', 'c.note', 'c.restored_from', 'u.username'])
    .where('c.theme_id', '=', ids.theme_id)
    .where('c.name', '=', ids.name)
    .orderBy('c.version', 'desc')
    .limit(query.limit + 1);
  if (query.cursor) select = select.where('c.version', '<', decodeIdCursor(query.cursor));
  return pageOf(
    await select.execute(),
    query.limit,
    ({ username, created_at: at, ...row }) => ({ ...row, created_by: username, created_at: at.toISOString() }),
    (row) => [row.version],
  );
}

export type DifferenceLine = { kind: 'same' | 'added' | 'removed'; text: string };

/** Line by line, by the longest common part; lines beyond the limit are told as removed and added. */
export function differenceOf(before: string, after: string): DifferenceLine[] {
  const [a, b] = [before.trimEnd().split('\n'), after.trimEnd().split('\n')];
  if (a.length * b.length > MOST_CELLS)
    return [
      ...a.map((text) => ({ kind: 'removed' as const, text })),
      ...b.map((text) => ({ kind: 'added' as const, text })),
    ];
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
  const lines: DifferenceLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (
      j >= b.length ||
      (i < a.length && (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))
    ) {
      lines.push({ kind: 'removed', text: a[i] ?? '' });
      i += 1;
    } else {
      lines.push({ kind: 'added', text: b[j] ?? '' });
      j += 1;
    }
  }
  return lines;
}

const MOST_CELLS = 16_000_000;
