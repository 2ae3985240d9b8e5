/** Tells listeners of a tree's events: after their commit, in order, each once. */
import type { RunEvent } from '@minori/contract';
import { type Db, isConnectionLost } from '@minori/database';
import type { Log } from '../platform/log.ts';
import { readEvents, type SeqRange } from './store.ts';

export type EventListener = (event: RunEvent) => void;

export interface Notifier {
  /** Events up to `seq` are known to whoever asks the table: what is told begins after them. */
  begin(rootId: number, seq: number): void;
  /** These events of the tree have been committed. */
  committed(rootId: number, seqs: SeqRange): void;
  subscribe(listener: EventListener, rootId?: number): () => void;
  close(): void;
}

const PAGE = 500;
const RETRY_MS = 200;

/**
 * Commits of one tree may become known in another order than they were made, so the events are
 * read again from the table by number: a listener never sees a hole.
 */
export function createNotifier(deps: { db: Db; log: Log }): Notifier {
  const listeners = new Map<EventListener, number | undefined>();
  const told = new Map<number, number>();
  const dirty = new Set<number>();
  const pumping = new Set<number>();
  let closed = false;

  const isHeard = (rootId: number): boolean =>
    [...listeners.values()].some((root) => root === undefined || root === rootId);

  function tell(event: RunEvent): void {
    for (const [listener, rootId] of listeners) {
      if (rootId !== undefined && rootId !== event.root_id) continue;
      try {
        listener(event);
      } catch (error) {
        deps.log.error({ err: error }, 'a listener of run events failed');
      }
    }
  }

  async function pump(rootId: number): Promise<void> {
    if (pumping.has(rootId)) return;
    pumping.add(rootId);
    while (dirty.delete(rootId) && !closed) {
      try {
        for (let full = true; full;) {
          const events = await readEvents(deps.db, rootId, told.get(rootId) ?? 0, PAGE);
          for (const event of events) {
            told.set(rootId, event.seq);
            tell(event);
          }
          full = events.length === PAGE;
        }
      } catch (error) {
        if (!isConnectionLost(error)) deps.log.error({ err: error }, 'run events could not be read');
        dirty.add(rootId);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    pumping.delete(rootId);
  }

  return {
    begin(rootId, seq) {
      if (!told.has(rootId)) told.set(rootId, seq);
    },
    committed(rootId, { first, last }) {
      if (closed) return;
      const before = told.get(rootId) ?? first - 1;
      // Unheard: whoever subscribes from now on finds these in the table.
      told.set(rootId, isHeard(rootId) ? before : Math.max(before, last));
      if (!isHeard(rootId)) return;
      dirty.add(rootId);
      void pump(rootId);
    },
    subscribe(listener, rootId) {
      listeners.set(listener, rootId);
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
      listeners.clear();
    },
  };
}
