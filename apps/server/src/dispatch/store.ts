/**
 * Reading and writing trees. Every write happens under the root's row lock and a lease that is
 * still ours; a status changes by compare-and-set, its events get their numbers in the same
 * transaction, and nobody is told before the commit.
 */
import type { RunEvent } from '@minori/contract';
import { type Db, jsonb, type Tx } from '@minori/database';
import { LEASE_SECONDS } from '@minori/run-engine';
import type { Driver } from './driver.ts';
import type { AttemptRow, RunRow, RunTree } from './rows.ts';
import type { TreeReader } from './tree-reader.ts';

export type RunEventType = RunEvent['type'];

export interface SeqRange {
  readonly first: number;
  readonly last: number;
}

export interface StoreDeps {
  readonly db: Db;
  readonly now: () => number;
  /** This dispatcher's lease token. */
  readonly token: string;
  readonly trees: TreeReader;
  driverOf(run: Pick<RunRow, 'track' | 'kind'>): Driver;
  /** Seconds on the budget's clock of an open tree; null when this process does not know it. */
  activeSeconds(rootId: number): number | null;
  /** Told after each commit that has added events. */
  committed(rootId: number, seqs: SeqRange): void;
}

/** The tree belongs to another dispatcher now: drop it. */
export class LeaseLost extends Error {
  constructor(rootId: number) {
    super(`the lease of run ${rootId} is lost`);
    this.name = 'LeaseLost';
  }
}

/** Rows are not what the decision was made on: look again. */
export class Stale extends Error {
  constructor(runId: number) {
    super(`run ${runId} has changed meanwhile`);
    this.name = 'Stale';
  }
}

export async function lockRoot(deps: Pick<StoreDeps, 'token'>, tx: Tx, rootId: number): Promise<void> {
  const root = await tx
    .selectFrom('training_runs')
    .select('lease_token')
    .where('id', '=', rootId)
    .forUpdate()
    .executeTakeFirst();
  if (root?.lease_token !== deps.token) throw new LeaseLost(rootId);
}

export interface EventList {
  add(runId: number, type: RunEventType, payload: Record<string, unknown>): void;
  /** Numbers and inserts them; their numbers, null when there is none. The root's row must be locked. */
  write(tx: Tx, rootId: number, now: number): Promise<SeqRange | null>;
}

export function eventList(): EventList {
  const events: { runId: number; type: RunEventType; payload: Record<string, unknown> }[] = [];
  return {
    add: (runId, type, payload) => events.push({ runId, type, payload }),
    async write(tx, rootId, now) {
      if (events.length === 0) return null;
      const { event_seq: last } = await tx
        .updateTable('training_runs')
        .set((eb) => ({ event_seq: eb('event_seq', '+', events.length) }))
        .where('id', '=', rootId)
        .returning('event_seq')
        .executeTakeFirstOrThrow();
      const first = last - events.length + 1;
      await tx
        .insertInto('run_event')
        .values(
          events.map((event, index) => ({
            root_id: rootId,
            seq: first + index,
            run_id: event.runId,
            type: event.type,
            payload: jsonb(event.payload),
            created_at: new Date(now),
          })),
        )
        .execute();
      return { first, last };
    },
  };
}

export function treeOf(rows: readonly RunRow[]): RunTree {
  const below = new Map<number | null, RunRow[]>();
  for (const row of rows.toSorted((a, b) => a.position - b.position || a.id - b.id)) {
    const siblings = below.get(row.parent_id) ?? [];
    siblings.push(row);
    below.set(row.parent_id, siblings);
  }
  const root = below.get(null)?.[0];
  if (!root) throw new Error('a tree without a root');
  const runs = [root];
  for (const run of runs) runs.push(...(below.get(run.id) ?? []));
  const byId = new Map(runs.map((run) => [run.id, run]));
  return { root, runs, get: (id) => byId.get(id), children: (id) => below.get(id) ?? [] };
}

export async function readRuns(db: Db | Tx, rootId: number): Promise<RunRow[]> {
  return await db.selectFrom('training_runs').selectAll().where('root_id', '=', rootId).orderBy('id').execute();
}

export async function readOpenAttempts(db: Db | Tx, rootId: number): Promise<AttemptRow[]> {
  return await db
    .selectFrom('run_attempt')
    .innerJoin('training_runs', 'training_runs.id', 'run_attempt.run_id')
    .where('training_runs.root_id', '=', rootId)
    .where('run_attempt.ended_at', 'is', null)
    .selectAll('run_attempt')
    .execute();
}

/** Attempts of one run, oldest first. */
export async function readAttempts(db: Db | Tx, runId: number): Promise<AttemptRow[]> {
  return await db.selectFrom('run_attempt').selectAll().where('run_id', '=', runId).orderBy('number').execute();
}

/** Roots whose tree is not ended. */
export async function readOpenRoots(db: Db): Promise<number[]> {
  const rows = await db
    .selectFrom('training_runs')
    .select('root_id')
    .distinct()
    .where('status', 'not in', ['succeeded', 'failed', 'cancelled'])
    .execute();
  return rows.map((row) => row.root_id);
}

export async function readEvents(db: Db, rootId: number, after: number, limit: number): Promise<RunEvent[]> {
  const rows = await db
    .selectFrom('run_event')
    .selectAll()
    .where('root_id', '=', rootId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
}

/** Takes the leases of open trees that are ours from before, or nobody's; answers which are ours now. */
export async function takeLeases(
  deps: Pick<StoreDeps, 'db' | 'now' | 'token'>,
  earlier: readonly string[],
): Promise<number[]> {
  const now = new Date(deps.now());
  const expires = new Date(deps.now() + LEASE_SECONDS * 1000);
  const open = await readOpenRoots(deps.db);
  if (open.length === 0) return [];
  const rows = await deps.db
    .updateTable('training_runs')
    .set({ lease_token: deps.token, lease_expires_at: expires })
    .where('id', 'in', open)
    .where((eb) =>
      eb.or([
        eb('lease_token', 'is', null),
        eb('lease_token', '=', deps.token),
        eb('lease_expires_at', '<=', now),
        ...(earlier.length > 0 ? [eb('lease_token', 'in', [...earlier])] : []),
      ]),
    )
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}

/** Answers which open trees are ours. */
export async function renewLeases(deps: Pick<StoreDeps, 'db' | 'now' | 'token'>): Promise<number[]> {
  const rows = await deps.db
    .updateTable('training_runs')
    .set({ lease_expires_at: new Date(deps.now() + LEASE_SECONDS * 1000) })
    .where('lease_token', '=', deps.token)
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}

/** The budget's clock and nothing else; not a change that anybody decides on. */
export async function writeClock(db: Db, rootId: number, activeSeconds: number, since: Date | null): Promise<void> {
  await db
    .updateTable('training_runs')
    .set({ active_seconds: activeSeconds, active_since: since })
    .where('id', '=', rootId)
    .execute();
}
