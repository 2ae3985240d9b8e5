/**
 * The protocol between the server and whatever computes: one task document in, a stream of
 * events out. A task appends its events to `events.jsonl` in its attempt folder; bulk data
 * travels as files beside it. Python reads the same shapes with msgspec (schema/, golden/).
 */
import { z } from 'zod';

export const PROTOCOL_VERSION = 1;

/**
 * Which host runs a task: a Python zygote or a Node child process. `neural` (networks that forecast) and `vision`
 * (networks that look at pictures) have torch in memory and are there only while they are needed.
 */
export const hostKind = z.enum(['python', 'neural', 'vision', 'node']);
export type HostKind = z.infer<typeof hostKind>;

/** `interactive` never queues behind `batch`: previews, one-row predictions. */
export const slotKind = z.enum(['batch', 'interactive']);
export type SlotKind = z.infer<typeof slotKind>;

/** Why an attempt or a run failed; every ending maps to exactly one of these. */
export const failureCause = z.enum([
  'out_of_memory',
  'time_limit',
  'bad_data',
  'lost_worker',
  'bug',
  'no_disk',
  'unavailable',
]);
export type FailureCause = z.infer<typeof failureCause>;

export const taskLimits = z.strictObject({
  /** Address space for data (RLIMIT_DATA), bytes. */
  memory_bytes: z.int().positive().nullable(),
  /** Threads the task may use in all libraries. */
  threads: z.int().positive(),
  /** Wall seconds from the task's start after which the host ends it; null = none. */
  seconds: z.number().positive().nullable(),
  /** Wall seconds between SIGTERM and SIGKILL, for a checkpoint. */
  grace_seconds: z.number().nonnegative(),
});
export type TaskLimits = z.infer<typeof taskLimits>;

/** What a host is given. `input` belongs to the task's kind; the host never looks inside. */
export const taskDocument = z.strictObject({
  protocol: z.literal(PROTOCOL_VERSION),
  attempt_id: z.int(),
  run_id: z.int(),
  /** `<feature>.<verb>`, for example `forecast.trial` or `ingest.build`. */
  kind: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
  slot: slotKind,
  /** Absolute folder of the attempt: task.json, events.jsonl and every output lie here. */
  folder: z.string(),
  seed: z.int().nonnegative(),
  limits: taskLimits,
  input: z.record(z.string(), z.unknown()),
});
export type TaskDocument = z.infer<typeof taskDocument>;

const eventBase = {
  /** 1, 2, 3, … within the attempt, without holes. */
  seq: z.int().positive(),
  /** Unix time in milliseconds. */
  at: z.number(),
};

