/** Tasks that a person waits for: no run, no row, beside all that is queued. */
import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FailureCause,
  type HostKind,
  ProblemError,
  PROTOCOL_VERSION,
  type TaskDocument,
  type TaskLimits,
} from '@minori/contract';
import { type Executor, readSpool, SPOOL_START } from '@minori/executor';
import { type AttemptFacts, failureOf, NO_RECORDS, takeRecords } from '@minori/run-engine';

export interface InteractiveTask {
  readonly host: HostKind;
  readonly kind: string;
  readonly input: Record<string, unknown>;
  readonly limits?: Partial<TaskLimits>;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

export interface InteractiveResult {
  readonly value: Record<string, unknown>;
  /** Outputs of the task; gone after `dispose`. */
  readonly folder: string;
  dispose(): Promise<void>;
}

const FOLDER_PREFIX = 'i-';
const DEFAULT_LIMITS: TaskLimits = { memory_bytes: 2 * 1024 ** 3, threads: 1, seconds: 60, grace_seconds: 0.5 };

const STATUS: Readonly<Record<FailureCause, number>> = {
  bad_data: 422,
  out_of_memory: 413,
  time_limit: 504,
  lost_worker: 503,
  unavailable: 503,
  no_disk: 507,
  bug: 500,
};

export interface InteractiveDeps {
  readonly home: string;
  readonly executors: Readonly<Record<HostKind, Executor>>;
  /** How many run at once; further ones wait their turn. */
  readonly slots: number;
}

export function createInteractive(deps: InteractiveDeps) {
  const waiting: (() => void)[] = [];
  let running = 0;
  let lastId = -Date.now() * 1000;

  async function enter(): Promise<void> {
    if (running < deps.slots) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  async function run(task: InteractiveTask): Promise<InteractiveResult> {
    await enter();
    try {
      return await runNow(task);
    } finally {
      leave();
    }
  }

  async function runNow(asked: InteractiveTask): Promise<InteractiveResult> {
    asked.signal?.throwIfAborted();
    const executor = deps.executors[asked.host];
    if (executor.state().state !== 'ready') throw new ProblemError('engine_not_ready', 503, { host: asked.host });
    lastId -= 1;
    const folder = join(deps.home, 'spool', `${FOLDER_PREFIX}${randomUUID()}`);
    const limits: TaskLimits = { ...DEFAULT_LIMITS, ...asked.limits };
    const { host: _host, limits: _limits, signal, seed = 1, kind, input } = asked;
    const task: TaskDocument = {
      protocol: PROTOCOL_VERSION,
      attempt_id: lastId,
      run_id: 0,
      kind,
      slot: 'interactive',
      folder,
      seed,
      limits,
      input,
    };
    const dispose = async () => await rm(folder, { recursive: true, force: true });
    try {
      const facts = await follow(executor, task, signal);
      if (facts.result) return { value: facts.result, folder, dispose };
      signal?.throwIfAborted();
      const failure = failureOf({
        exit: facts.exit,
        failed: facts.failed,
        memoryLimit: limits.memory_bytes,
        kernelKilledForMemory: false,
      });
      throw new ProblemError(
        failure?.code ?? 'stopped',
        STATUS[failure?.cause ?? 'lost_worker'],
        failure?.params ?? {},
      );
    } catch (error) {
      await dispose();
      throw error;
    }
  }

  /** Reads the task's records until its end; an abort ends it. */
  async function follow(
    executor: Executor,
    task: TaskDocument,
    signal: AbortSignal | undefined,
  ): Promise<AttemptFacts> {
    let woken = Promise.withResolvers<void>();
    let lost = false;
    const stop = () => void executor.stop(task.attempt_id, task.limits.grace_seconds).catch(() => undefined);
    const offs = [
      executor.on('wake', (attemptId) => attemptId === task.attempt_id && woken.resolve()),
      executor.on('gone', () => {
        lost = true;
        woken.resolve();
      }),
    ];
    signal?.addEventListener('abort', stop);
    try {
      await executor.submit(task);
      // What was aborted on its way could not be stopped yet.
      if (signal?.aborted) stop();
      let facts = NO_RECORDS;
      for (let position = SPOOL_START; ;) {
        woken = Promise.withResolvers<void>();
        const batch = await readSpool(task.folder, position);
        position = batch.position;
        facts = takeRecords(facts, batch.records);
        if (facts.exit || (lost && !batch.more)) return facts;
        if (!batch.more && !lost) await woken.promise;
      }
    } finally {
      for (const off of offs) off();
      signal?.removeEventListener('abort', stop);
    }
  }

  return {
    run,
    /** Folders that an earlier server has not tidied up. */
    async sweep(): Promise<void> {
      const spool = join(deps.home, 'spool');
      const names = await readdir(spool).catch(() => []);
      await Promise.all(
        names
          .filter((name) => name.startsWith(FOLDER_PREFIX))
          .map((name) => rm(join(spool, name), { recursive: true, force: true })),
      );
    },
    waiting: () => waiting.length,
  };
}
