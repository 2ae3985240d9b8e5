/**
 * Looks at trees, one look at a time per tree: reads the rows, writes what follows from them, asks
 * the hosts and drivers for what is next, and keeps the budget's clock.
 */
import type { HostKind } from '@minori/contract';
import {
  budgetState,
  type BudgetState,
  count,
  isFinal,
  isSpending,
  LONGEST_COUNT_SECONDS,
  secondsToNextState,
} from '@minori/run-engine';
import { isLive } from './attempt-rows.ts';
import { advanceNext } from './composites.ts';
import { type Core, persistently } from './core.ts';
import { cutOff, digest, endTasks, machineFacts } from './leaves.ts';
import { needsReconciling, reconcile } from './reconcile.ts';
import type { Recovery } from './recovery.ts';
import { ancestorIds, isOverrun, type RootState } from './root-state.ts';
import type { AttemptRow, RunTree } from './rows.ts';
import type { Scheduler } from './scheduler.ts';
import { readOpenAttempts, readRuns, treeOf, writeClock } from './store.ts';
import { writeTree } from './tree-writer.ts';

export interface Turns {
  touch(rootId: number): void;
  /** Takes an open tree in; null when it has ended. */
  open(rootId: number): Promise<RootState | null>;
  /** Takes over the rows that a transaction of ours has just left. */
  take(state: RootState, tree: RunTree, attempts: ReadonlyMap<number, AttemptRow>): void;
  activeSeconds(rootId: number): number | null;
  /** Answers when no tree is being looked at. */
  idle(): Promise<void>;
  /** Stops the timers; what drivers are thinking of is dropped. */
  stop(): void;
  /** Stops the clocks, and keeps what they show. */
  writeClocks(): Promise<void>;
}

const TICK_MS = 1000;
const CLOCK_WRITE_MS = 5000;

export function createTurns(
  core: Core,
  parts: { recovery: Recovery; scheduler: Scheduler; known: (rootId: number, seq: number) => void },
): Turns {
  const { roots, store, log, feeds, handed, monotonic } = core;
  const { recovery, scheduler } = parts;
  /** Trees that are looked at now; true when they are to be looked at again after it. */
  const turning = new Map<number, boolean>();
  const turns = new Set<Promise<void>>();

  function activeSeconds(rootId: number): number | null {
    const state = roots.get(rootId);
    return state ? count(state.clock, monotonic(), state.clock.since !== null).activeSeconds : null;
  }

  function touch(rootId: number): void {
    if (core.closing.aborted) return;
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
        log.error({ err: error, run: rootId }, 'a tree could not be looked at');
        setTimeout(() => touch(rootId), TICK_MS).unref();
      }
    } while (turning.get(rootId) === true && !core.closing.aborted);
    turning.delete(rootId);
    core.reschedule();
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
        if (!core.stopping.aborted)
          void digest(core, state, run, attempt).catch((error: unknown) =>
            log.error({ err: error, run: run.id }, 'a result could not be digested'),
          );
      }
    }
    markBudget(state, budget);
    findLost(state);
    await keepClock(state);
    await endTasks(core, state);
    if (isOverrun(state)) await cutOff(core, state);
    if (!core.stopping.aborted)
      advanceNext(core, state, {
        total: core.slots.batch,
        free: scheduler.freeFor(rootId),
      });
  }

  /** A commit whose answer got lost leaves an attempt that nobody here knows of; so does the start of a server. */
  function findLost(state: RootState): void {
    for (const attempt of state.attempts.values()) {
      if (!isLive(attempt) || feeds.follows(attempt.id) || state.claiming.has(attempt.run_id)) continue;
      const executor = core.executors[attempt.host as HostKind];
      if (executor.state().state === 'ready') void recovery.one(state, attempt);
      else executor.want?.();
    }
  }

  async function open(rootId: number): Promise<RootState | null> {
    core.opening.add(rootId);
    try {
      return await takeIn(rootId);
    } finally {
      core.opening.delete(rootId);
    }
  }

  async function takeIn(rootId: number): Promise<RootState | null> {
    const [rows, attempts] = await Promise.all([readRuns(store.db, rootId), readOpenAttempts(store.db, rootId)]);
    if (rows.every((row) => isFinal(row.status))) return null;
    const tree = treeOf(rows);
    // Time in which no server was there is counted up to the longest stretch, as any other gap.
    const since = tree.root.active_since?.getTime() ?? null;
    const gap = since === null ? 0 : Math.min(Math.max(0, store.now() - since) / 1000, LONGEST_COUNT_SECONDS);
    const state: RootState = {
      id: rootId,
      tree,
      attempts: new Map(attempts.map((attempt) => [attempt.run_id, attempt])),
      taken: 0,
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
    parts.known(rootId, tree.root.event_seq);
    roots.set(rootId, state);
    return state;
  }

  /**
   * Reads the rows again; what has changed makes the composites above it worth asking. What was read while a
   * transaction of ours has left newer rows is read once more: it would take back an attempt that is on its way.
   */
  async function reload(state: RootState): Promise<void> {
    for (;;) {
      const { taken } = state;
      const rows = await store.trees.read(store.db, state.id);
      // After the rows, so that no run that is at work seems to have no attempt.
      const attempts = await readOpenAttempts(store.db, state.id);
      if (state.taken !== taken) continue;
      if (rows.length === 0) return shut(state);
      return take(state, treeOf(rows), new Map(attempts.map((attempt) => [attempt.run_id, attempt])));
    }
  }

  function take(state: RootState, tree: RunTree, attempts: ReadonlyMap<number, AttemptRow>): void {
    const { tree: before, attempts: attemptsBefore } = state;
    state.taken += 1;
    // With the attempts of before: another server may have ended one whose task still runs here.
    if (tree.runs.every((row) => isFinal(row.status)) || tree.root.lease_token !== store.token) return shut(state);
    state.tree = tree;
    state.attempts = attempts;
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
    store.trees.forget(state.id);
    state.advancing?.abort.abort();
    for (const work of state.digesting.values()) work.abort();
    for (const timer of state.timers.values()) clearTimeout(timer);
    for (const attempt of state.attempts.values()) {
      // Another server has the tree now, and does its work again: what we do for it is for nothing.
      if (handed.has(attempt.id) && isLive(attempt))
        void core.executors[attempt.host as HostKind].stop(attempt.id, 0).catch(() => undefined);
      letGo(attempt.id);
    }
    core.reschedule();
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
    await writeClock(store.db, state.id, state.clock.activeSeconds, isRunning ? new Date(store.now()) : null);
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

  tick();

  return {
    touch,
    open,
    take,
    activeSeconds,
    idle: async () => void (await Promise.all(turns)),
    stop() {
      if (tickTimer) clearTimeout(tickTimer);
      for (const state of roots.values()) {
        state.advancing?.abort.abort();
        for (const timer of state.timers.values()) clearTimeout(timer);
      }
    },
    async writeClocks() {
      for (const state of roots.values()) {
        countOn(state);
        for (const work of state.digesting.values()) work.abort();
        await writeClock(store.db, state.id, state.clock.activeSeconds, null).catch(() => undefined);
      }
    },
  };
}
