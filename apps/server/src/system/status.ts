/** How the server is doing: the home page's strip and `minori status`. */
import { statfs } from 'node:fs/promises';
import type { SetupStatus, SystemStatus } from '@minori/contract';
import type { Db, OpenDatabase } from '@minori/database';
import { sql } from 'kysely';
import type { Monitor } from '../monitor/monitor.ts';
import type { Home } from '../platform/home.ts';

export interface EngineState {
  readonly state: 'down' | 'starting' | 'ready';
  readonly versions: Readonly<Record<string, string>>;
  readonly detail: string | null;
}

export interface StatusDeps {
  readonly version: string;
  readonly startedAt: Date;
  readonly db: Db;
  readonly home: Home;
  readonly monitor: Pick<Monitor, 'look'>;
  readonly setup: { status(): SetupStatus };
  readonly database: Pick<OpenDatabase, 'kind' | 'tools'>;
  readonly dispatcher: { state(): { running: number; waiting: number; slots: number; hosts: { python: EngineState } } };
}

export async function readStatus(deps: StatusDeps): Promise<SystemStatus> {
  const [database, { machine, gpu }, disk] = await Promise.all([
    databaseState(deps),
    deps.monitor.look(),
    statfs(deps.home.root),
  ]);
  const { running, waiting, slots, hosts } = deps.dispatcher.state();
  return {
    version: deps.version,
    started_at: deps.startedAt.toISOString(),
    database,
    engine: engineState(hosts.python, deps.setup.status()),
    queue: { running, waiting, slots },
    cpu: { percent: machine.cpu_percent, cores: machine.cpu_count },
    memory: {
      used_bytes: machine.memory_used_bytes,
      total_bytes: machine.memory_used_bytes + machine.memory_available_bytes,
      percent: machine.memory_percent,
    },
    gpu,
    disk: {
      used_bytes: (disk.blocks - disk.bfree) * disk.bsize,
      free_bytes: disk.bavail * disk.bsize,
      total_bytes: disk.blocks * disk.bsize,
    },
    // Host and server share one uid until tasks get their own.
    engine_isolated: false,
    versions: {
      node: process.versions.node,
      ...(database.version === null ? {} : { postgresql: database.version }),
      ...hosts.python.versions,
    },
  };
}

/** `detail` of the built-in one: where psql and pg_dump of its version are. */
async function databaseState({ db, database }: StatusDeps): Promise<SystemStatus['database']> {
  try {
    const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db);
    const tools = database.kind === 'embedded' ? await database.tools() : null;
    return { state: 'ok', version: rows[0]?.server_version.split(' ')[0] ?? null, detail: tools };
  } catch (error) {
    return { state: 'down', version: null, detail: (error as Error).message };
  }
}

function engineState(host: EngineState, setup: SetupStatus): SystemStatus['engine'] {
  const version = host.versions['minori_engine'] ?? null;
  if (host.state === 'ready') return { state: 'ok', version, detail: null };
  const steps = setup.steps.filter(({ id }) => id === 'engine' || id === 'host');
  const failed = steps.find(({ state }) => state === 'failed');
  if (failed) return { state: 'down', version, detail: failed.problem?.code ?? host.detail };
  return {
    state: host.state === 'starting' || steps.some(({ state }) => state !== 'done') ? 'starting' : 'down',
    version,
    detail: host.detail,
  };
}
