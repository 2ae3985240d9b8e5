/** The HTTP API as typed calls; every answer is proved by the contract's schema. */
import { createWriteStream, openAsBlob } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { problem, ProblemError, runEvent, type Connection, type RunEvent } from '@minori/contract';
import type { ZodType } from 'zod';
import { FailedError } from './problems.ts';

export interface Client {
  readonly url: string;
  reachable(): Promise<boolean>;
  get<T>(path: string, schema: ZodType<T>): Promise<T>;
  post<T>(path: string, body: unknown, schema: ZodType<T>): Promise<T>;
  putJson<T>(path: string, body: unknown, schema: ZodType<T>): Promise<T>;
  /** The whole file as it is. */
  put<T>(path: string, file: string, schema: ZodType<T>): Promise<T>;
  upload<T>(path: string, file: string, schema: ZodType<T>): Promise<T>;
  /** Streams the answer to `file`, which appears whole or not at all. */
  download(path: string, file: string, method?: 'GET' | 'POST'): Promise<void>;
  text(path: string): Promise<string>;
  /** A tree's events after `after`, each once and in order; ends when the caller returns. */
  events(rootId: number, after: number): AsyncGenerator<RunEvent>;
}

const RECONNECT_SECONDS = 30;

export function createClient(connection: Connection): Client {
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    let answer: Response;
    try {
      answer = await fetch(new URL(path, connection.url), {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${connection.token}` },
      });
    } catch (error) {
      throw new FailedError('server_unreachable', {
        url: connection.url,
        detail: String((error as Error).cause ?? error),
      });
    }
    if (answer.ok) return answer;
    const body: unknown = await answer.json().catch(() => null);
    const parsed = problem.safeParse(body);
    if (!parsed.success) throw new FailedError('unexpected_answer', { status: answer.status, path });
    throw new ProblemError(parsed.data.code, answer.status, {
      ...parsed.data.params,
      ...(parsed.data.errors === undefined ? {} : { errors: parsed.data.errors }),
    });
  };
  const proved = async <T>(answer: Response, path: string, schema: ZodType<T>): Promise<T> => {
    const parsed = schema.safeParse(await answer.json());
    if (!parsed.success)
      throw new FailedError('unexpected_answer', { status: answer.status, path, detail: parsed.error.message });
    return parsed.data;
  };

  const sendJson = async <T>(method: 'POST' | 'PUT', path: string, body: unknown, schema: ZodType<T>): Promise<T> => {
    const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return proved(await call(path, init), path, schema);
  };

  return {
    url: connection.url,
    async reachable() {
      try {
        return (
          (await fetch(new URL('/api/health', connection.url), { signal: AbortSignal.timeout(2000) })).status < 600
        );
      } catch {
        return false;
      }
    },
    async get(path, schema) {
      return proved(await call(path), path, schema);
    },
    post: (path, body, schema) => sendJson('POST', path, body, schema),
    putJson: (path, body, schema) => sendJson('PUT', path, body, schema),
    async put(path, file, schema) {
      const headers = { 'content-type': 'application/octet-stream' };
      return proved(await call(path, { method: 'PUT', headers, body: await openAsBlob(file) }), path, schema);
    },
    async upload(path, file, schema) {
      const form = new FormData();
      form.append('file', await openAsBlob(file), basename(file));
      return proved(await call(path, { method: 'POST', body: form }), path, schema);
    },
    async download(path, file, method = 'GET') {
      const answer = await call(path, { method });
      if (answer.body === null) throw new FailedError('unexpected_answer', { status: answer.status, path });
      await pipeline(Readable.fromWeb(answer.body), createWriteStream(`${file}.part`, { flush: true }));
      await rename(`${file}.part`, file);
    },
    async text(path) {
      return (await call(path)).text();
    },
    async *events(rootId, after) {
      let cursor = after;
      let lostAt: number | null = null;
      for (;;) {
        try {
          const answer = await call(`/api/v1/runs/${rootId}/events?after=${cursor}`, {
            headers: { accept: 'text/event-stream' },
          });
          lostAt = null;
          for await (const data of serverSentData(answer)) {
            const event = runEvent.parse(JSON.parse(data));
            if (event.seq <= cursor) continue;
            cursor = event.seq;
            yield event;
          }
        } catch (error) {
          if (error instanceof ProblemError) throw error;
          lostAt ??= Date.now();
          if (Date.now() - lostAt > RECONNECT_SECONDS * 1000) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    },
  };
}

/** The `data:` of each server-sent event. */
async function* serverSentData(answer: Response): AsyncGenerator<string> {
  if (answer.body === null) return;
  let buffer = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    buffer += chunk;
    for (;;) {
      const end = buffer.indexOf('\n\n');
      if (end < 0) break;
      const block = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      const data = block
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart())
        .join('\n');
      if (data !== '') yield data;
    }
  }
}
