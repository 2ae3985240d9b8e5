/** Brings a tree's statuses into line with what its attempts, its budget and its runs' wishes say. */
import {
  budgetState,
  type BudgetState,
  endOfLeaf,
  isActive,
  isFinal,
  planAction,
  type Actor,
} from '@minori/run-engine';
import type { RunFailure } from '@minori/contract';
import { causesOf, factsOf, isLive } from './attempt-rows.ts';
import type { Core } from './core.ts';
import { type DriverOf, applyChanges, endRun, settleTree, treeRunsOf } from './root-state.ts';
import type { AttemptRow, RunRow } from './rows.ts';
import { readAttempts } from './store.ts';
import { type TreeWriter } from './tree-writer.ts';

export interface Reconciled {
  /** Leaves whose result is there and waits for their driver. */
  readonly digests: readonly { readonly run: RunRow; readonly attempt: AttemptRow }[];
}

/** Facts about the machine that the end of a process cannot tell by itself. */
export interface MachineFacts {
  kernelKilledForMemory(attemptId: number): boolean;
  memoryLimit(attemptId: number): number | null;
}

/** Whether `reconcile` would change anything, so that a look at a quiet tree costs no transaction. */
export function needsReconciling(rows: Pick<TreeWriter, 'tree' | 'attempts'>, budget: BudgetState): boolean {
  const { tree, attempts } = rows;
  const { root } = tree;
  if (budget !== 'within' && isActive(root.status)) return true;
  return tree.runs.some((run) => {
    if (isFinal(run.status)) return false;
    if (run.status === 'pausing' || run.status === 'cancelling') return true;
    const attempt = attempts.get(run.id);
    if (!attempt) return false;
    return !isLive(attempt) || attempt.result !== null || (attempt.status === 'running' && run.status === 'preparing');
  });
}

export async function reconcile(
  core: Pick<Core, 'store'>,
  writer: TreeWriter,
  facts: MachineFacts,
  activeSeconds: number,
  actor: Actor,
): Promise<Reconciled> {
  const { driverOf } = core.store;
  const digests: { run: RunRow; attempt: AttemptRow }[] = [];
  for (const { id } of writer.tree.runs) {
    const run = writer.run(id);
    if (isFinal(run.status) || driverOf(run).shape !== 'leaf') continue;
    const attempt = writer.attempts.get(id);
    if (!attempt) await mendLeaf(writer, run);
    else if (isLive(attempt)) await followTask(writer, run, attempt);
    else if (await endAttempt(writer, run, attempt, facts, actor)) digests.push({ run: writer.run(id), attempt });
  }
  await settleTree(writer, driverOf);
  await keepBudget(writer, activeSeconds, driverOf);
  return { digests };
}

/** A leaf that claims to be at work without an attempt: a restore or a crash between two versions left it so. */
async function mendLeaf(writer: TreeWriter, run: RunRow): Promise<void> {
  if (run.status === 'preparing' || run.status === 'running') await writer.move(run.id, 'queued', 'recovery');
  else if (run.status === 'finishing')
    await writer.move(run.id, run.stop_requested ? 'cancelled' : 'queued', 'recovery');
}

async function followTask(writer: TreeWriter, run: RunRow, attempt: AttemptRow): Promise<void> {
  if (attempt.status === 'running' && run.status === 'preparing') await writer.move(run.id, 'running', 'task');
  const { status } = writer.run(run.id);
  if (attempt.result !== null && (status === 'running' || status === 'pausing'))
    await writer.move(run.id, 'finishing', 'task');
}

/** Whether the driver's digest of a result is what comes next. */
async function endAttempt(
  writer: TreeWriter,
  run: RunRow,
  attempt: AttemptRow,
  facts: MachineFacts,
  actor: Actor,
): Promise<boolean> {
  const all = await readAttempts(writer.tx, run.id);
  const end = endOfLeaf({
    status: run.status,
    facts: factsOf(attempt),
    memoryLimit: facts.memoryLimit(attempt.id),
    kernelKilledForMemory: facts.kernelKilledForMemory(attempt.id),
    past: causesOf(all.filter((other) => other.id !== attempt.id)),
  });
  if (end.next === 'digest') {
    if (run.status !== 'finishing') await writer.move(run.id, 'finishing', 'task');
    return true;
  }
  await closeAttempt(writer, attempt, end.failure);
  // Kept on the row while it waits for another try, so that people see why it is tried again.
  if (end.next === 'failed') await writer.move(run.id, 'failed', actor, { failure: end.failure });
  else if (end.next === 'cancelled') await endRun(writer, run.id, 'cancelled', {});
  else await writer.move(run.id, end.next, actor);
  return false;
}

/** The attempt's row gets its end; `failure` null when it was ended on request. */
export async function closeAttempt(
  writer: TreeWriter,
  attempt: AttemptRow,
  failure: RunFailure | null,
  succeeded = false,
): Promise<void> {
  const status = succeeded
    ? 'succeeded'
    : failure === null
      ? 'stopped'
      : failure.cause === 'lost_worker'
        ? 'lost'
        : 'failed';
  await writer.tx
    .updateTable('run_attempt')
    .set({ status, cause: failure?.cause ?? null, ended_at: writer.now })
    .where('id', '=', attempt.id)
    .execute();
  writer.closed(attempt.run_id);
  writer.event(attempt.run_id, 'attempt', {
    number: attempt.number,
    host: attempt.host,
    state: 'ended',
    ...(failure === null ? {} : { cause: failure.cause, code: failure.code, params: failure.params }),
  });
}

/** Over: stop, keeping what is finished. Past the tolerance: cut off what still runs. */
async function keepBudget(writer: TreeWriter, activeSeconds: number, driverOf: DriverOf): Promise<void> {
  const { root } = writer.tree;
  const state = budgetState(activeSeconds, root.budget_seconds);
  if (state === 'within' || !isActive(root.status)) return;
  const runs = treeRunsOf(writer.tree, writer.attempts, driverOf);
  if (!root.stop_requested) {
    const plan = planAction(runs, root.id, 'stop', 'out_of_budget');
    if (plan.ok) await applyChanges(writer, plan.changes, 'dispatcher', driverOf);
  } else if (state === 'overrun') {
    for (const run of runs) {
      if (run.shape !== 'leaf' || run.stopRequested) continue;
      const plan = planAction(treeRunsOf(writer.tree, writer.attempts, driverOf), run.id, 'stop', 'out_of_budget');
      if (plan.ok) await applyChanges(writer, plan.changes, 'dispatcher', driverOf);
    }
  }
}
