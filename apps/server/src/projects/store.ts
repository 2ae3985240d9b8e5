/** Projects and who belongs to them. */
import { randomBytes } from 'node:crypto';
import { ProblemError } from '@minori/contract';
import type { Project, Role } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { audit } from '../audit/store.ts';
import { projectIds, requireProject } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';

export interface Member {
  user_id: string;
  username: string;
  role: Role;
}

/** A project whose first member manages it; `key` gets a suffix when it is taken. */
export async function createProjectFor(tx: Tx, input: { key: string; name: string; userId: string }): Promise<number> {
  const key = input.key.slice(0, 54);
  const taken = await tx.selectFrom('project').select('id').where('key', '=', key).executeTakeFirst();
  const { id } = await tx
    .insertInto('project')
    .values({
      key: taken ? `${key}-${randomBytes(3).toString('hex')}` : key,
      name: input.name,
      created_by: input.userId,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx.insertInto('project_member').values({ project_id: id, user_id: input.userId, role: 'admin' }).execute();
  return id;
}

export async function listProjects(db: Db, scope: Scope): Promise<Project[]> {
  const ids = projectIds(scope);
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('project')
    .select(['id', 'name', 'created_at'])
    .where('id', 'in', ids)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    role: scope.projects.get(row.id) ?? 'viewer',
    created_at: row.created_at.toISOString(),
  }));
}

/** @throws ProblemError role_too_low for viewers of the instance */
export async function createProject(db: Db, scope: Scope, name: string): Promise<Project> {
  if (scope.role === 'viewer') throw new ProblemError('role_too_low', 403, { needed: 'editor' });
  return db.transaction().execute(async (tx) => {
    const id = await createProjectFor(tx, { key: keyOf(name), name, userId: scope.userId });
    await audit(tx, scope, {
      action: 'project.create',
      target: { type: 'project', id },
      projectId: id,
      params: { name },
    });
    const row = await tx.selectFrom('project').select('created_at').where('id', '=', id).executeTakeFirstOrThrow();
    return { id, name, role: 'admin', created_at: row.created_at.toISOString() };
  });
}

export async function renameProject(db: Db, scope: Scope, id: number, name: string): Promise<Project> {
  requireProject(scope, id, 'admin');
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('project')
      .set({ name })
      .where('id', '=', id)
      .returning('created_at')
      .executeTakeFirstOrThrow();
    await audit(tx, scope, {
      action: 'project.rename',
      target: { type: 'project', id },
      projectId: id,
      params: { name },
    });
    return { id, name, role: scope.projects.get(id) ?? 'viewer', created_at: row.created_at.toISOString() };
  });
}

export async function listMembers(db: Db, scope: Scope, projectId: number): Promise<Member[]> {
  requireProject(scope, projectId, 'viewer');
  const rows = await db
    .selectFrom('project_member as m')
    .innerJoin('user as u', 'u.id', 'm.user_id')
    .select(['m.user_id', 'u.username', 'm.role'])
    .where('m.project_id', '=', projectId)
    .orderBy('u.username')
    .execute();
  return rows.map((row) => ({ user_id: row.user_id, username: row.username ?? row.user_id, role: row.role }));
}

export async function putMember(db: Db, scope: Scope, projectId: number, userId: string, role: Role): Promise<Member> {
  requireProject(scope, projectId, 'admin');
  return db.transaction().execute(async (tx) => {
    const user = await tx.selectFrom('user').select(['id', 'username']).where('id', '=', userId).executeTakeFirst();
    if (!user) throw new ProblemError('user_not_found', 404);
    await lockMembers(tx, projectId);
    await tx
      .insertInto('project_member')
      .values({ project_id: projectId, user_id: userId, role })
      .onConflict((conflict) => conflict.columns(['project_id', 'user_id']).doUpdateSet({ role }))
      .execute();
    await refuseWithoutAdmin(tx, projectId);
    await audit(tx, scope, {
      action: 'project.member',
      target: { type: 'user', id: userId },
      projectId,
      params: { role },
    });
    return { user_id: userId, username: user.username ?? userId, role };
  });
}

export async function removeMember(db: Db, scope: Scope, projectId: number, userId: string): Promise<void> {
  requireProject(scope, projectId, 'admin');
  await db.transaction().execute(async (tx) => {
    await lockMembers(tx, projectId);
    const removed = await tx
      .deleteFrom('project_member')
      .where('project_id', '=', projectId)
      .where('user_id', '=', userId)
      .returning('user_id')
      .executeTakeFirst();
    if (!removed) throw new ProblemError('user_not_found', 404);
    await refuseWithoutAdmin(tx, projectId);
    await audit(tx, scope, { action: 'project.member_removed', target: { type: 'user', id: userId }, projectId });
  });
}

async function lockMembers(tx: Tx, projectId: number): Promise<void> {
  await tx.selectFrom('project').select('id').where('id', '=', projectId).forUpdate().executeTakeFirst();
}

/** Somebody must be left who can let others in. */
async function refuseWithoutAdmin(tx: Tx, projectId: number): Promise<void> {
  const admin = await tx
    .selectFrom('project_member')
    .select('user_id')
    .where('project_id', '=', projectId)
    .where('role', '=', 'admin')
    .limit(1)
    .executeTakeFirst();
  if (!admin) throw new ProblemError('last_project_admin', 409);
}

/** ASCII letters and digits of the name, or `project` where it has none (日本語). */
function keyOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'project'
  );
}
