/** Whom a theme is shared with beyond its project. */
import { ProblemError } from '@minori/contract';
import type { ThemeRole } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { audit } from '../audit/store.ts';
import type { Scope } from '../identity/scope.ts';
import { findTheme, lockTheme } from './access.ts';

export async function listMembers(db: Db, scope: Scope, themeId: number) {
  await findTheme(db, scope, themeId, 'viewer');
  const rows = await db
    .selectFrom('theme_member as m')
    .innerJoin('user as u', 'u.id', 'm.user_id')
    .select(['m.user_id', 'u.username', 'm.role'])
    .where('m.theme_id', '=', themeId)
    .orderBy('u.username')
    .execute();
  return rows.map((row) => ({ ...row, username: row.username ?? row.user_id }));
}

/** `userId` may be a user name: who shares a theme knows people by theirs. @throws ProblemError user_not_found 404 | last_owner 409 */
export async function putMember(db: Db, scope: Scope, themeId: number, userId: string, role: ThemeRole): Promise<void> {
  const theme = await findTheme(db, scope, themeId, 'owner');
  await db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const user = await tx
      .selectFrom('user')
      .select('id')
      .where((eb) => eb.or([eb('id', '=', userId), eb('username', '=', userId)]))
      .executeTakeFirst();
    if (user === undefined) throw new ProblemError('user_not_found', 404);
    await tx
      .insertInto('theme_member')
      .values({ theme_id: themeId, user_id: user.id, role })
      .onConflict((conflict) => conflict.columns(['theme_id', 'user_id']).doUpdateSet({ role }))
      .execute();
    await refuseOwnerless(tx, themeId);
    await audit(tx, scope, {
      action: 'theme.member',
      target: { type: 'theme', id: themeId },
      projectId: theme.projectId,
      params: { user_id: user.id, role },
    });
  });
}

/** @throws ProblemError member_not_found 404 | last_owner 409 */
export async function removeMember(db: Db, scope: Scope, themeId: number, userId: string): Promise<void> {
  const theme = await findTheme(db, scope, themeId, 'owner');
  await db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const { numDeletedRows } = await tx
      .deleteFrom('theme_member')
      .where('theme_id', '=', themeId)
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow();
    if (numDeletedRows === 0n) throw new ProblemError('member_not_found', 404);
    await refuseOwnerless(tx, themeId);
    await audit(tx, scope, {
      action: 'theme.member',
      target: { type: 'theme', id: themeId },
      projectId: theme.projectId,
      params: { user_id: userId, role: null },
    });
  });
}

async function refuseOwnerless(tx: Tx, themeId: number): Promise<void> {
  const owner = await tx
    .selectFrom('theme_member')
    .select('user_id')
    .where('theme_id', '=', themeId)
    .where('role', '=', 'owner')
    .limit(1)
    .executeTakeFirst();
  if (owner === undefined) throw new ProblemError('last_owner', 409);
}
