/** One large file in pieces, over a connection that may come and go: it goes on where the server stands. */
import { ApiProblem, get, post, problemOf, withQuery } from '../../../api/client.ts';
import { passing } from './send-all.ts';

export interface WholeOptions {
  onProgress(sent: number, waiting: boolean): void;
  wait(ms: number): Promise<void>;
  readonly signal: AbortSignal;
  readonly projectId: number;
}

const PIECE = 4 * 1024 ** 2;

interface Started {
  id: string;
  received: number;
}

/** @returns id of the upload. @throws what the server answered when it is not a matter of waiting */
export async function sendWhole(file: File, options: WholeOptions): Promise<string> {
  const { signal } = options;
  let upload: Started | null = null;
  for (let tried = 0; ;) {
    signal.throwIfAborted();
    try {
      upload ??= await post<Started>('/api/v1/uploads/start', {
        name: file.name,
        bytes: file.size,
        purpose: 'images',
        project_id: options.projectId,
      });
      // After a failure nobody knows how much of the last piece has arrived.
      const known: Started = tried === 0 ? upload : await get<Started>(`/api/v1/uploads/${upload.id}`, {}, signal);
      let received: number = known.received;
      options.onProgress(received, false);
      while (received < file.size) {
        received = await put(upload.id, file.slice(received, received + PIECE), received, signal);
        tried = 0;
        upload = { ...upload, received };
        options.onProgress(received, false);
      }
      return upload.id;
    } catch (error) {
      if (signal.aborted || !(passing(error) || isBehind(error))) throw error;
      options.onProgress(upload?.received ?? 0, true);
      tried += 1;
      await options.wait(Math.min(500 * 2 ** (tried - 1), 10_000));
    }
  }
}

/** The piece arrived, its answer did not; or an old request still writes. */
const isBehind = (error: unknown) =>
  error instanceof ApiProblem && ['upload_offset_wrong', 'upload_busy', 'upload_incomplete'].includes(error.code);

async function put(id: string, piece: Blob, offset: number, signal: AbortSignal): Promise<number> {
  let response: Response;
  try {
    response = await fetch(withQuery(`/api/v1/uploads/${id}`, { offset }), {
      method: 'PUT',
      body: piece,
      headers: { accept: 'application/json', 'content-type': 'application/octet-stream' },
      credentials: 'same-origin',
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiProblem('offline', 0, {}, []);
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(response.status, body);
  return (body as Started).received;
}
