/** /api/v1/runs: the same for every kind of run; results belong to the features. */
import {
  cloneAnswer,
  cloneRequest,
  logLine,
  logsQuery,
  metricSeries,
  page,
  run as runSchema,
  runActionRequest,
  runDetail,
  runPage,
  runParam,
  runResources,
  runsQuery,
} from '@minori/contract';
import type { RunAction } from '@minori/contract';
import type { Db } from '@minori/database';
import { z } from 'zod';
import { audit } from '../audit/store.ts';
import type { App } from '../http/app-type.ts';
import { requireProject, scopeOf } from '../identity/scope.ts';
import type { Clock } from '../platform/clock.ts';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';
import { prepareClone } from './clone.ts';
import type { Cloner } from './clone.ts';
import { presentRun } from './present.ts';
import { listChildren, listRuns, readRun, requireRun } from './store.ts';
import { readCurves, readLogs, readResources } from './telemetry.ts';

export interface RunControl {
  /** @throws ProblemError action_not_possible 409 {action, status} */
  control(runId: number, action: RunAction, by: { kind: 'person'; id: string }): Promise<unknown>;
  /** Root id -> place in the queue, 1 = next. */
  queuePositions(): ReadonlyMap<number, number>;
}

export interface RunRoutesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly dispatcher: RunControl;
  readonly cloners: readonly Cloner[];
}

const metricsQuery = z.object({
  series: z
    .string()
    .max(2000)
    .optional()
    .transform((text) => (text ? text.split(',').filter(Boolean) : undefined)),
  from: z.coerce.number().optional(),
  to: z.coerce.number().optional(),
});

export function runRoutes(app: App, deps: RunRoutesDeps): void {
  const { db } = deps;
  const context = () => ({ now: deps.clock.now(), queuePositions: deps.dispatcher.queuePositions() });

  app.get('/api/v1/runs', { schema: { querystring: runsQuery, response: { 200: runPage } } }, async (request) => {
    const { cursor, ...query } = request.query;
    const scope = scopeOf(request);
    if (query.project_id !== undefined) requireProject(scope, query.project_id, 'viewer');
    const rows = await listRuns(db, scope, {
      ...query,
      before: cursor === undefined || cursor === '' ? null : decodeIdCursor(cursor),
    });
    const now = context();
    return pageOf(
      rows,
      query.limit,
      (row) => presentRun(row, now),
      (row) => [row.id],
    );
  });

  app.get('/api/v1/runs/:id', { schema: { params: runParam, response: { 200: runDetail } } }, async (request) => {
    const scope = scopeOf(request);
    // One snapshot: whoever follows from `seq` misses nothing that the answer does not show.
    const { run, children, seq } = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (tx) => {
        const found = await readRun(tx, scope, request.params.id);
        const root = found.id === found.root_id ? found : await readRun(tx, scope, found.root_id);
        return { run: found, children: await listChildren(tx, scope, found), seq: root.event_seq };
      });
    const now = context();
    return { run: presentRun(run, now), children: children.map((child) => presentRun(child, now)), seq };
  });

  app.post(
    '/api/v1/runs/:id/actions',
    { schema: { params: runParam, body: runActionRequest, response: { 200: runSchema } } },
    async (request) => {
      const scope = scopeOf(request);
      const { action } = request.body;
      const run = await requireRun(db, scope, request.params.id, 'editor');
      await deps.dispatcher.control(run.id, action, { kind: 'person', id: scope.userId });
      await audit(db, scope, {
        action: `run.${action}`,
        target: { type: 'run', id: run.id },
        projectId: run.project_id,
      });
      return presentRun(await readRun(db, scope, run.id), context());
    },
  );

  app.post(
    '/api/v1/runs/:id/clone',
    { schema: { params: runParam, body: cloneRequest, response: { 200: cloneAnswer, 201: cloneAnswer } } },
    async (request, reply) => {
      const scope = scopeOf(request);
      const run = await requireRun(db, scope, request.params.id, 'editor');
      const cloned = await prepareClone(deps, scope, run, request.body.overrides);
      if (request.body.dry_run) return { run: null, request: cloned.request };
      const id = await cloned.start();
      await audit(db, scope, {
        action: 'run.clone',
        target: { type: 'run', id },
        projectId: run.project_id,
        params: { from: run.id },
      });
      return reply
        .code(201)
        .send({ run: presentRun(await readRun(db, scope, id), context()), request: cloned.request });
    },
  );

  app.get(
    '/api/v1/runs/:id/logs',
    { schema: { params: runParam, querystring: logsQuery, response: { 200: page(logLine) } } },
    async (request) => readLogs(db, await readRun(db, scopeOf(request), request.params.id), request.query),
  );

  app.get(
    '/api/v1/runs/:id/metrics',
    {
      schema: {
        params: runParam,
        querystring: metricsQuery,
        response: { 200: z.strictObject({ items: z.array(metricSeries), next: z.null() }) },
      },
    },
    async (request) => {
      const run = await readRun(db, scopeOf(request), request.params.id);
      return { items: await readCurves(db, run.id, request.query), next: null };
    },
  );

  app.get(
    '/api/v1/runs/:id/resources',
    { schema: { params: runParam, response: { 200: runResources } } },
    async (request) => {
      const run = await readRun(db, scopeOf(request), request.params.id);
      return readResources(db, run.root_id);
    },
  );
}
