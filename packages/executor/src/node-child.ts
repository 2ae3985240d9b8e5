/**
 * One Node task: `node node-child.ts <attempt folder> <tasks module>`. Started by node-host.ts in
 * a process group of its own. Appends its events to the spool; the host writes the end.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fsync,
  fsyncSync,
  linkSync,
  openSync,
  unlinkSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type NodeTasks, type TaskEvent, type TaskIo, TaskFailure, taskDocument } from '@minori/contract';
import { processFacts } from './process-facts.ts';
import { EVENTS_FILE, TASK_FILE } from './spool.ts';

/** How long a task outlives a server that died; a restarted one finds it by pid and start time. */
const LEASE_MS = 600_000;
const USAGE_EVERY_MS = 1000;
const WAKE_EVERY_MS = 25;
const SYNC_EVERY_MS = 100;
const MOST_LOG_LINES_A_SECOND = 200;
const LONGEST_LOG_LINE = 16_384;
const CLAIM_FILE = 'claim.json';

const [, , folder, modulePath] = process.argv;
if (!folder || !modulePath) throw new Error('usage: node-child.ts <attempt folder> <tasks module>');

type LogLevel = Extract<TaskEvent, { type: 'log' }>['level'];
type Unnumbered = TaskEvent extends infer E ? (E extends TaskEvent ? Omit<E, 'seq' | 'at'> : never) : never;

/** Appends records; each is in the kernel's hands when `write` returns, and on disk soon after. */
function spoolWriter(path: string) {
  const file = openSync(path, 'a');
  let seq = 0;
  let syncing = false;
  let dirty = false;
  let wakeTimer: NodeJS.Timeout | null = null;
  let lastWake = 0;

  const wake = () => {
    wakeTimer = null;
    lastWake = Date.now();
    // The server may be gone; whoever reads the spool next needs no waking.
    if (process.connected) process.send?.('wake', undefined, undefined, () => undefined);
  };
  const sync = () => {
    if (syncing) return;
    syncing = true;
    dirty = false;
    setTimeout(() => {
      fsync(file, () => {
        syncing = false;
        if (dirty) sync();
      });
    }, SYNC_EVERY_MS).unref();
  };
  return {
    write(event: Unnumbered): void {
      seq += 1;
      const line = Buffer.from(`${JSON.stringify({ seq, at: Date.now(), ...event })}\n`);
      for (let written = 0; written < line.length;) written += writeSync(file, line, written);
      dirty = true;
      sync();
      if (wakeTimer) return;
      const wait = lastWake + WAKE_EVERY_MS - Date.now();
      if (wait <= 0) wake();
      else wakeTimer = setTimeout(wake, wait);
    },
    close(): void {
      fsyncSync(file);
      closeSync(file);
    },
  };
}

/**
 * Lets so many log lines of one second through and counts the rest: a task that floods must not
 * fill the disk and the database. The other records are the task's substance and always pass.
 */
function logGate(write: (level: LogLevel, message: string) => void) {
  let second = 0;
  let lines = 0;
  let leftOut = 0;
  const gate = {
    log(level: LogLevel, message: string): void {
      const now = Math.floor(performance.now() / 1000);
      if (now !== second) gate.flush();
      second = now;
      lines += 1;
      if (lines <= MOST_LOG_LINES_A_SECOND) write(level, message);
      else leftOut += 1;
    },
    flush(): void {
      if (leftOut > 0) write('warning', `${leftOut} log lines left out`);
      lines = 0;
      leftOut = 0;
    },
  };
  return gate;
}

/** Whether this process is the one that runs the attempt: it may have been started twice around a server's death. */
function claim(started: string): boolean {
  const path = join(folder ?? '', CLAIM_FILE);
  const own = `${path}.${process.pid}`;
  const file = openSync(own, 'w');
  writeSync(file, JSON.stringify({ pid: process.pid, pid_started: started }));
  fsyncSync(file);
  closeSync(file);
  try {
    // A link appears whole or not at all, and only once.
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(own);
  }
}

async function hashAndSync(path: string): Promise<{ sha256: string; bytes: number }> {
  const file = await open(path, 'r');
  try {
    await file.sync();
    const { size } = await file.stat();
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    return { sha256: hash.digest('hex'), bytes: size };
  } finally {
    await file.close();
  }
}

