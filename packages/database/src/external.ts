/** An existing PostgreSQL server (DATABASE_URL) in place of the embedded one. */
import pg from 'pg';
import { databaseProblem } from './problems.ts';

export type ExternalDatabase = {
  /** Where the product's tables lie; carries its search_path when they share the database with MLflow. */
  appUrl: string;
  mlflowUrl: string;
  schema: string;
};

/** PostgreSQL 14, as server_version_num says it. */
const OLDEST = 140_000;

/**
 * Finds or makes the two places: the database that the URL names and one for MLflow, or, for a role
 * that may not create databases, the schemas `minori` and `mlflow` in it. Safe to call again.
 * Throws ProblemError.
 */
export async function prepareExternal(url: string): Promise<ExternalDatabase> {
  const name = databaseOf(url);
  const client = await connectOrCreate(url, name);
  try {
    const { rows } = await client.query<{
      version: number;
      encoding: string;
      creates: boolean;
      public: boolean;
      ours: string | null;
    }>(`
      select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
        rolcreatedb or rolsuper as creates, has_schema_privilege('public', 'CREATE') as public,
        (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relname = 'minori_migration' and n.nspname in ('public', 'minori') limit 1) as ours
      from pg_roles where rolname = current_user`);
    const found = rows[0];
    if (found === undefined) throw databaseProblem('database_unreachable', { database: name });
    if (found.version < OLDEST) throw databaseProblem('database_too_old', { found: found.version, needed: OLDEST });
    if (found.encoding !== 'UTF8')
      throw databaseProblem('database_not_utf8', { database: name, found: found.encoding });

    // Once made, the tables stay where they are, whatever the role may do by now.
    const own = found.ours === null ? found.creates && found.public : found.ours === 'public';
    if (own && found.creates) {
      const mlflow = name === 'minori' ? 'mlflow' : `${name}_mlflow`;
      await createDatabase(client, mlflow);
      return { appUrl: url, mlflowUrl: withDatabase(url, mlflow), schema: 'public' };
    }
    for (const schema of own ? ['mlflow'] : ['minori', 'mlflow']) await createSchema(client, schema, name);
    return {
      appUrl: own ? url : withSchema(url, 'minori'),
      mlflowUrl: withSchema(url, 'mlflow'),
      schema: own ? 'public' : 'minori',
    };
  } finally {
    await client.end();
  }
}

async function connectOrCreate(url: string, name: string): Promise<pg.Client> {
  const first = await open(url).catch((error: unknown) => {
    // invalid_catalog_name: the server is there, the database is not.
    if ((error as { code?: unknown }).code === '3D000') return null;
    throw databaseProblem('database_unreachable', { database: name }, String(error));
  });
  if (first !== null) return first;
  const maintenance = await open(withDatabase(url, 'postgres')).catch((error: unknown) => {
    throw databaseProblem('database_unreachable', { database: name }, String(error));
  });
  await createDatabase(maintenance, name).finally(() => maintenance.end());
  return open(url);
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'minori-setup',
  });
  // What breaks it is told by the statement under way.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function createDatabase(client: pg.Client, name: string): Promise<void> {
  const there = await client.query('select 1 from pg_database where datname = $1', [name]);
  if (there.rowCount !== 0) return;
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)} encoding 'UTF8' template template0`);
  } catch (error) {
    // duplicate_database: another start was faster.
    if ((error as { code?: unknown }).code === '42P04') return;
    throw databaseProblem('database_no_privilege', { database: name }, String(error));
  }
}

async function createSchema(client: pg.Client, schema: string, database: string): Promise<void> {
  const there = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
  if (there.rowCount !== 0) return;
  await client.query(`create schema ${schema}`).catch((error: unknown) => {
    throw databaseProblem('database_no_privilege', { database, schema }, String(error));
  });
}

export function databaseOf(url: string): string {
  const client = new pg.Client({ connectionString: url });
  return client.database ?? client.user ?? 'postgres';
}

/** The same server and login, another database. */
export function withDatabase(url: string, database: string): string {
  const [, server, query] = /^([a-z]+:\/\/[^/?]*)(?:\/[^?]*)?(\?.*)?$/.exec(url) ?? [];
  if (server === undefined) throw databaseProblem('database_unreachable', { reason: 'not_a_url' });
  return `${server}/${encodeURIComponent(database)}${query ?? ''}`;
}

function withSchema(url: string, schema: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(`-csearch_path=${schema}`)}`;
}
