/**
 * Brings every run to its true end. Woken by events (a task's record, a person's wish, a child's
 * end, a timer), it reads the tree's rows, writes what follows from them, and hands out tasks.
 */
import { type HostKind, hostKind, ProblemError, type RunAction, type RunEvent } from '@minori/contract';
import { type Db, isConnectionLost, type Tx } from '@minori/database';
import type { Executor, HostState } from '@minori/executor';
import { isFinal, planAction, RENEW_SECONDS } from '@minori/run-engine';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { type Core, type HandedOver } from './core.ts';
import type { Driver, NewRootRun } from './driver.ts';
import { openTokens } from './tokens.ts';
import { createTurns } from './turns.ts';
import { createInteractive, type InteractiveResult, type InteractiveTask } from './interactive.ts';
import { createNotifier, type EventListener } from './notifier.ts';
import { createRecovery } from './recovery.ts';
import { applyChanges, type RootState, treeRunsOf } from './root-state.ts';
import type { RunRow } from './rows.ts';
import { createScheduler } from './scheduler.ts';
import { createSpoolFeeds, type FeedState } from './spool-feeds.ts';
import { createTreeReader } from './tree-reader.ts';
import { LeaseLost, readEvents, renewLeases, type SeqRange, type StoreDeps, takeLeases } from './store.ts';
import { insertTree, writeTree } from './tree-writer.ts';

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
const HOSTS: readonly HostKind[] = hostKind.options;

/** Answers when every tree that was open has been taken over; what hosts still have to say is waited for behind it. */
export async function createDispatcher(deps: DispatcherDeps): Promise<Dispatcher> {
  const monotonic = deps.monotonic ?? (() => performance.now());
  /** No new work is begun. */
  const stopping = new AbortController();
  /** No work is gone on with. */
  const closing = new AbortController();
  const drivers = new Map(deps.drivers.map((driver) => [`${driver.track} ${driver.kind}`, driver]));
  const tokens = await openTokens(deps.home);
  const notifier = createNotifier(deps);
  const roots = new Map<number, RootState>();
  const handed: HandedOver = new Map();
  /** Trees that are inserted, perhaps committed, and not yet told of. */
  const untold = new Map<number, SeqRange>();
  let scheduled = false;

  const store: StoreDeps = {
    db: deps.db,
    trees: createTreeReader(),
    now: () => deps.clock.now(),
    token: tokens.own,
    driverOf(run) {
      const driver = drivers.get(`${run.track} ${run.kind}`);
      if (!driver) throw new Error(`no driver for ${run.track} ${run.kind}`);
      return driver;
    },
    committed: notifier.committed,
    activeSeconds: (rootId) => turns.activeSeconds(rootId),
  };
  const touch = (rootId: number): void => turns.touch(rootId);
  const feeds = createSpoolFeeds({ ...store, home: deps.home, log: deps.log, changed: touch });
  const core: Core = {
    home: deps.home,
    log: deps.log,
    store,
    executors: deps.executors,
    slots: { batch: deps.slots, interactive: INTERACTIVE_SLOTS },
    roots,
    opening: new Set(),
    feeds,
    handed,
    stopping: stopping.signal,
    closing: closing.signal,
    monotonic,
    touch,
    take: (...rows) => turns.take(...rows),
    reschedule,
  };
  const recovery = createRecovery(core);
  const scheduler = createScheduler(core, recovery.one);
  const turns = createTurns(core, { recovery, scheduler, known: notifier.begin });
  const interactive = createInteractive({ home: deps.home, executors: deps.executors, slots: INTERACTIVE_SLOTS });

  function reschedule(): void {
    if (scheduled || stopping.signal.aborted) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (stopping.signal.aborted) return;
      try {
        scheduler.run();
      } catch (error) {
        deps.log.error({ err: error }, 'the schedule failed');
      }
    });
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
    await turns.open(rootId);
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
    stopping.abort();
    turns.stop();
    clearInterval(renewTimer);
    await atMost(LAST_WORDS_MS, scheduler.idle());
    await Promise.all(HOSTS.map(async (kind) => await deps.executors[kind].close({ leave: leaveHosts })));
    for (const off of offs) off();
    // What the tasks had to say at their end is stored, and their runs wait for the next start.
    if (!leaveHosts) await atMost(LAST_WORDS_MS, drainAll());
    await turns.writeClocks();
    closing.abort();
    await feeds.close();
    await turns.idle();
    notifier.close();
  }

  async function drainAll(): Promise<void> {
    await feeds.drain();
    for (const state of roots.values()) touch(state.id);
    await turns.idle();
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
    activeSeconds: turns.activeSeconds,
    state: () => ({
      ...scheduler.counts(),
      slots: deps.slots,
      busySlots: scheduler.busy().batch,
      hosts: {
        python: deps.executors.python.state(),
        neural: deps.executors.neural.state(),
        vision: deps.executors.vision.state(),
        node: deps.executors.node.state(),
      },
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
