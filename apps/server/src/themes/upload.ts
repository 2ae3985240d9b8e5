/** Pictures that people send: kept aside as they come, looked at in a child process, then made part of the theme. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '@minori/contract';
import type { RejectedFile, UploadedImages } from '@minori/contract';
import { NOTHING } from '@minori/images';
import type { Annotation } from '@minori/images';
import type { InteractiveResult, InteractiveTask } from '../dispatch/index.ts';
import type { Scope } from '../identity/scope.ts';
import { findTheme } from './access.ts';
import { requireLabel } from './labeling.ts';
import { readItems, rejectedOf, shownName } from './read-items.ts';
import { registerImages } from './register.ts';
import type { RegisterDeps } from './register.ts';

export interface UploadImagesDeps extends RegisterDeps {
  readonly dispatcher: { runInteractive(task: InteractiveTask): Promise<InteractiveResult> };
}

export const FILES_PER_REQUEST = 1000;
const LIMITS = { memory_bytes: 2 * 1024 ** 3, threads: 1, seconds: 1800 };

export interface SentFile {
  readonly filename: string;
  readonly file: Readable & { truncated?: boolean };
}

export interface UploadWishes {
  readonly labels: 'none' | 'folder';
  readonly label_id?: number | undefined;
  readonly group?: string | undefined;
  /** What is known of a file, once the field that says so has come. */
  readonly said: (name: string) => Partial<{ [K in keyof Annotation]: Annotation[K] | undefined }> | undefined;
}

/**
 * Answers when everything is on the disk and in the database.
 * @throws ProblemError file_missing 400 | label_not_found 404 | disk_full 507
 */
export async function uploadImages(
  deps: UploadImagesDeps,
  scope: Scope,
  themeId: number,
  wishes: UploadWishes,
  files: AsyncIterable<SentFile>,
): Promise<UploadedImages> {
  const theme = await findTheme(deps.db, scope, themeId, 'labeler');
  const label = wishes.label_id === undefined ? null : await labelName(deps, themeId, wishes.label_id);
  const folder = join(deps.home.uploads, randomUUID());
  await mkdir(folder, { mode: 0o700 });
  let task: InteractiveResult | undefined;
  try {
    const { kept, rejected } = await keep(folder, files);
    if (kept.length + rejected.length === 0) throw new ProblemError('file_missing', 400);
    if (kept.length === 0) return { created: 0, skipped: 0, rejected, image_ids: [] };
    // Whoever leaves now has sent everything: it is finished all the same.
    task = await deps.dispatcher.runInteractive({
      host: 'node',
      kind: 'images.inspect',
      input: { files: kept },
      limits: LIMITS,
    });
    const { folder: made } = task;
    const items = await readItems(join(made, 'items.jsonl'));
    const registered = await registerImages(
      deps,
      { themeId, userId: scope.userId, username: scope.username, makeLabels: theme.role === 'owner' },
      items.flatMap((one) => {
        if ('rejected' in one) return [];
        const said = wishes.said(one.name);
        const annotation = {
          ...NOTHING,
          label: label ?? said?.label ?? (wishes.labels === 'folder' ? folderOf(one.name) : null),
          split: said?.split ?? null,
          group: wishes.group ?? said?.group ?? null,
          labeled_by: said?.labeled_by ?? null,
        };
        return [{ name: one.name, path: one.file, folder: made, facts: one.facts, annotation }];
      }),
    );
    return {
      created: registered.created.length,
      skipped: registered.skipped,
      rejected: [...rejected, ...rejectedOf(items), ...registered.rejected],
      image_ids: registered.created.slice(0, FILES_PER_REQUEST),
    };
  } finally {
    await task?.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

async function keep(
  folder: string,
  files: AsyncIterable<SentFile>,
): Promise<{ kept: { path: string; name: string }[]; rejected: RejectedFile[] }> {
  const kept: { path: string; name: string }[] = [];
  const rejected: RejectedFile[] = [];
  for await (const { filename, file } of files) {
    const name = shownName(filename);
    const path = join(folder, String(kept.length + rejected.length));
    try {
      await pipeline(file, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EDQUOT') throw new ProblemError('disk_full', 507, { path: folder });
      throw new ProblemError('upload_incomplete', 400, { offset: kept.length });
    }
    if (file.truncated !== true) {
      kept.push({ path, name });
      continue;
    }
    rejected.push({ name, reason: 'too_large' });
    await rm(path, { force: true });
  }
  return { kept, rejected };
}

async function labelName(deps: UploadImagesDeps, themeId: number, labelId: number): Promise<string> {
  await requireLabel(deps.db, themeId, labelId);
  const row = await deps.db
    .selectFrom('label')
    .select('label_name')
    .where('id', '=', labelId)
    .executeTakeFirstOrThrow();
  return row.label_name;
}

/** The folder a picture lies in: `pets/cat/1.jpg` -> `cat`. */
function folderOf(name: string): string | null {
  return name.split('/').at(-2) || null;
}
