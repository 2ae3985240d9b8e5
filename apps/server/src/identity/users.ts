/** People: rows of better-auth's tables, written by us so that a change and its audit entry are one transaction. */
import { randomUUID } from 'node:crypto';
import { ProblemError } from '@minori/contract';
import type { Role, User } from '@minori/contract';
import { violatedConstraint } from '@minori/database';
import type { Db, Tx } from '@minori/database';
import { hashPassword } from 'better-auth/crypto';
import { sql } from 'kysely';
import { audit } from '../audit/store.ts';
import { createProjectFor } from '../projects/store.ts';
import type { Clock } from '../platform/clock.ts';
import { issueLink, useLink } from './links.ts';
import { requireAdmin } from './scope.ts';
import type { Scope } from './scope.ts';

const USERNAME = /^[a-z0-9_.]{3,40}$/;
const BUILT_IN = 'local';

export interface PeopleDeps {
  readonly db: Db;
  readonly clock: Clock;
}

type UserRow = { id: string; username: string | null; role: string | null; banned: boolean | null; createdAt: Date };

function present(row: UserRow): User {
  return {
    id: row.id,
    username: row.username ?? row.id,
    role: roleOf(row.role),
    disabled: row.banned === true,
    created_at: row.createdAt.toISOString(),
  };
}

export function roleOf(role: string | null): Role {
  return role === 'admin' || role === 'editor' ? role : 'viewer';
}

/** Usernames are case-insensitive and travel in URLs, logs and file names. */
function checkedUsername(username: string): string {
  const name = username.trim().toLowerCase();
  if (!USERNAME.test(name)) throw new ProblemError('username_invalid', 422, { username });
  return name;
}

/** The person and the project of a fresh home; whoever opens the first link becomes this person. */
export async function ensureFirstPerson(deps: PeopleDeps): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('minori_first_person'))`.execute(tx);
    const someone = await tx.selectFrom('user').select('id').limit(1).executeTakeFirst();
    if (someone) return;
    const id = await insertUser(tx, deps.clock, BUILT_IN, 'admin');
    await createProjectFor(tx, { key: 'default', name: 'Default', userId: id });
  });
}

/** The administrator that the connection token speaks for. */
export async function firstAdmin(db: Db): Promise<UserRow> {
  return db
    .selectFrom('user')
    .select(['id', 'username', 'role', 'banned', 'createdAt'])
    .where('role', '=', 'admin')
    .where((eb) => eb.or([eb('banned', 'is', null), eb('banned', '=', false)]))
    .orderBy('createdAt')
    .orderBy('id')
    .limit(1)
    .executeTakeFirstOrThrow(() => new ProblemError('no_admin', 500));
}

/** No administrator can sign in yet. */
export async function needsAdmin(db: Db | Tx): Promise<boolean> {
  const row = await db
    .selectFrom('user as u')
    .innerJoin('account as a', 'a.userId', 'u.id')
    .select('u.id')
    .where('u.role', '=', 'admin')
    .where('a.providerId', '=', 'credential')
    .where('a.password', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row === undefined;
}

/** The token of the printed link; earlier ones end. */
export async function issueFirstAdminLink({ db, clock }: PeopleDeps): Promise<string> {
  const { id } = await firstAdmin(db);
  return issueLink(db, clock, { userId: id, purpose: 'first_admin', createdBy: null });
}

/** The first administrator's name and password, once. */
export async function setUpAdmin(
  { db, clock }: PeopleDeps,
  input: { token: string; username: string; password: string },
): Promise<void> {
  const username = checkedUsername(input.username);
  const password = await hashPassword(input.password);
  await db.transaction().execute(async (tx) => {
    const { userId } = await useLink(tx, clock, input.token, ['first_admin']);
    if (!(await needsAdmin(tx))) throw new ProblemError('link_invalid', 403);
    await renamed(() =>
      tx
        .updateTable('user')
        .set({
          username,
          displayUsername: input.username.trim(),
          name: input.username.trim(),
          email: emailOf(username),
          updatedAt: new Date(clock.now()),
        })
        .where('id', '=', userId)
        .execute(),
    );
    await setPassword(tx, clock, userId, password);
    await audit(tx, null, { action: 'setup.admin', target: { type: 'user', id: userId }, params: { username } });
  });
}

export async function listUsers(db: Db, scope: Scope): Promise<User[]> {
  requireAdmin(scope);
  const rows = await db
    .selectFrom('user')
    .select(['id', 'username', 'role', 'banned', 'createdAt'])
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .execute();
  return rows.map(present);
}

export async function findUser(db: Db | Tx, id: string): Promise<User> {
  const row = await db
    .selectFrom('user')
    .select(['id', 'username', 'role', 'banned', 'createdAt'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw new ProblemError('user_not_found', 404);
  return present(row);
}

/** A new person with a project of their own (a viewer gets none); `token` when no password was given. */
export async function createUser(
  { db, clock }: PeopleDeps,
  scope: Scope,
  input: { username: string; role: Role; password?: string | undefined },
): Promise<{ user: User; token: string | null }> {
  requireAdmin(scope);
  const username = checkedUsername(input.username);
  const password = input.password === undefined ? null : await hashPassword(input.password);
  return db.transaction().execute(async (tx) => {
    const id = await renamed(() => insertUser(tx, clock, username, input.role));
    if (input.role !== 'viewer')
      await createProjectFor(tx, {
        key: username.replaceAll('.', '-').replace(/^[_-]+/, 'p-'),
        name: username,
        userId: id,
      });
    if (password !== null) await setPassword(tx, clock, id, password);
    const token =
      password === null
        ? await issueLink(tx, clock, { userId: id, purpose: 'invitation', createdBy: scope.userId })
        : null;
    await audit(tx, scope, {
      action: 'user.create',
      target: { type: 'user', id },
      params: { username, role: input.role },
    });
    return { user: await findUser(tx, id), token };
  });
}

/** Disabling ends the person's sessions and keys in the same transaction. */
export async function updateUser(
  { db, clock }: PeopleDeps,
  scope: Scope,
  id: string,
  change: { role?: Role | undefined; disabled?: boolean | undefined },
): Promise<User> {
  requireAdmin(scope);
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('minori_admins'))`.execute(tx);
    const before = await findUser(tx, id);
    const losesAdmin =
      before.role === 'admin' &&
      !before.disabled &&
      (change.disabled === true || (change.role !== undefined && change.role !== 'admin'));
    if (losesAdmin && (await countAdmins(tx)) < 2) throw new ProblemError('last_admin', 409);
    await tx
      .updateTable('user')
      .set({
        ...(change.role === undefined ? {} : { role: change.role }),
        ...(change.disabled === undefined ? {} : { banned: change.disabled }),
        updatedAt: new Date(clock.now()),
      })
      .where('id', '=', id)
      .execute();
    if (change.disabled === true) {
      await tx.deleteFrom('session').where('userId', '=', id).execute();
      await tx.deleteFrom('apikey').where('referenceId', '=', id).execute();
      await tx.deleteFrom('setup_link').where('user_id', '=', id).execute();
    }
    await audit(tx, scope, { action: 'user.update', target: { type: 'user', id }, params: { ...change } });
    return findUser(tx, id);
  });
}

