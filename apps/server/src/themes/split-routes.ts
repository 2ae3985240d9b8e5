/** Splits and versions over HTTP. */
import { createReadStream } from 'node:fs';
import {
  createThemeVersion,
  pageQuery,
  splitAnswer,
  splitRequest,
  splitRunPage,
  themeParam,
  themeVersion,
  themeVersionPage,
  themeVersionParam,
  versionDifference,
  versionDifferenceQuery,
} from '@minori/contract';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { listSplits, splitTheme } from './split-service.ts';
import { differenceOf } from './version-difference.ts';
import { createVersion, findVersion, listVersions, manifestFile } from './versions.ts';
import type { VersionDeps } from './versions.ts';

const tags = ['themes'];

export function splitRoutes(app: App, deps: VersionDeps): void {
  app.post(
    '/api/theme/:theme_id/split/',
    { schema: { tags, params: themeParam, body: splitRequest, response: { 200: splitAnswer } } },
    (request) => splitTheme(deps, scopeOf(request), request.params.theme_id, request.body),
  );
  app.get(
    '/api/v1/themes/:theme_id/splits',
    { schema: { tags, params: themeParam, querystring: pageQuery, response: { 200: splitRunPage } } },
    (request) => listSplits(deps, scopeOf(request), request.params.theme_id, request.query),
  );
  app.get(
    '/api/v1/themes/:theme_id/versions',
    { schema: { tags, params: themeParam, querystring: pageQuery, response: { 200: themeVersionPage } } },
    (request) => listVersions(deps.db, scopeOf(request), request.params.theme_id, request.query),
  );
  app.post(
    '/api/v1/themes/:theme_id/versions',
    {
      schema: {
        tags,
        params: themeParam,
        body: createThemeVersion,
        response: { 200: themeVersion, 201: themeVersion },
      },
    },
    async (request, reply) => {
      const { version, created } = await createVersion(
        deps,
        scopeOf(request),
        request.params.theme_id,
        request.body.note,
      );
      return reply.code(created ? 201 : 200).send(version);
    },
  );
  app.get(
    '/api/v1/themes/:theme_id/versions/:version/difference',
    {
      schema: {
        tags,
        params: themeVersionParam,
        querystring: versionDifferenceQuery,
        response: { 200: versionDifference },
      },
    },
    (request) => {
      const { theme_id: themeId, version } = request.params;
      return differenceOf(deps, scopeOf(request), themeId, version, request.query.to ?? null);
    },
  );
  app.get(
    '/api/v1/themes/:theme_id/versions/:version/manifest',
    { schema: { tags, params: themeVersionParam } },
    async (request, reply) => {
      const { theme_id: themeId, version } = request.params;
      const { sha256 } = await findVersion(deps.db, scopeOf(request), themeId, version);
      const name = `theme-${themeId}-v${version}-${sha256.slice(0, 12)}.jsonl`;
      void reply.header('content-disposition', `attachment; filename="${name}"`);
      return reply.type('application/jsonl').send(createReadStream(manifestFile(deps.home, sha256)));
    },
  );
}
