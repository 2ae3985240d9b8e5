import type { ImportedRow, UploadedImages } from '@minori/contract';
import { post, sendForm, withQuery } from '../../../api/client.ts';
import type { Gathered } from './gather.ts';
import { type BatchAnswer, type Progress, sendAll } from './send-all.ts';

/** Contents of files as the server names them; null where the page is not served safely enough to compute it. */
async function digests(batch: readonly Gathered[]): Promise<string[] | null> {
  if (!globalThis.isSecureContext) return null;
  return Promise.all(
    batch.map(async ({ file }) => {
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
      return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    }),
  );
}

const speaks = (row: ImportedRow | null | undefined): row is ImportedRow =>
  row !== null && row !== undefined && [row.label, row.split, row.group].some((value) => value !== null);

export interface PicturesOptions {
  /** What is known of a file by its path. */
  readonly said: ReadonlyMap<string, ImportedRow>;
  onProgress(progress: Progress): void;
  onBatch(): void;
  readonly signal: AbortSignal;
}

/** Pictures on their way into a theme. What the server has by content already, and has nothing new said of, is not sent again. */
export function sendPictures(themeId: number, files: readonly Gathered[], options: PicturesOptions): Promise<Progress> {
  const { said, signal } = options;
  const path = withQuery(`/api/theme/${themeId}/images/upload/`, { labels: 'none' });
  return sendAll(files, {
    signal,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    onProgress: options.onProgress,
    async send(batch, onBytes): Promise<BatchAnswer> {
      const names = await digests(batch);
      const known = new Set(
        names === null
          ? []
          : (await post<{ sha256: string[] }>(`/api/v1/themes/${themeId}/images/known`, { sha256: names })).sha256,
      );
      const fresh = batch.filter((one, at) => !known.has(names?.[at] ?? '') || speaks(said.get(one.path)));
      const skipped = batch.length - fresh.length;
      if (fresh.length === 0) return { created: 0, skipped, rejected: [] };
      const form = new FormData();
      const rows = fresh.map((one) => said.get(one.path)).filter(speaks);
      // Before the files: the server reads a form in its order.
      if (rows.length > 0) form.append('annotations', JSON.stringify(rows));
      for (const { file, path: name } of fresh) form.append('images', file, name);
      const answer = await sendForm<UploadedImages>(path, form, onBytes, signal);
      options.onBatch();
      return { ...answer, skipped: answer.skipped + skipped };
    },
  });
}
