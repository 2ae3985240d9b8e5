/** A leaf's way: its task is built, handed to a host, ended when its status wants it, and its result digested. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type HostKind,
  PROTOCOL_VERSION,
  type RunFailure,
  type TaskDocument,
  taskDocument,
  type TaskLimits,
} from '@minori/contract';
import { isConnectionLost } from '@minori/database';
import { endingOf, isActive } from '@minori/run-engine';
import { causesOf, folderOf, isLive, pastOf } from './attempt-rows.ts';
import { type Core, persistently } from './core.ts';
import type { Digest, TaskEnding } from './driver.ts';
import { countMemoryKills } from './machine-facts.ts';
import { closeAttempt, type MachineFacts } from './reconcile.ts';
import { ancestorIds, budgetOf, endRun, failureFrom, type RootState, treeRunsOf } from './root-state.ts';
import type { AttemptRow, RunRow } from './rows.ts';
import { readAttempts, Stale } from './store.ts';
import { type TreeWriter, writeTree } from './tree-writer.ts';

/** What a task that is cancelled gets between SIGTERM and SIGKILL. */
const CANCEL_GRACE_SECONDS = 0.5;
const UNKNOWN_LIMITS: TaskLimits = { memory_bytes: null, threads: 1, seconds: null, grace_seconds: 2 };

export type Claimed =
  | { readonly to: 'running' }
  | { readonly to: 'waiting'; readonly host: HostKind }
  | { readonly to: 'nowhere' };

/** Hands a queued leaf to its host. `waiting`: that host is not there, and the run stays queued. */
export async function claim(
  core: Core,
  state: RootState,
  run: RunRow,
  recover: (attempt: AttemptRow) => Promise<void>,
): Promise<Claimed> {
  const driver = core.store.driverOf(run);
  const attempts = await readAttempts(core.store.db, run.id);
  let built;
  try {
    if (!driver.task) throw new Error(`the driver of ${run.track} ${run.kind} builds no task`);
    built = await driver.task(run, {
      tree: state.tree,
      attempt: attempts.length + 1,
      past: pastOf(core.home, attempts),
      smaller: causesOf(attempts).at(-1) === 'out_of_memory',
      budget: budgetOf(state.tree.root, state.clock.activeSeconds),
    });
  } catch (error) {
    if (isConnectionLost(error)) throw error;
    await writeTree(core.store, state.id, async (writer) => {
      if (writer.run(run.id).version !== run.version) throw new Stale(run.id);
      await endRun(writer, run.id, 'failed', { failure: failureFrom(error, 'task_not_built') });
    });
    return { to: 'nowhere' };
  }
  const executor = core.executors[built.host];
  if (executor.state().state !== 'ready') {
    executor.want?.();
    return { to: 'waiting', host: built.host };
  }

  const {
    attempt,
    tree,
    attempts: open,
  } = await writeTree(core.store, state.id, async (writer) => {
    const begun = await beginAttempt(writer, run, built.host);
    return { attempt: begun, tree: writer.tree, attempts: new Map([...writer.attempts, [run.id, begun]]) };
  });
  core.take(state, tree, open);
  const task: TaskDocument = {
    protocol: PROTOCOL_VERSION,
    attempt_id: attempt.id,
    run_id: run.id,
    kind: built.kind,
    slot: driver.slot ?? 'batch',
    folder: folderOf(core.home, attempt.id),
    seed: run.seed,
    limits: built.limits,
    input: built.input,
  };
  core.feeds.attach(attempt, state.id, ancestorIds(state.tree, run));
  try {
    await executor.submit(task);
    core.handed.set(attempt.id, { limits: built.limits, ending: 'none', memoryKills: countMemoryKills() });
  } catch (error) {
    // Whether the host has it is not known: its traces tell.
    core.log.warn({ err: error, attempt: attempt.id }, 'a task could not be handed over');
    if (isDiskFull(error)) await failAttempt(core, state, run, attempt, NO_DISK);
    else await recover(attempt);
  }
  return { to: 'running' };
}

const NO_DISK: RunFailure = { cause: 'no_disk', code: 'no_disk', params: {}, detail: '' };

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');

/** An attempt that no host has: it ends here. */
async function failAttempt(
  core: Core,
  state: RootState,
  run: RunRow,
  attempt: AttemptRow,
  failure: RunFailure,
): Promise<void> {
  await writeTree(core.store, state.id, async (writer) => {
    await closeAttempt(writer, attempt, failure);
    if (writer.run(run.id).status === 'cancelling') await writer.move(run.id, 'cancelled', 'dispatcher');
    else await writer.move(run.id, 'failed', 'dispatcher', { failure });
  });
}

