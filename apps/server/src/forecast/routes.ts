/** /api/v1/forecasts and what a forecast run shows beside the general run routes. */
import { text } from 'node:stream/consumers';
import {
  adjustment,
  adjustmentRequest,
  diagnostics,
  forecastArrays,
  forecastModel,
  forecastRace,
  forecastRequest,
  forecastResult,
  forecastSeries,
  importance,
  page,
  plan,
  refreshRequest,
  reproduction,
  run as runSchema,
  runParam,
} from '@minori/contract';
import { CATALOG } from '@minori/planner';
import { z } from 'zod';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { readRace } from './race.ts';
import { adjust, listAdjustments } from './adjustments.ts';
import { readArrays, readDiagnostics } from './evidence.ts';
import type { EvidenceDeps } from './evidence.ts';
import { readImportance } from './importance.ts';
import { withFonts } from './report-fonts.ts';
import { openFile, readForecast, readResult } from './result.ts';
import { refreshForecast } from './refresh.ts';
import { readReproduction, startReproduction } from './reproduce.ts';
import { planFor, startForecast } from './service.ts';

const forecastQuery = z.object({ series: z.string().max(1000).optional(), model: z.string().max(100).optional() });
const importanceQuery = forecastQuery.extend({ measure: z.stringbool().default(true) });
const fileParam = runParam.extend({ name: z.string().min(1).max(100) });
const fileQuery = z.object({ lang: z.enum(['ja', 'en']).optional() });

export interface ForecastRoutesDeps extends EvidenceDeps {
  /** Library -> version in the engine's environment. */
  readonly engineVersions: () => Readonly<Record<string, string>>;
}

export function forecastRoutes(app: App, deps: ForecastRoutesDeps): void {
  app.post(
    '/api/v1/forecasts/plan',
    { schema: { body: forecastRequest, response: { 200: plan } } },
    async (request) => {
      return (await planFor(deps, scopeOf(request), request.body)).plan;
    },
  );

  app.post(
    '/api/v1/forecasts',
    { schema: { body: forecastRequest, response: { 201: runSchema } } },
    async (request, reply) => {
      const run = await startForecast(deps, scopeOf(request), request.body);
      return await reply.status(201).header('location', `/api/v1/runs/${run.id}`).send(run);
    },
  );

  app.get('/api/v1/forecast-models', { schema: { response: { 200: page(forecastModel) } } }, async (request) => {
    scopeOf(request);
    const versions = deps.engineVersions();
    const items = CATALOG.map(({ id, kind, exogenous, library }) => ({
      id,
      kind,
      exogenous: [...exogenous],
      library,
      version: versions[library] ?? null,
    }));
    return { items, next: null };
  });

  app.get(
    '/api/v1/runs/:id/result',
    { schema: { params: runParam, response: { 200: forecastResult } } },
    async (request) => {
      return await readResult(deps, scopeOf(request), request.params.id);
    },
  );

  app.get(
    '/api/v1/runs/:id/race',
    { schema: { params: runParam, response: { 200: forecastRace } } },
    async (request) => await readRace(deps, scopeOf(request), request.params.id),
  );

  app.get(
    '/api/v1/runs/:id/forecast',
    { schema: { params: runParam, querystring: forecastQuery, response: { 200: forecastSeries } } },
    async (request) => await readForecast(deps, scopeOf(request), request.params.id, request.query),
  );

  app.post(
    '/api/v1/runs/:id/refresh',
    { schema: { params: runParam, body: refreshRequest, response: { 201: runSchema } } },
    async (request, reply) => {
      const run = await refreshForecast(deps, scopeOf(request), request.params.id, request.body);
      return await reply.status(201).header('location', `/api/v1/runs/${run.id}`).send(run);
    },
  );

  app.post(
    '/api/v1/runs/:id/reproduce',
    { schema: { params: runParam, response: { 201: runSchema } } },
    async (request, reply) => {
      const run = await startReproduction(deps, scopeOf(request), request.params.id);
      return await reply.status(201).header('location', `/api/v1/runs/${run.id}`).send(run);
    },
  );

  app.get(
    '/api/v1/runs/:id/reproduction',
    { schema: { params: runParam, response: { 200: reproduction } } },
    async (request) => await readReproduction(deps, scopeOf(request), request.params.id),
  );

  app.get(
    '/api/v1/runs/:id/adjustments',
    { schema: { params: runParam, response: { 200: page(adjustment) } } },
    async (request) => ({ items: await listAdjustments(deps, scopeOf(request), request.params.id), next: null }),
  );

  app.post(
    '/api/v1/runs/:id/adjustments',
    { schema: { params: runParam, body: adjustmentRequest, response: { 200: page(adjustment) } } },
    async (request) => {
      const { items } = request.body;
      return { items: await adjust(deps, scopeOf(request), request.params.id, items), next: null };
    },
  );

  app.get(
    '/api/v1/runs/:id/diagnostics',
    { schema: { params: runParam, querystring: forecastQuery, response: { 200: diagnostics } } },
    async (request) => await readDiagnostics(deps, scopeOf(request), request.params.id, request.query),
  );

  app.get(
    '/api/v1/runs/:id/importance',
    { schema: { params: runParam, querystring: importanceQuery, response: { 200: importance.nullable() } } },
    async (request) => await readImportance(deps, scopeOf(request), request.params.id, request.query),
  );

  app.get(
    '/api/v1/runs/:id/arrays',
    { schema: { params: runParam, response: { 200: forecastArrays } } },
    async (request) => await readArrays(deps, scopeOf(request), request.params.id),
  );

  app.get(
    '/api/v1/runs/:id/files/:name',
    { schema: { params: fileParam, querystring: fileQuery } },
    async (request, reply) => {
      const { id, name } = request.params;
      const wanted = name === 'report.html' && request.query.lang === 'ja' ? 'report.ja.html' : name;
      const file = await openFile(deps, scopeOf(request), id, wanted);
      const inline = file.mediaType === 'text/html';
      const report = inline ? Buffer.from(await withFonts(await text(file.stream)), 'utf8') : null;
      return await reply
        .type(inline || file.mediaType === 'text/csv' ? `${file.mediaType}; charset=utf-8` : file.mediaType)
        .header('content-length', report?.byteLength ?? file.bytes)
        .header('etag', `"${file.sha256}"`)
        .header('x-content-type-options', 'nosniff')
        .header(
          'content-disposition',
          `${inline ? 'inline' : 'attachment'}; filename="${wanted.replaceAll(/[^\w.-]/g, '_')}"`,
        )
        // A report must never act in our name, whatever a series is called.
        .header('content-security-policy', "sandbox; default-src 'none'; style-src 'unsafe-inline'; font-src data:")
        .send(report ?? file.stream);
    },
  );
}
