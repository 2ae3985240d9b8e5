/** Changes of a tree: new runs, changes of status and their events, all in one transaction that holds it. */
import type { RunFailure, RunStatus } from '@minori/contract';
import { type Database, jsonb, type Tx } from '@minori/database';
import { type Actor, assertMove, isFinal, isSpending, LEASE_SECONDS } from '@minori/run-engine';
import type { UpdateObject } from 'kysely';
import type { NewRootRun, NewRun, Settlement } from './driver.ts';
import type { AttemptRow, RunRow, RunTree } from './rows.ts';
import {
  type EventList,
  eventList,
  lockRoot,
  readOpenAttempts,
  type RunEventType,
  type SeqRange,
  Stale,
  type StoreDeps,
  treeOf,
} from './store.ts';

type RunColumns = UpdateObject<Database, 'training_runs'>;

export interface MoveFields {
  readonly outcome?: RunRow['outcome'];
  readonly stopRequested?: boolean;
  readonly failure?: RunFailure | null;
  readonly metrics?: Record<string, number | null>;
  readonly result?: Record<string, unknown>;
  readonly progress?: number;
  /** Shown with the event: who asked. */
  readonly by?: string;
  readonly settlement?: Pick<Settlement, 'ending' | 'data'>;
}

export interface TreeWriter {
  readonly tx: Tx;
  readonly tree: RunTree;
  readonly now: Date;
  /** Open attempts of the tree, by run. */
  readonly attempts: ReadonlyMap<number, AttemptRow>;
  /** The row as it is now, after this transaction's own writes. */
  run(id: number): RunRow;
  move(id: number, to: RunStatus, actor: Actor, fields?: MoveFields): Promise<RunRow>;
  /** Changes other than of status. `stopRequested` counts as a change that decisions depend on. */
  mark(id: number, fields: MoveFields): Promise<RunRow>;
  event(runId: number, type: RunEventType, payload: Record<string, unknown>): void;
  /** The run's open attempt has been closed. */
  closed(runId: number): void;
  spawn(parent: RunRow, children: readonly NewRun[]): Promise<RunRow[]>;
}

/** Runs `work` in one transaction that holds the tree. Throws LeaseLost, Stale, and what `work` throws. */
export async function writeTree<T>(
  deps: StoreDeps,
  rootId: number,
  work: (writer: TreeWriter) => Promise<T>,
): Promise<T> {
  const events = eventList();
  const { value, seqs } = await deps.db.transaction().execute(async (tx) => {
    await lockRoot(deps, tx, rootId);
    const runs = new Map((await deps.trees.read(tx, rootId)).map((run) => [run.id, run]));
    const attempts = new Map((await readOpenAttempts(tx, rootId)).map((attempt) => [attempt.run_id, attempt]));
    const writer = treeWriter(deps, tx, rootId, runs, attempts, events);
    const result = await work(writer);
    return { value: result, seqs: await events.write(tx, rootId, deps.now()) };
  });
  if (seqs !== null) deps.committed(rootId, seqs);
  return value;
}

export function treeWriter(
  deps: StoreDeps,
  tx: Tx,
  rootId: number,
  runs: Map<number, RunRow>,
  attempts: Map<number, AttemptRow>,
  events: EventList,
): TreeWriter {
  const rowOf = (id: number): RunRow => {
    const run = runs.get(id);
    if (!run) throw new Stale(id);
    return run;
  };

  async function update(before: RunRow, fields: RunColumns): Promise<RunRow> {
    const row = await tx
      .updateTable('training_runs')
      .set(fields)
      .where('id', '=', before.id)
      .where('status', '=', before.status)
      .where('version', '=', before.version)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw new Stale(before.id);
    runs.set(row.id, row);
    return row;
  }

  const columnsOf = (before: RunRow, fields: MoveFields): RunColumns => ({
    version: before.version + 1,
    ...(fields.outcome === undefined ? {} : { outcome: fields.outcome }),
    ...(fields.stopRequested === undefined ? {} : { stop_requested: fields.stopRequested }),
    ...(fields.failure === undefined
      ? {}
      : {
          failure: fields.failure === null ? null : jsonb(fields.failure),
          failure_cause: fields.failure?.cause ?? null,
        }),
    ...(fields.metrics === undefined ? {} : { metrics: jsonb({ ...before.metrics, ...fields.metrics }) }),
    ...(fields.result === undefined ? {} : { result: jsonb(fields.result) }),
    ...(fields.progress === undefined ? {} : { progress: Math.min(1, Math.max(0, fields.progress)) }),
  });

  return {
    tx,
    get tree() {
      return treeOf([...runs.values()]);
    },
    now: new Date(deps.now()),
    attempts,
    run: rowOf,
    event: events.add,
    closed: (runId) => void attempts.delete(runId),
    async mark(id, fields) {
      const before = rowOf(id);
      return await update(before, columnsOf(before, fields));
    },
    async move(id, to, actor, fields = {}) {
      const before = rowOf(id);
      assertMove(before.status, to, actor);
      const now = new Date(deps.now());
      const row = await update(before, {
        ...columnsOf(before, fields),
        status: to,
        ...(to === 'queued' ? { queued_at: now } : {}),
        ...(to === 'preparing' && before.started_at === null ? { started_at: now } : {}),
        ...(isFinal(to) ? { finished_at: now } : {}),
        ...(to === 'succeeded' ? { progress: 1, outcome: fields.outcome ?? before.outcome ?? 'complete' } : {}),
        ...(id === rootId ? clockColumns(deps, rootId, to, now) : {}),
        ...(isFinal(to) && id === rootId ? { lease_token: null, lease_expires_at: null } : {}),
      });
      events.add(id, 'status', {
        from: before.status,
        to,
        ...(row.outcome === null ? {} : { outcome: row.outcome }),
        ...(to === 'failed' && row.failure
          ? { failure: { cause: row.failure['cause'], code: row.failure['code'] } }
          : {}),
        ...(fields.by === undefined ? {} : { by: fields.by }),
      });
      if (to === 'succeeded') events.add(id, 'result', { metrics: row.metrics });
      const driver = deps.driverOf(row);
      await driver.changed?.(row, before.status, tx);
      if (to === 'succeeded' || to === 'failed' || to === 'cancelled') {
        const failure = (row.failure as RunFailure | null) ?? null;
        await driver.settled?.(
          row,
          { status: to, outcome: row.outcome, failure, ending: null, data: undefined, ...fields.settlement },
          tx,
        );
      }
      return rowOf(id);
    },
    async spawn(parent, children) {
      const siblings = [...runs.values()].filter((run) => run.parent_id === parent.id);
      let next = Math.max(-1, ...siblings.map((run) => run.position)) + 1;
      const made: RunRow[] = [];
      for (const child of children) {
        const rows = await insertRun(deps, tx, events, { parent, run: child, position: child.position ?? next });
        next = Math.max(next, (child.position ?? next) + 1);
        for (const row of rows) runs.set(row.id, row);
        made.push(...rows);
      }
      return made;
    },
  };
}