/** The run and what is above it go to work; a new attempt is the only one that is open. */
async function beginAttempt(writer: TreeWriter, run: RunRow, host: HostKind): Promise<AttemptRow> {
  if (writer.run(run.id).version !== run.version) throw new Stale(run.id);
  const above = ancestorIds(writer.tree, run).toReversed();
  for (const id of above) {
    const { status, parent_id: parent } = writer.run(id);
    // A root waits for its turn; what is below it follows its first task.
    if (!isActive(status) && !(status === 'queued' && parent !== null)) throw new Stale(id);
    if (status === 'pausing' || status === 'cancelling') throw new Stale(id);
    if (status === 'queued') await writer.move(id, 'preparing', 'dispatcher');
    const { status: now, stop_requested: stops } = writer.run(id);
    if (now === 'preparing') await writer.move(id, stops ? 'finishing' : 'running', 'dispatcher');
  }
  await writer.move(run.id, 'preparing', 'dispatcher');
  const { number } = await writer.tx
    .selectFrom('run_attempt')
    .select((eb) => eb.fn.coalesce(eb.fn.max('number'), eb.lit(0)).as('number'))
    .where('run_id', '=', run.id)
    .executeTakeFirstOrThrow();
  // What an attempt that came to nothing had measured would mix with what this one measures.
  if (number > 0) await writer.tx.deleteFrom('metric_chunk').where('run_id', '=', run.id).execute();
  return await writer.tx
    .insertInto('run_attempt')
    .values({ run_id: run.id, number: number + 1, host, status: 'starting', started_at: writer.now })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** A task of an earlier server is ours now. */
export async function takeOver(core: Core, attempt: AttemptRow): Promise<void> {
  const path = join(folderOf(core.home, attempt.id), 'task.json');
  const limits = await readFile(path, 'utf8').then(
    (text) => taskDocument.parse(JSON.parse(text)).limits,
    () => UNKNOWN_LIMITS,
  );
  core.handed.set(attempt.id, { limits, ending: 'none', memoryKills: countMemoryKills() });
}

/** Asks the hosts to end the tasks whose runs want it. */
export async function endTasks(core: Core, state: RootState): Promise<void> {
  for (const run of treeRunsOf(state.tree, state.attempts, core.store.driverOf)) {
    const attempt = state.attempts.get(run.id);
    const handed = attempt && core.handed.get(attempt.id);
    if (!attempt || !handed || !isLive(attempt) || attempt.result !== null) continue;
    const wanted = endingOf(run);
    if (wanted === 'none' || wanted === handed.ending || handed.ending === 'kill') continue;
    handed.ending = wanted;
    const grace =
      wanted === 'kill' ? Math.min(CANCEL_GRACE_SECONDS, handed.limits.grace_seconds) : handed.limits.grace_seconds;
    try {
      await core.executors[attempt.host as HostKind].stop(attempt.id, grace);
    } catch (error) {
      // Asked again when the host is back, or not needed because it died.
      handed.ending = 'none';
      core.log.warn({ err: error, attempt: attempt.id }, 'a task could not be told to end');
    }
  }
}

/** Shortens the grace of tasks that would end after the budget's tolerance. */
export async function cutOff(core: Core, state: RootState): Promise<void> {
  for (const attempt of state.attempts.values()) {
    const handed = core.handed.get(attempt.id);
    if (!handed || !isLive(attempt) || handed.ending === 'kill') continue;
    handed.ending = 'kill';
    await core.executors[attempt.host as HostKind].stop(attempt.id, 0).catch(() => undefined);
  }
}

export const machineFacts = (core: Pick<Core, 'handed'>): MachineFacts => ({
  memoryLimit: (attemptId) => core.handed.get(attemptId)?.limits.memory_bytes ?? null,
  kernelKilledForMemory: (attemptId) => {
    const before = core.handed.get(attemptId)?.memoryKills;
    return before !== undefined && countMemoryKills() > before;
  },
});

/** Lets the driver work on a result, then ends the run with it. */
export async function digest(core: Core, state: RootState, run: RunRow, attempt: AttemptRow): Promise<void> {
  if (state.digesting.has(run.id)) return;
  const abort = new AbortController();
  state.digesting.set(run.id, abort);
  const driver = core.store.driverOf(run);
  const ending: TaskEnding = {
    result: attempt.result ?? {},
    folder: folderOf(core.home, attempt.id),
    attempt: attempt.number,
    cpu_seconds: attempt.cpu_seconds,
    wall_seconds: Math.max(
      0,
      ((attempt.heartbeat_at ?? attempt.started_at).getTime() - attempt.started_at.getTime()) / 1000,
    ),
  };
  try {
    await persistently(core, async () => {
      const made = await digestOnce(driver.digest ? driver.digest(run, ending, abort.signal) : Promise.resolve({}));
      if (abort.signal.aborted) return;
      try {
        await writeTree(core.store, state.id, async (writer) => await settleLeaf(writer, run, attempt, ending, made));
      } catch (error) {
        if (isConnectionLost(error) || error instanceof Stale || made instanceof DigestFailure) throw error;
        core.log.error({ err: error, run: run.id }, 'a result could not be settled');
        await writeTree(
          core.store,
          state.id,
          async (writer) => await settleLeaf(writer, run, attempt, ending, new DigestFailure(error)),
        );
      }
    });
  } finally {
    state.digesting.delete(run.id);
    core.touch(state.id);
  }
}

class DigestFailure {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

async function digestOnce(work: Promise<Digest>): Promise<Digest | DigestFailure> {
  try {
    return await work;
  } catch (error) {
    if (isConnectionLost(error)) throw error;
    return new DigestFailure(error);
  }
}

async function settleLeaf(
  writer: TreeWriter,
  run: RunRow,
  attempt: AttemptRow,
  ending: TaskEnding,
  made: Digest | DigestFailure,
): Promise<void> {
  if (writer.run(run.id).status !== 'finishing' || writer.attempts.get(run.id)?.id !== attempt.id)
    throw new Stale(run.id);
  if (made instanceof DigestFailure) {
    const failure = failureFrom(made.error, 'digest_failed');
    await closeAttempt(writer, attempt, failure);
    await writer.move(run.id, 'failed', 'dispatcher', { failure });
    return;
  }
  await closeAttempt(writer, attempt, null, true);
  await writer.move(run.id, 'succeeded', 'dispatcher', {
    result: made.result ?? ending.result,
    ...(made.metrics ? { metrics: made.metrics } : {}),
    settlement: { ending, data: made.data },
  });
}
