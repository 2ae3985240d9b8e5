/** The listening socket, which outlives the apps behind it: set-up first, then the whole product. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { ProblemError } from '@minori/contract';
import { isLoopback } from '../http/guards.ts';
import type { ServerConfig } from '../platform/config.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Listener {
  /** `http://127.0.0.1:8501`, as programs on this machine reach it. */
  readonly url: string;
  readonly secure: boolean;
  use(handler: Handler): void;
  /** Milliseconds since the last request ended; 0 while one is open. */
  idleFor(now: number): number;
  close(): Promise<void>;
}

/** @throws ProblemError needs_tls | config_invalid | port_in_use {port, other} | listen_failed {host, port, detail} */
export async function listen(
  config: Pick<ServerConfig, 'host' | 'port' | 'tls'>,
  insecure: boolean,
  first: Handler,
  now: () => number,
): Promise<Listener> {
  const { host, port } = config;
  const tls = await readTls(config.tls);
  if (!isLoopback(host) && tls === null && !insecure) throw new ProblemError('needs_tls', 500, { host });
  let handler = first;
  let open = 0;
  let lastEnd = now();
  const answer: Handler = (request, response) => {
    open++;
    response.once('close', () => {
      open--;
      lastEnd = now();
    });
    handler(request, response);
  };
  const server: Server = tls === null ? createServer(answer) : createTlsServer(tls, answer);
  // A large upload over a slow line may take hours; headers may not.
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = 72_000;
  await started(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    url: `${tls === null ? 'http' : 'https'}://${reachableName(host)}:${address.port}`,
    secure: tls !== null,
    use(next) {
      handler = next;
    },
    idleFor: (at) => (open > 0 ? 0 : at - lastEnd),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const last = setTimeout(() => server.closeAllConnections(), 1000);
      await closed;
      clearTimeout(last);
    },
  };
}

async function readTls({ cert, key }: ServerConfig['tls']): Promise<{ cert: Buffer; key: Buffer } | null> {
  if (cert === null && key === null) return null;
  if (cert === null || key === null)
    throw new ProblemError('config_invalid', 500, { file: 'ui_config.yaml', detail: 'server.tls needs cert and key' });
  try {
    return { cert: await readFile(cert), key: await readFile(key) };
  } catch (error) {
    throw new ProblemError('config_invalid', 500, { file: 'ui_config.yaml', detail: (error as Error).message });
  }
}

async function started(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new ProblemError('port_in_use', 409, { port, other: port < 65_535 ? port + 1 : port - 1 })
          : new ProblemError('listen_failed', 500, { host, port, detail: error.code ?? error.message }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function reachableName(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
