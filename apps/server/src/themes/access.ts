/** Who may do what in a theme. No function of this folder reads one without asking here first. */
import { ProblemError } from '@minori/contract';
import type { Role, ThemeRole } from '@minori/contract';
import { kept } from '@minori/database';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import type { Scope } from '../identity/scope.ts';

const RANK: Readonly<Record<ThemeRole, number>> = { viewer: 0, labeler: 1, owner: 2 };
const OF_PROJECT: Readonly<Record<Role, ThemeRole>> = { admin: 'owner', editor: 'labeler', viewer: 'viewer' };

export interface ThemeAccess {
  readonly id: number;
  readonly projectId: number;
  readonly role: ThemeRole;
}

/** The higher of what a project's role gives and what the theme gives; null: the theme does not exist for them. */
export function roleIn(scope: Scope, projectId: number, given: ThemeRole | null): ThemeRole | null {
  const project = scope.projects.get(projectId);
  const own = project === undefined ? null : OF_PROJECT[project];
  if (own === null || given === null) return own ?? given;
  return RANK[own] >= RANK[given] ? own : given;
}

/** @throws ProblemError theme_not_found 404 to a stranger, theme_role_too_low 403 {needed} to a member */
export async function findTheme(db: Db | Tx, scope: Scope, id: number, needed: ThemeRole): Promise<ThemeAccess> {
  const { rows } = await sql<{ project_id: number; role: ThemeRole | null }>`${kept}
    select i.project_id, m.role from theme_info i
    left join theme_member m on m.theme_id = i.theme_id and m.user_id = ${scope.userId}
    where i.theme_id = ${id}`.execute(db);
  const [row] = rows;
  const role = row === undefined ? null : roleIn(scope, row.project_id, row.role);
  if (row === undefined || role === null) throw new ProblemError('theme_not_found', 404);
  if (RANK[role] < RANK[needed]) throw new ProblemError('theme_role_too_low', 403, { needed });
  return { id, projectId: row.project_id, role };
}

/** Takes the theme for this transaction: what is written to one theme is written one after the other. */
export async function lockTheme(tx: Tx, themeId: number): Promise<void> {
  const row = await tx
    .selectFrom('theme_info')
    .select('theme_id')
    .where('theme_id', '=', themeId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new ProblemError('theme_not_found', 404);
}

/** SQL that is true for themes this person may see. Needs `i` (theme_info) and `m` (their membership) in the query. */
export function visibleTo(scope: Scope) {
  const ids = [...scope.projects.keys()];
  return sql<boolean>`(i.project_id = any(${ids}::bigint[]) or m.user_id is not null)`;
}
