/** What a person's wish, or the end of a run, means for the runs around it. */
import type { RunAction, RunOutcome, RunStatus } from '@minori/contract';
import { isFinal } from './transitions.ts';

export interface TreeRun {
  readonly id: number;
  readonly parentId: number | null;
  readonly shape: 'leaf' | 'composite';
  readonly status: RunStatus;
  readonly stopRequested: boolean;
  /** Its failure is known and written; it waits for what is below to end. */
  readonly failing: boolean;
  /** It has an attempt whose end has not been settled. */
  readonly live: boolean;
  /** What a pause does to its task. */
  readonly onPause: 'stop' | 'finish';
}

export interface Change {
  readonly runId: number;
  readonly to?: RunStatus;
  readonly stopRequested?: true;
  readonly outcome?: RunOutcome;
}

/** Why an action cannot be done now. */
export type Refusal = 'action_not_possible' | 'parent_paused';

/** `changes` are in the order in which they are written. */
export type ControlAnswer =
  | { readonly ok: true; readonly changes: readonly Change[] }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Plans an action on a run and all below it. `runs` is the whole tree; `outcome` says why a stop is
 * made. The caller writes the changes and then asks `settle` for what follows from them.
 */
export function planAction(
  runs: readonly TreeRun[],
  runId: number,
  action: RunAction,
  outcome: RunOutcome = 'stopped',
): ControlAnswer {
  const target = runs.find((run) => run.id === runId);
  if (!target || !isPossible(target, action)) return { ok: false, refusal: 'action_not_possible' };
  if (action === 'resume' && ancestorsOf(runs, target).some(isHeld)) return { ok: false, refusal: 'parent_paused' };
  const changes: Change[] = [];
  for (const run of subtreeOf(runs, target)) {
    if (isFinal(run.status)) continue;
    const change = CHANGES[action](run, outcome, runs);
    if (change) changes.push({ runId: run.id, ...change });
  }
  return { ok: true, changes };
}

function isPossible(run: TreeRun, action: RunAction): boolean {
  if (isFinal(run.status) || run.status === 'cancelling') return false;
  switch (action) {
    case 'cancel':
      return true;
    case 'stop':
      return !run.stopRequested && !(run.shape === 'leaf' && run.status === 'finishing');
    case 'pause':
      if (run.status === 'finishing') return run.shape === 'composite';
      return run.status !== 'paused' && run.status !== 'pausing';
    case 'resume':
      return run.status === 'paused';
    default:
      return action satisfies never;
  }
}

const isHeld = (run: TreeRun): boolean => run.status === 'paused' || run.status === 'pausing';

type ChangeOf = (run: TreeRun, outcome: RunOutcome, runs: readonly TreeRun[]) => Omit<Change, 'runId'> | null;

const CHANGES: { readonly [action in RunAction]: ChangeOf } = {
  cancel: (run) => {
    if (run.status === 'cancelling') return null;
    const waits = run.status === 'queued' || run.status === 'paused';
    return { to: waits && !run.live ? 'cancelled' : 'cancelling' };
  },
  stop: (run, outcome, runs) => {
    if (run.status === 'cancelling' || run.stopRequested) return null;
    const stopped = { stopRequested: true, outcome } as const;
    if (run.shape === 'leaf') {
      if (run.status === 'finishing') return null;
      return { to: run.status === 'queued' || run.status === 'paused' ? 'cancelled' : 'finishing', ...stopped };
    }
    switch (run.status) {
      case 'queued':
      case 'paused':
        // Nothing finished below: nothing to keep. Otherwise it takes its turn once more, to end well.
        if (!hasFinished(run, runs)) return { to: 'cancelled', ...stopped };
        return run.status === 'paused' ? { to: 'queued', ...stopped } : stopped;
      case 'finishing':
        return stopped;
      default:
        return { to: 'finishing', ...stopped };
    }
  },
  pause: (run) => {
    switch (run.status) {
      case 'queued':
        return { to: 'paused' };
      case 'preparing':
      case 'running':
        return { to: 'pausing' };
      case 'finishing':
        return run.shape === 'composite' ? { to: 'pausing' } : null;
      default:
        return null;
    }
  },
  resume: (run) => (run.status === 'paused' ? { to: 'queued' } : null),
};

const hasFinished = (run: TreeRun, runs: readonly TreeRun[]): boolean =>
  subtreeOf(runs, run).some((other) => other.shape === 'leaf' && other.status === 'succeeded');

/**
 * Whether the task of a run that lives is to be ended: within its grace, so that it may still save
 * or give its result, or at once. Derived from the status alone: it holds after a restart, too.
 */
export function endingOf(run: Pick<TreeRun, 'status' | 'stopRequested' | 'onPause'>): 'none' | 'grace' | 'kill' {
  switch (run.status) {
    case 'cancelling':
      return 'kill';
    case 'pausing':
      return run.onPause === 'stop' ? 'grace' : 'none';
    case 'finishing':
      return run.stopRequested ? 'grace' : 'none';
    default:
      return 'none';
  }
}

/**
 * What follows for runs that wait for others or for their own process: a leaf without a process
 * that is being paused, cancelled or stopped has arrived; so has a composite below which nothing moves any more.
 * Bottom up; apply it until it answers nothing.
 */
export function settle(runs: readonly TreeRun[]): Change[] {
  const changes: Change[] = [];
  const now = new Map(runs.map((run) => [run.id, run.status]));
  for (const run of bottomUp(runs)) {
    if (run.status !== 'pausing' && run.status !== 'cancelling') continue;
    if (run.shape === 'leaf') {
      if (!run.live) changes.push({ runId: run.id, to: arrived(run) });
    } else {
      const below = runs.filter((other) => other.parentId === run.id).map((other) => now.get(other.id) ?? other.status);
      const still = run.status === 'pausing' ? (s: RunStatus) => isFinal(s) || s === 'paused' : isFinal;
      if (below.every(still)) changes.push({ runId: run.id, to: arrived(run) });
    }
    const change = changes.findLast((other) => other.runId === run.id);
    if (change?.to) now.set(run.id, change.to);
  }
  return changes;
}

function arrived(run: TreeRun): RunStatus {
  if (run.status === 'pausing') return 'paused';
  return run.failing ? 'failed' : 'cancelled';
}

/** The run and all below it, parents first. */
export function subtreeOf<T extends Pick<TreeRun, 'id' | 'parentId'>>(runs: readonly T[], top: T): T[] {
  const found = [top];
  for (const run of found) found.push(...runs.filter((other) => other.parentId === run.id));
  return found;
}

function ancestorsOf(runs: readonly TreeRun[], run: TreeRun): TreeRun[] {
  const above: TreeRun[] = [];
  let next = runs.find((other) => other.id === run.parentId);
  while (next) {
    above.push(next);
    const { parentId } = next;
    next = runs.find((other) => other.id === parentId);
  }
  return above;
}

function bottomUp(runs: readonly TreeRun[]): TreeRun[] {
  return runs
    .filter((run) => run.parentId === null)
    .flatMap((root) => subtreeOf(runs, root))
    .toReversed();
}
