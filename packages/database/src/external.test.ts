import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { connect } from './connect.ts';
import type { Db } from './connect.ts';
import { prepareExternal, withDatabase } from './external.ts';
import { migrate, readMigrations } from './migrate.ts';
import { createEmptyDatabase } from './testing/index.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

function open(url: string): Db {
  const db = connect(url, { max: 1 });
  undo.push(() => db.destroy());
  return db;
}

/** A server's database with a role of its own that may do this much. */
async function serverWith(privileges: string, grants: (role: string, database: string) => string[]) {
  const { url, drop } = await createEmptyDatabase();
  undo.push(drop);
  const admin = open(withDatabase(url, 'postgres'));
  const role = `minori_role_${randomUUID().slice(0, 8)}`;
  const database = decodeURIComponent(new URL(url.replace('@/', '@local/')).pathname.slice(1));
  await sql.raw(`create role ${role} login password 'secret' ${privileges}`).execute(admin);
  const inside = open(url);
  for (const grant of grants(role, database)) await sql.raw(grant).execute(inside);
  undo.push(async () => {
    await sql.raw(`drop database if exists ${database}_mlflow with (force)`).execute(admin);
    await sql.raw(`reassign owned by ${role} to current_user`).execute(inside);
    await sql.raw(`drop owned by ${role}`).execute(inside);
    await sql.raw(`drop role ${role}`).execute(admin);
  });
  return { url: url.replace(/\/\/[^@/]*@/, `//${role}:secret@`), database, admin };
}

async function placeOf(url: string): Promise<string> {
  const { rows } = await sql<{ place: string }>`select current_database() || '.' || current_schema() as place`.execute(
    open(url),
  );
  return rows[0]?.place ?? '';
}

test('a role that may create databases gets one for MLflow', async () => {
  const { url, database } = await serverWith('createdb', (role, name) => [
    `alter database ${name} owner to ${role}`,
    `grant all on schema public to ${role}`,
  ]);
  const found = await prepareExternal(url);
  expect(found.schema).toBe('public');
  expect(await placeOf(found.mlflowUrl)).toBe(`${database}_mlflow.public`);
  expect(await migrate(open(found.appUrl))).toEqual(readMigrations().map(({ name }) => name));
  expect(await prepareExternal(url)).toEqual(found);
});

test('a role that may not gets two schemas, and they stay where they are', async () => {
  const { url, database, admin } = await serverWith('nocreatedb', (role, name) => [
    `revoke create on schema public from public`,
    `grant create on database ${name} to ${role}`,
  ]);
  const found = await prepareExternal(url);
  expect(found.schema).toBe('minori');
  expect(await placeOf(found.mlflowUrl)).toBe(`${database}.mlflow`);
  const db = open(found.appUrl);
  expect(await migrate(db)).toEqual(readMigrations().map(({ name }) => name));
  const { rows } = await sql<{
    schema: string;
  }>`select distinct relnamespace::regnamespace::text as schema from pg_class where relname in ('training_runs', 'user', 'nf_model_runs')`.execute(
    db,
  );
  expect(rows).toEqual([{ schema: 'minori' }]);
  expect(await migrate(db)).toEqual([]);
  await sql.raw(`alter role ${new URL(url.replace('@/', '@local/')).username} createdb`).execute(admin);
  expect((await prepareExternal(url)).schema).toBe('minori');
});

test('a role that may create nothing is told so', async () => {
  const { url } = await serverWith('nocreatedb', (_role, name) => [
    `revoke create on database ${name} from public`,
    'revoke create on schema public from public',
  ]);
  await expect(prepareExternal(url)).rejects.toMatchObject({ code: 'database_no_privilege' });
});

test('a server that is not there is told so, without the password', async () => {
  const error: unknown = await prepareExternal('postgresql://someone:secret@127.0.0.1:1/none').catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'database_unreachable', params: { database: 'none' } });
  expect(String(error)).not.toContain('secret');
});

test('another database of the same server keeps login and options', () => {
  expect(withDatabase('postgresql://u:p@h:1/a?sslmode=require', 'b c')).toBe(
    'postgresql://u:p@h:1/b%20c?sslmode=require',
  );
  expect(withDatabase('postgresql://u:p@/a?host=%2Ftmp%2Fs', 'b')).toBe('postgresql://u:p@/b?host=%2Ftmp%2Fs');
  expect(withDatabase('postgresql://u@h', 'b')).toBe('postgresql://u@h/b');
});
