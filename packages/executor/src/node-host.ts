/** Runs each task in a Node process of its own, in its own process group, and reaps it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExitedEvent, TaskDocument } from '@minori/contract';
import { taskDocument } from '@minori/contract';
import { childEnvironment } from './child-environment.ts';
import { type Executor, type HostState, listeners } from './executor.ts';
import type { ExecutorLog } from './log.ts';
import { endGroup, isAlive, processFacts, signalGroup } from './process-facts.ts';
import { endSpool, EVENTS_FILE, type SpoolFailure, summarizeSpool, TASK_FILE, writeTask } from './spool.ts';

export interface NodeHostOptions {
  /** MINORI_HOME. */
  readonly home: string;
  /** First part of a task's kind (`ingest` of `ingest.build`) -> URL of the module that exports `tasks`. */
  readonly modules: Readonly<Record<string, string>>;
  readonly log: ExecutorLog;
  /** Node's binary; this process's own when absent. */
  readonly node?: string;
}

const CHILD = fileURLToPath(new URL('./node-child.ts', import.meta.url));
const CLAIM_FILE = 'claim.json';
const OUTPUT_FILE = 'output.log';
const LAST_OUTPUT_BYTES = 16_384;
/** How often a task is looked at: its memory peak, and, when an earlier server started it, whether it lives. */
const LOOK_EVERY_MS = 250;
/** A dying process is given this long to leave the kernel's table. */
const DEATH_MS = 5000;
/** Between two tries to write an end on a full disk. */
const RETRY_MS = 2000;
/** What Node reserves for itself before a task has anything: V8's code range, its threads' stacks and pools. */
const NODE_OWN_BYTES = 768 * 2 ** 20;
/** What V8 and the C++ library say with their last breath. */
const OUT_OF_MEMORY = /out of memory|Allocation failed|bad_alloc|Cannot allocate memory/i;
/** The kernel prefers tasks to the server and the database when memory runs out. */
const OOM_SCORE = 500;

interface Watched {
  readonly attemptId: number;
  readonly folder: string;
  readonly pid: number;
  readonly pidStarted: string;
  child: ChildProcess | null;
  endedBy: ExitedEvent['ended_by'];
  cpuSeconds: number;
  maxRssBytes: number;
  spoolBytes: number;
  killTimer: NodeJS.Timeout | null;
  killAt: number;
  limitTimer: NodeJS.Timeout | null;
  graceSeconds: number;
  /** Resolves when `exited` is on disk. */
  readonly ended: PromiseWithResolvers<void>;
}

