/**
 * The server's side of the Python zygote: starts it, finds one that still lives after a restart of
 * the server, keeps its lease, and starts it again when it dies.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type HostKind, type HostMessage, PROTOCOL_VERSION } from '@minori/contract';
import { childEnvironment } from './child-environment.ts';
import { type Executor, type HostState, listeners } from './executor.ts';
import { connectHost, type HostConnection, HostRefusal } from './host-connection.ts';
import type { ExecutorLog } from './log.ts';
import { isAlive, processFacts, signalGroup } from './process-facts.ts';
import { endSpool, summarizeSpool, writeTask } from './spool.ts';

export interface PythonHostOptions {
  /** MINORI_HOME. */
  readonly home: string;
  /** The interpreter of the engine's environment. */
  readonly python: string;
  /** Folder that holds the package minori_engine. */
  readonly engineSource: string;
  readonly log: ExecutorLog;
  /** What it imports before it forks: `neural` brings torch and neuralforecast, `vision` torch and encoders. Default `python`. */
  readonly kind?: Exclude<HostKind, 'node'>;
  /** How long the host and its tasks outlive a server that died, in seconds. */
  readonly leaseSeconds?: number;
}

type Ready = Extract<HostMessage, { message: 'ready' }>;

const LEASE_SECONDS = 600;
const RENEW_MS = 20_000;
/** From the start of the process to the socket; the imports come after it. */
const LISTEN_MS = 30_000;
/** Imports, on a machine that is busy and cold. */
const READY_MS = 180_000;
const LONGEST_BACKOFF_MS = 30_000;
const SHUTDOWN_GRACE_SECONDS = 5;
/** Bytes of sun_path, less the terminating zero, on the strictest system. */
const LONGEST_SOCKET_PATH = 103;

/** `--libraries` of the host, and the name of its socket, its pid file and its log in the home. */
const LIBRARIES = {
  python: { set: 'forecast', name: 'engine', log: 'host.log' },
  neural: { set: 'neural', name: 'neural', log: 'neural-host.log' },
  vision: { set: 'vision', name: 'vision', log: 'vision-host.log' },
} as const;

/** `<home>/run/<name>.sock`, or a short path of the same home where that is too long for a socket. */
function socketOf(home: string, name: string): string {
  const path = join(home, 'run', `${name}.sock`);
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return path;
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 12);
  return join(tmpdir(), `minori-${hash}`, `${name}.sock`);
}

