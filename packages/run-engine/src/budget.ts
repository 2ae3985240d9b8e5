/** The clock of a budget: it counts the seconds in which a tree is at work, and stands still else. */

export interface BudgetClock {
  /** Seconds counted so far. */
  readonly activeSeconds: number;
  /** Monotonic milliseconds of the last count; null while it stands still. */
  readonly since: number | null;
}

/**
 * Longest stretch one count may add, in seconds. Counts come every second, so a longer gap is a
 * machine that slept or a clock that jumped, and nobody worked in it.
 */
export const LONGEST_COUNT_SECONDS = 5;

/** Counts up to `now` (monotonic milliseconds) and goes on, or stands still, from there. */
export function count(clock: BudgetClock, now: number, running: boolean): BudgetClock {
  const passed = clock.since === null ? 0 : (now - clock.since) / 1000;
  const added = Math.min(Math.max(passed, 0), LONGEST_COUNT_SECONDS);
  return { activeSeconds: clock.activeSeconds + added, since: running ? now : null };
}

/** Seconds past the budget that are borne before the rest is cut off. */
export const toleranceOf = (budgetSeconds: number): number => Math.max(3, 0.05 * budgetSeconds);

/** Part of the tolerance that is left for ending tasks and writing the end. */
const LAST_SHARE = 0.5;

/**
 * `over`: the tree is stopped, keeping what is finished. `overrun`: what still runs is cut off.
 */
export type BudgetState = 'within' | 'over' | 'overrun';

export function budgetState(activeSeconds: number, budgetSeconds: number | null): BudgetState {
  if (budgetSeconds === null || activeSeconds < budgetSeconds) return 'within';
  return activeSeconds < budgetSeconds + LAST_SHARE * toleranceOf(budgetSeconds) ? 'over' : 'overrun';
}

/** Seconds until the state changes next; null when it never does. */
export function secondsToNextState(activeSeconds: number, budgetSeconds: number | null): number | null {
  if (budgetSeconds === null) return null;
  if (activeSeconds < budgetSeconds) return budgetSeconds - activeSeconds;
  const end = budgetSeconds + LAST_SHARE * toleranceOf(budgetSeconds);
  return activeSeconds < end ? end - activeSeconds : null;
}
