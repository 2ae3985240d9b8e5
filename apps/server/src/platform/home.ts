/** MINORI_HOME: its folders, and the lock that lets one server at a time have it. */
import { mkdir, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { connection, ProblemError } from '@minori/contract';
import type { Connection } from '@minori/contract';
import { writeFileAtomic } from './files.ts';

export interface Home {
  readonly root: string;
  readonly run: string;
  readonly spool: string;
  readonly data: string;
  readonly artifacts: string;
  readonly images: string;
  readonly uploads: string;
  readonly tmp: string;
  readonly logs: string;
  /** What programs of the same user read to find the server; mode 0600. */
  readonly connectionFile: string;
}

const NEEDED_BYTES = 300 * 1024 ** 2;

export function homeAt(root: string): Home {
  return {
    root,
    run: join(root, 'run'),
    spool: join(root, 'spool'),
    data: join(root, 'data'),
    artifacts: join(root, 'artifacts'),
    images: join(root, 'images'),
    uploads: join(root, 'uploads'),
    tmp: join(root, 'tmp'),
    logs: join(root, 'logs'),
    connectionFile: join(root, 'connection.json'),
  };
}

/**
 * Makes the folders.
 * @throws ProblemError home_unreachable {path, detail} | disk_full {path, free, needed}
 */
export async function openHome(root: string): Promise<Home> {
  const home = homeAt(root);
  try {
    // PostgreSQL's own user must be able to pass through; everything private lies one level down.
    await mkdir(root, { recursive: true, mode: 0o711 });
    for (const folder of [
      home.run,
      home.spool,
      home.data,
      home.artifacts,
      home.images,
      home.uploads,
      home.tmp,
      home.logs,
    ])
      await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new ProblemError('disk_full', 507, { path: root, free: 0, needed: NEEDED_BYTES });
    throw new ProblemError('home_unreachable', 500, { path: root, detail: (error as Error).message });
  }
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize < NEEDED_BYTES)
    throw new ProblemError('disk_full', 507, { path: root, free: bavail * bsize, needed: NEEDED_BYTES });
  return home;
}

/**
 * Takes the home for this process. The lock is SQLite's: the kernel drops it with the process, so
 * a kill -9 leaves nothing behind, which a file with a pid in it could not promise.
 * @throws ProblemError home_in_use {path, url, pid}
 */
export async function lockHome(home: Home): Promise<() => void> {
  const lock = new DatabaseSync(join(home.run, 'server.lock'), { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch {
    lock.close();
    const other = await readConnection(home);
    throw new ProblemError('home_in_use', 409, { path: home.root, url: other?.url ?? null, pid: other?.pid ?? null });
  }
  return () => lock.close();
}

/** What a killed server left half-made; the engine's own files in the same folder stay. */
export async function sweepTemporary(home: Home): Promise<void> {
  for (const name of await readdir(home.tmp))
    if (/^(backup|version)-/.test(name)) await rm(join(home.tmp, name), { recursive: true, force: true });
}

export async function readConnection(home: Home): Promise<Connection | null> {
  try {
    return connection.parse(JSON.parse(await readFile(home.connectionFile, 'utf8')));
  } catch {
    return null;
  }
}

export async function writeConnection(home: Home, value: Connection): Promise<void> {
  await writeFileAtomic(home.connectionFile, `${JSON.stringify(value, null, 2)}\n`, 0o600);
}

export async function removeConnection(home: Home): Promise<void> {
  await rm(home.connectionFile, { force: true });
}