export function createNodeHost(options: NodeHostOptions): Executor {
  const { home, log } = options;
  const heard = listeners((error) => log.error({ err: error }, 'a listener of the node host failed'));
  const watched = new Map<number, Watched>();
  const submitting = new Map<number, Promise<void>>();
  let state: HostState['state'] = 'down';
  let lookTimer: NodeJS.Timeout | null = null;

  const watch = (
    facts: Pick<Watched, 'attemptId' | 'folder' | 'pid' | 'pidStarted' | 'child'>,
    graceSeconds: number,
  ): Watched => {
    const task: Watched = {
      ...facts,
      endedBy: 'itself',
      cpuSeconds: 0,
      maxRssBytes: 0,
      spoolBytes: 0,
      killTimer: null,
      killAt: Number.POSITIVE_INFINITY,
      limitTimer: null,
      graceSeconds,
      ended: Promise.withResolvers(),
    };
    watched.set(task.attemptId, task);
    lookTimer ??= setInterval(() => void look(), LOOK_EVERY_MS);
    return task;
  };

  const unwatch = (task: Watched) => {
    watched.delete(task.attemptId);
    if (task.killTimer) clearTimeout(task.killTimer);
    if (task.limitTimer) clearTimeout(task.limitTimer);
    if (watched.size > 0 || !lookTimer) return;
    clearInterval(lookTimer);
    lookTimer = null;
  };

  async function look(): Promise<void> {
    for (const task of watched.values()) {
      const facts = await processFacts(task.pid);
      if (facts?.started === task.pidStarted) {
        task.cpuSeconds = Math.max(task.cpuSeconds, facts.cpuSeconds);
        task.maxRssBytes = Math.max(task.maxRssBytes, facts.peakRssBytes);
      }
      if (task.child) continue;
      // Started by an earlier server: no descriptor wakes us, and no exit event will come.
      const bytes = await stat(join(task.folder, EVENTS_FILE)).then(
        (s) => s.size,
        () => 0,
      );
      if (bytes !== task.spoolBytes) heard.tell('wake', task.attemptId, false);
      task.spoolBytes = bytes;
      if (facts?.started !== task.pidStarted && watched.get(task.attemptId) === task) await end(task, null, null);
    }
  }

  async function end(task: Watched, exitCode: number | null, signal: string | null): Promise<void> {
    unwatch(task);
    // What the task left behind in its group must not go on computing or writing.
    signalGroup(task.pid, 'SIGKILL');
    while (!(await writeEnd(task, exitCode, signal))) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    task.ended.resolve();
    heard.tell('wake', task.attemptId, true);
  }

  /** False when the disk refused it: the end must not be lost, so the caller tries again. */
  async function writeEnd(task: Watched, exitCode: number | null, signal: string | null): Promise<boolean> {
    try {
      const seen = await summarizeSpool(task.folder);
      const failed = signal === null ? null : await memoryFailure(task.folder);
      await endSpool(
        task.folder,
        {
          exit_code: exitCode,
          signal,
          ended_by: exitCode === null && signal === null && task.endedBy === 'itself' ? 'parent_death' : task.endedBy,
          cpu_seconds: Math.max(task.cpuSeconds, seen.cpuSeconds),
          max_rss_bytes: Math.max(task.maxRssBytes, seen.maxRssBytes),
        },
        failed,
      );
      return true;
    } catch (error) {
      log.error({ err: error, attempt: task.attemptId }, 'the end of a node task could not be written');
      return false;
    }
  }

  const terminate = (task: Watched, endedBy: ExitedEvent['ended_by'], graceSeconds: number) => {
    if (task.endedBy === 'itself') task.endedBy = endedBy;
    const killAt = Date.now() + graceSeconds * 1000;
    if (killAt >= task.killAt) return;
    task.killAt = killAt;
    if (task.killTimer) clearTimeout(task.killTimer);
    else endGroup(task.pid);
    task.killTimer = setTimeout(() => signalGroup(task.pid, 'SIGKILL'), graceSeconds * 1000);
  };

  const limitTime = (task: Watched, seconds: number | null, startedAt: number) => {
    if (seconds === null) return;
    const left = Math.max(0, startedAt + seconds * 1000 - Date.now());
    task.limitTimer = setTimeout(() => terminate(task, 'time_limit', task.graceSeconds), left);
  };

  async function begin(task: TaskDocument, moduleUrl: string): Promise<void> {
    if (watched.has(task.attempt_id)) return;
    await writeTask(task);
    if ((await summarizeSpool(task.folder)).ended) return;
    await launch(task, moduleUrl);
  }

  async function launch(task: TaskDocument, moduleUrl: string): Promise<void> {
    const output = openSync(join(task.folder, OUTPUT_FILE), 'a');
    const { memory_bytes: memory } = task.limits;
    // ulimit -d is RLIMIT_DATA in KiB; exec keeps the pid, so the group's leader is Node itself.
    const limits = memory === null ? '' : `ulimit -d ${Math.ceil((memory + NODE_OWN_BYTES) / 1024)} && `;
    const nice = task.slot === 'batch' ? 'nice -n 5 ' : '';
    const script = `echo ${OOM_SCORE} > /proc/self/oom_score_adj 2>/dev/null; ${limits}exec ${nice}"$@"`;
    const heap =
      memory === null ? [] : [`--max-old-space-size=${Math.max(64, Math.floor((memory * 0.8) / (1 << 20)))}`];
    const args = [...heap, '--disable-warning=ExperimentalWarning', CHILD, task.folder, moduleUrl];
    let child: ChildProcess;
    try {
      child = spawn('/bin/sh', ['-c', script, 'sh', options.node ?? process.execPath, ...args], {
        cwd: task.folder,
        detached: true,
        stdio: ['ignore', output, output, 'ipc'],
        // A task starts in half the CPU time when the types are stripped and the code compiled already.
        env: childEnvironment(join(home, 'tmp'), {
          NODE_COMPILE_CACHE: join(home, 'tmp', 'compile-cache'),
          // Threads that wait for the disk, not for a core.
          UV_THREADPOOL_SIZE: '16',
        }),
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
    } finally {
      closeSync(output);
    }
    const pid = child.pid ?? 0;
    const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const facts = await processFacts(pid);
    const running = watch(
      { attemptId: task.attempt_id, folder: task.folder, pid, pidStarted: facts?.started ?? '', child },
      task.limits.grace_seconds,
    );
    limitTime(running, task.limits.seconds, Date.now());
    child.on('message', () => heard.tell('wake', task.attempt_id, false));
    child.on('error', (error) => log.warn({ err: error, attempt: task.attempt_id }, 'node task channel failed'));
    void exited
      .then(async ({ code, signal }) => {
        const holder = await readClaim(task.folder);
        if (holder && holder.pid !== pid && (await isAlive(holder.pid, holder.pid_started))) {
          // An earlier server had started this very attempt, and that process works on it.
          unwatch(running);
          await adopt(task.attempt_id, task.folder);
          return;
        }
        await end(running, code, signal);
      })
      .catch((error: unknown) =>
        log.error({ err: error, attempt: task.attempt_id }, 'the end of a node task could not be written'),
      );
  }

  async function adopt(attemptId: number, folder: string): Promise<void> {
    if (watched.has(attemptId)) return;
    const holder = await readClaim(folder);
    if (!holder || !(await isAlive(holder.pid, holder.pid_started))) {
      await bury(attemptId, folder);
      return;
    }
    const task = taskDocument.parse(JSON.parse(await readFile(join(folder, TASK_FILE), 'utf8')));
    const running = watch(
      { attemptId, folder, pid: holder.pid, pidStarted: holder.pid_started, child: null },
      task.limits.grace_seconds,
    );
    const { started } = await summarizeSpool(folder);
    limitTime(running, task.limits.seconds, started?.at ?? Date.now());
  }

  async function bury(attemptId: number, folder: string): Promise<void> {
    const holder = await readClaim(folder);
    if (holder && (await isAlive(holder.pid, holder.pid_started))) {
      signalGroup(holder.pid, 'SIGKILL');
      const deadline = Date.now() + DEATH_MS;
      while ((await isAlive(holder.pid, holder.pid_started)) && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    // A process that is only just starting finds the attempt taken and leaves.
    if (!holder) await takeClaim(folder);
    const seen = await summarizeSpool(folder);
    await endSpool(folder, {
      exit_code: null,
      signal: null,
      ended_by: 'parent_death',
      cpu_seconds: seen.cpuSeconds,
      max_rss_bytes: seen.maxRssBytes,
    });
    heard.tell('wake', attemptId, true);
  }

  return {
    kind: 'node',
    on: heard.on,
    state: () => ({
      kind: 'node',
      state,
      pid: process.pid,
      host_id: `node-${process.pid}`,
      mode: state === 'ready' ? 'spawn' : null,
      versions: { node: process.versions.node },
      detail: null,
    }),
    async start() {
      await mkdir(join(home, 'tmp'), { recursive: true });
      state = 'ready';
      heard.tell('ready');
    },
    async submit(task) {
      if (state !== 'ready') throw new Error('the node host is closed');
      const moduleUrl = options.modules[task.kind.split('.')[0] ?? ''];
      if (!moduleUrl) throw new Error(`no module for node tasks of kind ${task.kind}`);
      const begun = submitting.get(task.attempt_id) ?? begin(task, moduleUrl);
      submitting.set(task.attempt_id, begun);
      await begun.finally(() => submitting.delete(task.attempt_id));
    },
    async stop(attemptId, graceSeconds) {
      const task = watched.get(attemptId);
      if (task) terminate(task, 'stop', graceSeconds);
    },
    list: async () => [...watched.keys()],
    async traces(attemptId, folder) {
      const [holder, spool] = await Promise.all([readClaim(folder), summarizeSpool(folder)]);
      return {
        hostSays: watched.has(attemptId) ? 'running' : 'unknown',
        processLives: holder !== null && (await isAlive(holder.pid, holder.pid_started)),
        spoolEnded: spool.ended,
        // A claim without records is a task that died in its first moment.
        spoolBegun: spool.seq > 0 || holder !== null,
      };
    },
    adopt,
    bury,
    async close({ leave }) {
      state = 'down';
      const living = [...watched.values()];
      if (leave) {
        for (const task of living) {
          unwatch(task);
          task.child?.removeAllListeners('exit');
          if (task.child?.connected) task.child.disconnect();
          task.child?.unref();
        }
        return;
      }
      for (const task of living) terminate(task, 'stop', task.graceSeconds);
      await Promise.all(living.map((task) => task.ended.promise));
    },
  };
}

interface Claim {
  readonly pid: number;
  readonly pid_started: string;
}

async function takeClaim(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, CLAIM_FILE), JSON.stringify({ pid: 0, pid_started: '' }), { flag: 'wx' }).catch(
    () => undefined,
  );
}

/** A process that found no memory dies by a signal as one with a defect does; only its output tells them apart. */
async function memoryFailure(folder: string): Promise<SpoolFailure | null> {
  const output = await open(join(folder, OUTPUT_FILE), 'r').catch(() => null);
  if (!output) return null;
  try {
    const { size } = await output.stat();
    const length = Math.min(size, LAST_OUTPUT_BYTES);
    const { buffer } = await output.read(Buffer.alloc(length), 0, length, size - length);
    const detail = buffer.toString('utf8');
    return OUT_OF_MEMORY.test(detail) ? { cause: 'out_of_memory', code: 'out_of_memory', params: {}, detail } : null;
  } finally {
    await output.close();
  }
}

/** Which process runs the attempt; null when none has begun. */
async function readClaim(folder: string): Promise<Claim | null> {
  try {
    return JSON.parse(await readFile(join(folder, CLAIM_FILE), 'utf8')) as Claim;
  } catch {
    return null;
  }
}
