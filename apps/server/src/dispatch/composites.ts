/** Asks the drivers of composites what comes next, one at a time per tree, and writes their answers. */
import type { RunFailure } from '@minori/contract';
import { isConnectionLost } from '@minori/database';
import { isActive, isFinal, planAction } from '@minori/run-engine';
import { folderOf } from './attempt-rows.ts';
import { type Core, persistently } from './core.ts';
import type { AdvanceContext, Decision } from './driver.ts';
import {
  ancestorIds,
  applyChanges,
  budgetOf,
  descendantsOf,
  endRun,
  failureFrom,
  hasOpenDescendants,
  isOverrun,
  type RootState,
  stoppingOf,
  treeRunsOf,
} from './root-state.ts';
import type { RunRow, RunTree } from './rows.ts';
import { Stale } from './store.ts';
import { type TreeWriter, writeTree } from './tree-writer.ts';

export interface Slots {
  readonly total: number;
  readonly free: number;
}

/** Starts the next question of this tree unless one is being answered. */
export function advanceNext(core: Core, state: RootState, slots: Slots): void {
  if (state.advancing || core.closing.aborted) return;
  const run = nextToAsk(core, state);
  if (!run) return;
  state.dirty.delete(run.id);
  state.offered = slots.free;
  const abort = new AbortController();
  state.advancing = { runId: run.id, abort };
  void ask(core, state, run, slots, abort.signal)
    .catch((error: unknown) => core.log.error({ err: error, run: run.id }, 'a composite could not be advanced'))
    .finally(() => {
      state.advancing = null;
      core.touch(state.id);
    });
}

/** The deepest first: what is above sees what is below already settled. */
function nextToAsk(core: Core, state: RootState): RunRow | null {
  for (const run of state.tree.runs.toReversed()) {
    if (!state.dirty.has(run.id)) continue;
    if (core.store.driverOf(run).shape === 'composite' && isAskable(state.tree, run)) return run;
    if (isFinal(run.status)) state.dirty.delete(run.id);
  }
  return null;
}

function isAskable(tree: RunTree, run: RunRow): boolean {
  if (run.status === 'preparing' || run.status === 'running' || run.status === 'finishing') return true;
  if (run.status !== 'queued' || run.parent_id === null) return false;
  const parent = tree.get(run.parent_id);
  return parent !== undefined && isAskable(tree, parent);
}

async function ask(core: Core, state: RootState, run: RunRow, slots: Slots, signal: AbortSignal): Promise<void> {
  const driver = core.store.driverOf(run);
  const { tree } = state;
  await findFolders(core, state);
  const context: AdvanceContext = {
    now: new Date(core.store.now()),
    budget: budgetOf(tree.root, state.clock.activeSeconds),
    slots,
    stopping: stoppingOf(run, tree.root),
    overrun: isOverrun(state),
    folderOf: (runId) => state.folders.get(runId) ?? null,
    signal,
  };
  const decision = await persistently(core, async (): Promise<Decision> => {
    try {
      if (!driver.advance) throw new Error(`the driver of ${run.track} ${run.kind} cannot advance`);
      return await driver.advance(run, tree, context);
    } catch (error) {
      if (isConnectionLost(error)) throw error;
      return { fail: failureFrom(error, 'advance_failed') };
    }
  });
  if (!decision || signal.aborted) return;
  setTimer(core, state, run.id, decision.wakeAfterSeconds);
  if (onlyWaits(run, tree, context, decision)) return;
  const written = await persistently(core, async () => {
    try {
      return await writeTree(
        core.store,
        state.id,
        async (writer) => await writeDecision(core, writer, run, tree, context, decision),
      );
    } catch (error) {
      if (isConnectionLost(error) || error instanceof Stale) throw error;
      const fail = failureFrom(error, 'decision_failed');
      return await writeTree(
        core.store,
        state.id,
        async (writer) => await writeDecision(core, writer, run, tree, context, { fail }),
      );
    }
  });
  // Stale: something changed the run while its driver was thinking.
  if (written === null) state.dirty.add(run.id);
  else if (decision.interim) for (const id of [run.id, ...ancestorIds(tree, run)]) state.dirty.add(id);
}

function setTimer(core: Core, state: RootState, runId: number, seconds: number | undefined): void {
  const before = state.timers.get(runId);
  if (before) clearTimeout(before);
  state.timers.delete(runId);
  if (seconds === undefined || core.closing.aborted) return;
  const timer = setTimeout(() => {
    state.timers.delete(runId);
    state.dirty.add(runId);
    core.touch(state.id);
  }, seconds * 1000);
  state.timers.set(runId, timer);
}

/** Where the results of the tree's leaves lie; asked only for those that are new. */
async function findFolders(core: Core, state: RootState): Promise<void> {
  const unknown = state.tree.runs
    .filter(
      (run) => run.status === 'succeeded' && !state.folders.has(run.id) && core.store.driverOf(run).shape === 'leaf',
    )
    .map((run) => run.id);
  if (unknown.length === 0) return;
  const rows = await core.store.db
    .selectFrom('run_attempt')
    .select(['id', 'run_id'])
    .where('status', '=', 'succeeded')
    .where('run_id', 'in', unknown)
    .execute();
  for (const row of rows) state.folders.set(row.run_id, folderOf(core.home, row.id));
}