export function createPythonHost(options: PythonHostOptions): Executor {
  const { home, log } = options;
  const leaseSeconds = options.leaseSeconds ?? LEASE_SECONDS;
  const kind = options.kind ?? 'python';
  const libraries = LIBRARIES[kind];
  const socketPath = socketOf(home, libraries.name);
  const pidPath = join(home, 'run', `${libraries.name}.json`);
  const heard = listeners((error) => log.error({ err: error }, 'a listener of the python host failed'));

  let state: HostState['state'] = 'down';
  let detail: string | null = null;
  let ready: Ready | null = null;
  let connection: HostConnection | null = null;
  let closed = false;
  let backoff = 0;
  let lives: Promise<void> | null = null;
  let renewTimer: NodeJS.Timeout | null = null;

  const setDown = (reason: string | null) => {
    state = 'down';
    detail = reason;
    ready = null;
    connection = null;
    if (renewTimer) clearInterval(renewTimer);
    renewTimer = null;
  };

  /** Connects to the host that is there, or starts one; answers when it is ready. Throws otherwise. */
  async function bringUp(): Promise<void> {
    state = 'starting';
    detail = null;
    await mkdir(join(home, 'run'), { recursive: true });
    await mkdir(join(home, 'logs'), { recursive: true });
    await mkdir(dirname(socketPath), { recursive: true });
    if (dirname(socketPath) !== join(home, 'run')) await chmod(dirname(socketPath), 0o700);
    await mkdir(join(home, 'tmp'), { recursive: true });
    const isReady = Promise.withResolvers<Ready>();
    isReady.promise.catch(() => undefined);
    const onClose = (error: Error | null) => {
      isReady.reject(error ?? new Error('the host closed the connection'));
      if (!closed && state === 'ready') void lost(error);
    };
    const onMessage = (message: Exclude<HostMessage, { message: 'reply' }>) => {
      if (message.message === 'ready') isReady.resolve(message);
      else heard.tell('wake', message.attempt_id, message.message === 'exited');
    };
    let opened = await connectHost(socketPath, onMessage, onClose).catch(() => null);
    if (!opened) {
      await endOld();
      // Whatever ran in an earlier host has died with it.
      heard.tell('gone');
      if (!closed) await launch();
      // What was launched meanwhile is ended by `close`, which waits for this.
      if (closed) throw new Error('the python host is closed');
      opened = await connectSoon(() => connectHost(socketPath, onMessage, onClose));
    }
    connection = opened;
    await opened.ask({ command: 'hello', protocol: PROTOCOL_VERSION, lease_seconds: leaseSeconds });
    const timer = setTimeout(() => {
      isReady.reject(new Error('the host was not ready in time'));
      opened.close();
    }, READY_MS);
    ready = await isReady.promise.finally(() => clearTimeout(timer));
    await writeFile(pidPath, JSON.stringify({ pid: ready.pid, pid_started: ready.pid_started }));
    if (closed) return;
    state = 'ready';
    renewTimer = setInterval(() => {
      opened.ask({ command: 'lease', lease_seconds: leaseSeconds }).catch(() => undefined);
    }, RENEW_MS);
    heard.tell('ready');
  }

  async function launch(): Promise<void> {
    const output = openSync(join(home, 'logs', libraries.log), 'a');
    try {
      const program = [
        '-m',
        'minori_engine.host',
        '--socket',
        socketPath,
        '--home',
        home,
        '--libraries',
        libraries.set,
      ];
      const child = spawn(options.python, program, {
        cwd: home,
        detached: true,
        stdio: ['ignore', output, output],
        env: childEnvironment(join(home, 'tmp'), { PYTHONPATH: options.engineSource, PYTHONUNBUFFERED: '1' }),
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      child.on('error', () => undefined);
      child.unref();
      const pid = child.pid ?? 0;
      const facts = await processFacts(pid);
      if (facts) await writeFile(pidPath, JSON.stringify({ pid, pid_started: facts.started }));
    } finally {
      closeSync(output);
    }
  }

  async function connectSoon(attempt: () => Promise<HostConnection>): Promise<HostConnection> {
    const deadline = Date.now() + LISTEN_MS;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const host = await readPid(pidPath);
        const dead = !host || !(await isAlive(host.pid, host.pid_started));
        if (dead)
          throw new Error(`the engine ended while it was starting; see logs/${libraries.log}`, { cause: error });
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** A host that does not answer on its socket any more must be gone before another one starts. */
  async function endOld(): Promise<void> {
    const host = await readPid(pidPath);
    if (host) await endProcess(host.pid, host.pid_started);
    await unlink(socketPath).catch(() => undefined);
  }

  async function lost(error: Error | null): Promise<void> {
    log.warn({ err: error }, 'the engine is gone and is started again');
    setDown(`the engine ended; see logs/${libraries.log}`);
    await endOld();
    if (!closed) lives = live();
  }

  /** Tries until it is up, less and less often. */
  async function live(): Promise<void> {
    while (!closed) {
      try {
        await bringUp();
        backoff = 0;
        return;
      } catch (error) {
        // Another protocol: an engine of before an upgrade. It goes, and its tasks are run again.
        if (error instanceof HostRefusal && error.code === 'protocol_mismatch') await endOld();
        connection?.close();
        setDown(error instanceof Error ? error.message : String(error));
        if (closed) return;
        log.error({ err: error }, 'the engine does not start');
        backoff = Math.min(LONGEST_BACKOFF_MS, Math.max(500, backoff * 2));
        if (backoff >= LONGEST_BACKOFF_MS / 8) await endOld();
        await pause(backoff);
      }
    }
  }

  let wakeUp: (() => void) | null = null;
  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const theHost = (): HostConnection => {
    if (!connection || state !== 'ready') throw new Error('the python host is not ready');
    return connection;
  };

  const living = async (): Promise<number[]> => {
    const attempts = await theHost().ask({ command: 'list' });
    return attempts.filter((attempt) => attempt.state === 'running').map((attempt) => attempt.attempt_id);
  };

  async function bury(attemptId: number, folder: string): Promise<void> {
    const seen = await summarizeSpool(folder);
    if (seen.started) await endProcess(seen.started.pid, seen.started.pid_started);
    const { seq: _seq, started: _started, ended: _ended, ...use } = await summarizeSpool(folder);
    await endSpool(folder, {
      exit_code: null,
      signal: null,
      ended_by: 'parent_death',
      cpu_seconds: use.cpuSeconds,
      max_rss_bytes: use.maxRssBytes,
    });
    heard.tell('wake', attemptId, true);
  }

  return {
    kind,
    on: heard.on,
    state: () => ({
      kind,
      state,
      pid: ready?.pid ?? null,
      host_id: ready?.host_id ?? null,
      mode: ready?.mode ?? null,
      versions: ready?.versions ?? {},
      detail,
    }),
    async start() {
      lives ??= live();
      // The first try decides whether the caller has an engine now; later ones go on behind it.
      while (state !== 'ready' && backoff === 0 && !closed) await new Promise((resolve) => setTimeout(resolve, 25));
    },
    async submit(task) {
      await writeTask(task);
      await theHost().ask({ command: 'submit', folder: task.folder });
    },
    async stop(attemptId, graceSeconds) {
      try {
        await theHost().ask({ command: 'stop', attempt_id: attemptId, grace_seconds: graceSeconds });
      } catch (error) {
        if (!(error instanceof HostRefusal && error.code === 'unknown_attempt')) throw error;
      }
    },
    list: living,
    async traces(attemptId, folder) {
      const spool = await summarizeSpool(folder);
      const attempts = connection && state === 'ready' ? await connection.ask({ command: 'list' }) : [];
      return {
        hostSays: attempts.find((attempt) => attempt.attempt_id === attemptId)?.state ?? 'unknown',
        processLives: spool.started !== null && (await isAlive(spool.started.pid, spool.started.pid_started)),
        spoolEnded: spool.ended,
        spoolBegun: spool.seq > 0,
      };
    },
    async adopt(attemptId, folder) {
      // A child whose host is gone is an orphan that nobody will reap.
      if (!(await living()).includes(attemptId) && !(await summarizeSpool(folder)).ended) await bury(attemptId, folder);
    },
    bury,
    async close({ leave }) {
      closed = true;
      wakeUp?.();
      if (leave) {
        connection?.close();
        setDown(null);
        return;
      }
      const host = ready ?? (await readPid(pidPath));
      if (connection && state === 'ready') {
        await connection.ask({ command: 'shutdown', grace_seconds: SHUTDOWN_GRACE_SECONDS }).catch(() => undefined);
      }
      const asked = connection && state === 'ready';
      if (host) await endProcess(host.pid, host.pid_started, asked ? (SHUTDOWN_GRACE_SECONDS + 3) * 1000 : 0);
      connection?.close();
      // One that was just starting writes into the home until it is gone, too.
      await lives;
      await endOld();
      setDown(null);
      await unlink(pidPath).catch(() => undefined);
    },
  };
}

/** Waits for a process to end by itself, then kills its group, and answers when it is gone. */
async function endProcess(pid: number, started: string, patienceMs = 0): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (let killed = false; await isAlive(pid, started);) {
    if (!killed && Date.now() >= deadline) {
      signalGroup(pid, 'SIGKILL');
      killed = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function readPid(path: string): Promise<{ pid: number; pid_started: string } | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as { pid: number; pid_started: string };
  } catch {
    return null;
  }
}
