/** What can be asked of files and datasets; the reading itself happens in ingest tasks. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkResult,
  preview as previewSchema,
  ProblemError,
  profile as profileSchema,
  runFailure,
  seriesResult,
} from '@minori/contract';
import type { AcceptedFix, CheckAnswer, Dataset, Mapping, RunEvent, SeriesResult, Upload } from '@minori/contract';
import type { Db } from '@minori/database';
import type { InteractiveResult, InteractiveTask, NewRootRun } from '../dispatch/index.ts';
import { audit } from '../audit/store.ts';
import type { Scope } from '../identity/scope.ts';
import { newRunId } from '../platform/run-id.ts';
import { versionParquet } from './files.ts';
import { ingestOutcome } from './ingest-driver.ts';
import type { IngestSpec } from './ingest-driver.ts';
import { findDataset, findVersion } from './store.ts';
import { contentOf, savePreview } from './uploads.ts';
import type { UploadRecord, UploadsDeps } from './uploads.ts';

/** The dispatcher, as far as files are concerned. */
export interface IngestRunner {
  enqueue(run: NewRootRun): Promise<{ id: number }>;
  subscribe(listener: (event: RunEvent) => void, rootId?: number): () => void;
  runInteractive(task: InteractiveTask): Promise<InteractiveResult>;
}

/** Reading a large file takes what a preview does not. */
const LIMITS = { memory_bytes: 3 * 1024 ** 3, threads: 2, seconds: 300 };

export interface DatasetsDeps extends UploadsDeps {
  readonly db: Db;
  readonly dispatcher: IngestRunner;
}

/** The head of the file; what is wrong with it is in the findings, never an error. */
export async function previewUpload(deps: DatasetsDeps, upload: UploadRecord, signal: AbortSignal): Promise<Upload> {
  const task = await deps.dispatcher.runInteractive({
    host: 'node',
    kind: 'ingest.preview',
    input: { operation: 'preview', path: contentOf(deps.home, upload), name: upload.name },
    limits: LIMITS,
    signal,
  });
  try {
    return await savePreview(deps.home, upload, previewSchema.parse(task.value));
  } finally {
    await task.dispose();
  }
}

/** All of the file, stored nowhere. */
export async function checkUpload(
  deps: DatasetsDeps,
  scope: Scope,
  upload: UploadRecord,
  request: { mapping: Mapping; fixes: AcceptedFix[]; append_to?: number | undefined },
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const base =
    request.append_to === undefined
      ? null
      : (await findVersion(deps.db, scope, request.append_to, undefined, 'editor')).version;
  const task = await deps.dispatcher.runInteractive({
    host: 'node',
    kind: 'ingest.check',
    input: {
      operation: 'check',
      path: contentOf(deps.home, upload),
      name: upload.name,
      mapping: request.mapping,
      fixes: request.fixes,
      append_to: base === null ? null : versionParquet(deps.home, base.sha256),
    },
    limits: LIMITS,
    signal,
  });
  try {
    const result = checkResult.parse(task.value);
    const profile =
      result.profile_path === null
        ? null
        : profileSchema.parse(JSON.parse(await readFile(join(task.folder, result.profile_path), 'utf8')));
    return { findings: result.findings, profile };
  } finally {
    await task.dispose();
  }
}

export interface BuildRequest {
  readonly source: Pick<IngestSpec, 'path' | 'name' | 'upload_id' | 'mapping' | 'fixes'>;
  readonly projectId: number;
  readonly target: { kind: 'new'; name: string } | { kind: 'append'; dataset: Dataset };
  readonly runId: string | undefined;
}

/**
 * Starts an `ingest` run and waits for its end; whoever leaves meanwhile finds the dataset later.
 * @throws ProblemError with the failure's own code: 422 for bad data, 503 or 500 for ours
 */
export async function buildDataset(
  deps: DatasetsDeps,
  scope: Scope,
  request: BuildRequest,
): Promise<{ dataset: Dataset; created: boolean }> {
  const { source, target } = request;
  const spec: IngestSpec = {
    ...source,
    target:
      target.kind === 'new'
        ? target
        : {
            kind: 'append',
            dataset_id: target.dataset.id,
            base_version: target.dataset.latest.version,
            base_sha256: target.dataset.latest.sha256,
          },
  };
  const { id } = await deps.dispatcher.enqueue({
    kind: 'ingest',
    track: 'data',
    name: source.name,
    spec: { ...spec },
    run_id: request.runId ?? newRunId(deps.clock),
    project_id: request.projectId,
    owner_id: scope.userId,
    experiment_id: null,
    dataset_id: null,
    dataset_version: null,
    budget_seconds: null,
    seed: 0,
  });
  await ended(deps, id);
  const run = await deps.db
    .selectFrom('training_runs')
    .select(['status', 'failure', 'result'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (run.status !== 'succeeded') throw failureOf(run.status, run.failure);
  const outcome = ingestOutcome.parse(run.result);
  if (outcome.created)
    await audit(deps.db, scope, {
      action: 'dataset.version',
      target: { type: 'dataset', id: outcome.dataset_id },
      projectId: request.projectId,
      params: { version: outcome.version },
    });
  return { dataset: await findDataset(deps.db, scope, outcome.dataset_id), created: outcome.created };
}

async function ended(deps: DatasetsDeps, runId: number): Promise<void> {
  let ring = () => {};
  const isOver = async () => {
    const row = await deps.db
      .selectFrom('training_runs')
      .select('finished_at')
      .where('id', '=', runId)
      .executeTakeFirstOrThrow();
    return row.finished_at !== null;
  };
  const over = new Promise<void>((resolve) => {
    ring = resolve;
  });
  const unsubscribe = deps.dispatcher.subscribe((event) => {
    if (
      event.type === 'status' &&
      event.run_id === runId &&
      ['succeeded', 'failed', 'cancelled'].includes(String(event.payload['to']))
    )
      ring();
  }, runId);
  try {
    // It may have ended before we listened.
    if (!(await isOver())) await over;
  } finally {
    unsubscribe();
  }
}

function failureOf(status: string, failure: unknown): ProblemError {
  const known = runFailure.safeParse(failure);
  if (!known.success) return new ProblemError('run_cancelled', 409, { status });
  const { cause, code, params } = known.data;
  const http =
    cause === 'bad_data'
      ? 422
      : cause === 'no_disk'
        ? 507
        : cause === 'unavailable' || cause === 'lost_worker'
          ? 503
          : cause === 'out_of_memory' || cause === 'time_limit'
            ? 413
            : 500;
  return new ProblemError(cause === 'bug' ? 'internal_error' : code, http, params);
}

export interface SeriesQuery {
  readonly version?: number | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly last?: number | undefined;
  readonly sampleRows?: number;
}

/** Series thinned for small charts, and rows from the start. */
export async function readSeries(
  deps: DatasetsDeps,
  scope: Scope,
  datasetId: number,
  query: SeriesQuery,
  signal: AbortSignal,
): Promise<SeriesResult> {
  const { version } = await findVersion(deps.db, scope, datasetId, query.version);
  const task = await deps.dispatcher.runInteractive({
    host: 'node',
    kind: 'ingest.series',
    input: {
      operation: 'series',
      parquet: versionParquet(deps.home, version.sha256),
      unique_ids: query.ids ?? null,
      offset: query.offset,
      limit: query.limit,
      max_points: 2000,
      last: query.last ?? null,
      sample_rows: query.sampleRows ?? 0,
    },
    limits: LIMITS,
    signal,
  });
  try {
    return seriesResult.parse(task.value);
  } finally {
    await task.dispose();
  }
}
