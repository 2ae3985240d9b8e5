/** Forward-only migrations: plain SQL files, one transaction each, recorded with their checksum. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledQuery } from 'kysely';
import type { Kysely } from 'kysely';
import { databaseProblem } from './problems.ts';

export const MIGRATIONS_FOLDER = join(import.meta.dirname, '..', 'migrations');

export type Migration = { name: string; sql: string; checksum: string };

/** The migrations of this code, in the order in which they are applied. */
export function readMigrations(folder = MIGRATIONS_FOLDER): Migration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return { name: file.slice(0, -'.sql'.length), sql: text, checksum: sha256(text) };
    });
}

/** One hash of the whole list: a template database or a backup is told apart by it. */
export function migrationsHash(migrations = readMigrations()): string {
  return sha256(migrations.map((migration) => `${migration.name} ${migration.checksum}\n`).join(''));
}

/**
 * Brings the database to this code's schema and answers the names of what was applied.
 * Safe to call from several processes at once. Throws ProblemError when the database is newer than
 * the code, when an applied migration was edited, or when the server is older than PostgreSQL 14.
 */
export async function migrate<T>(db: Kysely<T>, migrations = readMigrations()): Promise<string[]> {
  return db.connection().execute(async (connection) => {
    const run = (text: string, parameters: unknown[] = []) =>
      connection.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, parameters));

    const version = Number((await run('show server_version_num')).rows[0]?.['server_version_num']);
    if (version < 140_000) throw databaseProblem('database_too_old', { found: version, needed: 140_000 });

    await run('set statement_timeout = 0');
    await run(`select pg_advisory_lock(hashtext('minori_migration'), hashtext(current_schema()))`);
    try {
      await run(`create table if not exists minori_migration (
        name text primary key, checksum text not null, applied_at timestamptz not null default now())`);
      const { rows } = await run('select name, checksum from minori_migration order by name');
      const applied = new Map(rows.map((row) => [String(row['name']), String(row['checksum'])]));
      refuseDisagreement(applied, migrations);
      const pending = migrations.filter((migration) => !applied.has(migration.name));
      for (const migration of pending) {
        await run('begin');
        try {
          await run(migration.sql);
          await run('insert into minori_migration (name, checksum) values ($1, $2)', [
            migration.name,
            migration.checksum,
          ]);
          await run('commit');
        } catch (error) {
          await run('rollback');
          throw error;
        }
      }
      return pending.map((migration) => migration.name);
    } finally {
      await run(`select pg_advisory_unlock(hashtext('minori_migration'), hashtext(current_schema()))`);
      await run('reset statement_timeout');
    }
  });
}

function refuseDisagreement(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.checksum]));
  for (const [name, checksum] of applied) {
    const expected = known.get(name);
    if (expected === undefined) throw databaseProblem('database_newer', { migration: name });
    if (expected !== checksum) throw databaseProblem('migration_changed', { migration: name });
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
