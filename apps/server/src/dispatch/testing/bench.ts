/** A dispatcher on a database, a home and hosts of its own, and words to wait with. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostKind, RunEvent } from '@minori/contract';
import type { Db } from '@minori/database';
import { createNodeHost, createPythonHost, type Executor } from '@minori/executor';
import { isFinal } from '@minori/run-engine';
import { pino } from 'pino';
import { createDispatcher, type Dispatcher, type DispatcherDeps } from '../dispatcher.ts';
import type { RunRow } from '../rows.ts';
import { readRuns } from '../store.ts';
import { type Seen, selftestDrivers } from './drivers.ts';

export const TASKS = new URL('../../../../../packages/executor/src/testing/selftest-tasks.ts', import.meta.url).href;
const ENGINE_SOURCE = new URL('../../../../../engine/src', import.meta.url).pathname;

export interface Bench {
  readonly home: string;
  readonly dispatcher: Dispatcher;
  readonly executors: Record<HostKind, Executor>;
  readonly seen: Seen;
  /** Every event as a subscriber heard it. */
  readonly heard: RunEvent[];
  /** Resolves with the tree's rows once they satisfy the condition; looked at after each event. */
  until(rootId: number, condition: (rows: RunRow[]) => boolean): Promise<RunRow[]>;
  ended(rootId: number): Promise<RunRow[]>;
  /** Closes and starts again on the same home. */
  restart(options: { leaveHosts: boolean }): Promise<void>;
  close(): Promise<void>;
}

export interface BenchOptions extends Partial<
  Pick<DispatcherDeps, 'slots' | 'clock' | 'monotonic' | 'drivers' | 'log'>
> {
  /** Interpreter of the engine; without it the Python host stays down. */
  readonly python?: string;
}

/** The Python host of a machine without an engine. */
export const NOBODY: Executor = {
  kind: 'python',
  state: () => ({
    kind: 'python',
    state: 'down',
    pid: null,
    host_id: null,
    mode: null,
    versions: {},
    detail: 'not installed',
  }),
  start: async () => undefined,
  on: () => () => undefined,
  submit: async () => await Promise.reject(new Error('not installed')),
  stop: async () => undefined,
  list: async () => [],
  traces: async () => ({ hostSays: 'unknown', processLives: false, spoolEnded: false, spoolBegun: false }),
  adopt: async () => undefined,
  bury: async () => undefined,
  close: async () => undefined,
};

export async function createBench(db: Db, options: BenchOptions = {}): Promise<Bench> {
  const home = await mkdtemp(join(tmpdir(), 'minori-dispatch-'));
  const log = options.log ?? pino({ level: process.env['MINORI_TEST_LOG'] ?? 'silent' });
  const seen: Seen = { settled: [], changed: [] };
  const heard: RunEvent[] = [];
  const waiters = new Set<() => void>();

  async function open() {
    const { python } = options;
    const executors = {
      node: createNodeHost({ home, modules: { selftest: TASKS }, log }),
      neural: NOBODY,
      vision: NOBODY,
      python: python === undefined ? NOBODY : createPythonHost({ home, python, engineSource: ENGINE_SOURCE, log }),
    };
    const { slots = 2, clock = { now: () => Date.now() }, drivers = selftestDrivers(seen), monotonic } = options;
    const dispatcher = await createDispatcher({
      db,
      home,
      executors,
      drivers,
      slots,
      clock,
      log,
      ...(monotonic ? { monotonic } : {}),
    });
    dispatcher.subscribe((event) => {
      heard.push(event);
      for (const wake of waiters) wake();
    });
    await Promise.all([executors.node.start(), executors.python.start()]);
    return { executors, dispatcher };
  }
  let now = await open();

  async function until(rootId: number, condition: (rows: RunRow[]) => boolean): Promise<RunRow[]> {
    let woken = Promise.withResolvers<void>();
    const wake = () => woken.resolve();
    waiters.add(wake);
    try {
      for (;;) {
        woken = Promise.withResolvers<void>();
        const rows = await readRuns(db, rootId);
        if (condition(rows)) return rows;
        await woken.promise;
      }
    } finally {
      waiters.delete(wake);
    }
  }

  return {
    home,
    get dispatcher() {
      return now.dispatcher;
    },
    get executors() {
      return now.executors;
    },
    seen,
    heard,
    until,
    ended: async (rootId) => await until(rootId, (rows) => rows.every((row) => isFinal(row.status))),
    async restart({ leaveHosts }) {
      await now.dispatcher.close({ leaveHosts });
      now = await open();
    },
    async close() {
      await now.dispatcher.close({ leaveHosts: false });
      // A host that is ending may still write its compile cache.
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Failures of a tree's runs, to be compared with none. */
export const failures = (rows: readonly RunRow[]) =>
  rows.filter((row) => row.failure !== null).map((row) => ({ name: row.name, failure: row.failure }));

export const statuses = (rows: readonly RunRow[]): string[] => rows.map((row) => row.status);
