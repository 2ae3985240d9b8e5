/** Queues and previews of a theme, under /api/v1/themes; contact sheets of any pictures. */
import {
  imageTools,
  previewAnswer,
  previewRequest,
  putThemeEncoder,
  startThemeQueues,
  themeEncoder,
  themeParam,
  themeQueues,
  visualizeAnswer,
  visualizeRequest,
} from '@minori/contract';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { chooseEncoder, readEncoder } from './encoders.ts';
import type { EncoderDeps } from './encoders.ts';
import { previewImage } from './preview.ts';
import type { PreviewDeps } from './preview.ts';
import { createQueueCounts } from './queue-counts.ts';
import { readQueues, startSurvey } from './queues.ts';
import type { QueueDeps } from './queues.ts';
import { readTools, visualize } from './visualize.ts';

const tags = ['themes'];
/** 64 pictures, base64. */
const SHEETS_BYTES = 128 * 1024 ** 2;

export function imageWorkRoutes(app: App, given: Omit<QueueDeps, 'counts'> & PreviewDeps & EncoderDeps): void {
  const deps = { ...given, counts: createQueueCounts(given.db) };
  app.get(
    '/api/v1/themes/:theme_id/queues',
    { schema: { tags, params: themeParam, response: { 200: themeQueues } } },
    (request) => readQueues(deps, scopeOf(request), request.params.theme_id),
  );
  app.post(
    '/api/v1/themes/:theme_id/queues',
    { schema: { tags, params: themeParam, body: startThemeQueues, response: { 202: themeQueues } } },
    async (request, reply) =>
      reply.code(202).send(await startSurvey(deps, scopeOf(request), request.params.theme_id, request.body.seed)),
  );
  app.get(
    '/api/v1/themes/:theme_id/encoder',
    { schema: { tags, params: themeParam, response: { 200: themeEncoder } } },
    (request) => readEncoder(deps, scopeOf(request), request.params.theme_id),
  );
  app.put(
    '/api/v1/themes/:theme_id/encoder',
    { schema: { tags, params: themeParam, body: putThemeEncoder, response: { 200: themeEncoder } } },
    (request) => chooseEncoder(deps, scopeOf(request), request.params.theme_id, request.body.name),
  );
  app.post(
    '/api/v1/themes/:theme_id/preview',
    { schema: { tags, params: themeParam, body: previewRequest, response: { 200: previewAnswer } } },
    (request) => previewImage(deps, scopeOf(request), request.params.theme_id, request.body),
  );
  app.get('/api/v1/image-tools', { schema: { tags, response: { 200: imageTools } } }, () => readTools(deps));
  app.post(
    '/api/v1/visualizations',
    { bodyLimit: SHEETS_BYTES, schema: { tags, body: visualizeRequest, response: { 200: visualizeAnswer } } },
    (request) => visualize(deps, scopeOf(request), request.body),
  );
}
