/** Runs of every kind and track: one model, one life cycle. */
import { z } from 'zod';
import { failureCause } from './engine.ts';

export const RUN_STATUSES = [
  'queued',
  'preparing',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'finishing',
  'succeeded',
  'failed',
  'cancelled',
] as const;
export const runStatus = z.enum(RUN_STATUSES);
export type RunStatus = z.infer<typeof runStatus>;

/** Nothing happens to a run after one of these. */
const finalStatuses: ReadonlySet<string> = new Set<RunStatus>(['succeeded', 'failed', 'cancelled']);
export const isFinal = (status: string): boolean => finalStatuses.has(status);

export const runOutcome = z.enum(['complete', 'pruned', 'stopped', 'out_of_budget']);
export type RunOutcome = z.infer<typeof runOutcome>;

export const RUN_KINDS = [
  'search',
  'candidate',
  'trial',
  'ensemble',
  'refit',
  'ingest',
  'thumbnail',
  'embed',
  'tuning',
  'train',
  'predict',
  'compare',
  'drift',
  'reproduce',
  'register',
  'export',
  'import',
] as const;
export const runKind = z.enum(RUN_KINDS);
export type RunKind = z.infer<typeof runKind>;

export const track = z.enum(['forecast', 'image', 'table', 'data']);
export type Track = z.infer<typeof track>;

/** `YYYYMMDD-HHMMSS-<6hex>`: names the RunContext that a tree and its dataset versions share. */
export const runContextId = z.string().regex(/^\d{8}-\d{6}-[0-9a-f]{6}$/);

export const runFailure = z.strictObject({
  cause: failureCause,
  code: z.string(),
  params: z.record(z.string(), z.unknown()),
  detail: z.string(),
});
export type RunFailure = z.infer<typeof runFailure>;

/** A run as the API gives it. Times are ISO 8601 in UTC; seconds are wall seconds. */
export const run = z.strictObject({
  id: z.int(),
  root_id: z.int(),
  parent_id: z.int().nullable(),
  run_id: runContextId,
  kind: runKind,
  track,
  name: z.string(),
  status: runStatus,
  outcome: runOutcome.nullable(),
  failure: runFailure.nullable(),
  project_id: z.int(),
  experiment_id: z.int().nullable(),
  dataset_id: z.int().nullable(),
  dataset_version: z.int().nullable(),
  dataset_name: z.string().nullable(),
  owner: z.string(),
  tags: z.array(z.string()),
  /** Section -> name -> value, as people read and clone it. */
  parameters: z.record(z.string(), z.record(z.string(), z.unknown())),
  metrics: z.record(z.string(), z.number().nullable()),
  seed: z.int(),
  progress: z.number().min(0).max(1).nullable(),
  budget_seconds: z.number().nullable(),
  /** Seconds of the budget used so far; the clock stands still while paused. */
  active_seconds: z.number(),
  cpu_seconds: z.number(),
  /** 1 = next to start; null when it is not waiting. */
  queue_position: z.int().nullable(),
  /** Verdict code once there is one. */
  verdict: z.string().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
});
export type Run = z.infer<typeof run>;

/** What a person may ask of a run. */
export const runAction = z.enum(['stop', 'cancel', 'pause', 'resume']);
export type RunAction = z.infer<typeof runAction>;

/**
 * An event of a tree, append-only, `seq` per tree without holes: state changes and references
 * only. Whoever has seen `seq` n asks for what is after n and misses nothing.
 */
export const runEvent = z.strictObject({
  root_id: z.int(),
  seq: z.int(),
  run_id: z.int(),
  type: z.enum(['created', 'status', 'progress', 'log', 'partial', 'result', 'artifact', 'decision', 'attempt']),
  payload: z.record(z.string(), z.unknown()),
  created_at: z.string(),
});
export type RunEvent = z.infer<typeof runEvent>;

/** Machine use at one moment; the strips of the run page and the home page. */
export const resourceSnapshot = z.strictObject({
  at: z.string(),
  cpu_percent: z.number(),
  cpu_count: z.int(),
  memory_used_bytes: z.number(),
  memory_available_bytes: z.number(),
  memory_percent: z.number(),
  gpu_percent: z.number().nullable(),
  vram_used_bytes: z.number().nullable(),
  vram_percent: z.number().nullable(),
  disk_read_mb_s: z.number(),
  disk_write_mb_s: z.number(),
  net_sent_mb_s: z.number(),
  net_recv_mb_s: z.number(),
  process_cpu_percent: z.number(),
  process_rss_bytes: z.number(),
  process_threads: z.int(),
});
export type ResourceSnapshot = z.infer<typeof resourceSnapshot>;
