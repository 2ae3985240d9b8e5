/** Looks at the machine every two seconds while work is under way or somebody watches, and keeps what runs used. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ResourceSnapshot } from '@minori/contract';
import { isConnectionLost } from '@minori/database';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import type { Log } from '../platform/log.ts';
import type { GpuReader, GpuUse } from './gpu.ts';
import { createMachineReader } from './machine.ts';
import type { MachineUse } from './machine.ts';

/** What a task's process group takes, as the task's own `usage` records say. */
export interface ProcessUse {
  readonly cpu_percent: number;
  readonly rss_bytes: number;
  readonly threads: number;
}
const NO_PROCESSES: ProcessUse = { cpu_percent: 0, rss_bytes: 0, threads: 0 };

export interface MonitorDeps {
  readonly db: Db;
  readonly log: Log;
  readonly now: () => number;
  readonly gpu: GpuReader;
  /** Tasks that run, with the tree they belong to. */
  readonly tasks: () => readonly { readonly root_id: number; readonly usage: ProcessUse | null }[];
  readonly everyMs?: number;
}

export interface Monitor {
  /** Hears every snapshot; sampling goes on as long as somebody listens. */
  subscribe(listener: (snapshot: ResourceSnapshot) => void): () => void;
  /** Work of a tree has begun: one that ends before the next look is seen, too. */
  begun(rootId: number): void;
  /** One look now, for the status page. */
  look(): Promise<{ machine: MachineUse; gpu: GpuUse | null }>;
  close(): void;
}

const EVERY_MS = 2000;
/** Shortest time over which a share of CPU means something: ten clock ticks. */
const FIRST_INTERVAL_MS = 100;
/** Rows of a run are thinned after so many inserts, not after each. */
const THIN_EVERY = 50;
export const KEPT_SNAPSHOTS = 1000;

export function createMonitor(deps: MonitorDeps): Monitor {
  const listeners = new Set<(snapshot: ResourceSnapshot) => void>();
  const readMachine = createMachineReader(deps.now);
  const inserted = new Map<number, number>();
  let latest: { at: number; machine: MachineUse } | null = null;
  let busy = false;
  const everyMs = deps.everyMs ?? EVERY_MS;

  async function readFresh(): Promise<MachineUse> {
    // After a pause the first reading would be the mean over all of it.
    if (latest === null || deps.now() - latest.at > 2 * everyMs) {
      await readMachine();
      await delay(FIRST_INTERVAL_MS);
    }
    const machine = await readMachine();
    latest = { at: deps.now(), machine };
    return machine;
  }

  async function sample(): Promise<void> {
    const tasks = deps.tasks();
    if (busy || (tasks.length === 0 && listeners.size === 0)) return;
    busy = true;
    try {
      const machine = await readFresh();
      const at = new Date(deps.now()).toISOString();
      const all = snapshotOf(at, machine, deps.gpu.latest(), sum(tasks.map(useOf)));
      for (const listener of listeners) listener(all);
      await keep(at, machine, tasks);
    } catch (error) {
      if (!isConnectionLost(error)) deps.log.warn({ err: error }, 'a resource snapshot failed');
    } finally {
      busy = false;
    }
  }

  async function keep(at: string, machine: MachineUse, tasks: ReturnType<MonitorDeps['tasks']>): Promise<void> {
    const roots = Map.groupBy(tasks, (task) => task.root_id);
    if (roots.size === 0) return;
    const rows = [...roots].map(([rootId, own]) => ({
      run_id: rootId,
      ...snapshotOf(at, machine, deps.gpu.latest(), sum(own.map(useOf))),
    }));
    await deps.db
      .insertInto('resource_metrics')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    for (const rootId of roots.keys()) {
      const count = (inserted.get(rootId) ?? 0) + 1;
      inserted.set(rootId, count);
      if (count % THIN_EVERY === 0)
        await sql`select fn_thin_resource_metrics(${rootId}, ${KEPT_SNAPSHOTS})`.execute(deps.db);
    }
    for (const rootId of inserted.keys()) if (!roots.has(rootId)) inserted.delete(rootId);
  }

  const timer = setInterval(() => void sample(), everyMs);
  timer.unref();

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    begun(rootId) {
      if (!inserted.has(rootId)) void sample();
    },
    async look() {
      const known = latest !== null && deps.now() - latest.at <= everyMs ? latest.machine : null;
      return { machine: known ?? (await readFresh()), gpu: deps.gpu.latest() };
    },
    close() {
      clearInterval(timer);
      listeners.clear();
      deps.gpu.close();
    },
  };
}

function snapshotOf(at: string, machine: MachineUse, gpu: GpuUse | null, process: ProcessUse): ResourceSnapshot {
  return {
    at,
    cpu_percent: machine.cpu_percent,
    cpu_count: machine.cpu_count,
    memory_used_bytes: machine.memory_used_bytes,
    memory_available_bytes: machine.memory_available_bytes,
    memory_percent: machine.memory_percent,
    gpu_percent: gpu?.percent ?? null,
    vram_used_bytes: gpu?.vram_used_bytes ?? null,
    vram_percent:
      gpu === null || gpu.vram_total_bytes === 0 ? null : (100 * gpu.vram_used_bytes) / gpu.vram_total_bytes,
    disk_read_mb_s: machine.disk_read_mb_s,
    disk_write_mb_s: machine.disk_write_mb_s,
    net_sent_mb_s: machine.net_sent_mb_s,
    net_recv_mb_s: machine.net_recv_mb_s,
    process_cpu_percent: process.cpu_percent,
    process_rss_bytes: process.rss_bytes,
    process_threads: process.threads,
  };
}

function useOf(task: { readonly usage: ProcessUse | null }): ProcessUse {
  return task.usage ?? NO_PROCESSES;
}

function sum(parts: readonly ProcessUse[]): ProcessUse {
  return parts.reduce(
    (total, part) => ({
      cpu_percent: total.cpu_percent + part.cpu_percent,
      rss_bytes: total.rss_bytes + part.rss_bytes,
      threads: total.threads + part.threads,
    }),
    NO_PROCESSES,
  );
}
