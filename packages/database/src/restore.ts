/** Puts a backup into an empty home, or into an empty external database: wholly or not at all. */
import { open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { extract } from 'tar';
import { BACKUP_FOLDERS, DUMP, verifyBackup } from './backup-format.ts';
import type { BackupManifest } from './backup-format.ts';
import { connect } from './connect.ts';
import type { Db } from './connect.ts';
import { openWay, postgresAccount } from './embedded/account.ts';
import { startPostgres } from './embedded/start.ts';
import type { StartOptions } from './embedded/start.ts';
import { migrate, readMigrations } from './migrate.ts';
import { openDatabase } from './open.ts';
import { databaseProblem, folderProblem } from './problems.ts';
import { startTool, ToolError } from './tools.ts';

export type RestoreOptions = StartOptions & {
  file: string;
  /** An external server (DATABASE_URL) takes the rows; the files still go to `home`. */
  databaseUrl?: string | undefined;
};

/**
 * Nothing may run on `home` meanwhile. Everything is made ready beside its place and then moved,
 * the database last; after a crash before that, restoring again starts afresh. An older backup
 * is migrated to this code's schema. Throws ProblemError.
 */
export async function restore(options: RestoreOptions): Promise<BackupManifest> {
  const file = resolve(options.file);
  const { home } = options;
  const manifest = await verifyBackup(file);
  refuseNewer(manifest);
  const staging = join(home, 'restore.tmp');
  await openWay(home, [home], postgresAccount());
  await refuseOccupied(home);
  await rm(staging, { recursive: true, force: true });
  await openWay(home, [staging], postgresAccount());
  try {
    await unpack(file, staging, manifest);
    if (options.databaseUrl === undefined || options.databaseUrl === '') await fillEmbedded(staging, manifest, options);
    else await fillExternal(staging, manifest, options);
    for (const folder of [...BACKUP_FOLDERS, 'pg']) await move(join(staging, folder), join(home, folder));
    await sync(home);
    return manifest;
  } catch (error) {
    if (error instanceof ToolError) throw databaseProblem('restore_failed', { file, path: home }, error.detail);
    throw folderProblem(error, home);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function refuseNewer(manifest: BackupManifest): void {
  const known = new Map(readMigrations().map(({ name, checksum }) => [name, checksum]));
  const unknown = manifest.migrations.find(({ name, checksum }) => known.get(name) !== checksum);
  if (unknown !== undefined) throw databaseProblem('backup_newer', { migration: unknown.name });
}

async function refuseOccupied(home: string): Promise<void> {
  // Files without a database are what an interrupted restore leaves; they come again.
  const interrupted = (await readdir(home)).includes('restore.tmp');
  for (const folder of interrupted ? ['pg'] : ['pg', ...BACKUP_FOLDERS]) {
    const entries = await readdir(join(home, folder)).catch(() => []);
    if (entries.length > 0) throw databaseProblem('restore_target_not_empty', { path: join(home, folder) });
  }
}

async function unpack(file: string, staging: string, manifest: BackupManifest): Promise<void> {
  const wanted = new Set(manifest.files.map(({ path }) => path));
  await extract({
    file,
    cwd: staging,
    strict: true,
    noChmod: true,
    preserveOwner: false,
    filter: (path, entry) => wanted.has(path) && 'type' in entry && entry.type === 'File',
  });
  for (const { path } of manifest.files) await sync(join(staging, path));
}

async function fillEmbedded(staging: string, manifest: BackupManifest, options: RestoreOptions): Promise<void> {
  const postgres = await startPostgres({ ...options, home: staging });
  try {
    await fill(postgres.appUrl, postgres.binDir, staging, manifest);
  } finally {
    await postgres.stop();
  }
}

async function fillExternal(staging: string, manifest: BackupManifest, options: RestoreOptions): Promise<void> {
  const database = await openDatabase(options);
  await fill(database.appUrl, await database.tools(), staging, manifest);
}

/**
 * The tables come from our own migrations, the rows from the dump: so it does not matter which
 * server, role or schema the dump was taken from.
 */
async function fill(url: string, binDir: string, staging: string, manifest: BackupManifest): Promise<void> {
  const db = connect(url, { max: 1, statementTimeout: 0 });
  try {
    await refuseFilled(db, manifest);
    const then = new Set(manifest.migrations.map(({ name }) => name));
    await migrate(
      db,
      readMigrations().filter(({ name }) => then.has(name)),
    );
    const { schema, tables } = await tablesInOrder(db);
    // Rows come as they were: what triggers once made of them is in the dump too.
    await setTriggers(db, tables, 'disable');
    await loadRows(url, binDir, staging, { from: manifest.schema, to: schema, tables });
    await setTriggers(db, tables, 'enable');
    await migrate(db);
    await sql`analyze`.execute(db);
  } finally {
    await db.destroy();
  }
}

/** Empty tables are what an interrupted restore leaves, or none at all. */
async function refuseFilled(db: Db, manifest: BackupManifest): Promise<void> {
  const { rows: there } = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'`.execute(
    db,
  );
  const [first] = there;
  if (first === undefined) return;
  const filled = databaseProblem('restore_target_not_empty', { table: first.name });
  if (!there.some(({ name }) => name === 'minori_migration')) throw filled;
  const known = new Set(manifest.migrations.map(({ name }) => name));
  const applied = await db.selectFrom('minori_migration').select('name').execute();
  if (applied.some(({ name }) => !known.has(name))) throw filled;
  if (applied.length > 0 && (await db.selectFrom('user').select('id').limit(1).execute()).length > 0) throw filled;
}

/** The tables, each after those that its foreign keys name. */
async function tablesInOrder(db: Db): Promise<{ schema: string; tables: string[] }> {
  const { rows } = await sql<{ schema: string; name: string; needs: string[] }>`
    select current_schema() as schema, c.relname::text as name, coalesce(array_agg(f.relname::text) filter (where f.oid <> c.oid), '{}') as needs
    from pg_class c
    left join pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
    left join pg_class f on f.oid = k.confrelid
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname <> 'minori_migration'
    group by c.oid order by c.relname`.execute(db);
  const needs = new Map(rows.map((row) => [row.name, row.needs]));
  const tables = new Set<string>();
  const place = (name: string): void => {
    if (tables.has(name)) return;
    for (const needed of needs.get(name) ?? []) place(needed);
    tables.add(name);
  };
  for (const name of needs.keys()) place(name);
  return { schema: rows[0]?.schema ?? 'public', tables: [...tables] };
}

async function setTriggers(db: Db, tables: readonly string[], state: 'enable' | 'disable'): Promise<void> {
  for (const table of tables) await sql`alter table ${sql.table(table)} ${sql.raw(state)} trigger user`.execute(db);
}

type Rows = { from: string; to: string; tables: readonly string[] };

/** pg_restore as text into psql, in one transaction: a server older than the tools understands that. */
async function loadRows(url: string, binDir: string, staging: string, { from, to, tables }: Rows): Promise<void> {
  const dump = join(staging, DUMP);
  const list = join(staging, 'contents.list');
  await writeFile(list, inOrder(await contentsOf(binDir, dump), from, tables));
  const reader = startTool(binDir, 'pg_restore', [
    '--data-only',
    '--no-owner',
    '--use-list',
    list,
    '--file',
    '-',
    dump,
  ]);
  const psql = ['--no-psqlrc', '--quiet', '--single-transaction', '--set', 'ON_ERROR_STOP=1'];
  const writer = startTool(binDir, 'psql', psql, url);
  writer.child.stdout.resume();
  // What psql says when it stops matters more than that the pipe to it broke.
  const piped = pipeline(reader.child.stdout, adapted(from, to), writer.child.stdin).catch((error: unknown) => error);
  await writer.done;
  await reader.done;
  const broken = await piped;
  if (broken !== undefined) throw broken;
}

async function contentsOf(binDir: string, dump: string): Promise<string> {
  const lister = startTool(binDir, 'pg_restore', ['--list', dump]);
  const chunks: Buffer[] = [];
  for await (const chunk of lister.child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  await lister.done;
  return Buffer.concat(chunks).toString('utf8');
}

/** Lines such as `3850; 0 16400 TABLE DATA public datasets minori`, rows first, then the counters. */
function inOrder(contents: string, schema: string, tables: readonly string[]): string {
  const lines = contents.split('\n');
  const rows = tables.map((table) => lines.find((line) => line.includes(` TABLE DATA ${schema} ${table} `)));
  const missing = tables.find((_table, index) => rows[index] === undefined);
  if (missing !== undefined) throw databaseProblem('backup_damaged', { path: DUMP, table: missing });
  return [...rows, ...lines.filter((line) => line.includes(` SEQUENCE SET ${schema} `)), ''].join('\n');
}

/**
 * Names the target's schema, and leaves out what PostgreSQL before 17 does not know; the rows
 * themselves, between COPY and its end, pass untouched.
 */
function adapted(from: string, to: string): Transform {
  let rest = '';
  let inRows = false;
  const adaptLine = (line: string): string => {
    if (inRows) {
      inRows = line !== '\\.\n';
      return line;
    }
    if (line.startsWith('SET transaction_timeout')) return '';
    if (line.startsWith(`COPY ${from}.`)) {
      inRows = true;
      return `COPY ${to}.${line.slice(`COPY ${from}.`.length)}`;
    }
    return line.replace(`pg_catalog.setval('${from}.`, () => `pg_catalog.setval('${to}.`);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + chunk.toString('latin1')).split(/(?<=\n)/);
      rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
      done(null, Buffer.from(lines.map(adaptLine).join(''), 'latin1'));
    },
    flush(done) {
      done(null, Buffer.from(adaptLine(rest), 'latin1'));
    },
  });
}

async function move(from: string, to: string): Promise<void> {
  const there = await readdir(from).catch(() => null);
  if (there === null) return;
  await rm(to, { recursive: true, force: true });
  await rename(from, to);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
