/** What the records of a spool become in the database, besides changes of status. */
import type { RunFailure, TaskEvent } from '@minori/contract';
import { cleanText, type Database, jsonb, packMetricChunk, type Tx } from '@minori/database';
import { newRecords, takeRecords } from '@minori/run-engine';
import { sql, type UpdateObject } from 'kysely';
import { factsOf } from './attempt-rows.ts';
import type { AttemptRow } from './rows.ts';
import type { EventList } from './store.ts';

/** Points one chunk row holds; small enough to rewrite while it grows. */
const CHUNK_POINTS = 1000;
const MOST_MESSAGE_CHARACTERS = 16_384;
const PROGRESS_EVERY_MS = 500;
const LOG_EVERY_MS = 1000;

type Progress = Extract<TaskEvent, { type: 'progress' }>;

/** What was held back to keep the history small, and when it was last told. */
export interface Held {
  progress: Progress | null;
  progressAt: number;
  logLines: number;
  logAt: number;
}

export const nothingHeld = (): Held => ({ progress: null, progressAt: 0, logLines: 0, logAt: 0 });

export interface RecordsToWrite {
  readonly attempt: AttemptRow;
  /** The run's ancestors, root included; their CPU seconds count it. */
  readonly ancestors: readonly number[];
  readonly records: readonly TaskEvent[];
  readonly malformed: number;
  readonly offset: number;
  readonly held: Held;
  readonly now: number;
}

/**
 * Writes the records of one batch and how far the spool is read, in the caller's transaction.
 * Answers the attempt's new row, or null when it has been read further already: nothing is
 * counted twice. The held-back parts are only to be kept after the commit.
 */
