import type { UploadedImages } from '@minori/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { post, sendForm } from '../../../api/client.ts';
import { withQuery } from '../../../api/client.ts';
import type { Gathered } from './gather.ts';
import { type BatchAnswer, type Progress, sendAll } from './send-all.ts';

export type Sending =
  | { kind: 'none' }
  | { kind: 'sending'; progress: Progress }
  | { kind: 'done'; progress: Progress }
  | { kind: 'failed'; progress: Progress | null; error: unknown };

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

/** Pictures on their way into a theme. What the server has by content already is not sent a second time. */
export function useSending(themeId: number) {
  const client = useQueryClient();
  const [state, setState] = useState<Sending>({ kind: 'none' });
  const stop = useRef<AbortController | null>(null);

  const start = async (files: readonly Gathered[], labels: 'none' | 'folder') => {
    stop.current?.abort();
    const mine = new AbortController();
    stop.current = mine;
    let latest: Progress | null = null;
    const path = withQuery(`/api/theme/${themeId}/images/upload/`, { labels });
    const again = () => {
      void client.invalidateQueries({ queryKey: ['theme', themeId] });
      void client.invalidateQueries({ queryKey: ['themes'] });
    };
    try {
      const progress = await sendAll(files, {
        signal: mine.signal,
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        onProgress(progress) {
          latest = progress;
          if (!mine.signal.aborted) setState({ kind: 'sending', progress });
        },
        async send(batch, onBytes): Promise<BatchAnswer> {
          const names = await digests(batch);
          const known = new Set(
            names === null
              ? []
              : (await post<{ sha256: string[] }>(`/api/v1/themes/${themeId}/images/known`, { sha256: names })).sha256,
          );
          const fresh = batch.filter((_, at) => !known.has(names?.[at] ?? ''));
          const skipped = batch.length - fresh.length;
          if (fresh.length === 0) return { created: 0, skipped, rejected: [] };
          const form = new FormData();
          for (const { file, path: name } of fresh) form.append('images', file, name);
          const answer = await sendForm<UploadedImages>(path, form, onBytes, mine.signal);
          again();
          return { ...answer, skipped: answer.skipped + skipped };
        },
      });
      setState({ kind: 'done', progress });
    } catch (error) {
      if (mine.signal.aborted) setState(latest === null ? { kind: 'none' } : { kind: 'done', progress: latest });
      else setState({ kind: 'failed', progress: latest, error });
    }
    again();
  };
  return {
    state,
    start,
    /** What has arrived stays. */
    cancel: () => stop.current?.abort(),
    dismiss: () => setState({ kind: 'none' }),
  };
}
