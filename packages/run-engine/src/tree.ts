/** What a person's wish, or the end of a run, means for the runs around it. */
import type { RunAction, RunOutcome, RunStatus } from '@minori/contract';
import { isFinal } from './transitions.ts';

export interface TreeRun {
  readonly id: number;
  readonly parentId: number | null;
  readonly shape: 'leaf' | 'composite';
  readonly status: RunStatus;
  readonly stopRequested: boolean;
  /** A process of it may be alive. */
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

export interface TreePlan {
  /** In the order in which they are written. */
  readonly changes: readonly Change[];
  /** Runs whose task is to be ended: within its grace, or (`kill`) as fast as possible. */
  readonly endTasks: readonly { readonly runId: number; readonly kill: boolean }[];
}

/** Why an action cannot be done now. */
export type Refusal = 'action_not_possible' | 'parent_paused';

export type ControlAnswer = ({ readonly ok: true } & TreePlan) | { readonly ok: false; readonly refusal: Refusal };

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
  const endTasks: { runId: number; kill: boolean }[] = [];
  for (const run of subtreeOf(runs, target)) {
    if (isFinal(run.status)) continue;
    const step = STEPS[action](run, outcome, runs);
    if (step.change) changes.push({ runId: run.id, ...step.change });
    if (step.end) endTasks.push({ runId: run.id, kill: step.end === 'kill' });
  }
  return { ok: true, changes, endTasks };
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

interface Step {
  readonly change?: Omit<Change, 'runId'>;
  readonly end?: 'grace' | 'kill';
}

const STEPS: { readonly [action in RunAction]: (run: TreeRun, outcome: RunOutcome, runs: readonly TreeRun[]) => Step } = {
  cancel: (run) => {
    if (run.status === 'cancelling') return {};
    const waits = run.status === 'queued' || run.status === 'paused';
    // A composite waits for its children even when it has never run: the tree ends bottom up.
    if (waits && !run.live) return { change: { to: 'cancelled' } };
    return { change: { to: 'cancelling' }, ...(run.live ? { end: 'kill' as const } : {}) };
  },
  stop: (run, outcome, runs) => {
    if (run.status === 'cancelling' || run.stopRequested) return {};
    const stopped = { stopRequested: true, outcome } as const;
    if (run.shape === 'leaf') {
      if (run.status === 'finishing') return {};
      if (run.status === 'queued' || run.status === 'paused') return { change: { to: 'cancelled', ...stopped } };
      return { change: { to: 'finishing', ...stopped }, ...(run.live ? { end: 'grace' as const } : {}) };
    }
    switch (run.status) {
      case 'queued':
      case 'paused': {
        // Nothing finished below: nothing to keep. Otherwise it takes its turn once more, to end well.
        const keeps = runs.some((other) => other.parentId === run.id && other.status === 'succeeded');
        const begun = keeps || (run.parentId === null && runs.some((other) => other.status === 'succeeded'));
        if (!begun) return { change: { to: 'cancelled', ...stopped } };
        return { change: run.status === 'paused' ? { to: 'queued', ...stopped } : stopped };
      }
      case 'finishing':
        return { change: stopped };
      default:
        return { change: { to: 'finishing', ...stopped } };
    }
  },
  pause: (run) => {
    if (run.status === 'queued') return { change: { to: 'paused' } };
    if (run.status === 'preparing' || run.status === 'running') {
      return { change: { to: 'pausing' }, ...(run.live && run.onPause === 'stop' ? { end: 'grace' as const } : {}) };
    }
    if (run.status === 'finishing' && run.shape === 'composite') return { change: { to: 'pausing' } };
    return {};
  },
  resume: (run) => (run.status === 'paused' ? { change: { to: 'queued' } } : {}),
};

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
      if (!run.live) changes.push({ runId: run.id, to: arrived(run.status) });
    } else {
      const below = runs.filter((other) => other.parentId === run.id).map((other) => now.get(other.id) ?? other.status);
      const still = run.status === 'pausing' ? (s: RunStatus) => isFinal(s) || s === 'paused' : isFinal;
      if (below.every(still)) changes.push({ runId: run.id, to: arrived(run.status) });
    }
    const change = changes.findLast((other) => other.runId === run.id);
    if (change?.to) now.set(run.id, change.to);
  }
  return changes;
}

const arrived = (status: 'pausing' | 'cancelling'): RunStatus => (status === 'pausing' ? 'paused' : 'cancelled');

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