export const startedEvent = z.strictObject({
  ...eventBase,
  type: z.literal('started'),
  pid: z.int(),
  /** Kernel start time of the process in clock ticks: pid + this is unique since boot. */
  pid_started: z.string(),
});
export const progressEvent = z.strictObject({
  ...eventBase,
  type: z.literal('progress'),
  /** 0..1, or null when the end is unknown. */
  fraction: z.number().min(0).max(1).nullable(),
  /** A stable word the UI translates, for example `reading`, `backtest`, `forecast`. */
  phase: z.string(),
  done: z.number().optional(),
  total: z.number().optional(),
});
export const logEvent = z.strictObject({
  ...eventBase,
  type: z.literal('log'),
  level: z.enum(['debug', 'info', 'warning', 'error']),
  message: z.string(),
});
/** Points of one telemetry series, packed to keep the spool small. */
export const metricEvent = z.strictObject({
  ...eventBase,
  type: z.literal('metric'),
  series: z.string(),
  steps: z.array(z.number()),
  values: z.array(z.number().nullable()),
});
/** One look at the attempt's own process group. */
export const usageEvent = z.strictObject({
  ...eventBase,
  type: z.literal('usage'),
  cpu_percent: z.number(),
  rss_bytes: z.number(),
  threads: z.int(),
  cpu_seconds: z.number(),
});
export const artifactEvent = z.strictObject({
  ...eventBase,
  type: z.literal('artifact'),
  name: z.string(),
  /** Relative to the attempt folder; never absolute, never `..`. */
  path: z.string(),
  media_type: z.string(),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
});
/** What exists already and may be shown although the task goes on (a first forecast, say). */
export const partialEvent = z.strictObject({
  ...eventBase,
  type: z.literal('partial'),
  value: z.record(z.string(), z.unknown()),
});
export const resultEvent = z.strictObject({
  ...eventBase,
  type: z.literal('result'),
  value: z.record(z.string(), z.unknown()),
});
export const failedEvent = z.strictObject({
  ...eventBase,
  type: z.literal('failed'),
  cause: failureCause,
  /** A stable word for the UI, for example `series_too_short`. */
  code: z.string(),
  params: z.record(z.string(), z.unknown()),
  /** Technical text (a traceback), folded out on demand. */
  detail: z.string(),
});
/** Always the last record, written by the host after it has reaped the process. */
export const exitedEvent = z.strictObject({
  ...eventBase,
  type: z.literal('exited'),
  exit_code: z.int().nullable(),
  signal: z.string().nullable(),
  /** What the host itself did to it, if anything. */
  ended_by: z.enum(['itself', 'time_limit', 'stop', 'lease', 'parent_death']),
  cpu_seconds: z.number(),
  max_rss_bytes: z.number(),
});
export const taskEvent = z.discriminatedUnion('type', [
  startedEvent,
  progressEvent,
  logEvent,
  metricEvent,
  usageEvent,
  artifactEvent,
  partialEvent,
  resultEvent,
  failedEvent,
  exitedEvent,
]);
export type TaskEvent = z.infer<typeof taskEvent>;
export type ExitedEvent = z.infer<typeof exitedEvent>;

/** Server -> Python host, one JSON line each over the host's unix socket. */
export const hostCommand = z.discriminatedUnion('command', [
  /** First on every connection; renews the lease. `library_sets` are imported before the first fork. */
  z.strictObject({
    command: z.literal('hello'),
    protocol: z.literal(PROTOCOL_VERSION),
    lease_seconds: z.number().positive(),
  }),
  z.strictObject({ command: z.literal('lease'), lease_seconds: z.number().positive() }),
  /** Idempotent: an attempt that is known already is answered with its state. */
  z.strictObject({ command: z.literal('submit'), folder: z.string() }),
  z.strictObject({ command: z.literal('stop'), attempt_id: z.int(), grace_seconds: z.number().nonnegative() }),
  z.strictObject({ command: z.literal('list') }),
  /** Ends every task within the grace, then the host. */
  z.strictObject({ command: z.literal('shutdown'), grace_seconds: z.number().nonnegative() }),
]);
export type HostCommand = z.infer<typeof hostCommand>;

export const hostAttempt = z.strictObject({
  attempt_id: z.int(),
  state: z.enum(['running', 'exited']),
  pid: z.int().nullable(),
});
export type HostAttempt = z.infer<typeof hostAttempt>;

/** Python host -> server. `reply` answers the commands in order; the rest comes unasked. */
export const hostMessage = z.discriminatedUnion('message', [
  z.strictObject({
    message: z.literal('reply'),
    command: z.string(),
    ok: z.boolean(),
    error: z.string().nullable(),
    attempts: z.array(hostAttempt).optional(),
  }),
  z.strictObject({
    message: z.literal('ready'),
    protocol: z.literal(PROTOCOL_VERSION),
    host_id: z.string(),
    pid: z.int(),
    pid_started: z.string(),
    /** `fork` = children of the warm process; `spawn` = fresh processes, where forking is unsafe. */
    mode: z.enum(['fork', 'spawn']),
    /** Library name -> version, as imported. */
    versions: z.record(z.string(), z.string()),
    import_seconds: z.number(),
  }),
  /** New records lie in the attempt's spool. */
  z.strictObject({ message: z.literal('wake'), attempt_id: z.int() }),
  z.strictObject({ message: z.literal('exited'), attempt_id: z.int() }),
]);
export type HostMessage = z.infer<typeof hostMessage>;
