/** The built product as a person has it: `./minori start` in a home of its own, and the verbs beside it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LAUNCHER = join(ROOT, 'minori');

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that PostgreSQL's own user may enter when the tests run as root. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'minori-e2e-'));
  chmodSync(folder, 0o755);
  return folder;
}

export interface Connection {
  readonly url: string;
  readonly token: string;
  readonly databaseUrl: string;
  readonly pid: number;
}

export interface Product {
  readonly home: string;
  readonly connection: Connection;
  /** What the server has printed so far. */
  printed(): string;
  /** The printed single-use link, of a home that has no administrator yet. */
  setupLink(): string;
  /** GET or POST with the connection's token. */
  call(path: string, init?: RequestInit): Promise<Response>;
  json<T>(path: string, body?: unknown): Promise<T>;
  cli(...args: string[]): Promise<Answer>;
  /** Ctrl+C. Answers the exit code. */
  stop(): Promise<number | null>;
  /** kill -9 of the server only; what it started is left alone. */
  kill(): Promise<void>;
}

/** Runs a verb; the environment's own MINORI_* settings do not reach it. */
export async function runCli(home: string, args: readonly string[], env: Record<string, string> = {}): Promise<Answer> {
  return new Promise((done) => {
    execFile(
      LAUNCHER,
      ['--home', home, ...args],
      { cwd: ROOT, env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', ...env }, maxBuffer: 64 * 1024 ** 2 },
      (error, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr }),
    );
  });
}

/** Waits until `probe` answers something; fails with `what` after `seconds`. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== null && value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`, { cause: last });
    await delay(50);
  }
}

function readConnection(home: string, pid: number | undefined): Connection | null {
  try {
    const connection = JSON.parse(readFileSync(join(home, 'connection.json'), 'utf8')) as Connection;
    return pid === undefined || connection.pid === pid ? connection : null;
  } catch {
    return null;
  }
}

export interface StartOptions {
  readonly home: string;
  readonly port?: number;
  readonly env?: Record<string, string>;
  /** Put before the launcher, for example `unshare -n`. */
  readonly prefix?: readonly string[];
  /** Wait for the engine too; the default. */
  readonly engine?: boolean;
}

export async function startProduct(options: StartOptions): Promise<Product> {
  const { home } = options;
  const args = [...(options.prefix ?? []), LAUNCHER, '--home', home, 'start', '--port', String(options.port ?? 0)];
  const child: ChildProcess = spawn(args[0] ?? '', args.slice(1), {
    cwd: ROOT,
    env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let exit: { code: number | null } | null = null;
  const ended = new Promise<number | null>((done) => {
    child.once('exit', (code) => {
      exit = { code };
      done(code);
    });
  });
  const before = readConnection(home, undefined)?.pid;
  const connection = await until(
    'the server is there',
    () => {
      if (exit !== null) throw new Error(`the server ended with ${exit.code}:\n${output}`);
      const found = readConnection(home, undefined);
      return found !== null && found.pid !== before ? found : null;
    },
    // A deadline, not a target: how fast it starts is measured in bench/.
    180,
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${output}`);
  });

  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(new URL(path, connection.url), {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${connection.token}` },
    });
  const product: Product = {
    home,
    connection,
    printed: () => output,
    setupLink() {
      const link = /https?:\/\/\S+\/setup\/\?token=\S+/.exec(output)?.[0];
      if (link === undefined) throw new Error(`no set-up link in:\n${output}`);
      return link;
    },
    call,
    async json<T>(path: string, body?: unknown): Promise<T> {
      const init =
        body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const answer = await call(path, init);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${answer.status} ${path}: ${text}`);
      return JSON.parse(text) as T;
    },
    cli: (...verb) => runCli(home, verb, options.env),
    async stop() {
      child.kill('SIGINT');
      return ended;
    },
    async kill() {
      process.kill(connection.pid, 'SIGKILL');
      await ended;
    },
  };
  if (options.prefix === undefined) {
    await until(
      'set-up is done',
      async () => {
        const { steps } = await product.json<{ steps: { id: string; state: string }[] }>('/api/v1/setup');
        const broken = steps.find((step) => step.state === 'failed');
        if (broken !== undefined) throw new Error(`set-up failed at ${broken.id}`);
        return steps.every(
          (step) => step.state === 'done' || (options.engine === false && ['engine', 'host', 'web'].includes(step.id)),
        );
      },
      180,
    );
  }
  return product;
}

/** Ends everything that still runs for a home and removes it. */
export async function removeHome(home: string): Promise<void> {
  await runCli(home, ['stop']);
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
