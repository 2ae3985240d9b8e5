/** Databases for tests: each its own copy of a migrated template, made in milliseconds. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { connect } from '../connect.ts';
import type { Db } from '../connect.ts';
import { withDatabase } from '../external.ts';
import { migrate, migrationsHash } from '../migrate.ts';
import { TEST_DATABASE_PREFIX, TEST_DATABASE_URL } from './environment.ts';

export type TestDatabase = {
  db: Db;
  url: string;
  /** Closes `db` and drops the database, whoever else is still connected. */
  drop: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** A migrated, empty database. `afterAll(() => test.drop())`, or `await using test = await createTestDatabase()`. */
export async function createTestDatabase(options: { max?: number } = {}): Promise<TestDatabase> {
  const template = await ensureTemplate();
  const { name, url } = await createDatabase(`template ${template}`);
  const db = connect(url, { max: options.max ?? 5, name: 'minori-test' });
  const drop = async (): Promise<void> => {
    await db.destroy();
    await dropDatabase(name);
  };
  return { db, url, drop, [Symbol.asyncDispose]: drop };
}

/** A database without any table, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const { name, url } = await createDatabase('template template0');
  return { url, drop: () => dropDatabase(name) };
}

export type TestScope = { userId: string; projectId: number };

/** A user with a project of their own, as most rows need one. */
export async function createTestScope(db: Db, name = 'tester'): Promise<TestScope> {
  const userId = `${name}-${randomUUID().slice(0, 8)}`;
  await db
    .insertInto('user')
    .values({
      id: userId,
      name,
      email: `${userId}@example.invalid`,
      emailVerified: true,
      username: userId,
      role: 'editor',
    })
    .execute();
  const project = await db
    .insertInto('project')
    .values({ key: userId, name: `Project of ${name}`, created_by: userId })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.insertInto('project_member').values({ project_id: project.id, user_id: userId, role: 'admin' }).execute();
  return { userId, projectId: project.id };
}

function environment(): { url: string; prefix: string } {
  const url = process.env[TEST_DATABASE_URL];
  const prefix = process.env[TEST_DATABASE_PREFIX];
  if (url === undefined || prefix === undefined) {
    throw new Error(
      'No test database: vitest.config.ts needs globalSetup packages/database/src/testing/global-setup.ts',
    );
  }
  return { url, prefix };
}

async function ensureTemplate(): Promise<string> {
  const { url, prefix } = environment();
  const name = `${prefix}${migrationsHash().slice(0, 12)}`;
  await administer(async (client) => {
    const there = () => client.query('select 1 from pg_database where datname = $1 and datistemplate', [name]);
    if ((await there()).rowCount === 1) return;
    // Workers that start together wait here for the one that builds it.
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    if ((await there()).rowCount === 1) return;
    await client.query(`drop database if exists ${name}`);
    await client.query(`create database ${name} template template0 encoding 'UTF8'`);
    const db = connect(withDatabase(url, name), { max: 1 });
    await migrate(db).finally(() => db.destroy());
    await client.query(`alter database ${name} is_template true`);
  });
  return name;
}

async function createDatabase(from: string): Promise<{ name: string; url: string }> {
  const { url, prefix } = environment();
  const name = `${prefix}${randomUUID().slice(0, 8)}`;
  await administer((client) => client.query(`create database ${name} ${from}`));
  return { name, url: withDatabase(url, name) };
}

async function dropDatabase(name: string): Promise<void> {
  await administer((client) => client.query(`drop database if exists ${name} with (force)`));
}

async function administer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: environment().url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