function clockColumns(deps: StoreDeps, rootId: number, to: RunStatus, now: Date): RunColumns {
  const seconds = deps.activeSeconds(rootId);
  return { ...(seconds === null ? {} : { active_seconds: seconds }), active_since: isSpending(to) ? now : null };
}

/** Inserts a child with all that is below it; parents first. */
async function insertRun(
  deps: Pick<StoreDeps, 'now' | 'driverOf'>,
  tx: Tx,
  events: EventList,
  what: { parent: RunRow; run: NewRun; position: number },
): Promise<RunRow[]> {
  const { parent, run } = what;
  const now = new Date(deps.now());
  const row = await tx
    .insertInto('training_runs')
    .values({
      root_id: parent.root_id,
      parent_id: parent.id,
      position: what.position,
      project_id: parent.project_id,
      experiment_id: parent.experiment_id,
      dataset_id: parent.dataset_id,
      dataset_version: parent.dataset_version,
      owner_id: parent.owner_id,
      run_id: parent.run_id,
      track: parent.track,
      kind: run.kind,
      name: run.name,
      spec: jsonb(run.spec),
      tags: [...(run.tags ?? [])],
      seed: run.seed ?? parent.seed,
      created_at: now,
      queued_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return await created(deps, tx, events, row, run.children ?? []);
}

async function created(
  deps: Pick<StoreDeps, 'now' | 'driverOf'>,
  tx: Tx,
  events: EventList,
  row: RunRow,
  children: readonly NewRun[],
): Promise<RunRow[]> {
  events.add(row.id, 'created', { kind: row.kind, name: row.name, parent_id: row.parent_id });
  await deps.driverOf(row).changed?.(row, null, tx);
  const rows = [row];
  for (const [index, child] of children.entries()) {
    rows.push(...(await insertRun(deps, tx, events, { parent: row, run: child, position: child.position ?? index })));
  }
  return rows;
}

/** Inserts a whole tree, queued, in the caller's transaction. Its dispatcher owns it from the start. */
export async function insertTree(
  deps: Pick<StoreDeps, 'now' | 'driverOf' | 'token'>,
  tx: Tx,
  run: NewRootRun,
): Promise<{ row: RunRow; seqs: SeqRange }> {
  const now = deps.now();
  const row = await tx
    .insertInto('training_runs')
    .values({
      position: run.position ?? 0,
      project_id: run.project_id,
      experiment_id: run.experiment_id,
      dataset_id: run.dataset_id,
      dataset_version: run.dataset_version,
      owner_id: run.owner_id,
      run_id: run.run_id,
      track: run.track,
      kind: run.kind,
      name: run.name,
      spec: jsonb(run.spec),
      tags: [...(run.tags ?? [])],
      seed: run.seed,
      budget_seconds: run.budget_seconds,
      lease_token: deps.token,
      lease_expires_at: new Date(now + LEASE_SECONDS * 1000),
      created_at: new Date(now),
      queued_at: new Date(now),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const events = eventList();
  await created(deps, tx, events, row, run.children ?? []);
  const seqs = await events.write(tx, row.id, now);
  return { row, seqs: seqs ?? { first: 1, last: 1 } };
}