/** A single-use link on which the person sets a new password; sessions end when it is used. */
export async function issuePasswordLink(
  { db, clock }: PeopleDeps,
  scope: Scope,
  id: string,
): Promise<{ user: User; token: string }> {
  requireAdmin(scope);
  return db.transaction().execute(async (tx) => {
    const user = await findUser(tx, id);
    if (user.disabled) throw new ProblemError('account_disabled', 409);
    const token = await issueLink(tx, clock, { userId: id, purpose: 'password_reset', createdBy: scope.userId });
    await audit(tx, scope, { action: 'user.password_link', target: { type: 'user', id } });
    return { user, token };
  });
}

/** Sets the password of whoever holds the token, and ends the sessions that the old one opened. */
export async function setPasswordByLink(
  { db, clock }: PeopleDeps,
  input: { token: string; password: string },
): Promise<string> {
  const password = await hashPassword(input.password);
  return db.transaction().execute(async (tx) => {
    const { userId } = await useLink(tx, clock, input.token, ['invitation', 'password_reset']);
    await setPassword(tx, clock, userId, password);
    await tx.deleteFrom('session').where('userId', '=', userId).execute();
    await audit(tx, null, { action: 'user.password_set', target: { type: 'user', id: userId } });
    return userId;
  });
}

async function insertUser(tx: Tx, clock: Clock, username: string, role: Role): Promise<string> {
  const id = randomUUID();
  const now = new Date(clock.now());
  await tx
    .insertInto('user')
    .values({
      id,
      name: username,
      email: emailOf(username),
      emailVerified: true,
      username,
      displayUsername: username,
      role,
      banned: false,
      createdAt: now,
      updatedAt: now,
    })
    .execute();
  return id;
}

async function setPassword(tx: Tx, clock: Clock, userId: string, password: string): Promise<void> {
  const now = new Date(clock.now());
  await tx.deleteFrom('account').where('userId', '=', userId).where('providerId', '=', 'credential').execute();
  await tx
    .insertInto('account')
    .values({
      id: randomUUID(),
      accountId: userId,
      providerId: 'credential',
      userId,
      password,
      createdAt: now,
      updatedAt: now,
    })
    .execute();
}

async function countAdmins(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom('user')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('role', '=', 'admin')
    .where((eb) => eb.or([eb('banned', 'is', null), eb('banned', '=', false)]))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** better-auth wants an address; nobody has to have one here. */
function emailOf(username: string): string {
  return `${username}@users.invalid`;
}

async function renamed<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (violatedConstraint(error) !== null) throw new ProblemError('username_taken', 409);
    throw error;
  }
}
