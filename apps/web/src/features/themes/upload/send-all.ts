/**
 * Sends many files in batches, over a connection that may come and go. The server knows pictures by their
 * content, so a batch whose answer was lost is simply sent again, and so is a whole folder after a reload.
 */
import { ApiProblem } from '../../../api/client.ts';
import type { Gathered } from './gather.ts';

export interface BatchAnswer {
  readonly created: number;
  readonly skipped: number;
  readonly rejected: readonly Rejected[];
}
export interface Rejected {
  readonly name: string;
  readonly reason: string;
}
export interface Progress extends BatchAnswer {
  readonly files: number;
  /** Files whose fate is known. */
  readonly settled: number;
  readonly bytes: number;
  readonly sent: number;
  /** The server does not answer; goes on by itself. */
  readonly waiting: boolean;
}
export interface SendOptions {
  send(batch: readonly Gathered[], onBytes: (fraction: number) => void): Promise<BatchAnswer>;
  onProgress(progress: Progress): void;
  wait(ms: number): Promise<void>;
  readonly signal: AbortSignal;
}

const FILES = 100;
const BYTES = 24_000_000;

/** In order; a batch is at most 100 files and 24 MB, a larger file travels alone. */
export function batchesOf(files: readonly Gathered[]): Gathered[][] {
  const batches: Gathered[][] = [];
  let open: Gathered[] = [];
  let size = 0;
  for (const one of files) {
    if (open.length > 0 && (open.length >= FILES || size + one.file.size > BYTES)) {
      batches.push(open);
      open = [];
      size = 0;
    }
    open.push(one);
    size += one.file.size;
  }
  if (open.length > 0) batches.push(open);
  return batches;
}

/** Away, or asked too often: waiting helps. */
export const passing = (error: unknown) =>
  error instanceof ApiProblem && [0, 429, 502, 503, 504].includes(error.status);

/** @throws what the server answered when it is not a matter of waiting; AbortError when stopped */
export async function sendAll(files: readonly Gathered[], options: SendOptions): Promise<Progress> {
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  let progress: Progress = {
    files: files.length,
    settled: 0,
    bytes: total,
    sent: 0,
    created: 0,
    skipped: 0,
    rejected: [],
    waiting: false,
  };
  const tell = (change: Partial<Progress>) => {
    progress = { ...progress, ...change };
    options.onProgress(progress);
  };
  tell({});
  for (const batch of batchesOf(files)) {
    const size = batch.reduce((sum, { file }) => sum + file.size, 0);
    const before = progress.sent;
    for (let tried = 0; ; tried += 1) {
      options.signal.throwIfAborted();
      try {
        const answer = await options.send(batch, (fraction) =>
          tell({ sent: before + size * fraction, waiting: false }),
        );
        tell({
          settled: progress.settled + batch.length,
          sent: before + size,
          created: progress.created + answer.created,
          skipped: progress.skipped + answer.skipped,
          rejected: [...progress.rejected, ...answer.rejected],
          waiting: false,
        });
        break;
      } catch (error) {
        if (options.signal.aborted || !passing(error)) throw error;
        tell({ waiting: true, sent: before });
        await options.wait(Math.min(500 * 2 ** tried, 10_000));
      }
    }
  }
  return progress;
}
