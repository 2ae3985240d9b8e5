import {
  createExperiment as createBody,
  experiment,
  experimentPage,
  idParam,
  pageQuery,
  track,
  updateExperiment as updateBody,
} from '@minori/contract';
import type { Db } from '@minori/database';
import { z } from 'zod';
import type { App } from '../http/app-type.ts';
import { defaultProject, scopeOf } from '../identity/scope.ts';
import { createExperiment, findExperiment, listExperiments, updateExperiment } from './store.ts';

const listQuery = pageQuery.extend({ project_id: z.coerce.number().int().optional(), track: track.optional() });

export function experimentRoutes(app: App, { db }: { db: Db }): void {
  app.get('/api/v1/experiments', { schema: { querystring: listQuery, response: { 200: experimentPage } } }, (request) =>
    listExperiments(db, scopeOf(request), request.query),
  );

  app.post(
    '/api/v1/experiments',
    { schema: { body: createBody, response: { 201: experiment } } },
    async (request, reply) => {
      const scope = scopeOf(request);
      const { project_id: projectId, ...input } = request.body;
      return reply.code(201).send(await createExperiment(db, scope, projectId ?? defaultProject(scope), input));
    },
  );

  app.get('/api/v1/experiments/:id', { schema: { params: idParam, response: { 200: experiment } } }, (request) =>
    findExperiment(db, scopeOf(request), request.params.id),
  );

  app.patch(
    '/api/v1/experiments/:id',
    { schema: { params: idParam, body: updateBody, response: { 200: experiment } } },
    (request) => updateExperiment(db, scopeOf(request), request.params.id, request.body),
  );
}