export async function writeRecords(
  tx: Tx,
  events: EventList,
  what: RecordsToWrite,
): Promise<{ attempt: AttemptRow; held: Held } | null> {
  const { attempt: before, now } = what;
  const records = newRecords(what.records, before.spool_seq);
  const facts = takeRecords(factsOf(before), records);
  const cpuSeconds = Math.max(
    before.cpu_seconds,
    ...records.map((record) => ('cpu_seconds' in record ? record.cpu_seconds : 0)),
  );
  const started = records.find((record) => record.type === 'started');
  const failed: RunFailure | null = facts.failed && {
    cause: facts.failed.cause,
    code: facts.failed.code,
    params: facts.failed.params,
    detail: facts.failed.detail,
  };
  const maxRss = Math.max(
    before.max_rss_bytes ?? 0,
    ...records.map((record) =>
      record.type === 'usage' ? record.rss_bytes : record.type === 'exited' ? record.max_rss_bytes : 0,
    ),
  );
  const changes: UpdateObject<Database, 'run_attempt'> = {
    spool_seq: facts.seq,
    spool_offset: what.offset,
    heartbeat_at: new Date(now),
    cpu_seconds: cpuSeconds,
    max_rss_bytes: Math.round(maxRss),
    ...(started ? { pid: started.pid, pid_started: started.pid_started, status: 'running' } : {}),
    ...(facts.result && !before.result ? { result: jsonb(facts.result) } : {}),
    ...(failed && !before.failure ? { failure: jsonb(failed) } : {}),
    ...(facts.exit && before.ended_by === null
      ? { exit_code: facts.exit.exit_code, signal: facts.exit.signal, ended_by: facts.exit.ended_by }
      : {}),
  };
  const attempt = await tx
    .updateTable('run_attempt')
    .set(changes)
    .where('id', '=', before.id)
    .where('spool_seq', '=', before.spool_seq)
    .where('spool_offset', '=', before.spool_offset)
    .where('ended_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (!attempt) return null;
  const runId = attempt.run_id;
  const held = { ...what.held };

  if (started) events.add(runId, 'attempt', { number: attempt.number, host: attempt.host, state: 'started' });
  if (cpuSeconds > before.cpu_seconds) {
    await tx
      .updateTable('training_runs')
      .set({ cpu_seconds: sql`cpu_seconds + ${cpuSeconds - before.cpu_seconds}` })
      .where('id', 'in', [runId, ...what.ancestors])
      .execute();
  }
  await writeLogs(tx, runId, records, what.malformed, now);
  await writeMetrics(tx, runId, records);
  for (const record of records) {
    if (record.type === 'partial') events.add(runId, 'partial', { value: record.value });
    else if (record.type === 'artifact') await writeArtifact(tx, events, attempt, record);
  }

  const progress = records.findLast((record) => record.type === 'progress') ?? null;
  held.progress = progress ?? held.progress;
  held.logLines += records.filter((record) => record.type === 'log').length;
  const last = facts.exit !== null;
  if (held.progress && (last || now - held.progressAt >= PROGRESS_EVERY_MS)) {
    const { fraction, phase, done, total } = held.progress;
    if (fraction !== null)
      await tx.updateTable('training_runs').set({ progress: fraction }).where('id', '=', runId).execute();
    events.add(runId, 'progress', {
      fraction,
      phase,
      ...(done === undefined ? {} : { done }),
      ...(total === undefined ? {} : { total }),
    });
    held.progress = null;
    held.progressAt = now;
  }
  if (held.logLines > 0 && (last || now - held.logAt >= LOG_EVERY_MS)) {
    events.add(runId, 'log', { count: held.logLines });
    held.logLines = 0;
    held.logAt = now;
  }
  return { attempt, held };
}

async function writeLogs(
  tx: Tx,
  runId: number,
  records: readonly TaskEvent[],
  malformed: number,
  now: number,
): Promise<void> {
  const lines = records
    .filter((record) => record.type === 'log')
    .map((record) => ({
      run_id: runId,
      at: new Date(record.at),
      level: record.level,
      source: 'task',
      message: textOf(record.message),
    }));
  if (malformed > 0) {
    const message = `${malformed} lines of the spool are no records`;
    lines.push({ run_id: runId, at: new Date(now), level: 'warning', source: 'host', message });
  }
  // Parameters of one statement are counted in 16 bits.
  for (let from = 0; from < lines.length; from += 5000) {
    await tx
      .insertInto('logs')
      .values(lines.slice(from, from + 5000))
      .execute();
  }
}

const textOf = (message: string): string => cleanText(message.slice(0, MOST_MESSAGE_CHARACTERS));

async function writeMetrics(tx: Tx, runId: number, records: readonly TaskEvent[]): Promise<void> {
  const series = new Map<string, { steps: number[]; values: (number | null)[] }>();
  for (const record of records) {
    if (record.type !== 'metric') continue;
    const points = series.get(record.series) ?? { steps: [], values: [] };
    const count = Math.min(record.steps.length, record.values.length);
    points.steps.push(...record.steps.slice(0, count));
    points.values.push(...record.values.slice(0, count));
    series.set(record.series, points);
  }
  for (const [name, points] of series) {
    const order = points.steps
      .map((_, index) => index)
      .toSorted((a, b) => (points.steps[a] ?? 0) - (points.steps[b] ?? 0));
    for (let from = 0; from < order.length; from += CHUNK_POINTS) {
      const part = order.slice(from, from + CHUNK_POINTS);
      await writeChunk(
        tx,
        runId,
        cleanText(name),
        part.map((i) => points.steps[i] ?? 0),
        part.map((i) => points.values[i] ?? null),
      );
    }
  }
}

/** Grows the series' last chunk while it is small and the new points come after it, else begins another. */
async function writeChunk(
  tx: Tx,
  runId: number,
  series: string,
  steps: number[],
  values: (number | null)[],
): Promise<void> {
  const chunk = packMetricChunk(runId, series, steps, values);
  const last = await tx
    .selectFrom('metric_chunk')
    .select(['first_step', 'last_step', 'count'])
    .where('run_id', '=', runId)
    .where('series', '=', series)
    .orderBy('first_step', 'desc')
    .limit(1)
    .executeTakeFirst();
  const grows = last && last.last_step <= chunk.first_step && last.count + chunk.count <= CHUNK_POINTS;
  // A step that is told again (a task that went back) joins the chunk that begins with it.
  await tx
    .insertInto('metric_chunk')
    .values(grows ? { ...chunk, first_step: last.first_step } : chunk)
    .onConflict((conflict) =>
      conflict.columns(['run_id', 'series', 'first_step']).doUpdateSet({
        last_step: sql`greatest(metric_chunk.last_step, excluded.last_step)`,
        count: sql`metric_chunk.count + excluded.count`,
        min: sql`least(metric_chunk.min, excluded.min)`,
        max: sql`greatest(metric_chunk.max, excluded.max)`,
        values: sql`metric_chunk."values" || excluded."values"`,
      }),
    )
    .execute();
}

async function writeArtifact(
  tx: Tx,
  events: EventList,
  attempt: AttemptRow,
  record: Extract<TaskEvent, { type: 'artifact' }>,
): Promise<void> {
  const { name, path, media_type: mediaType, bytes, sha256 } = record;
  // A path that leaves its folder would let a task name other people's files.
  if (path.startsWith('/') || path.split('/').includes('..') || !/^[0-9a-f]{64}$/.test(sha256)) return;
  const row = {
    run_id: attempt.run_id,
    kind: 'output',
    name: cleanText(name),
    path: `spool/${attempt.id}/${cleanText(path)}`,
    sha256,
    bytes,
    media_type: mediaType,
  };
  await tx
    .insertInto('model_artifacts')
    .values(row)
    .onConflict((conflict) => conflict.columns(['run_id', 'name']).doUpdateSet(row))
    .execute();
  events.add(attempt.run_id, 'artifact', { name, bytes, media_type: mediaType });
}
