/** Carries each living attempt's spool into the database; a database that is down stops the reading, not the task. */
import { isConnectionLost, type Tx } from '@minori/database';
import { readSpool } from '@minori/executor';
import type { Log } from '../platform/log.ts';
import { folderOf } from './attempt-rows.ts';
import type { AttemptRow } from './rows.ts';
import { type EventList, eventList, LeaseLost, lockRoot, type StoreDeps } from './store.ts';
import { treeWriter } from './tree-writer.ts';
import { type Held, nothingHeld, writeRecords } from './telemetry.ts';

export interface SpoolFeeds {
  /** Follows an attempt from where its row says that it was read to. */
  attach(attempt: AttemptRow, rootId: number, ancestors: readonly number[]): void;
  /** There may be something new in its spool; `now`: and it is worth not to wait for more. */
  wake(attemptId: number, now?: boolean): void;
  detach(attemptId: number): void;
  follows(attemptId: number): boolean;
  /** Attempts that are followed, with the last look at their processes. */
  list(): readonly FeedState[];
  /** Reads all that is there now and answers when it is stored. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface FeedState {
  readonly attempt_id: number;
  readonly run_id: number;
  readonly root_id: number;
  readonly host: string;
  readonly pid: number | null;
  readonly usage: { readonly cpu_percent: number; readonly rss_bytes: number; readonly threads: number } | null;
}

export interface FeedDeps extends StoreDeps {
  readonly home: string;
  readonly log: Log;
  /** The attempt's row tells something that statuses depend on: it has given a result, or ended. */
  changed(rootId: number): void;
}

/** Reads of one spool come at most this often: many small records share one commit. */
const READ_EVERY_MS = 250;
const SHORTEST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2000;

interface Feed {
  attempt: AttemptRow;
  readonly rootId: number;
  readonly ancestors: readonly number[];
  held: Held;
  usage: FeedState['usage'];
  dirty: boolean;
  /** Resolves when there is something that is worth reading at once. */
  hurried: PromiseWithResolvers<void>;
  /** The reading that goes on now. */
  reading: Promise<void> | null;
}

export function createSpoolFeeds(deps: FeedDeps): SpoolFeeds {
  const feeds = new Map<number, Feed>();
  const closing = Promise.withResolvers<void>();
  let closed = false;

  const wait = (ms: number) =>
    Promise.race([new Promise((resolve) => setTimeout(resolve, ms).unref()), closing.promise]);

  function read(feed: Feed): void {
    feed.dirty = true;
    feed.reading ??= follow(feed).finally(() => {
      feed.reading = null;
      if (feed.dirty && !closed && feeds.has(feed.attempt.id)) read(feed);
    });
  }

  async function follow(feed: Feed): Promise<void> {
    let retryMs = SHORTEST_RETRY_MS;
    while (feed.dirty && !closed && feeds.get(feed.attempt.id) === feed) {
      feed.dirty = false;
      feed.hurried = Promise.withResolvers();
      const begun = performance.now();
      try {
        const more = await readOnce(feed);
        retryMs = SHORTEST_RETRY_MS;
        if (more) feed.dirty = true;
        else await Promise.race([wait(Math.max(0, READ_EVERY_MS - (performance.now() - begun))), feed.hurried.promise]);
      } catch (error) {
        if (error instanceof LeaseLost) return void feeds.delete(feed.attempt.id);
        if (!isConnectionLost(error))
          deps.log.error({ err: error, attempt: feed.attempt.id }, 'a spool could not be read');
        feed.dirty = true;
        await wait(retryMs);
        retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
      }
    }
  }

  /** One batch; whether there is more. */
  async function readOnce(feed: Feed): Promise<boolean> {
    const before = feed.attempt;
    const batch = await readSpool(folderOf(deps.home, before.id), {
      offset: before.spool_offset,
      seq: before.spool_seq,
    });
    if (batch.position.offset === before.spool_offset) return false;
    const events = eventList();
    const stored = await deps.db.transaction().execute(async (tx) => {
      await lockRoot(deps, tx, feed.rootId);
      const { records, malformed, position } = batch;
      const now = deps.now();
      const written = await writeRecords(tx, events, {
        attempt: before,
        ancestors: feed.ancestors,
        records,
        malformed,
        offset: position.offset,
        held: feed.held,
        now,
      });
      if (written && before.pid === null && written.attempt.pid !== null) await beginRunning(tx, feed, events);
      return written && { ...written, seqs: await events.write(tx, feed.rootId, now) };
    });
    if (!stored) return await rereadPosition(feed);
    feed.attempt = stored.attempt;
    feed.held = stored.held;
    const usage = batch.records.findLast((record) => record.type === 'usage');
    if (usage) feed.usage = { cpu_percent: usage.cpu_percent, rss_bytes: usage.rss_bytes, threads: usage.threads };
    if (stored.seqs) deps.committed(feed.rootId, stored.seqs);
    const { attempt } = stored;
    if ((attempt.result && !before.result) || attempt.ended_by !== before.ended_by) deps.changed(feed.rootId);
    return batch.more;
  }

  /** Its first record: the run is running from now on, unless somebody has wanted otherwise. */
  async function beginRunning(tx: Tx, feed: Feed, events: EventList): Promise<void> {
    const run = await tx
      .selectFrom('training_runs')
      .selectAll()
      .where('id', '=', feed.attempt.run_id)
      .executeTakeFirst();
    if (run?.status !== 'preparing') return;
    await treeWriter(deps, tx, feed.rootId, new Map([[run.id, run]]), new Map(), events).move(
      run.id,
      'running',
      'task',
    );
  }

  /** Somebody, perhaps our own commit that we did not hear of, has read further: go on from there. */
  async function rereadPosition(feed: Feed): Promise<boolean> {
    const row = await deps.db
      .selectFrom('run_attempt')
      .selectAll()
      .where('id', '=', feed.attempt.id)
      .executeTakeFirst();
    if (!row || row.ended_at !== null) {
      feeds.delete(feed.attempt.id);
      return false;
    }
    feed.attempt = row;
    deps.changed(feed.rootId);
    return true;
  }

  return {
    attach(attempt, rootId, ancestors) {
      if (feeds.has(attempt.id) || closed) return;
      const feed: Feed = {
        attempt,
        rootId,
        ancestors,
        held: nothingHeld(),
        usage: null,
        dirty: false,
        hurried: Promise.withResolvers(),
        reading: null,
      };
      feeds.set(attempt.id, feed);
      read(feed);
    },
    wake(attemptId, now = false) {
      const feed = feeds.get(attemptId);
      if (!feed) return;
      read(feed);
      if (now) feed.hurried.resolve();
    },
    follows: (attemptId) => feeds.has(attemptId),
    detach: (attemptId) => void feeds.delete(attemptId),
    list: () =>
      [...feeds.values()].map(({ attempt, rootId, usage }) => ({
        attempt_id: attempt.id,
        run_id: attempt.run_id,
        root_id: rootId,
        host: attempt.host,
        pid: attempt.pid,
        usage,
      })),
    async drain() {
      for (const feed of feeds.values()) read(feed);
      await Promise.all([...feeds.values()].map(async (feed) => await feed.reading));
    },
    async close() {
      closed = true;
      closing.resolve();
      await Promise.all([...feeds.values()].map(async (feed) => await feed.reading));
    },
  };
}
