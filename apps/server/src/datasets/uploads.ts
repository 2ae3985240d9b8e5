/**
 * Files on their way in: home/uploads/<id>/ with `content` and `upload.json`. The name a person gave
 * is only text; nothing of it becomes a path. They go after a day.
 */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ProblemError, preview as previewSchema } from '@minori/contract';
import type { Preview, Upload } from '@minori/contract';
import { z } from 'zod';
import { mayIn } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';
import type { Clock } from '../platform/clock.ts';
import type { UploadConfig } from '../platform/config.ts';
import { displayName, writeFileAtomic } from '../platform/files.ts';
import type { Home } from '../platform/home.ts';

const record = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  project_id: z.int(),
  owner_id: z.string(),
  /** Announced size; the upload is whole when so many bytes have come. Null: whatever comes. */
  expected: z.int().nullable(),
  created_at: z.number(),
  preview: previewSchema.nullable(),
  /** Pictures are looked at by an import, not as a table. */
  purpose: z.enum(['dataset', 'images']).default('dataset'),
});
export type UploadRecord = z.infer<typeof record>;

export interface UploadsDeps {
  readonly home: Home;
  readonly clock: Clock;
  readonly config: UploadConfig;
}

/** Room that has to stay when a file of known size comes in. */
const RESERVE_BYTES = 200 * 1024 ** 2;

export async function createUpload(
  deps: UploadsDeps,
  scope: Scope,
  input: { name: string; projectId: number; expected: number | null; purpose?: 'dataset' | 'images' },
): Promise<UploadRecord> {
  await refuseTooLarge(deps, input.expected ?? 0);
  const upload: UploadRecord = {
    id: randomUUID(),
    name: displayName(input.name),
    project_id: input.projectId,
    owner_id: scope.userId,
    expected: input.expected,
    created_at: deps.clock.now(),
    preview: null,
    purpose: input.purpose ?? 'dataset',
  };
  await mkdir(folderOf(deps.home, upload.id), { mode: 0o700 });
  await saveRecord(deps.home, upload);
  return upload;
}

/** A multipart frame around a file is smaller than this. */
const FRAME_BYTES = 64 * 1024;

/** Refuses by what was announced, before a byte of it is read. @throws ProblemError file_too_large 413 | disk_full 507 */
export async function refuseAnnounced(deps: UploadsDeps, contentLength: string | undefined): Promise<void> {
  await refuseTooLarge(deps, Math.max(0, Number(contentLength ?? 0) - FRAME_BYTES) || 0);
}

/** @throws ProblemError upload_not_found 404, also for whoever may not write in its project */
export async function readUpload(home: Home, scope: Scope, id: string): Promise<UploadRecord> {
  const upload = z.uuid().safeParse(id).success ? await readRecord(home, id) : null;
  if (upload === null || !mayIn(scope, upload.project_id, 'editor')) throw new ProblemError('upload_not_found', 404);
  return upload;
}

/** Path of the content, for an ingest task. */
export function contentOf(home: Home, upload: Pick<UploadRecord, 'id'>): string {
  return join(folderOf(home, upload.id), 'content');
}

/** Bytes that have arrived. */
export async function receivedBytes(home: Home, upload: Pick<UploadRecord, 'id'>): Promise<number> {
  return (await stat(contentOf(home, upload)).catch(() => null))?.size ?? 0;
}

/**
 * Appends a stream at `offset` (bytes that must be there already) and syncs it to the disk.
 * @throws ProblemError file_too_large 413 | disk_full 507 | upload_offset_wrong 409 {offset} | upload_incomplete 400 | upload_busy 409
 */
export async function receive(
  deps: UploadsDeps,
  upload: UploadRecord,
  source: Readable & { truncated?: boolean },
  offset: number,
): Promise<number> {
  if (receiving.has(upload.id)) throw new ProblemError('upload_busy', 409);
  receiving.add(upload.id);
  try {
    return await append(deps, upload, source, offset);
  } finally {
    receiving.delete(upload.id);
  }
}

/** Two senders of one file would mix their bytes. */
const receiving = new Set<string>();

async function append(
  deps: UploadsDeps,
  upload: UploadRecord,
  source: Readable & { truncated?: boolean },
  offset: number,
): Promise<number> {
  const path = contentOf(deps.home, upload);
  const there = await receivedBytes(deps.home, upload);
  if (offset !== there) throw new ProblemError('upload_offset_wrong', 409, { offset: there });
  let bytes = offset;
  const limit = Math.min(deps.config.max_bytes, upload.expected ?? Number.POSITIVE_INFINITY);
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > limit ? new ProblemError('file_too_large', 413, { max_bytes: limit }) : null, chunk);
    },
  });
  try {
    await pipeline(source, counted, createWriteStream(path, { flags: 'a', mode: 0o600 }));
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new ProblemError('disk_full', 507, { path: deps.home.uploads });
    throw new ProblemError('upload_incomplete', 400, { offset: await receivedBytes(deps.home, upload) });
  }
  if (source.truncated === true) throw new ProblemError('file_too_large', 413, { max_bytes: limit });
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
  return bytes;
}

export async function savePreview(home: Home, upload: UploadRecord, preview: Preview): Promise<Upload> {
  await saveRecord(home, { ...upload, preview });
  return { id: upload.id, name: upload.name, bytes: await receivedBytes(home, upload), preview };
}

export async function removeUpload(home: Home, id: string): Promise<void> {
  await rm(folderOf(home, id), { recursive: true, force: true });
}

/** Removes what is older than a day, and what a crash left without a record. */
export async function sweepUploads({ home, clock, config }: UploadsDeps, inUse: ReadonlySet<string>): Promise<void> {
  for (const id of await readdir(home.uploads)) {
    if (inUse.has(id)) continue;
    const created =
      (await readRecord(home, id))?.created_at ?? (await stat(join(home.uploads, id)).catch(() => null))?.mtimeMs ?? 0;
    if (clock.now() - created > config.keep_hours * 3_600_000)
      await rm(join(home.uploads, id), { recursive: true, force: true });
  }
}

async function refuseTooLarge({ home, config }: Pick<UploadsDeps, 'home' | 'config'>, bytes: number): Promise<void> {
  if (bytes > config.max_bytes) throw new ProblemError('file_too_large', 413, { max_bytes: config.max_bytes });
  const { bavail, bsize } = await statfs(home.uploads);
  if (bavail * bsize - bytes < RESERVE_BYTES)
    throw new ProblemError('disk_full', 507, {
      path: home.uploads,
      free: bavail * bsize,
      needed: bytes + RESERVE_BYTES,
    });
}

async function readRecord(home: Home, id: string): Promise<UploadRecord | null> {
  try {
    return record.parse(JSON.parse(await readFile(join(folderOf(home, id), 'upload.json'), 'utf8')));
  } catch {
    return null;
  }
}

async function saveRecord(home: Home, upload: UploadRecord): Promise<void> {
  await writeFileAtomic(join(folderOf(home, upload.id), 'upload.json'), JSON.stringify(upload));
}

function folderOf(home: Home, id: string): string {
  return join(home.uploads, id);
}
