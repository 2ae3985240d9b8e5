import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { connect } from './connect.ts';
import { minoriCache } from '@minori/contract/home';
import { installPostgres } from './embedded/install.ts';
import { migrate, migrationsHash, readMigrations } from './migrate.ts';
import { renderSchemaSql, renderTypes, SCHEMA_SQL, SCHEMA_TYPES } from './render.ts';
import { createEmptyDatabase, createTestDatabase } from './testing/index.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function emptyDatabase() {
  const { url, drop } = await createEmptyDatabase();
  const db = connect(url, { max: 3 });
  undo.push(drop, () => db.destroy());
  return { db, url };
}

test('an empty database comes to the schema of this code, once', async () => {
  const { db } = await emptyDatabase();
  expect(await migrate(db)).toEqual(readMigrations().map(({ name }) => name));
  expect(await migrate(db)).toEqual([]);
  expect(await db.selectFrom('training_runs').select('id').execute()).toEqual([]);
});

test('processes that start together migrate once', async () => {
  const { db, url } = await emptyDatabase();
  const other = connect(url);
  undo.push(() => other.destroy());
  const applied = await Promise.all([migrate(db), migrate(other), migrate(other)]);
  expect(applied.flat()).toEqual(readMigrations().map(({ name }) => name));
});

test('a database of newer code is refused', async () => {
  const { db } = await emptyDatabase();
  await migrate(db);
  await db.insertInto('minori_migration').values({ name: '9999_from_the_future', checksum: 'x' }).execute();
  await expect(migrate(db)).rejects.toMatchObject({
    code: 'database_newer',
    params: { migration: '9999_from_the_future' },
  });
});

test('an applied migration that was edited is refused', async () => {
  const { db } = await emptyDatabase();
  await migrate(db);
  const [first, ...others] = readMigrations();
  if (first === undefined) throw new Error('no migrations');
  await expect(migrate(db, [{ ...first, checksum: 'edited' }, ...others])).rejects.toMatchObject({
    code: 'migration_changed',
  });
});

test('a migration that fails leaves nothing, those before it stay', async () => {
  const { db } = await emptyDatabase();
  const good = { name: '1', sql: 'create table one (id int)', checksum: '1' };
  const bad = { name: '2', sql: 'create table two (id int); select 1 / 0', checksum: '2' };
  await expect(migrate(db, [good, bad])).rejects.toThrow(/division by zero/);
  const { rows } = await sql<{
    name: string;
  }>`select relname as name from pg_class where relname in ('one', 'two')`.execute(db);
  expect(rows).toEqual([{ name: 'one' }]);
  expect(await migrate(db, [good])).toEqual([]);
});

test('the types are those of the migrated schema', async () => {
  await using fresh = await createTestDatabase();
  expect(await readFile(SCHEMA_TYPES, 'utf8'), 'run: npm run generate -w @minori/database').toBe(
    await renderTypes(fresh.db),
  );
});

test('database/schema.sql is fresh, psql takes it, and Minori knows it as its own', async () => {
  expect(await readFile(SCHEMA_SQL, 'utf8'), 'run: npm run generate -w @minori/database').toBe(renderSchemaSql());
  const { db, url } = await emptyDatabase();
  const psql = join(await installPostgres({ cache: minoriCache() }), 'bin', 'psql');
  await promisify(execFile)(psql, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', SCHEMA_SQL, '-d', url]);
  expect(await migrate(db)).toEqual([]);
});

test('the hash tells one list of migrations from another', () => {
  const migrations = readMigrations();
  expect(migrationsHash(migrations)).not.toBe(migrationsHash(migrations.slice(1)));
});