function failedEvent(error: unknown): Extract<Unnumbered, { type: 'failed' }> {
  if (error instanceof TaskFailure) {
    const { failureCause: cause, code, params, detail } = error;
    return { type: 'failed', cause, code, params, detail };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const system = (error as NodeJS.ErrnoException | null)?.code;
  if (system === 'ENOSPC' || system === 'EDQUOT')
    return { type: 'failed', cause: 'no_disk', code: 'no_disk', params: {}, detail };
  if (error instanceof RangeError && /allocat(e|ion)/i.test(error.message)) {
    return { type: 'failed', cause: 'out_of_memory', code: 'out_of_memory', params: {}, detail };
  }
  return { type: 'failed', cause: 'bug', code: 'unexpected_error', params: {}, detail };
}

async function main(attemptFolder: string, tasksModule: string): Promise<number> {
  const facts = await processFacts(process.pid);
  if (!facts || !claim(facts.started)) return 0;

  const task = taskDocument.parse(JSON.parse(readFileSync(join(attemptFolder, TASK_FILE), 'utf8')));
  const spool = spoolWriter(join(attemptFolder, EVENTS_FILE));
  spool.write({ type: 'started', pid: process.pid, pid_started: facts.started });

  // A task that never looks at its signal has nothing to save: then SIGTERM ends it at once.
  const abort = new AbortController();
  let listens = false;
  process.on('SIGTERM', () => {
    if (!listens) process.exit(143);
    abort.abort();
  });
  process.on('disconnect', () => setTimeout(() => process.exit(1), LEASE_MS).unref());

  let usedBefore = process.cpuUsage();
  let at = performance.now();
  const look = () => {
    gate.flush();
    const used = process.cpuUsage();
    const now = performance.now();
    const micros = used.user + used.system - usedBefore.user - usedBefore.system;
    spool.write({
      type: 'usage',
      cpu_percent: (micros / 1000 / (now - at)) * 100,
      rss_bytes: process.memoryUsage.rss(),
      threads: task.limits.threads,
      cpu_seconds: (used.user + used.system) / 1e6,
    });
    usedBefore = used;
    at = now;
  };
  const usage = setInterval(look, USAGE_EVERY_MS);
  usage.unref();

  const gate = logGate((level, message) =>
    spool.write({ type: 'log', level, message: message.slice(0, LONGEST_LOG_LINE) }),
  );
  const io: TaskIo = {
    progress: (fraction, phase, done, total) =>
      spool.write({
        type: 'progress',
        fraction: fraction === null ? null : Math.min(1, Math.max(0, fraction)),
        phase,
        ...(done === undefined ? {} : { done }),
        ...(total === undefined ? {} : { total }),
      }),
    log: gate.log,
    metric: (series, steps, values) =>
      spool.write({
        type: 'metric',
        series,
        steps,
        values: values.map((v) => (v === null || Number.isFinite(v) ? v : null)),
      }),
    partial: (value) => spool.write({ type: 'partial', value }),
    artifact: async (name, path, mediaType) => {
      const inside = relative(attemptFolder, resolve(attemptFolder, path));
      if (isAbsolute(path) || inside.startsWith('..')) throw new Error(`artifact outside its folder: ${path}`);
      const { sha256, bytes } = await hashAndSync(join(attemptFolder, inside));
      spool.write({ type: 'artifact', name, path: inside, media_type: mediaType, bytes, sha256 });
    },
    get signal() {
      listens = true;
      return abort.signal;
    },
  };

  let failed = false;
  try {
    const { tasks } = (await import(tasksModule)) as { tasks: NodeTasks };
    const run = tasks[task.kind];
    if (!run) throw new Error(`no task ${task.kind} in ${tasksModule}`);
    const { input, seed, limits } = task;
    const value = await run({ input, folder: attemptFolder, seed, limits }, io);
    look();
    spool.write({ type: 'result', value });
  } catch (error) {
    failed = true;
    look();
    spool.write(failedEvent(error));
  }
  clearInterval(usage);
  spool.close();
  return failed ? 1 : 0;
}

// A hung handle of a library must not keep a finished task alive.
process.exit(await main(folder, modulePath));
