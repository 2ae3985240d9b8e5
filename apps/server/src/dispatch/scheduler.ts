/** Lets trees in and hands tasks out, as the pure schedule says. */
import type { HostKind } from '@minori/contract';
import { holdGroup, isAlive } from '@minori/executor';
import {
  admit,
  freeSlots,
  isActive,
  isFinal,
  type Lane,
  type PickInput,
  pickNext,
  queuePositions,
  startingCharge,
  surplusTasks,
  type WaitingRoot,
  type WaitingTask,
} from '@minori/run-engine';
import { type Core, persistently } from './core.ts';
import { claim } from './leaves.ts';
import { failureFrom, type RootState } from './root-state.ts';
import type { AttemptRow, RunRow } from './rows.ts';
import { writeTree } from './tree-writer.ts';

export interface Scheduler {
  /** Looks whose turn it is; cheap when nothing is. */
  run(): void;
  /** This host is back: what waited for it may go. */
  unblock(host: HostKind): void;
  busy(): Record<Lane, number>;
  /** Batch slots that this tree may fill now. */
  freeFor(rootId: number): number;
  positions(): Map<number, number>;
  /** Answers when no task is on its way to a host, and none is held. */
  idle(): Promise<void>;
  counts(): { running: number; waiting: number };
}

export function createScheduler(
  core: Core,
  recover: (state: RootState, attempt: AttemptRow) => Promise<void>,
): Scheduler {
  /** Runs whose host is not there. */
  const blocked = new Map<number, HostKind>();
  const onTheirWay = new Set<Promise<void>>();
  /** Whether each attempt is held where it is; not in it: nobody here has said. */
  const holds = new Map<number, boolean>();
  /** One after the other, or an earlier word could come after a later one. */
  let clearing = Promise.resolve();
  const laneOf = (run: Pick<RunRow, 'track' | 'kind'>): Lane => core.store.driverOf(run).slot ?? 'batch';
  const weightOf = (run: RunRow): number => core.store.driverOf(run).weight?.(run) ?? 1;
  const isLeaf = (run: RunRow): boolean => core.store.driverOf(run).shape === 'leaf';
  const limits = (): Record<Lane, number> => ({ batch: core.slots.batch, interactive: core.slots.interactive });

  /** A tree that was begun before its host is there would spend its budget on waiting. */
  function isHostThere(root: RunRow | undefined): boolean {
    const host = root === undefined ? undefined : core.store.driverOf(root).waitsFor;
    return host === undefined || core.executors[host].state().state === 'ready';
  }

  const waitingRoots = (): WaitingRoot[] =>
    [...core.roots.values()]
      .filter((state) => state.tree.root.status === 'queued' && !state.admitted)
      .map(({ tree: { root } }) => ({
        id: root.id,
        queuedAt: (root.queued_at ?? root.created_at).getTime(),
        lane: laneOf(root),
      }));

  const atWork = (state: RootState): boolean => {
    const { root } = state.tree;
    return state.admitted ? !isFinal(root.status) : isActive(root.status);
  };

  /** Leaves that hold a slot: they have an open attempt or are about to. */
  function* holders(): Generator<{ state: RootState; run: RunRow }> {
    for (const state of core.roots.values()) {
      for (const id of new Set([...state.attempts.keys(), ...state.claiming])) {
        const run = state.tree.get(id);
        if (run) yield { state, run };
      }
    }
  }

  function busy(): Record<Lane, number> {
    const held: Record<Lane, number> = { batch: 0, interactive: 0 };
    for (const { run } of holders()) held[laneOf(run)] += weightOf(run);
    return held;
  }

  function waitingTasks(): WaitingTask[] {
    const tasks: WaitingTask[] = [];
    for (const state of core.roots.values()) {
      const { root } = state.tree;
      if (!atWork(state) || root.status === 'pausing' || root.status === 'cancelling') continue;
      // In the order of the tree, so that an earlier family's trials come before a later one's.
      for (const [place, run] of state.tree.runs.entries()) {
        if (run.status !== 'queued' || !isLeaf(run) || state.claiming.has(run.id) || blocked.has(run.id)) continue;
        if (isHeldAbove(state, run)) continue;
        tasks.push({ runId: run.id, rootId: root.id, lane: laneOf(run), position: place, weight: weightOf(run) });
      }
    }
    return tasks;
  }

  function isHeldAbove(state: RootState, run: RunRow): boolean {
    for (let id = run.parent_id; id !== null;) {
      const parent = state.tree.get(id);
      if (
        !parent ||
        parent.status === 'paused' ||
        parent.status === 'pausing' ||
        parent.status === 'cancelling' ||
        isFinal(parent.status)
      )
        return true;
      id = parent.parent_id;
    }
    return false;
  }

  function usage() {
    const running = new Map<number, number>();
    for (const { state, run } of holders()) running.set(state.id, (running.get(state.id) ?? 0) + weightOf(run));
    return [...core.roots.values()].map((state) => ({
      rootId: state.id,
      cpuSeconds: state.tree.root.cpu_seconds - state.chargeFrom,
      running: running.get(state.id) ?? 0,
    }));
  }

  const standing = (): PickInput => ({ waiting: waitingTasks(), roots: usage(), slots: limits(), busy: busy() });

  function letIn(): void {
    const active = [...core.roots.values()]
      .filter(atWork)
      .map((state) => ({ id: state.id, lane: laneOf(state.tree.root) }));
    const first = Math.min(...core.opening);
    const waiting = waitingRoots().filter(({ id }) => id < first && isHostThere(core.roots.get(id)?.tree.root));
    for (const { id } of admit(waiting, active, limits())) {
      const state = core.roots.get(id);
      if (!state) continue;
      const others = usage().filter((use) => use.rootId !== id && active.some((root) => root.id === use.rootId));
      state.chargeFrom = state.tree.root.cpu_seconds - startingCharge(others);
      state.admitted = true;
      if (!isLeaf(state.tree.root)) void begin(state);
    }
  }

  async function begin(state: RootState): Promise<void> {
    try {
      await persistently(
        core,
        async () =>
          await writeTree(core.store, state.id, async (writer) => {
            if (writer.run(state.id).status === 'queued') await writer.move(state.id, 'preparing', 'dispatcher');
          }),
      );
    } catch (error) {
      core.log.error({ err: error, run: state.id }, 'a run could not begin');
    } finally {
      core.touch(state.id);
    }
  }

  async function handOut(state: RootState, run: RunRow): Promise<void> {
    state.claiming.add(run.id);
    let handedOver = false;
    try {
      const claimed = await persistently(
        core,
        async () => await claim(core, state, run, async (attempt) => await recover(state, attempt)),
      );
      handedOver = claimed?.to === 'running';
      if (claimed?.to === 'waiting') blocked.set(run.id, claimed.host);
    } catch (error) {
      core.log.error({ err: error, run: run.id }, 'a task could not be started');
      await fail(state, run, error);
    } finally {
      // From here on its open attempt holds the slot.
      state.claiming.delete(run.id);
      // Somebody may have wanted it to end while it was on its way.
      if (!handedOver || state.tree.get(run.id)?.status !== 'preparing') core.touch(state.id);
    }
  }

  /** A leaf that cannot be handed out would be picked again at once, for ever. */
  async function fail(state: RootState, run: RunRow, error: unknown): Promise<void> {
    await persistently(
      core,
      async () =>
        await writeTree(core.store, state.id, async (writer) => {
          if (writer.run(run.id).status === 'queued')
            await writer.move(run.id, 'failed', 'dispatcher', { failure: failureFrom(error, 'task_not_started') });
        }),
    ).catch((again: unknown) => core.log.error({ err: again, run: run.id }, 'a failure could not be written'));
  }

  return {
    run() {
      if (core.closing.aborted) return;
      letIn();
      for (;;) {
        const next = pickNext(standing());
        const state = next && core.roots.get(next.rootId);
        const run = next && state?.tree.get(next.runId);
        if (!state || !run) break;
        const way = handOut(state, run).finally(() => onTheirWay.delete(way));
        onTheirWay.add(way);
      }
      clearing = clearing
        .then(clearTheWay)
        .catch((error: unknown) => core.log.warn({ err: error }, 'a task could not be held'));
      offerRest();
    },
    unblock(host) {
      for (const [runId, waitsFor] of blocked) if (waitsFor === host) blocked.delete(runId);
      core.reschedule();
    },
    busy,
    freeFor: (rootId) => freeSlots(standing(), rootId),
    async idle() {
      await Promise.all(onTheirWay);
      await clearing.then(letGo);
    },
    positions: () => queuePositions(waitingRoots()),
    counts: () => ({ running: [...core.roots.values()].filter(atWork).length, waiting: waitingRoots().length }),
  };

  /**
   * Long tasks of a tree that holds more than its own slots are held where they are while others need the cores.
   * An earlier server may have held one, so each is told once to go on.
   */
  async function clearTheWay(): Promise<void> {
    const held = [...holders()].filter(({ run }) => laneOf(run) === 'batch');
    const surplus = new Set(
      surplusTasks(
        held.map(({ state, run }) => ({
          runId: run.id,
          rootId: state.id,
          weight: weightOf(run),
          // One that is on its way to its host has begun last.
          order: state.attempts.get(run.id)?.id ?? Number.MAX_SAFE_INTEGER,
        })),
        core.slots.batch,
      ),
    );
    const attempts = held.flatMap(({ state, run }) => state.attempts.get(run.id) ?? []);
    const known = new Set(attempts.map(({ id }) => id));
    for (const id of holds.keys()) if (!known.has(id)) holds.delete(id);
    for (const attempt of attempts) {
      const hold = surplus.has(attempt.run_id);
      if (attempt.pid === null || holds.get(attempt.id) === hold) continue;
      holds.set(attempt.id, hold);
      await tell(attempt, hold);
    }
  }

  async function tell({ pid, pid_started: started }: AttemptRow, hold: boolean): Promise<void> {
    if (pid !== null && (await isAlive(pid, started ?? ''))) holdGroup(pid, hold);
  }

  /** Whoever comes next finds no task that waits for a word from us. */
  async function letGo(): Promise<void> {
    for (const { state, run } of holders()) {
      const attempt = state.attempts.get(run.id);
      if (attempt && holds.get(attempt.id) === true) await tell(attempt, false);
    }
    holds.clear();
  }

  /** Free slots that nobody waits for are offered to the trees that are at work, once each. */
  function offerRest(): void {
    const now = standing();
    const waiting = new Set(now.waiting.map((task) => task.rootId));
    for (const state of core.roots.values()) {
      const free = freeSlots(now, state.id);
      if (free <= state.offered) {
        state.offered = free;
        continue;
      }
      if (!isActive(state.tree.root.status) || waiting.has(state.id) || isLeaf(state.tree.root)) continue;
      state.offered = free;
      for (const run of state.tree.runs) if (!isLeaf(run) && !isFinal(run.status)) state.dirty.add(run.id);
      core.touch(state.id);
    }
  }
}
