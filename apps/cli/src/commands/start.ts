/** `minori start`: the server in the foreground; `stop` and `restore`: from beside it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readConnection, runningServer, SERVER_MAIN } from '../connection.ts';
import { EXIT, FailedError, RefusedError, UsageError } from '../problems.ts';
import type { Session } from '../session.ts';

/** Runs the server's main with our terminal; its exit code is ours. Signals reach it once each. */
async function runServer(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [SERVER_MAIN, ...args], { stdio: 'inherit', detached: true });
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  // `detached` keeps the terminal's own Ctrl+C away from the server, which would then get two.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, forward);
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('exit', (code) => done(code ?? EXIT.failed));
  });
}

export async function start(
  session: Session,
  options: { port?: string; host?: string; insecure?: boolean },
): Promise<number> {
  const port = options.port ?? process.env['MINORI_PORT'] ?? '8501';
  if (!/^\d+$/.test(port) || Number(port) > 65535) throw new UsageError('port_malformed', { port });
  const running = await runningServer(session);
  if (running !== null) {
    session.print(session.texts.say('start.already', { url: running.connection.url }));
    return EXIT.done;
  }
  return runServer([
    '--port',
    port,
    '--host',
    options.host ?? '127.0.0.1',
    '--home',
    session.home,
    ...(options.insecure === true ? ['--insecure'] : []),
  ]);
}

export async function stop(session: Session): Promise<void> {
  const connection = readConnection(session.home);
  if (connection === null) {
    session.print(session.texts.say('stop.none'));
    return;
  }
  process.kill(connection.pid, 'SIGTERM');
  for (let tries = 0; tries < 300; tries += 1) {
    if (readConnection(session.home) === null) {
      session.print(session.texts.say('stop.done'));
      return;
    }
    await delay(100);
  }
  throw new FailedError('stop_slow', { pid: connection.pid });
}

export async function restore(session: Session, file: string): Promise<number> {
  if (!existsSync(file)) throw new UsageError('data_not_found', { data: file });
  if (readConnection(session.home) !== null)
    throw new RefusedError([session.texts.say('restore.running', { home: session.home })]);
  return runServer(['restore', resolve(file), '--home', session.home]);
}
