/** Files of pictures that no row names: left by a crash between placing a file and writing its row, or within a deletion. */
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import type { Clock } from '../platform/clock.ts';
import type { Home } from '../platform/home.ts';

/** Files are placed seconds before their rows; nothing younger than this is touched. */
const KEEP_MS = 24 * 3_600_000;
const OURS = /^([0-9a-f]{64}\.(?:jpg|png|webp|tif))(?:\.(?:thumb|view)\.webp)?$/;

/** @returns how many files went */
export async function sweepOrphans(deps: { db: Db; home: Home; clock: Clock }): Promise<number> {
  let removed = 0;
  for (const theme of await readdir(deps.home.images))
    if (/^\d+$/.test(theme)) removed += await sweepTheme(deps, Number(theme));
  return removed;
}

async function sweepTheme(deps: { db: Db; home: Home; clock: Clock }, themeId: number): Promise<number> {
  const root = join(deps.home.images, String(themeId));
  const named = await namedPaths(deps.db, themeId);
  const suspects: { path: string; file: string }[] = [];
  const folders = await readdir(root);
  for (const folder of folders)
    for (const file of await readdir(join(root, folder)).catch(() => [])) {
      const original = OURS.exec(file)?.[1];
      if (original === undefined) continue;
      const path = `images/${themeId}/${folder}/${original}`;
      if (!named.has(path) && (await isOld(deps.clock, join(root, folder, file))))
        suspects.push({ path, file: join(root, folder, file) });
    }
  // The same picture may have come again while the folders were read.
  const now = suspects.length === 0 ? named : await namedPaths(deps.db, themeId);
  let removed = 0;
  for (const { path, file } of suspects) {
    if (now.has(path)) continue;
    await rm(file, { force: true });
    removed += 1;
  }
  if (removed > 0) for (const folder of [...folders.map((name) => join(root, name)), root]) await removeEmpty(folder);
  return removed;
}

async function namedPaths(db: Db, themeId: number): Promise<Set<string>> {
  const { rows } = await sql<{ image_path: string }>`
    select image_path from train_data where theme_id = ${themeId}`.execute(db);
  return new Set(rows.map(({ image_path: path }) => path));
}

/** Moving a file to its place changes its inode's time, also where the content is older. */
async function isOld(clock: Clock, file: string): Promise<boolean> {
  const facts = await stat(file).catch(() => null);
  return facts !== null && clock.now() - Math.max(facts.mtimeMs, facts.ctimeMs) > KEEP_MS;
}

async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => null);
}
