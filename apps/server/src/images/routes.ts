/** Queues and previews of a theme, under /api/v1/themes. */
import { previewAnswer, previewRequest, startThemeQueues, themeParam, themeQueues } from '@minori/contract';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { previewImage } from './preview.ts';
import type { PreviewDeps } from './preview.ts';
import { readQueues, startSurvey } from './queues.ts';
import type { QueueDeps } from './queues.ts';

const tags = ['themes'];

export function imageWorkRoutes(app: App, deps: QueueDeps & PreviewDeps): void {
  const { db } = deps;
  app.get(
    '/api/v1/themes/:theme_id/queues',
    { schema: { tags, params: themeParam, response: { 200: themeQueues } } },
    (request) => readQueues(db, scopeOf(request), request.params.theme_id),
  );
  app.post(
    '/api/v1/themes/:theme_id/queues',
    { schema: { tags, params: themeParam, body: startThemeQueues, response: { 202: themeQueues } } },
    async (request, reply) =>
      reply.code(202).send(await startSurvey(deps, scopeOf(request), request.params.theme_id, request.body.seed)),
  );
  app.post(
    '/api/v1/themes/:theme_id/preview',
    { schema: { tags, params: themeParam, body: previewRequest, response: { 200: previewAnswer } } },
    (request) => previewImage(deps, scopeOf(request), request.params.theme_id, request.body),
  );
}
