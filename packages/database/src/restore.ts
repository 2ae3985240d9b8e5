/** Puts a backup into an empty home, or into an empty external database: wholly or not at all. */
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { extract } from 'tar';
import { BACKUP_FOLDERS, BackupError, DUMP, verifyBackup } from './backup-format.ts';
import type { BackupManifest } from './backup-format.ts';
import { connect } from './connect.ts';
import { openWay, postgresAccount } from './embedded/account.ts';
import { startPostgres } from './embedded/start.ts';
import type { StartOptions } from './embedded/start.ts';
import { migrate, readMigrations } from './migrate.ts';
import { openDatabase } from './open.ts';
import { startTool, ToolError } from './tools.ts';

export type RestoreOptions = StartOptions & {
  file: string;
  /** An external server (DATABASE_URL) takes the rows; the files still go to `home`. */
  databaseUrl?: string | undefined;
};

/**
 * Nothing may run on `home` meanwhile. Everything is made ready beside its place and then moved,
 * the database last; after a crash before that, restoring again starts afresh. An older backup
 * is migrated to this code's schema. Throws BackupError.
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
    if (error instanceof ToolError) throw new BackupError('restore_failed', { file }, error.detail);
    throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function refuseNewer(manifest: BackupManifest): void {
  const known = new Map(readMigrations().map(({ name, checksum }) => [name, checksum]));
  const unknown = manifest.migrations.find(({ name, checksum }) => known.get(name) !== checksum);
  if (unknown !== undefined) throw new BackupError('backup_newer', { migration: unknown.name });
}

async function refuseOccupied(home: string): Promise<void> {
  // Files without a database are what an interrupted restore leaves; they come again.
  const interrupted = (await readdir(home)).includes('restore.tmp');
  for (const folder of interrupted ? ['pg'] : ['pg', ...BACKUP_FOLDERS]) {
    const entries = await readdir(join(home, folder)).catch(() => []);
    if (entries.length > 0) throw new BackupError('restore_target_not_empty', { path: join(home, folder) });
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
    await load(postgres.binDir, join(staging, DUMP), postgres.appUrl);
    if (manifest.schema !== 'public') await makePublic(postgres.appUrl, manifest.schema);
    await bringUpToDate(postgres.appUrl);
  } finally {
    await postgres.stop();
  }
}

async function fillExternal(staging: string, manifest: BackupManifest, options: RestoreOptions): Promise<void> {
  const database = await openDatabase(options);
  if (database.schema !== manifest.schema) {
    throw new BackupError('restore_schema_differs', { backup: manifest.schema, target: database.schema });
  }
  const db = connect(database.appUrl, { max: 1 });
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' limit 1`
    .execute(db)
    .finally(() => db.destroy());
  if (rows[0] !== undefined) throw new BackupError('restore_target_not_empty', { table: rows[0].name });
  await load(await database.tools(), join(staging, DUMP), database.appUrl);
  await bringUpToDate(database.appUrl);
}

/** The tables of a backup taken from a shared database, where they had a schema of their own. */
async function makePublic(url: string, schema: string): Promise<void> {
  const db = connect(url, { max: 1 });
  try {
    await sql`drop schema public`.execute(db);
    await sql`alter schema ${sql.id(schema)} rename to public`.execute(db);
  } finally {
    await db.destroy();
  }
}

/** pg_restore as text into psql: one transaction, and a server older than the tools understands it. */
async function load(binDir: string, dump: string, url: string): Promise<void> {
  const reader = startTool(binDir, 'pg_restore', ['--no-owner', '--no-privileges', '--file', '-', dump]);
  const writer = startTool(binDir, 'psql', ['--no-psqlrc', '--quiet', '--single-transaction', '--set', 'ON_ERROR_STOP=1'], url);
  writer.child.stdout.resume();
  // What psql says when it stops matters more than that the pipe to it broke.
  const piped = pipeline(reader.child.stdout, withoutNewerSettings(), writer.child.stdin).catch((error: unknown) => error);
  await writer.done;
  await reader.done;
  const broken = await piped;
  if (broken !== undefined) throw broken;
}

/** Settings at a dump's head that PostgreSQL before 17 does not know; what follows is passed on as it is. */
function withoutNewerSettings(): Transform {
  let head: Buffer | null = Buffer.alloc(0);
  const clean = (text: Buffer) => Buffer.from(text.toString('latin1').replace(/^SET transaction_timeout = 0;\n/m, ''), 'latin1');
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (head === null) return done(null, chunk);
      head = Buffer.concat([head, chunk]);
      if (head.length < 4096) return done();
      const first = clean(head);
      head = null;
      return done(null, first);
    },
    flush(done) {
      done(null, head === null ? undefined : clean(head));
    },
  });
}

async function bringUpToDate(url: string): Promise<void> {
  const db = connect(url, { max: 1 });
  try {
    await migrate(db);
    await sql`analyze`.execute(db);
  } finally {
    await db.destroy();
  }
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
