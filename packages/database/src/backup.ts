/** Takes a backup of a running product. */
import { chmod, mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ProblemError } from '@minori/contract';
import { create, replace } from 'tar';
import { BACKUP_FORMAT, describeFile, DUMP, listFiles, MANIFEST, verifyBackup } from './backup-format.ts';
import type { BackupManifest } from './backup-format.ts';
import { connect } from './connect.ts';
import { databaseProblem } from './problems.ts';
import { startTool, ToolError } from './tools.ts';
import { POSTGRES_VERSION } from './embedded/install.ts';

export type BackupOptions = {
  /** Folder of pg_dump (`openDatabase().tools()`). */
  binDir: string;
  /** The product's database (`appUrl`). */
  url: string;
  home: string;
  /** Where the backup goes; mode 0600, for it holds password hashes and keys. */
  file: string;
  schema?: string;
};

/**
 * Writes one tar, reads it back against its hashes, and only then gives it its name. Rows come
 * from one snapshot and the files they name are never rewritten, so both belong together although
 * work goes on. Throws ProblemError.
 */
export async function backup(options: BackupOptions): Promise<BackupManifest> {
  const { home, binDir, url, schema = 'public' } = options;
  const file = resolve(options.file);
  const part = `${file}.part`;
  await mkdir(dirname(file), { recursive: true });
  await mkdir(join(home, 'tmp'), { recursive: true });
  const staging = await mkdtemp(join(home, 'tmp', 'backup-'));
  try {
    const dump = join(staging, DUMP);
    // Naming `public` would make the dump create it; whatever else lies in our own database is ours.
    const scope = schema === 'public' ? ['--exclude-schema', 'mlflow'] : ['--schema', schema];
    await startTool(
      binDir,
      'pg_dump',
      ['--format', 'custom', '--no-owner', '--no-privileges', ...scope, '--file', dump],
      url,
    ).done;
    const manifest: BackupManifest = {
      format: BACKUP_FORMAT,
      created_at: new Date().toISOString(),
      postgres: POSTGRES_VERSION,
      schema,
      migrations: await appliedMigrations(url),
      files: [await describeFile(staging, DUMP)],
    };
    // The files after the rows: whatever a row of the snapshot names is there by now.
    const paths = await listFiles(home, await foldersOf(url));
    for (const path of paths) manifest.files.push(await describeFile(home, path));
    await writeFile(join(staging, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);

    // Two names of one file are two files here: a link in the tar would carry no content of its own.
    const linkCache = Object.assign(new Map<never, string>(), { get: () => undefined });
    const common = { file: part, portable: true, strict: true, mode: 0o600, linkCache };
    await create({ ...common, cwd: staging }, [DUMP]);
    await chmod(part, 0o600);
    if (paths.length > 0) await replace({ ...common, cwd: home }, paths);
    await replace({ ...common, cwd: staging }, [MANIFEST]);
    await sync(part);
    await verifyBackup(part);
    await rename(part, file);
    await sync(dirname(file));
    return manifest;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw databaseProblem(
      'backup_failed',
      { file, path: dirname(file) },
      error instanceof ToolError ? error.detail : String(error),
    );
  } finally {
    await rm(staging, { recursive: true, force: true });
    await rm(part, { force: true });
  }
}

/** Attempts that still run write into their folders; after a restore they count as lost anyway. */
async function foldersOf(url: string): Promise<string[]> {
  const db = connect(url, { max: 1 });
  try {
    const ended = await db
      .selectFrom('run_attempt')
      .select('id')
      .where('ended_at', 'is not', null)
      .orderBy('id')
      .execute();
    return ['data', 'artifacts', 'models', ...ended.map(({ id }) => `spool/${id}`)];
  } finally {
    await db.destroy();
  }
}

async function appliedMigrations(url: string): Promise<BackupManifest['migrations']> {
  const db = connect(url, { max: 1 });
  try {
    return await db.selectFrom('minori_migration').select(['name', 'checksum']).orderBy('name').execute();
  } finally {
    await db.destroy();
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
