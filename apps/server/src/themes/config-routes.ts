/** params.yaml and auguments.yaml over HTTP. */
import {
  checkedThemeConfig,
  checkThemeConfig,
  configDifference,
  configDifferenceQuery,
  pageQuery,
  restoreThemeConfig,
  savedThemeConfig,
  saveThemeConfig,
  themeConfig,
  themeConfigParam,
  themeConfigQuery,
  themeConfigVersions,
  themeParam,
} from '@minori/contract';
import { checkConfig } from '@minori/contract/theme-config';
import type { Db } from '@minori/database';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { findTheme } from './access.ts';
import { differenceOf, listConfigVersions, readConfigFile, restoreConfig, saveConfig } from './config-service.ts';

const tags = ['themes'];

export function configRoutes(app: App, { db }: { db: Db }): void {
  app.post(
    '/api/theme/:theme_id/training/config/save/',
    { schema: { tags, params: themeParam, body: saveThemeConfig, response: { 200: savedThemeConfig } } },
    (request) => saveConfig(db, scopeOf(request), request.params.theme_id, request.body),
  );
  app.get(
    '/api/v1/themes/:theme_id/config/:name',
    { schema: { tags, params: themeConfigParam, querystring: themeConfigQuery, response: { 200: themeConfig } } },
    (request) => readConfigFile(db, scopeOf(request), request.params, request.query.version),
  );
  app.get(
    '/api/v1/themes/:theme_id/config/:name/versions',
    { schema: { tags, params: themeConfigParam, querystring: pageQuery, response: { 200: themeConfigVersions } } },
    (request) => listConfigVersions(db, scopeOf(request), request.params, request.query),
  );
  app.get(
    '/api/v1/themes/:theme_id/config/:name/difference',
    {
      schema: {
        tags,
        params: themeConfigParam,
        querystring: configDifferenceQuery,
        response: { 200: configDifference },
      },
    },
    async (request) => {
      const scope = scopeOf(request);
      const from = await readConfigFile(db, scope, request.params, request.query.from);
      const to = await readConfigFile(db, scope, request.params, request.query.to);
      return { lines: differenceOf(from.text, to.text) };
    },
  );
  app.post(
    '/api/v1/themes/:theme_id/config/:name/restore',
    { schema: { tags, params: themeConfigParam, body: restoreThemeConfig, response: { 200: themeConfig } } },
    (request) => restoreConfig(db, scopeOf(request), request.params, request.body.version),
  );
  app.post(
    '/api/v1/themes/:theme_id/config/:name/check',
    { schema: { tags, params: themeConfigParam, body: checkThemeConfig, response: { 200: checkedThemeConfig } } },
    async (request) => {
      await findTheme(db, scopeOf(request), request.params.theme_id, 'viewer');
      return checkConfig(request.params.name, request.body.text);
    },
  );
}
