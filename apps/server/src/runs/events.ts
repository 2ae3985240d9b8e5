/** Live events over SSE: one tree for programs, one multiplexed stream per browser. */
import type { ResourceSnapshot, RunEvent, SetupStatus, StreamMessage } from '@minori/contract';
import { ProblemError, runParam, runStatus } from '@minori/contract';
import type { Db } from '@minori/database';
import type { SSEMessage } from '@fastify/sse';
import { z } from 'zod';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';
import { createBell, stream } from '../platform/sse.ts';
import type { Streams } from '../platform/streams.ts';
import { withoutDetail } from '../setup/routes.ts';
import { findTheme } from '../themes/access.ts';
import type { ThemeFeed } from '../themes/events.ts';
import { createFollower, followTree } from './follow.ts';
import type { EventSource } from './follow.ts';
import { projectOfRoot, readRun } from './store.ts';

export interface EventRoutesDeps {
  readonly db: Db;
  readonly events: EventSource;
  readonly streams: Streams;
  readonly themeFeed: ThemeFeed;
  readonly setup: { status(): SetupStatus; subscribe(listener: (status: SetupStatus) => void): () => void };
  readonly monitor: { subscribe(listener: (snapshot: ResourceSnapshot) => void): () => void };
}

const MAX_TREES = 50;
const afterQuery = z.object({ after: z.coerce.number().int().min(0).optional() });
const topicsQuery = z.object({ topics: z.string().max(2000).default('runs') });

export function eventRoutes(app: App, deps: EventRoutesDeps): void {
  app.get(
    '/api/v1/runs/:id/events',
    { sse: 'manual', exposeHeadRoute: false, schema: { params: runParam, querystring: afterQuery } },
    async (request, reply) => {
      const scope = scopeOf(request);
      const run = await readRun(deps.db, scope, request.params.id);
      const after = lastSeq(reply.sse.lastEventId) ?? request.query.after ?? 0;
      await stream(reply, deps.streams, scope.userId, async function* (signal): AsyncGenerator<SSEMessage> {
        for await (const event of followTree(deps.events, run.root_id, after, signal))
          yield { id: String(event.seq), event: 'run', data: event };
      });
    },
  );

  app.get(
    '/api/v1/events',
    { sse: 'manual', exposeHeadRoute: false, schema: { querystring: topicsQuery } },
    async (request, reply) => {
      const scope = scopeOf(request);
      const topics = await readTopics(deps.db, scope, request.query.topics, reply.sse.lastEventId);
      await stream(reply, deps.streams, scope.userId, (signal) => multiplex(deps, scope, topics, signal));
    },
  );
}

interface Topics {
  /** Root -> last seq the client has. */
  readonly trees: Map<number, number>;
  /** Theme -> last seq the client has. */
  readonly themes: Map<number, number>;
  readonly runs: boolean;
  readonly resources: boolean;
  readonly setup: boolean;
}

/** @throws ProblemError run_not_found 404, topic_unknown 400 {topic} */
async function readTopics(db: Db, scope: Scope, text: string, lastEventId: string | null): Promise<Topics> {
  const names = text
    .split(',')
    .map((name) => decode(name.trim()))
    .filter(Boolean);
  const resumed = new Map(
    (lastEventId ?? '').split(',').flatMap((part) => {
      const [, key, seq] = /^(t?\d{1,15})@(\d{1,15})$/.exec(part) ?? [];
      return key === undefined ? [] : [[key, Number(seq)] as const];
    }),
  );
  const trees = new Map<number, number>();
  const themes = new Map<number, number>();
  for (const name of names) {
    const [, themeId, themeSeq] = /^theme:(\d{1,15})(?:@(\d{1,15}))?$/.exec(name) ?? [];
    if (themeId !== undefined) {
      const { id } = await findTheme(db, scope, Number(themeId), 'viewer');
      themes.set(id, Math.max(Number(themeSeq ?? 0), resumed.get(`t${id}`) ?? 0));
      continue;
    }
    const [, id, seq] = /^run:(\d{1,15})(?:@(\d{1,15}))?$/.exec(name) ?? [];
    if (id === undefined) {
      if (!['runs', 'resources', 'setup'].includes(name))
        throw new ProblemError('topic_unknown', 400, { topic: name.slice(0, 60) });
      continue;
    }
    const run = await readRun(db, scope, Number(id));
    trees.set(run.root_id, Math.max(Number(seq ?? 0), resumed.get(String(run.root_id)) ?? 0));
  }
  if (trees.size > MAX_TREES) throw new ProblemError('topic_unknown', 400, { topic: 'run' });
  if (themes.size > MAX_TREES) throw new ProblemError('topic_unknown', 400, { topic: 'theme' });
  return {
    trees,
    themes,
    runs: names.includes('runs'),
    resources: names.includes('resources'),
    setup: names.includes('setup'),
  };
}

