/**
 * Brings every run to its true end. Woken by events (a task's record, a person's wish, a child's
 * end, a timer), it reads the tree's rows, writes what follows from them, and hands out tasks.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostKind, ProblemError, type RunAction, type RunEvent } from '@minori/contract';
import { type Db, isConnectionLost, type Tx } from '@minori/database';
import type { Executor, HostState } from '@minori/executor';
import {
  budgetState,
  type BudgetState,
  count,
  isFinal,
  isSpending,
  LONGEST_COUNT_SECONDS,
  planAction,
  RENEW_SECONDS,
  secondsToNextState,
} from '@minori/run-engine';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { isLive } from './attempt-rows.ts';
import { advanceNext } from './composites.ts';
import { type Core, type HandedOver, persistently } from './core.ts';
import type { Driver, NewRootRun } from './driver.ts';
import { createInteractive, type InteractiveResult, type InteractiveTask } from './interactive.ts';
import { cutOff, digest, endTasks, machineFacts } from './leaves.ts';
import { createNotifier, type EventListener } from './notifier.ts';
import { needsReconciling, reconcile } from './reconcile.ts';
import { createRecovery } from './recovery.ts';
import { ancestorIds, applyChanges, isOverrun, type RootState, treeRunsOf } from './root-state.ts';
import type { AttemptRow, RunRow, RunTree } from './rows.ts';
import { createScheduler } from './scheduler.ts';
import { createSpoolFeeds, type FeedState } from './spool-feeds.ts';
import { createTreeReader } from './tree-reader.ts';
import {
  insertTree,
  LeaseLost,
  readEvents,
  readOpenAttempts,
  readRuns,
  renewLeases,
  type SeqRange,
  type StoreDeps,
  takeLeases,
  treeOf,
  writeClock,
  writeTree,
} from './store.ts';

export interface DispatcherDeps {
  readonly db: Db;
  /** MINORI_HOME. */
  readonly home: string;
  readonly executors: Readonly<Record<HostKind, Executor>>;
  readonly drivers: readonly Driver[];
  /** Batch tasks at once, and batch trees at once. */
  readonly slots: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds that no change of the wall clock moves; the budget counts by it. */
  readonly monotonic?: () => number;
}

export interface Dispatcher {
  /** Inserts a queued tree in the caller's transaction; after its commit the caller calls `told`. */
  enqueueTree(tx: Tx, run: NewRootRun): Promise<RunRow>;
  told(rootId: number): void;
  /** Both, in a transaction of its own. */
  enqueue(run: NewRootRun): Promise<RunRow>;
  /** Stop, cancel, pause or resume of a tree or of one run in it; the run as it is then. Throws run_not_found, action_not_possible, parent_paused. */
  control(runId: number, action: RunAction, by: { kind: 'person'; id: string }): Promise<RunRow>;
  /** Called after each commit, per tree in the order of `seq` and without holes. */
  subscribe(listener: EventListener, rootId?: number): () => void;
  readEvents(rootId: number, after: number, limit: number): Promise<RunEvent[]>;
  /** A preview or the like: beside the queue, without a run. Throws ProblemError with the task's own code. */
  runInteractive(task: InteractiveTask): Promise<InteractiveResult>;
  /** Root id -> place among those that wait, 1 = next. */
  queuePositions(): Map<number, number>;
  /** Seconds of the budget used, to this moment; null when the tree is not open. */
  activeSeconds(rootId: number): number | null;
  state(): DispatcherState;
  close(options: { leaveHosts: boolean }): Promise<void>;
}

export interface DispatcherState {
  /** Trees at work, and trees that wait for their turn. */
  readonly running: number;
  readonly waiting: number;
  readonly slots: number;
  readonly busySlots: number;
  readonly hosts: Readonly<Record<HostKind, HostState>>;
  /** Living tasks. */
  readonly attempts: readonly FeedState[];
}

const INTERACTIVE_SLOTS = 2;
const TICK_MS = 1000;
const CLOCK_WRITE_MS = 5000;
const TOKENS_KEPT = 8;
const HOSTS: readonly HostKind[] = ['python', 'node'];

