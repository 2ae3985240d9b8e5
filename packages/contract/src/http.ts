/** Bodies and answers of /api/v1 that no other file of the contract owns. */
import { z } from 'zod';
import { themeEvent } from './themes/events.ts';
import { resourceSnapshot, run, runAction, runEvent, runKind, runStatus, track } from './run.ts';

/** Keyset pages, newest first: pass `next` back as `cursor`. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(400).optional(),
});
export const page = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() });

export const idParam = z.object({ id: z.coerce.number().int().positive() });
/** A run is opened by its id or by its run_id. */
export const runParam = z.object({ id: z.string().min(1).max(40) });

// --- set-up and health --------------------------------------------------------------------
export const setupStep = z.strictObject({
  id: z.enum(['database', 'migrations', 'engine', 'host', 'web']),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  fraction: z.number().min(0).max(1).nullable(),
  /** Package or file in hand, technical. */
  detail: z.string().nullable(),
  problem: z.strictObject({ code: z.string(), params: z.record(z.string(), z.unknown()) }).nullable(),
});
/** `GET /api/v1/setup`: open to everybody, so it says nothing else. */
export const setupStatus = z.strictObject({
  ready: z.boolean(),
  /** No administrator has a password yet. */
  needs_admin: z.boolean(),
  steps: z.array(setupStep),
});
export type SetupStatus = z.infer<typeof setupStatus>;
export const health = z.strictObject({ status: z.enum(['ok', 'starting', 'degraded']), version: z.string() });

/** `POST /api/v1/setup/admin`, with the single-use token of the printed link. */
export const setupAdmin = z.strictObject({
  token: z.string().min(1).max(200),
  username: z.string().min(3).max(40),
  password: z.string().min(10).max(200),
});