/** It only waits, and there is something that will wake it. */
function onlyWaits(run: RunRow, tree: RunTree, context: AdvanceContext, decision: Decision): boolean {
  const { wakeAfterSeconds, ...rest } = decision;
  if (context.overrun || Object.keys(rest).length > 0) return false;
  return wakeAfterSeconds !== undefined || context.slots.free === 0 || hasOpenDescendants(tree, run);
}

/** `later`: the run ends once what is below it has ended. */
async function writeDecision(
  core: Core,
  writer: TreeWriter,
  asked: RunRow,
  askedTree: RunTree,
  context: AdvanceContext,
  decision: Decision,
): Promise<'written' | 'later'> {
  const { driverOf } = core.store;
  const run = writer.run(asked.id);
  if (run.version !== asked.version || run.status !== asked.status) throw new Stale(run.id);
  if (decision.decision) writer.event(run.id, 'decision', decision.decision);
  if (decision.progress !== undefined) {
    await writer.tx
      .updateTable('training_runs')
      .set({ progress: Math.min(1, Math.max(0, decision.progress)) })
      .where('id', '=', run.id)
      .execute();
    writer.event(run.id, 'progress', { fraction: decision.progress, phase: run.kind });
  }
  for (const { run_id: id, outcome } of decision.stop ?? []) {
    const plan = planAction(treeRunsOf(writer.tree, writer.attempts, driverOf), id, 'stop', outcome);
    if (plan.ok) await applyChanges(writer, plan.changes, 'dispatcher', driverOf);
  }
  if (decision.interim && !decision.finish) {
    const { metrics } = await writer.mark(run.id, decision.interim);
    writer.event(run.id, 'result', { metrics });
  }
  await decision.write?.(writer.tx);

  if (decision.fail) return await failComposite(core, writer, run, decision.fail);
  if (decision.cancel) {
    await cancel(core, writer, run);
    return 'written';
  }
  if (decision.finish) {
    if (hasOpenDescendants(writer.tree, run)) {
      await stopBelow(core, writer, run);
      if (hasOpenDescendants(writer.tree, run)) return 'later';
    }
    const { outcome, metrics, result, data } = decision.finish;
    await endRun(writer, run.id, 'succeeded', {
      outcome: outcome ?? context.stopping ?? 'complete',
      ...(metrics ? { metrics } : {}),
      ...(result ? { result } : {}),
      settlement: { ending: null, data },
    });
    return 'written';
  }
  if (context.overrun) {
    // Nothing that it could still begin would end in time.
    if (hasOpenDescendants(writer.tree, run)) return 'later';
    return await failComposite(core, writer, run, {
      cause: 'time_limit',
      code: 'budget_overrun',
      params: {},
      detail: '',
    });
  }
  for (const child of decision.spawn ?? []) {
    const parent = writer.run(child.parent_id ?? run.id);
    // It ended while its trial was thought of.
    if (isFinal(parent.status)) throw new Stale(parent.id);
    if (driverOf(parent).shape !== 'composite') throw new Error(`run ${parent.id} can have no children now`);
    await writer.spawn(parent, [child]);
  }
  // What ended while it was thinking will be its next question.
  const waits =
    hasOpenDescendants(askedTree, asked) ||
    hasOpenDescendants(writer.tree, run) ||
    decision.wakeAfterSeconds !== undefined ||
    // It is asked again as soon as that is written.
    decision.interim !== undefined ||
    context.slots.free === 0;
  if (!waits) {
    return await failComposite(core, writer, run, {
      cause: 'bug',
      code: 'nothing_to_wait_for',
      params: { kind: run.kind },
      detail: '',
    });
  }
  return 'written';
}

async function stopBelow(core: Core, writer: TreeWriter, run: RunRow): Promise<void> {
  for (const child of writer.tree.children(run.id)) {
    const plan = planAction(treeRunsOf(writer.tree, writer.attempts, core.store.driverOf), child.id, 'stop');
    if (plan.ok) await applyChanges(writer, plan.changes, 'dispatcher', core.store.driverOf);
  }
}

async function cancel(core: Core, writer: TreeWriter, run: RunRow): Promise<void> {
  const plan = planAction(treeRunsOf(writer.tree, writer.attempts, core.store.driverOf), run.id, 'cancel');
  if (plan.ok) await applyChanges(writer, plan.changes, 'dispatcher', core.store.driverOf);
}

/** What is below ends first; then the run arrives at `failed` by itself. */
async function failComposite(core: Core, writer: TreeWriter, run: RunRow, failure: RunFailure): Promise<'written'> {
  const open = descendantsOf(writer.tree, run).some((other) => !isFinal(other.status));
  if (open && isActive(run.status)) {
    await writer.mark(run.id, { failure });
    await cancel(core, writer, writer.run(run.id));
  } else {
    if (open) for (const child of writer.tree.children(run.id)) await cancel(core, writer, child);
    await endRun(writer, run.id, 'failed', { failure });
  }
  return 'written';
}