/** Answers when every tree that was open has been taken over; what hosts still have to say is waited for behind it. */
export async function createDispatcher(deps: DispatcherDeps): Promise<Dispatcher> {
  const monotonic = deps.monotonic ?? (() => performance.now());
  const closing = new AbortController();
  const drivers = new Map(deps.drivers.map((driver) => [`${driver.track} ${driver.kind}`, driver]));
  const tokens = await openTokens(deps.home);
  const notifier = createNotifier(deps);
  const roots = new Map<number, RootState>();
  const handed: HandedOver = new Map();
  /** Trees that are looked at now; true when they are to be looked at again after it. */
  const turning = new Map<number, boolean>();
  const turns = new Set<Promise<void>>();
  /** Trees that are inserted, perhaps committed, and not yet told of. */
  const untold = new Map<number, SeqRange>();
  let scheduled = false;
  let stopping = false;

  const trees = createTreeReader();
  const store: StoreDeps = {
    db: deps.db,
    trees,
    now: () => deps.clock.now(),
    token: tokens.own,
    driverOf(run) {
      const driver = drivers.get(`${run.track} ${run.kind}`);
      if (!driver) throw new Error(`no driver for ${run.track} ${run.kind}`);
      return driver;
    },
    committed: notifier.committed,
    activeSeconds,
  };
  const feeds = createSpoolFeeds({ ...store, home: deps.home, log: deps.log, changed: (rootId) => touch(rootId) });
  const core: Core = {
    home: deps.home,
    log: deps.log,
    store,
    executors: deps.executors,
    slots: { batch: deps.slots, interactive: INTERACTIVE_SLOTS },
    roots,
    feeds,
    handed,
    closing: closing.signal,
    monotonic,
    touch,
    take,
    reschedule,
  };
  const recovery = createRecovery(core);
  const scheduler = createScheduler(core, recovery.one);
  const interactive = createInteractive({ home: deps.home, executors: deps.executors, slots: INTERACTIVE_SLOTS });

  function activeSeconds(rootId: number): number | null {
    const state = roots.get(rootId);
    return state ? count(state.clock, monotonic(), state.clock.since !== null).activeSeconds : null;
  }

  function touch(rootId: number): void {
    if (closing.signal.aborted) return;
    if (turning.has(rootId)) {
      turning.set(rootId, true);
      return;
    }
    turning.set(rootId, false);
    const turn = takeTurns(rootId).finally(() => turns.delete(turn));
    turns.add(turn);
  }

  async function takeTurns(rootId: number): Promise<void> {
    do {
      turning.set(rootId, false);
      try {
        await persistently(core, async () => await look(rootId));
      } catch (error) {
        deps.log.error({ err: error, run: rootId }, 'a tree could not be looked at');
        setTimeout(() => touch(rootId), TICK_MS).unref();
      }
    } while (turning.get(rootId) === true && !closing.signal.aborted);
    turning.delete(rootId);
    reschedule();
  }

  function reschedule(): void {
    if (scheduled || stopping) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (stopping) return;
      try {
        scheduler.run();
      } catch (error) {
        deps.log.error({ err: error }, 'the schedule failed');
      }
    });
  }

  /** One look at a tree: read, write what follows, start what is next. */
  async function look(rootId: number): Promise<void> {
    const state = roots.get(rootId) ?? (await open(rootId));
    if (!state) return;
    await reload(state);
    if (!roots.has(rootId)) return;
    countOn(state);
    const budget = budgetState(state.clock.activeSeconds, state.tree.root.budget_seconds);
    if (needsReconciling(state, budget)) {
      const { digests, tree, attempts } = await writeTree(store, rootId, async (writer) => ({
        ...(await reconcile(core, writer, machineFacts(core), state.clock.activeSeconds, 'dispatcher')),
        tree: writer.tree,
        attempts: writer.attempts,
      }));
      take(state, tree, attempts);
      if (!roots.has(rootId)) return;
      for (const { run, attempt } of digests) {
        if (!stopping)
          void digest(core, state, run, attempt).catch((error: unknown) =>
            deps.log.error({ err: error, run: run.id }, 'a result could not be digested'),
          );
      }
    }
    markBudget(state, budget);
    findLost(state);
    await keepClock(state);
    await endTasks(core, state);
    if (isOverrun(state)) await cutOff(core, state);
    if (!stopping)
      advanceNext(core, state, { total: deps.slots, free: Math.max(0, deps.slots - scheduler.busy().batch) });
  }

  /** A commit whose answer got lost leaves an attempt that nobody here knows of; so does the start of a server. */
  function findLost(state: RootState): void {
    for (const attempt of state.attempts.values()) {
      if (!isLive(attempt) || feeds.follows(attempt.id) || state.claiming.has(attempt.run_id)) continue;
      if (deps.executors[attempt.host as HostKind].state().state === 'ready') void recovery.one(state, attempt);
    }
  }

  async function open(rootId: number): Promise<RootState | null> {
    const rows = await readRuns(deps.db, rootId);
    if (rows.every((row) => isFinal(row.status))) return null;
    const tree = treeOf(rows);
    // Time in which no server was there is counted up to the longest stretch, as any other gap.
    const since = tree.root.active_since?.getTime() ?? null;
    const gap = since === null ? 0 : Math.min(Math.max(0, deps.clock.now() - since) / 1000, LONGEST_COUNT_SECONDS);
    const state: RootState = {
      id: rootId,
      tree,
      attempts: new Map(),
      admitted: false,
      clock: {
        activeSeconds: tree.root.active_seconds + gap,
        since: isSpending(tree.root.status) ? monotonic() : null,
      },
      clockWrittenAt: 0,
      budget: 'within',
      chargeFrom: tree.root.cpu_seconds,
      dirty: new Set(rows.map((row) => row.id)),
      offered: 0,
      advancing: null,
      digesting: new Map(),
      folders: new Map(),
      timers: new Map(),
      claiming: new Set(),
    };
    notifier.begin(rootId, tree.root.event_seq);
    roots.set(rootId, state);
    return state;
  }

  /** Reads the rows again; what has changed makes the composites above it worth asking. */
  async function reload(state: RootState): Promise<void> {
    const [rows, attempts] = await Promise.all([trees.read(deps.db, state.id), readOpenAttempts(deps.db, state.id)]);
    if (rows.length === 0) return shut(state);
    take(state, treeOf(rows), new Map(attempts.map((attempt) => [attempt.run_id, attempt])));
  }

  function take(state: RootState, tree: RunTree, attempts: ReadonlyMap<number, AttemptRow>): void {
    const { tree: before, attempts: attemptsBefore } = state;
    if (tree.runs.every((row) => isFinal(row.status))) return shut(state);
    state.tree = tree;
    state.attempts = attempts;
    if (state.tree.root.lease_token !== store.token) return shut(state);
    if (state.tree.root.status === 'paused') state.admitted = false;
    for (const run of state.tree.runs) {
      const was = before.get(run.id);
      if (was?.version === run.version) continue;
      // Drivers care for ends, holds and wishes; that a task is on its way changes nothing for them.
      if (isFinal(run.status) || run.status === 'paused')
        for (const id of ancestorIds(state.tree, run)) state.dirty.add(id);
      if (run.status === 'preparing' || was?.stop_requested !== run.stop_requested) state.dirty.add(run.id);
      const work = state.digesting.get(run.id);
      if (work && run.status !== 'finishing') work.abort();
      const asked = state.advancing;
      if (asked?.runId === run.id && (run.status === 'cancelling' || isFinal(run.status))) asked.abort.abort();
    }
    const open = new Set([...attempts.values()].map((attempt) => attempt.id));
    for (const attempt of attemptsBefore.values()) if (!open.has(attempt.id)) letGo(attempt.id);
  }

  function letGo(attemptId: number): void {
    feeds.detach(attemptId);
    handed.delete(attemptId);
  }

  function shut(state: RootState): void {
    roots.delete(state.id);
    trees.forget(state.id);
    state.advancing?.abort.abort();
    for (const work of state.digesting.values()) work.abort();
    for (const timer of state.timers.values()) clearTimeout(timer);
    for (const attempt of state.attempts.values()) letGo(attempt.id);
    reschedule();
  }

  function countOn(state: RootState): void {
    state.clock = count(state.clock, monotonic(), isSpending(state.tree.root.status));
  }

  /** Every composite hears that the budget is over, and again when its tolerance is. */
  function markBudget(state: RootState, budget: BudgetState): void {
    if (state.budget === budget) return;
    state.budget = budget;
    for (const run of state.tree.runs) state.dirty.add(run.id);
  }

  async function keepClock(state: RootState): Promise<void> {
    const wasRunning = state.clock.since !== null;
    countOn(state);
    const isRunning = state.clock.since !== null;
    const now = monotonic();
    if (wasRunning === isRunning && (!isRunning || now - state.clockWrittenAt < CLOCK_WRITE_MS)) return;
    state.clockWrittenAt = now;
    await writeClock(deps.db, state.id, state.clock.activeSeconds, isRunning ? new Date(deps.clock.now()) : null);
  }

  let tickTimer: NodeJS.Timeout | null = null;
  function tick(): void {
    let soonest = TICK_MS;
    for (const state of roots.values()) {
      if (state.clock.since === null) continue;
      const before = budgetState(state.clock.activeSeconds, state.tree.root.budget_seconds);
      countOn(state);
      const after = budgetState(state.clock.activeSeconds, state.tree.root.budget_seconds);
      if (before !== after || monotonic() - state.clockWrittenAt >= CLOCK_WRITE_MS) touch(state.id);
      const left = secondsToNextState(state.clock.activeSeconds, state.tree.root.budget_seconds);
      if (left !== null) soonest = Math.min(soonest, Math.max(10, left * 1000));
    }
    tickTimer = setTimeout(tick, soonest);
    tickTimer.unref();
  }

  const renewTimer = setInterval(() => {
    renewLeases(store).then(
      // A tree whose enqueuing was committed although its answer got lost is found here.
      (ours) => ours.filter((rootId) => !roots.has(rootId)).forEach(touch),
      (error: unknown) => {
        if (!isConnectionLost(error)) deps.log.error({ err: error }, 'leases could not be renewed');
      },
    );
  }, RENEW_SECONDS * 1000);
  renewTimer.unref();

  const offs = HOSTS.flatMap((kind) => [
    deps.executors[kind].on('wake', (attemptId, ended) => feeds.wake(attemptId, ended)),
    deps.executors[kind].on('ready', () => void recovery.ofHost(kind).then(() => scheduler.unblock(kind))),
    deps.executors[kind].on('gone', () => void recovery.ofHost(kind)),
  ]);

  await interactive.sweep();
  for (const rootId of await takeLeases(store, tokens.earlier)) {
    const state = await open(rootId);
    if (state) await reload(state);
  }
  await tokens.keepOnlyOwn();
  await Promise.all(
    HOSTS.filter((kind) => deps.executors[kind].state().state === 'ready').map(
      async (kind) => await recovery.ofHost(kind),
    ),
  );
  for (const state of roots.values()) {
    // Those whose end has been read wait for nobody.
    touch(state.id);
  }
  reschedule();
  tick();

  async function control(runId: number, action: RunAction, by: { kind: 'person'; id: string }): Promise<RunRow> {
    const found = await deps.db.selectFrom('training_runs').selectAll().where('id', '=', runId).executeTakeFirst();
    if (!found) throw new ProblemError('run_not_found', 404, { id: runId });
    const refuse = (code: string, status: string): never => {
      throw new ProblemError(code, 409, { action, status });
    };
    if (isFinal(found.status)) return refuse('action_not_possible', found.status);
    try {
      const row = await writeTree(store, found.root_id, async (writer) => {
        const plan = planAction(treeRunsOf(writer.tree, writer.attempts, store.driverOf), runId, action);
        if (!plan.ok) return refuse(plan.refusal, writer.run(runId).status);
        await applyChanges(writer, plan.changes, 'person', store.driverOf, { by: by.id });
        return writer.run(runId);
      });
      return row;
    } catch (error) {
      if (error instanceof LeaseLost) return refuse('run_is_elsewhere', found.status);
      throw error;
    } finally {
      touch(found.root_id);
    }
  }

  async function close({ leaveHosts }: { leaveHosts: boolean }): Promise<void> {
    stopping = true;
    if (tickTimer) clearTimeout(tickTimer);
    clearInterval(renewTimer);
    for (const state of roots.values()) {
      state.advancing?.abort.abort();
      for (const timer of state.timers.values()) clearTimeout(timer);
    }
    await atMost(LAST_WORDS_MS, scheduler.idle());
    await Promise.all(HOSTS.map(async (kind) => await deps.executors[kind].close({ leave: leaveHosts })));
    for (const off of offs) off();
    // What the tasks had to say at their end is stored, and their runs wait for the next start.
    if (!leaveHosts) await atMost(LAST_WORDS_MS, drainAll());
    for (const state of roots.values()) {
      countOn(state);
      for (const work of state.digesting.values()) work.abort();
      await writeClock(deps.db, state.id, state.clock.activeSeconds, null).catch(() => undefined);
    }
    closing.abort();
    await feeds.close();
    await Promise.all(turns);
    notifier.close();
  }

  async function drainAll(): Promise<void> {
    await feeds.drain();
    for (const state of roots.values()) touch(state.id);
    await Promise.all(turns);
  }

  async function enqueueTree(tx: Tx, run: NewRootRun): Promise<RunRow> {
    const { row, seqs } = await insertTree(store, tx, run);
    notifier.begin(row.id, 0);
    untold.set(row.id, seqs);
    return row;
  }

  function told(rootId: number): void {
    const seqs = untold.get(rootId);
    if (seqs) notifier.committed(rootId, seqs);
    untold.delete(rootId);
    touch(rootId);
  }

  return {
    enqueueTree,
    told,
    async enqueue(run) {
      const row = await deps.db.transaction().execute(async (tx) => await enqueueTree(tx, run));
      told(row.id);
      return row;
    },
    control,
    subscribe: notifier.subscribe,
    readEvents: async (rootId, after, limit) => await readEvents(deps.db, rootId, after, limit),
    runInteractive: interactive.run,
    queuePositions: scheduler.positions,
    activeSeconds,
    state: () => ({
      ...scheduler.counts(),
      slots: deps.slots,
      busySlots: scheduler.busy().batch,
      hosts: { python: deps.executors.python.state(), node: deps.executors.node.state() },
      attempts: feeds.list(),
    }),
    close,
  };
}

/** A last word that takes longer, because the database is away, is read at the next start. */
const LAST_WORDS_MS = 10_000;

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]).finally(() =>
    clearTimeout(timer),
  );
}

/**
 * The lease tokens of this home's servers: one per start, so that a server that was thought dead
 * is fenced, and the earlier ones kept until their trees have been taken over.
 */
async function openTokens(home: string): Promise<{ own: string; earlier: string[]; keepOnlyOwn(): Promise<void> }> {
  const folder = join(home, 'run');
  const path = join(folder, 'dispatcher.json');
  await mkdir(folder, { recursive: true });
  const write = async (tokens: readonly string[]) => {
    await writeFile(`${path}.new`, JSON.stringify({ tokens }));
    await rename(`${path}.new`, path);
  };
  const earlier = await readFile(path, 'utf8').then(
    (text) => (JSON.parse(text) as { tokens: string[] }).tokens,
    () => [],
  );
  const own = randomUUID();
  await write([own, ...earlier].slice(0, TOKENS_KEPT));
  return { own, earlier, keepOnlyOwn: async () => await write([own]) };
}
