/** The legal changes of status, and who may make which. Nothing else in the product moves a run. */
import { isFinal, RUN_STATUSES, type RunStatus } from '@minori/contract';

/**
 * `person` asks through the API; `dispatcher` schedules, settles and ends budgets; `task` is what
 * the spool of a living task says; `recovery` repairs at the start of a server.
 */
export type Actor = 'person' | 'dispatcher' | 'task' | 'recovery';

type Table = { readonly [from in RunStatus]: { readonly [to in RunStatus]?: readonly Actor[] } };

const LEGAL: Table = {
  queued: {
    preparing: ['dispatcher'],
    paused: ['person'],
    cancelled: ['person', 'dispatcher', 'recovery'],
    failed: ['dispatcher'],
  },
  preparing: {
    running: ['task', 'dispatcher', 'recovery'],
    queued: ['dispatcher', 'recovery'],
    pausing: ['person'],
    cancelling: ['person', 'dispatcher'],
    finishing: ['person', 'dispatcher', 'task', 'recovery'],
    failed: ['dispatcher', 'recovery'],
  },
  running: {
    finishing: ['person', 'dispatcher', 'task', 'recovery'],
    queued: ['dispatcher', 'recovery'],
    pausing: ['person'],
    cancelling: ['person', 'dispatcher'],
    failed: ['dispatcher', 'recovery'],
  },
  pausing: {
    paused: ['dispatcher', 'recovery'],
    finishing: ['person', 'dispatcher', 'task', 'recovery'],
    cancelling: ['person', 'dispatcher'],
    failed: ['dispatcher', 'recovery'],
  },
  paused: {
    queued: ['person', 'dispatcher'],
    cancelled: ['person', 'dispatcher'],
  },
  cancelling: {
    cancelled: ['dispatcher', 'recovery'],
    // A composite that fails takes what runs below it down first.
    failed: ['dispatcher', 'recovery'],
  },
  finishing: {
    succeeded: ['dispatcher', 'recovery'],
    failed: ['dispatcher', 'recovery'],
    cancelled: ['dispatcher', 'recovery'],
    cancelling: ['person', 'dispatcher'],
    pausing: ['person'],
    queued: ['dispatcher', 'recovery'],
  },
  succeeded: {},
  failed: {},
  cancelled: {},
};

/** A root in one of these holds one of the places in which trees run. */
const ACTIVE: readonly RunStatus[] = ['preparing', 'running', 'pausing', 'cancelling', 'finishing'];

export { isFinal };
export const isActive = (status: RunStatus): boolean => ACTIVE.includes(status);
/** The budget's clock runs in these. */
export const isSpending = (status: RunStatus): boolean =>
  status === 'preparing' || status === 'running' || status === 'finishing';

export const mayMove = (from: RunStatus, to: RunStatus, actor: Actor): boolean =>
  LEGAL[from][to]?.includes(actor) ?? false;

export const isLegal = (from: RunStatus, to: RunStatus): boolean => LEGAL[from][to] !== undefined;

/** Throws on a change that is not in the table: a bug of the caller, never of a person. */
export function assertMove(from: RunStatus, to: RunStatus, actor: Actor): void {
  if (!mayMove(from, to, actor)) throw new Error(`illegal transition ${from} -> ${to} by ${actor}`);
}

/** Every legal change, for documents and tests. */
export function legalMoves(): { from: RunStatus; to: RunStatus; actors: readonly Actor[] }[] {
  return RUN_STATUSES.flatMap((from) =>
    RUN_STATUSES.flatMap((to) => {
      const actors = LEGAL[from][to];
      return actors ? [{ from, to, actors }] : [];
    }),
  );
}
