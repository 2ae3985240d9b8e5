/** Follows one tree's events without a hole: from memory while it keeps up, from the table when it has fallen behind. */
import type { RunEvent } from '@minori/contract';
import { createBell } from '../platform/sse.ts';

export interface EventSource {
  /** Told after commit, in seq order per tree. */
  subscribe(listener: (event: RunEvent) => void, rootId?: number): () => void;
  readEvents(rootId: number, after: number, limit: number): Promise<RunEvent[]>;
}

export interface Follower {
  /** Seq of the last event that was taken. */
  readonly seen: number;
  /** What has come since, oldest first; empty when there is nothing yet. */
  take(): Promise<RunEvent[]>;
  close(): void;
}

const PAGE = 200;

/** `ring` is called whenever `take` may have something. */
export function createFollower(events: EventSource, rootId: number, after: number, ring: () => void): Follower {
  let seen = after;
  // What happened before we listened is in the table only.
  let behind = true;
  let told: RunEvent[] = [];
  const unsubscribe = events.subscribe((event) => {
    // Whoever reads slowly does not fill the memory: the rest is read again.
    if (told.length < PAGE) told.push(event);
    else behind = true;
    ring();
  }, rootId);

  return {
    get seen() {
      return seen;
    },
    async take() {
      if (behind) {
        behind = false;
        const page = await events.readEvents(rootId, seen, PAGE);
        if (page.length === PAGE) behind = true;
        seen = page.at(-1)?.seq ?? seen;
        if (page.length > 0) return page;
      }
      const batch: RunEvent[] = [];
      for (const event of told) {
        if (event.seq <= seen) continue;
        if (event.seq > seen + 1) {
          behind = true;
          break;
        }
        batch.push(event);
        seen = event.seq;
      }
      told = [];
      if (behind) ring();
      return batch;
    },
    close: unsubscribe,
  };
}

/** Events after `after`, then the ones to come, each once, as fast as they are taken. */
export async function* followTree(
  events: EventSource,
  rootId: number,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  const bell = createBell();
  const follower = createFollower(events, rootId, after, () => bell.ring());
  try {
    while (!signal.aborted) {
      const batch = await follower.take();
      yield* batch;
      if (batch.length === 0) await bell.wait(signal);
    }
  } finally {
    follower.close();
  }
}
