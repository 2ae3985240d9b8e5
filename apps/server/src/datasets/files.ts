/** Content-addressed dataset versions: home/data/<sha256>/, whole or absent, never rewritten. */
import { randomUUID } from 'node:crypto';
import { access, copyFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { profile as profileSchema, ProblemError } from '@minori/contract';
import type { Profile } from '@minori/contract';
import { syncFolder } from '../platform/files.ts';
import type { Home } from '../platform/home.ts';

const SHA256 = /^[0-9a-f]{64}$/;

export function versionFolder(home: Home, sha256: string): string {
  if (!SHA256.test(sha256)) throw new RangeError(`not a content address: ${sha256}`);
  return join(home.data, sha256);
}

/** `data.parquet` of a version: unique_id, ds, y, exogenous columns, sorted. */
export function versionParquet(home: Home, sha256: string): string {
  return join(versionFolder(home, sha256), 'data.parquet');
}

/** Known-future columns of the time after the values; only there where the data came with such rows. */
export function versionFuture(home: Home, sha256: string): string {
  return join(versionFolder(home, sha256), 'future.parquet');
}

/** All of it, series included, which the row in the database cuts short. @throws ProblemError data_missing 409 */
export async function readVersionProfile(home: Home, sha256: string): Promise<Profile> {
  try {
    return profileSchema.parse(JSON.parse(await readFile(join(versionFolder(home, sha256), 'profile.json'), 'utf8')));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new ProblemError('data_missing', 409) : error;
  }
}

/**
 * Moves a build's files to their content address; equal content that is there already stays.
 * Safe to repeat after a crash.
 * @param files absolute paths; their base names are kept
 */
export async function storeVersion(home: Home, sha256: string, files: readonly string[]): Promise<void> {
  const target = versionFolder(home, sha256);
  if (await isThere(target)) return;
  const building = join(home.tmp, `version-${randomUUID()}`);
  try {
    await mkdir(building, { mode: 0o700 });
    for (const file of files) {
      const copy = join(building, basename(file));
      await copyFile(file, copy);
      const handle = await open(copy, 'r');
      await handle.sync().finally(() => handle.close());
    }
    await syncFolder(building);
    await rename(building, target).catch(async (error: unknown) => {
      // Another build of the same content was faster.
      if (!(await isThere(target))) throw error;
    });
    await syncFolder(home.data);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
