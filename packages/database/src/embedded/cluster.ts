/** One PostgreSQL cluster on disk: made by initdb, configured, started, waited for, stopped. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { openSync, closeSync } from 'node:fs';
import { chmod, chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { giveTo, privateFolder } from './account.ts';
import type { Account } from './account.ts';
import { databaseProblem } from '../problems.ts';
import { POSTGRES_MAJOR } from './install.ts';
import { isAlive } from './process.ts';

export type Secrets = { postgres: string; minori: string; mlflow: string };
export type Cluster = {
  bin: string;
  data: string;
  socket: string;
  log: string;
  secrets: Secrets;
  account: Account;
  /** For tests only: a cluster that need not survive a power cut. */
  durable: boolean;
};

/** The passwords of a cluster, made once and kept in a 0600 file. */
export async function readSecrets(file: string): Promise<Secrets> {
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return JSON.parse(kept) as Secrets;
  const password = () => randomBytes(24).toString('base64url');
  const secrets: Secrets = { postgres: password(), minori: password(), mlflow: password() };
  await writeFile(`${file}.new`, JSON.stringify(secrets), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secrets;
}

/** Makes the cluster where there is none yet; answers whether it did. */
export async function initialize(cluster: Cluster): Promise<boolean> {
  const { data, account } = cluster;
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version !== null) {
    if (Number(version) !== POSTGRES_MAJOR) {
      throw databaseProblem('postgres_major_mismatch', { found: Number(version), needed: POSTGRES_MAJOR, path: data });
    }
    return false;
  }
  // initdb works beside the final place, so that an interrupted one is never taken for a cluster.
  const fresh = `${data}.new`;
  await rm(fresh, { recursive: true, force: true });
  const builder = account.namedIds ?? account.ids;
  await privateFolder(fresh, builder === undefined ? {} : { ids: builder });
  const passwordFile = join(fresh, '..', '.superuser');
  await writeFile(passwordFile, cluster.secrets.postgres, { mode: 0o600 });
  if (builder !== undefined) await chown(passwordFile, builder.uid, builder.gid);
  try {
    await promisify(execFile)(
      join(cluster.bin, 'initdb'),
      [
        '-D',
        fresh,
        '-U',
        'postgres',
        '-A',
        'scram-sha-256',
        '--pwfile',
        passwordFile,
        '-E',
        'UTF8',
        '--locale-provider',
        'builtin',
        '--builtin-locale',
        'C.UTF-8',
        '--locale',
        'C',
        '--no-instructions',
        ...(cluster.durable ? [] : ['--no-sync']),
      ],
      { ...builder, env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }, cwd: '/' },
    );
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error);
    // A container may run under a number that no account has; initdb insists on a name.
    const unnamed = /could not look up effective user ID (\d+)/.exec(said)?.[1];
    if (unnamed !== undefined) throw databaseProblem('postgres_account_unnamed', { uid: Number(unnamed) });
    throw databaseProblem('postgres_init_failed', { path: data }, said);
  } finally {
    await rm(passwordFile, { force: true });
  }
  if (account.ids !== undefined) await giveTo(fresh, account.ids);
  await rename(fresh, data);
  return true;
}

/** Writes the settings of this start; people's own go to postgresql.local.conf, which wins. */
export async function configure(cluster: Cluster, port: number): Promise<void> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: cluster.socket,
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    max_connections: 100,
    // The memory belongs to the trials; the tables a page reads fit into this.
    shared_buffers: totalmem() >= 8 * 2 ** 30 ? '256MB' : '128MB',
    effective_cache_size: '1GB',
    random_page_cost: 1.1,
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    io_method: 'sync',
    fsync: cluster.durable ? 'on' : 'off',
    full_page_writes: cluster.durable ? 'on' : 'off',
    synchronous_commit: cluster.durable ? 'on' : 'off',
    max_wal_size: '1GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    log_line_prefix: '%m [%p] ',
    logging_collector: 'off',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  await write(cluster, 'postgresql.conf', [...lines, "include_if_exists = 'postgresql.local.conf'"]);
  await write(cluster, 'pg_hba.conf', ['local all all scram-sha-256', 'host all all 127.0.0.1/32 scram-sha-256']);
}

async function write(cluster: Cluster, name: string, lines: readonly string[]): Promise<void> {
  const file = join(cluster.data, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  await chmod(file, 0o600);
  if (cluster.account.ids !== undefined) await chown(file, cluster.account.ids.uid, cluster.account.ids.gid);
}

export type Postmaster = { pid: number; port: number; socket: string; ready: boolean };

/** A postmaster that runs on this cluster now, from its own lock file, or null. */
export async function running(cluster: Cluster): Promise<Postmaster | null> {
  const lock = await readLock(cluster);
  return lock !== null && isAlive(lock.pid) && (await isPostgres(lock.pid)) ? lock : null;
}

/**
 * Takes away a lock file whose number went to another program since, for instance after a reboot:
 * PostgreSQL would take that program for its server. It knows by itself when the number is free.
 */
export async function clearForeignLock(cluster: Cluster): Promise<void> {
  const lock = await readLock(cluster);
  if (lock === null || !isAlive(lock.pid) || (await isPostgres(lock.pid))) return;
  await rm(join(cluster.data, 'postmaster.pid'), { force: true });
}

async function readLock(cluster: Cluster): Promise<Postmaster | null> {
  const text = await readFile(join(cluster.data, 'postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return null;
  const [pid, , , port, socket, , , status] = text.split('\n');
  const found = { pid: Number(pid), port: Number(port), socket: socket ?? '', ready: status?.trim() === 'ready' };
  return Number.isInteger(found.pid) && found.pid > 0 ? found : null;
}

/** Linux tells by the program's name; elsewhere a live process is taken for the server. */
async function isPostgres(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'postgres')).startsWith('postgres');
}

/** Starts a postmaster in a session of its own: Ctrl+C in the terminal is for us, and it outlives us if we are killed. */
export async function launch(cluster: Cluster): Promise<ChildProcess> {
  if (((await stat(cluster.log).catch(() => null))?.size ?? 0) > 10_000_000)
    await rename(cluster.log, `${cluster.log}.1`);
  const log = openSync(cluster.log, 'a', 0o600);
  try {
    return spawn(join(cluster.bin, 'postgres'), ['-D', cluster.data], {
      ...cluster.account.ids,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    });
  } finally {
    closeSync(log);
  }
}

export function urlOf(user: string, password: string, database: string, socket: string, port: number): string {
  return `postgresql://${user}:${password}@/${database}?host=${encodeURIComponent(socket)}&port=${port}`;
}

/** The preferred port when it is free on loopback, else one that the system picks. */
export async function freePort(preferred: number): Promise<number> {
  const tryPort = (port: number) =>
    new Promise<number | null>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(null));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : null));
      });
    });
  const port = (await tryPort(preferred)) ?? (await tryPort(0));
  if (port === null) throw databaseProblem('postgres_start_failed', { log: '-' }, 'no free port on 127.0.0.1');
  return port;
}
