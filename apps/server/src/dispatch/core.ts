/** What the parts of the dispatcher share. */
import type { HostKind, TaskLimits } from '@minori/contract';
import { isConnectionLost } from '@minori/database';
import type { Executor } from '@minori/executor';
import type { Log } from '../platform/log.ts';
import type { RootState } from './root-state.ts';
import type { AttemptRow, RunTree } from './rows.ts';
import type { SpoolFeeds } from './spool-feeds.ts';
import { LeaseLost, Stale, type StoreDeps } from './store.ts';

export interface Core {
  readonly home: string;
  readonly log: Log;
  readonly store: StoreDeps;
  readonly executors: Readonly<Record<HostKind, Executor>>;
  readonly slots: { readonly batch: number; readonly interactive: number };
  readonly roots: Map<number, RootState>;
  /** Trees that are being taken in; whoever came after one of them waits until it is there. */
  readonly opening: Set<number>;
  readonly feeds: SpoolFeeds;
  readonly handed: HandedOver;
  /** No new work is begun any more. */
  readonly stopping: AbortSignal;
  /** No work goes on any more. */
  readonly closing: AbortSignal;
  monotonic(): number;
  /** Something of the tree has changed: look at it soon. */
  touch(rootId: number): void;
  /** These are the tree's rows now, as a transaction of ours has just left them. */
  take(state: RootState, tree: RunTree, attempts: ReadonlyMap<number, AttemptRow>): void;
  /** Slots or the queue have changed: look whose turn it is, soon. */
  reschedule(): void;
}

/** Attempts that a host has been given by this process, or that it has adopted. */
export type HandedOver = Map<number, Handed>;

export interface Handed {
  readonly limits: TaskLimits;
  /** What its host has been asked to do to it. */
  ending: 'none' | 'grace' | 'kill';
  /** Processes that the kernel had killed for memory before. */
  readonly memoryKills: number;
}

const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;

/**
 * Does `work`, again and again while the database is away. Answers null when the dispatcher closes
 * meanwhile, or when the rows are not (any more) what the work was about.
 */
export async function persistently<T>(core: Pick<Core, 'closing' | 'log'>, work: () => Promise<T>): Promise<T | null> {
  for (let wait = SHORTEST_WAIT_MS; !core.closing.aborted; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Stale || error instanceof LeaseLost) return null;
      if (!isConnectionLost(error)) throw error;
      await pause(wait, core.closing);
    }
  }
  return null;
}

export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
