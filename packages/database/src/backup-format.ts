/** A backup: one tar with the database (pg_dump -Fc), the files of the home, and a manifest last. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Parser } from 'tar';
import type { Migration } from './migrate.ts';
import { databaseProblem } from './problems.ts';

export const BACKUP_FORMAT = 1;
export const MANIFEST = 'minori-backup.json';
export const DUMP = 'database.dump';
/** What of the home belongs to a backup: everything that rows refer to. */
export const BACKUP_FOLDERS = ['data', 'artifacts', 'models', 'spool', 'images'] as const;

export type BackupFile = { path: string; bytes: number; sha256: string };
export type BackupManifest = {
  format: number;
  created_at: string;
  postgres: string;
  /** The schema the tables lie in. */
  schema: string;
  migrations: Pick<Migration, 'name' | 'checksum'>[];
  files: BackupFile[];
};

/** Regular files below `folder`, as paths from it with `/`; links and everything else are left out. */
export async function listFiles(folder: string, below: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of below) {
    const info = await lstat(join(folder, name)).catch(() => null);
    if (info?.isFile()) found.push(name);
    if (info?.isDirectory()) {
      const entries = await readdir(join(folder, name));
      found.push(
        ...(await listFiles(
          folder,
          entries.toSorted().map((entry) => `${name}/${entry}`),
        )),
      );
    }
  }
  return found;
}

export async function describeFile(folder: string, path: string): Promise<BackupFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(join(folder, path)) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    hash.update(chunk);
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

/**
 * Reads a whole backup and compares every file with the manifest's hash. Answers the manifest;
 * throws ProblemError backup_unreadable (no backup) or backup_damaged (which file, and how).
 */
export async function verifyBackup(file: string): Promise<BackupManifest> {
  const found = new Map<string, BackupFile>();
  let manifestText = '';
  const parser = new Parser({ strict: true });
  parser.on('entry', (entry) => {
    const hash = createHash('sha256');
    let bytes = 0;
    entry.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      hash.update(chunk);
      if (entry.path === MANIFEST) manifestText += chunk.toString('utf8');
    });
    entry.on('end', () => {
      // A path that comes twice, or something that is no plain file, matches no manifest of ours.
      const path = entry.type === 'File' && !found.has(entry.path) ? entry.path : `${entry.path} (${entry.type})`;
      found.set(path, { path, bytes, sha256: hash.digest('hex') });
    });
  });
  try {
    await pipeline(createReadStream(file), parser as unknown as NodeJS.WritableStream);
  } catch (error) {
    throw databaseProblem('backup_unreadable', { file }, String(error));
  }
  const manifest = readManifest(file, manifestText);
  found.delete(MANIFEST);
  for (const expected of manifest.files) {
    const entry = found.get(expected.path);
    if (entry?.sha256 !== expected.sha256) throw databaseProblem('backup_damaged', { file, path: expected.path });
    found.delete(expected.path);
  }
  const [extra] = found.keys();
  if (extra !== undefined) throw databaseProblem('backup_damaged', { file, path: extra });
  if (manifest.files.some(({ path }) => !isOurs(path)))
    throw databaseProblem('backup_damaged', { file, path: MANIFEST });
  return manifest;
}

function readManifest(file: string, text: string): BackupManifest {
  let manifest: Partial<BackupManifest> = {};
  try {
    manifest = JSON.parse(text) as BackupManifest;
  } catch {
    throw databaseProblem('backup_unreadable', { file });
  }
  if (typeof manifest.format !== 'number' || !Array.isArray(manifest.files) || !Array.isArray(manifest.migrations)) {
    throw databaseProblem('backup_unreadable', { file });
  }
  if (manifest.format > BACKUP_FORMAT) throw databaseProblem('backup_newer', { format: manifest.format });
  return manifest as BackupManifest;
}

function isOurs(path: string): boolean {
  const parts = path.split('/');
  const inside = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return inside && (path === DUMP || (BACKUP_FOLDERS as readonly string[]).includes(parts[0] ?? ''));
}
