/** The files of pictures: images/<theme>/<aa>/<sha256>.<format> in the home, whole or absent, never rewritten. */
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImageFacts } from '@minori/images';
import { syncFolder } from '../platform/files.ts';
import type { Home } from '../platform/home.ts';

const EXTENSION = { jpeg: 'jpg', png: 'png', webp: 'webp', tiff: 'tif' } as const;
export const MEDIA_TYPE = { jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp', tiff: 'image/tiff' } as const;
/** Stands in image_path of a picture whose file is gone. */
export const DELETED = 'deleted/';

export function imagesFolder(home: Home, themeId: number): string {
  return join(home.images, String(themeId));
}

/** What `train_data.image_path` says: relative to the home, with `/` on every system. */
export function imagePath(themeId: number, facts: Pick<ImageFacts, 'sha256' | 'format'>): string {
  return `images/${themeId}/${facts.sha256.slice(0, 2)}/${facts.sha256}.${EXTENSION[facts.format]}`;
}

export type ImageSize = 'thumb' | 'view' | 'original';

/** Absolute path; a picture without a reduced one serves as its own. */
export async function findFile(home: Home, path: string, size: ImageSize): Promise<{ path: string; reduced: boolean }> {
  const original = join(home.root, path);
  if (size === 'original') return { path: original, reduced: false };
  for (const name of size === 'thumb' ? ['thumb', 'view'] : ['view']) {
    const derived = `${original}.${name}.webp`;
    if (await isThere(derived)) return { path: derived, reduced: true };
  }
  return { path: original, reduced: false };
}

export interface ArrivedFile {
  /** Where the task left it, synced. */
  readonly path: string;
  readonly folder: string;
  readonly facts: ImageFacts;
}

/** Moves that wait for the disk at once. */
const AT_ONCE = 8;

/**
 * Moves files to their names and brings the names to the disk, each folder once however many files it gets.
 * Safe to repeat after a crash: what is there already stays.
 */
export async function placeFiles(home: Home, themeId: number, files: readonly ArrivedFile[]): Promise<void> {
  const placed = files.map((file) => ({ ...file, target: join(home.root, imagePath(themeId, file.facts)) }));
  const folders = new Set(placed.map(({ target }) => dirname(target)));
  const made = new Set<string>();
  for (const folder of folders) {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (first !== undefined) made.add(dirname(first)).add(imagesFolder(home, themeId));
  }
  await eachOf(placed, async ({ path, folder, facts, target }) => {
    if (facts.thumb !== null) await move(join(folder, facts.thumb), `${target}.thumb.webp`);
    if (facts.view !== null) await move(join(folder, facts.view), `${target}.view.webp`);
    // The picture itself comes last: where it is, what belongs to it is too.
    await move(path, target);
  });
  await eachOf([...folders, ...made], syncFolder);
}

async function eachOf<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = list.values();
  const worker = async () => {
    for (const one of rest) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export async function removeFiles(home: Home, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if (path.startsWith(DELETED)) continue;
    for (const suffix of ['', '.thumb.webp', '.view.webp']) await rm(join(home.root, path) + suffix, { force: true });
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // Moved before a crash, and asked for again.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !(await isThere(to))) throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