async function* multiplex(
  deps: EventRoutesDeps,
  scope: Scope,
  topics: Topics,
  signal: AbortSignal,
): AsyncGenerator<SSEMessage> {
  const bell = createBell();
  const followers = [...topics.trees].map(([root, after]) =>
    createFollower(deps.events, root, after, () => bell.ring()),
  );
  const rung = new Set(topics.themes.keys());
  // Only the newest of each is worth sending: a slow client skips the ones between.
  const changed = new Map<number, Extract<StreamMessage, { topic: 'runs' }>>();
  let snapshot: ResourceSnapshot | null = null;
  let setup: SetupStatus | null = topics.setup ? deps.setup.status() : null;

  const noteStatus = (event: RunEvent) => {
    const status = rootStatus(event);
    if (status === null) return;
    changed.set(event.root_id, { topic: 'runs', root_id: event.root_id, status });
    bell.ring();
  };
  const unsubscribe = [
    ...followers.map((follower) => () => follower.close()),
    ...[...topics.themes.keys()].map((id) =>
      deps.themeFeed.subscribe(id, () => {
        rung.add(id);
        bell.ring();
      }),
    ),
    ...(topics.runs ? [deps.events.subscribe(noteStatus)] : []),
    ...(topics.resources ? [deps.monitor.subscribe((next) => ((snapshot = next), bell.ring()))] : []),
    ...(topics.setup ? [deps.setup.subscribe((next) => ((setup = next), bell.ring()))] : []),
  ];
  try {
    while (!signal.aborted) {
      let idle = true;
      for (const follower of followers)
        for (const event of await follower.take()) {
          idle = false;
          topics.trees.set(event.root_id, event.seq);
          yield message({ topic: 'run', event }, cursor(topics));
        }
      for (const id of rung) {
        rung.delete(id);
        const events = await deps.themeFeed.read(id, topics.themes.get(id) ?? 0);
        for (const event of events) {
          idle = false;
          topics.themes.set(id, event.seq);
          yield message({ topic: 'theme', event }, cursor(topics));
        }
        // There may be more than one page of them.
        if (events.length > 0) rung.add(id);
      }
      for (const [root, entry] of changed) {
        changed.delete(root);
        const project = await projectOfRoot(deps.db, root);
        if (project !== null && scope.projects.has(project)) yield message(entry);
      }
      if (snapshot !== null) yield message({ topic: 'resources', snapshot });
      snapshot = null;
      if (setup !== null) yield message({ topic: 'setup', setup: withoutDetail(setup) });
      setup = null;
      if (idle) await bell.wait(signal);
    }
  } finally {
    for (const end of unsubscribe) end();
  }
}

function rootStatus(event: RunEvent) {
  if (event.run_id !== event.root_id) return null;
  if (event.type === 'created') return 'queued' as const;
  const to = event.type === 'status' ? statusPayload.safeParse(event.payload) : undefined;
  return to?.success ? to.data.to : null;
}

const statusPayload = z.object({ to: runStatus });

function message(data: StreamMessage, id?: string): SSEMessage {
  return { event: data.topic, data, ...(id === undefined ? {} : { id }) };
}

/** `7@12,9@3,t4@20`: where the client is in every tree and theme it follows; comes back as Last-Event-ID. */
function cursor({ trees, themes }: Topics): string {
  return [
    ...[...trees].map(([root, seq]) => `${root}@${seq}`),
    ...[...themes].map(([id, seq]) => `t${id}@${seq}`),
  ].join(',');
}

function lastSeq(id: string | null): number | null {
  return id !== null && /^\d{1,15}$/.test(id) ? Number(id) : null;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
