/** Finds the server of a home, or starts one that lives as long as it is used. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connection as connectionSchema, setupStatus, type Connection } from '@minori/contract';
import { createClient, type Client } from './client.ts';
import { FailedError } from './problems.ts';
import type { Session } from './session.ts';

export const SERVER_MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));
const START_SECONDS = 120;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** connection.json of a server that lives, else null. */
export function readConnection(home: string): Connection | null {
  let text: string;
  try {
    text = readFileSync(join(home, 'connection.json'), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'EACCES') throw new FailedError('home_unreadable', { home });
    throw error;
  }
  const parsed = connectionSchema.safeParse(JSON.parse(text));
  return parsed.success && alive(parsed.data.pid) ? parsed.data : null;
}

/** The running server's client, or null. */
export async function runningServer(session: Session): Promise<{ client: Client; connection: Connection } | null> {
  const connection = readConnection(session.home);
  if (connection === null) return null;
  const client = createClient(connection);
  return (await client.reachable()) ? { client, connection } : null;
}

async function startTemporary(session: Session): Promise<{ client: Client; connection: Connection }> {
  mkdirSync(join(session.home, 'logs'), { recursive: true });
  const logFile = join(session.home, 'logs', 'temporary-server.log');
  const log = openSync(logFile, 'a', 0o600);
  session.progress(session.texts.say('server.starting'));
  const child = spawn(process.execPath, [SERVER_MAIN, '--temporary', '--port', '0', '--home', session.home], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ended = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (ended = true));
  child.unref();
  for (let waited = 0; waited < START_SECONDS * 10; waited += 1) {
    const found = await runningServer(session);
    if (found !== null) return found;
    if (ended) {
      const lines = readFileSync(logFile, 'utf8').trim().split('\n');
      throw new FailedError('server_did_not_start', { log: logFile, last: lines.at(-1) ?? '' });
    }
    await delay(100);
  }
  throw new FailedError('server_did_not_start', { log: logFile, last: '' });
}

/**
 * A client of this home's server. With `engine`, waits until the engine is there and shows the
 * installation's progress: on a new machine that takes minutes.
 */
export async function openServer(session: Session, needs: { engine: boolean } = { engine: false }): Promise<Client> {
  const { client } = (await runningServer(session)) ?? (await startTemporary(session));
  for (;;) {
    const setup = await client.get('/api/v1/setup', setupStatus);
    const failed = setup.steps.find(
      (step) =>
        step.problem !== null &&
        step.state === 'failed' &&
        (needs.engine || step.id === 'database' || step.id === 'migrations'),
    );
    if (failed?.problem) throw new FailedError('setup_failed', { step: failed.id, ...failed.problem });
    const waitsFor = setup.steps.filter((step) =>
      needs.engine ? step.id !== 'web' : step.id === 'database' || step.id === 'migrations',
    );
    const current = waitsFor.find((step) => step.state !== 'done');
    if (current === undefined) return client;
    const share = current.fraction === null ? '' : ` ${Math.round(current.fraction * 100)} %`;
    session.progress(
      `${session.texts.say(`setup.${current.id}`)}${share}${current.detail === null ? '' : ` ${current.detail}`}`,
    );
    await delay(200);
  }
}
