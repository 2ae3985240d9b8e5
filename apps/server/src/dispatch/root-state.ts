/** What the dispatcher remembers of an open tree: its rows as last read, and what is under way in this process. */
import type { FailureCause, RunFailure, RunOutcome } from '@minori/contract';
import { ProblemError, TaskFailure } from '@minori/contract';
import type { BudgetClock, BudgetState, Change, TreeRun } from '@minori/run-engine';
import { budgetState, isFinal, settle, subtreeOf } from '@minori/run-engine';
import type { Actor } from '@minori/run-engine';
import type { BudgetView, Driver } from './driver.ts';
import type { AttemptRow, RunRow, RunTree } from './rows.ts';
import type { MoveFields, TreeWriter } from './tree-writer.ts';

export interface RootState {
  readonly id: number;
  tree: RunTree;
  /** How often rows have been taken over: tells whether newer ones came while others were being read. */
  taken: number;
  /** Open attempts by run. */
  attempts: ReadonlyMap<number, AttemptRow>;
  /** A single task without a tree has been let in; it waits for its slot. */
  admitted: boolean;
  clock: BudgetClock;
  /** Monotonic milliseconds of the last writing of the clock. */
  clockWrittenAt: number;
  /** What the composites have been told of it. */
  budget: BudgetState;
  /** CPU seconds that are not charged: the tree began level with the others. */
  chargeFrom: number;
  /** Composites that are to be asked what comes next. */
  readonly dirty: Set<number>;
  /** Free slots of which the tree knows and made nothing. */
  offered: number;
  /** The composite whose driver is thinking. */
  advancing: { readonly runId: number; readonly abort: AbortController } | null;
  readonly digesting: Map<number, AbortController>;
  /** Leaves that succeeded -> where their outputs lie. */
  readonly folders: Map<number, string>;
  readonly timers: Map<number, NodeJS.Timeout>;
  /** Leaves on their way to a host. */
  readonly claiming: Set<number>;
}

export type DriverOf = (run: Pick<RunRow, 'track' | 'kind'>) => Driver;

export function treeRunsOf(tree: RunTree, attempts: ReadonlyMap<number, AttemptRow>, driverOf: DriverOf): TreeRun[] {
  return tree.runs.map((run) => {
    const driver = driverOf(run);
    const attempt = attempts.get(run.id);
    return {
      id: run.id,
      parentId: run.parent_id,
      shape: driver.shape,
      status: run.status,
      stopRequested: run.stop_requested,
      failing: run.failure !== null,
      // Until its end has been settled, too: then the run follows from that.
      live: attempt !== undefined,
      onPause: driver.onPause ?? 'stop',
    };
  });
}

export function budgetOf(root: RunRow, activeSeconds: number): BudgetView | null {
  if (root.budget_seconds === null) return null;
  return {
    seconds: root.budget_seconds,
    used: activeSeconds,
    remaining: Math.max(0, root.budget_seconds - activeSeconds),
  };
}

export const isOverrun = (state: RootState): boolean =>
  budgetState(state.clock.activeSeconds, state.tree.root.budget_seconds) === 'overrun';

export function ancestorIds(tree: RunTree, run: RunRow): number[] {
  const ids: number[] = [];
  for (let parent = run.parent_id; parent !== null; parent = tree.get(parent)?.parent_id ?? null) ids.push(parent);
  return ids;
}

export function descendantsOf(tree: RunTree, run: RunRow): RunRow[] {
  const all = tree.runs.map((row) => ({ id: row.id, parentId: row.parent_id, row }));
  return subtreeOf(all, { id: run.id, parentId: run.parent_id, row: run })
    .slice(1)
    .map((entry) => entry.row);
}

export const hasOpenDescendants = (tree: RunTree, run: RunRow): boolean =>
  descendantsOf(tree, run).some((other) => !isFinal(other.status));

/** Writes planned changes, then all that follows from them. */
export async function applyChanges(
  writer: TreeWriter,
  changes: readonly Change[],
  actor: Actor,
  driverOf: DriverOf,
  fields: MoveFields = {},
): Promise<void> {
  for (const { runId, to, ...rest } of changes) {
    if (to === undefined) await writer.mark(runId, { ...fields, ...rest });
    else await writer.move(runId, to, actor, { ...fields, ...rest });
  }
  await settleTree(writer, driverOf);
}

export async function settleTree(writer: TreeWriter, driverOf: DriverOf): Promise<void> {
  for (;;) {
    const changes = settle(treeRunsOf(writer.tree, writer.attempts, driverOf));
    if (changes.length === 0) return;
    for (const { runId, to } of changes) if (to !== undefined) await writer.move(runId, to, 'dispatcher');
  }
}

/** Moves a run to its end over the statuses that lie between. */
export async function endRun(
  writer: TreeWriter,
  id: number,
  to: 'succeeded' | 'failed' | 'cancelled',
  fields: MoveFields,
): Promise<RunRow> {
  const { status } = writer.run(id);
  if (to === 'succeeded') {
    if (status === 'queued') await writer.move(id, 'preparing', 'dispatcher');
    if (status !== 'finishing') await writer.move(id, 'finishing', 'dispatcher');
  } else if (to === 'cancelled' && (status === 'preparing' || status === 'running' || status === 'pausing')) {
    await writer.move(id, 'cancelling', 'dispatcher');
  } else if (to === 'failed' && status === 'paused') {
    await writer.move(id, 'queued', 'dispatcher');
  }
  return await writer.move(id, to, 'dispatcher', fields);
}

/** The failure that an error of a driver means. */
export function failureFrom(error: unknown, code: string): RunFailure {
  if (error instanceof TaskFailure)
    return { cause: error.failureCause, code: error.code, params: error.params, detail: error.detail };
  if (error instanceof ProblemError) {
    const cause: FailureCause = error.status >= 500 ? 'unavailable' : 'bad_data';
    return { cause, code: error.code, params: error.params, detail: '' };
  }
  return {
    cause: 'bug',
    code,
    params: {},
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

export const stoppingOf = (run: RunRow, root: RunRow): RunOutcome | null => {
  if (run.stop_requested) return run.outcome ?? 'stopped';
  return root.stop_requested ? (root.outcome ?? 'stopped') : null;
};