// --- people -------------------------------------------------------------------------------
export const role = z.enum(['admin', 'editor', 'viewer']);
export type Role = z.infer<typeof role>;
export const project = z.strictObject({ id: z.int(), name: z.string(), role, created_at: z.string() });
export type Project = z.infer<typeof project>;
export const user = z.strictObject({
  id: z.string(),
  username: z.string(),
  role,
  disabled: z.boolean(),
  created_at: z.string(),
});
export type User = z.infer<typeof user>;
/** `GET /api/v1/me`. */
export const me = z.strictObject({
  user,
  projects: z.array(project),
  via: z.enum(['session', 'api_key', 'connection']),
});
export type Me = z.infer<typeof me>;
export const createUser = z.strictObject({
  username: z.string().min(3).max(40),
  role,
  /** Absent: the answer carries a single-use link on which the person sets one. */
  password: z.string().min(10).max(200).optional(),
});
export const createdUser = user.extend({ link: z.string().nullable() });
export const updateUser = z.strictObject({ role: role.optional(), disabled: z.boolean().optional() });
export const passwordLink = z.strictObject({ link: z.string() });
export const apiKey = z.strictObject({
  id: z.string(),
  name: z.string(),
  start: z.string(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;
export const createApiKey = z.strictObject({
  name: z.string().min(1).max(60),
  days: z.int().min(1).max(3650).optional(),
});
export const createdApiKey = apiKey.extend({ key: z.string() });
export const createProject = z.strictObject({ name: z.string().min(1).max(100) });
export const projectMember = z.strictObject({ user_id: z.string(), username: z.string(), role });
export type ProjectMember = z.infer<typeof projectMember>;
export const putProjectMember = z.strictObject({ role });
export const auditEntry = z.strictObject({
  id: z.int(),
  at: z.string(),
  actor: z.string().nullable(),
  action: z.string(),
  target: z.string(),
  details: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof auditEntry>;

// --- runs ---------------------------------------------------------------------------------
export const runsQuery = pageQuery.extend({
  /** `mase<0.8 model:auto_ets tag:x free words`; see docs/guide. */
  q: z.string().max(400).optional(),
  kind: runKind.optional(),
  track: track.optional(),
  status: runStatus.optional(),
  project_id: z.coerce.number().int().optional(),
  /** Only roots unless `all`. */
  scope: z.enum(['roots', 'all']).default('roots'),
});
export const runPage = page(run);
export type RunPage = z.infer<typeof runPage>;
/** `GET /api/v1/runs/:id`: the run, its children, and the cursor from which SSE goes on. */
export const runDetail = z.strictObject({ run, children: z.array(run), seq: z.int() });
export type RunDetail = z.infer<typeof runDetail>;
/** `POST /api/v1/runs/:id/actions`. */
export const runActionRequest = z.strictObject({ action: runAction });
/** `POST /api/v1/runs/:id/clone`: dotted overrides over parameters, `{"Model.horizon": 6}`. */
export const cloneRequest = z.strictObject({
  overrides: z.record(z.string(), z.unknown()).default({}),
  dry_run: z.boolean().default(false),
});
export const cloneAnswer = z.strictObject({
  run: run.nullable(),
  /** What would be started, when `dry_run`. */
  request: z.record(z.string(), z.unknown()),
});
export const logsQuery = pageQuery.extend({
  level: z.enum(['debug', 'info', 'warning', 'error']).optional(),
  q: z.string().max(200).optional(),
});
export const logLine = z.strictObject({
  id: z.int(),
  run_id: z.int(),
  at: z.string(),
  level: z.enum(['debug', 'info', 'warning', 'error']),
  source: z.string(),
  message: z.string(),
});
export type LogLine = z.infer<typeof logLine>;
/** `GET /api/v1/runs/:id/metrics?series=`: min-max thinned to at most 2,000 points. */
export const metricSeries = z.strictObject({
  series: z.string(),
  count: z.int(),
  steps: z.array(z.number()),
  values: z.array(z.number().nullable()),
});
export const runResources = z.strictObject({
  items: z.array(resourceSnapshot),
  summary: z.record(z.string(), z.number().nullable()),
});

/**
 * Server-sent events. `GET /api/v1/runs/:id/events` is one tree's: `id:` is the event's seq, and
 * `Last-Event-ID` (or `?after=`) resumes. `GET /api/v1/events?topics=` is the browser's
 * multiplexed stream: topics `run:<root id>@<seq>`, `theme:<id>@<seq>`, `runs`, `resources`, `setup`; `event:` is the
 * topic's name, `data` one of these.
 */
export const streamMessage = z.discriminatedUnion('topic', [
  z.strictObject({ topic: z.literal('run'), event: runEvent }),
  /** Something in the list changed: fetch again what is shown. */
  z.strictObject({ topic: z.literal('runs'), root_id: z.int(), status: runStatus }),
  z.strictObject({ topic: z.literal('resources'), snapshot: resourceSnapshot }),
  z.strictObject({ topic: z.literal('setup'), setup: setupStatus }),
  z.strictObject({ topic: z.literal('theme'), event: themeEvent }),
]);
export type StreamMessage = z.infer<typeof streamMessage>;

// --- system -------------------------------------------------------------------------------
export const componentState = z.strictObject({
  state: z.enum(['ok', 'starting', 'degraded', 'down']),
  version: z.string().nullable(),
  detail: z.string().nullable(),
});
/** `GET /api/v1/system/status`: the home page's strip and `minori status`. */
export const systemStatus = z.strictObject({
  version: z.string(),
  started_at: z.string(),
  database: componentState,
  engine: componentState,
  queue: z.strictObject({ running: z.int(), waiting: z.int(), slots: z.int() }),
  cpu: z.strictObject({ percent: z.number(), cores: z.int() }),
  memory: z.strictObject({ used_bytes: z.number(), total_bytes: z.number(), percent: z.number() }),
  gpu: z
    .strictObject({ name: z.string(), percent: z.number(), vram_used_bytes: z.number(), vram_total_bytes: z.number() })
    .nullable(),
  disk: z.strictObject({ used_bytes: z.number(), free_bytes: z.number(), total_bytes: z.number() }),
  /** Whether the engine runs as another uid than the server; when not, plug-ins are fully trusted. */
  engine_isolated: z.boolean(),
  versions: z.record(z.string(), z.string()),
});
export type SystemStatus = z.infer<typeof systemStatus>;
export const notification = z.strictObject({
  id: z.int(),
  at: z.string(),
  code: z.string(),
  params: z.record(z.string(), z.unknown()),
  run_id: z.int().nullable(),
  read: z.boolean(),
});

/** MINORI_HOME/connection.json (mode 0600). */
export const connection = z.strictObject({
  url: z.string(),
  token: z.string(),
  databaseUrl: z.string(),
  mlflowUrl: z.string().nullable(),
  pid: z.int(),
});
export type Connection = z.infer<typeof connection>;
