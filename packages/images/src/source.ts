/** Where pictures come from: a zip that somebody sent, or a folder of the server. Names are text, never paths of ours. */
import { closeSync, constants, createWriteStream, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { lstat, open, opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TaskFailure } from '@minori/contract';
import { openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { IMAGE_LIMITS } from './item.ts';
import type { Rejection } from './item.ts';

export interface SourceFile {
  /** With `/`, relative to the source: `cats/1.jpg`. */
  readonly name: string;
  readonly bytes: number;
  /** Known without reading it. */
  readonly rejected: Rejection | null;
}

export interface Source {
  readonly files: readonly SourceFile[];
  /** Writes a file's content to `path`; it may turn out unreadable. */
  copy(file: SourceFile, path: string): Promise<Rejection | null>;
  /** A small text beside the pictures. @throws TaskFailure annotations_too_large */
  text(file: SourceFile): Promise<string>;
  close(): void;
}

/** Up to this size a file is copied in this thread at once: handing it to another takes longer than the copy. */
const SMALL_BYTES = 64 * 1024;
const MAX_TEXT_BYTES = 512 * 1024 ** 2;
/** Pictures hardly shrink: an archive that unpacks to so many times its size holds something else. */
const MOST_GROWTH = 100;
const SMALL_ARCHIVE = 1024 ** 3;

/** @throws TaskFailure archive_invalid | archive_bomb | too_many_files */
export async function openZip(path: string, size: number): Promise<Source> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false, decodeStrings: false });
  } catch (error) {
    throw new TaskFailure('bad_data', 'archive_invalid', {}, String(error));
  }
  const entries = new Map<SourceFile, Entry>();
  let unpacked = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      if (name.endsWith('/') || isNoise(name)) continue;
      unpacked += entry.uncompressedSize;
      if (unpacked > Math.min(IMAGE_LIMITS.unpacked_bytes, Math.max(SMALL_ARCHIVE, size * MOST_GROWTH)))
        throw new TaskFailure('bad_data', 'archive_bomb', { bytes: unpacked });
      if (entries.size >= IMAGE_LIMITS.files)
        throw new TaskFailure('bad_data', 'too_many_files', { limit: IMAGE_LIMITS.files });
      entries.set({ name, bytes: entry.uncompressedSize, rejected: refusal(entry, name) }, entry);
    }
  } catch (error) {
    zip.close();
    throw error instanceof TaskFailure ? error : new TaskFailure('bad_data', 'archive_invalid', {}, String(error));
  }
  const stream = async (file: SourceFile) => zip.openReadStreamPromise(entries.get(file) as Entry);
  return {
    files: [...entries.keys()],
    async copy(file, target) {
      try {
        await pipeline(await stream(file), createWriteStream(target, { mode: 0o600, flags: 'wx' }));
        return null;
      } catch (error) {
        return failedCopy(error);
      }
    },
    async text(file) {
      refuseLarge(file);
      const parts: Buffer[] = [];
      for await (const part of await stream(file)) parts.push(part as Buffer);
      return decode(Buffer.concat(parts));
    },
    close: () => zip.close(),
  };
}

/** A folder of the server; links are listed as refused, and nothing is read through one. */
export async function openFolder(root: string): Promise<Source> {
  const files: SourceFile[] = [];
  await walk(root, '', files);
  return {
    files,
    async copy(file, target) {
      try {
        // Opened once, without following a link that came meanwhile.
        if (file.bytes <= SMALL_BYTES && copySmall(join(root, file.name), target)) return null;
        const handle = await open(join(root, file.name), constants.O_RDONLY | constants.O_NOFOLLOW);
        try {
          await pipeline(
            handle.createReadStream({ autoClose: false }),
            createWriteStream(target, { mode: 0o600, flags: 'wx' }),
          );
        } finally {
          await handle.close();
        }
        return null;
      } catch (error) {
        return failedCopy(error);
      }
    },
    async text(file) {
      refuseLarge(file);
      return decode(await readFile(join(root, file.name), { flag: constants.O_RDONLY | constants.O_NOFOLLOW }));
    },
    close: () => undefined,
  };
}

/** One file of annotations without pictures; it has no folder, so neither have the names in it. */
export async function openAnnotations(path: string, name: string): Promise<Source> {
  return openNames([], [{ path, name }]);
}

/** Pictures that somebody is about to send, by their names alone, and the annotations beside them. */
export async function openNames(
  names: readonly string[],
  annotations: readonly { path: string; name: string }[],
): Promise<Source> {
  const paths = new Map<SourceFile, string>();
  for (const { path, name } of annotations) paths.set({ name, bytes: (await lstat(path)).size, rejected: null }, path);
  return {
    files: [...paths.keys(), ...names.map((name) => ({ name, bytes: 0, rejected: null }))],
    copy: async () => 'unreadable',
    async text(file) {
      refuseLarge(file);
      return decode(await readFile(paths.get(file) ?? ''));
    },
    close: () => undefined,
  };
}

/** @returns false when it is not small any more */
function copySmall(from: string, to: string): boolean {
  const file = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(file);
    if (size > SMALL_BYTES) return false;
    const content = Buffer.allocUnsafe(size);
    writeFileSync(to, content.subarray(0, readSync(file, content)), { mode: 0o600, flag: 'wx' });
    return true;
  } finally {
    closeSync(file);
  }
}

async function walk(root: string, folder: string, files: SourceFile[]): Promise<void> {
  for await (const entry of await opendir(join(root, folder))) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (isNoise(name)) continue;
    if (files.length >= IMAGE_LIMITS.files)
      throw new TaskFailure('bad_data', 'too_many_files', { limit: IMAGE_LIMITS.files });
    if (entry.isDirectory()) await walk(root, name, files);
    else if (entry.isFile()) files.push({ name, bytes: (await lstat(join(root, name))).size, rejected: null });
    else files.push({ name, bytes: 0, rejected: entry.isSymbolicLink() ? 'symlink' : 'unreadable' });
  }
}

const ENCRYPTED = 0x1;
const UTF8 = 0x800;
const LINK = 0o120000;

function refusal(entry: Entry, name: string): Rejection | null {
  if (/(^|\/)\.\.(\/|$)|^\/|^[a-z]:/i.test(name) || name.includes('\0')) return 'path_outside';
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) return 'encrypted';
  if (((entry.externalFileAttributes >>> 16) & 0o170000) === LINK) return 'symlink';
  if (entry.uncompressedSize > IMAGE_LIMITS.bytes) return 'too_large';
  return null;
}

/** Zips of Windows name their files in the code page of whoever made them. */
function nameOf(entry: Entry): string {
  const bytes = entry.fileName as unknown as Buffer;
  return ((entry.generalPurposeBitFlag & UTF8) === 0 ? decode(bytes) : new TextDecoder().decode(bytes)).replaceAll(
    '\\',
    '/',
  );
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('shift_jis').decode(bytes);
  }
}

/** What file managers leave behind. */
function isNoise(name: string): boolean {
  return /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\.git\/)/.test(name);
}

function refuseLarge(file: SourceFile): void {
  if (file.bytes > MAX_TEXT_BYTES) throw new TaskFailure('bad_data', 'annotations_too_large', { name: file.name });
}

/** A full disk ends the task; a file that cannot be read is one of many. */
function failedCopy(error: unknown): Rejection {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') throw error;
  return code === 'ELOOP' ? 'symlink' : 'unreadable';
}
