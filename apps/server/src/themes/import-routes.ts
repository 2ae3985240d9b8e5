/** Imports and exports over HTTP. */
import {
  exportQuery,
  importOutline,
  importParam,
  importState,
  outlineRequest,
  startImport as startImportBody,
  startThemeSample,
  themeParam,
  themeSample,
  themeSampleParam,
} from '@minori/contract';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { exportTheme } from './export.ts';
import { readImport, startImport } from './imports.ts';
import type { ImportDeps } from './imports.ts';
import { outlineImport } from './outline.ts';
import { createSampleTheme } from './samples.ts';

const tags = ['themes'];
/** Names of very many pictures. */
const NAMES_BYTES = 64 * 1024 ** 2;

export function importRoutes(app: App, deps: ImportDeps): void {
  app.post(
    '/api/v1/themes/:theme_id/imports',
    { schema: { tags, params: themeParam, body: startImportBody, response: { 202: importState } } },
    async (request, reply) =>
      reply.code(202).send(await startImport(deps, scopeOf(request), request.params.theme_id, request.body)),
  );
  app.post(
    '/api/v1/themes/:theme_id/imports/outline',
    {
      bodyLimit: NAMES_BYTES,
      schema: { tags, params: themeParam, body: outlineRequest, response: { 200: importOutline } },
    },
    (request) => outlineImport(deps, scopeOf(request), request.params.theme_id, request.body),
  );
  app.post(
    '/api/v1/themes/samples/:id',
    { schema: { tags, params: themeSampleParam, body: startThemeSample, response: { 201: themeSample } } },
    async (request, reply) =>
      reply.code(201).send(await createSampleTheme(deps, scopeOf(request), request.params.id, request.body)),
  );
  app.get(
    '/api/v1/themes/:theme_id/imports/:run_id',
    { schema: { tags, params: importParam, response: { 200: importState } } },
    (request) => readImport(deps, scopeOf(request), request.params),
  );
  app.get(
    '/api/v1/themes/:theme_id/export',
    { schema: { tags, params: themeParam, querystring: exportQuery } },
    async (request, reply) => {
      const { format, images, ...filter } = request.query;
      const made = await exportTheme(deps, scopeOf(request), request.params.theme_id, { format, images, filter });
      void reply.header('content-disposition', `attachment; filename="${made.fileName}"`);
      return reply.type(made.mediaType).send(made.content);
    },
  );
}
