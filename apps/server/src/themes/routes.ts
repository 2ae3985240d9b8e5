/** /api/theme/… at the documented paths, and what else themes need under /api/v1/themes. */
import {
  createLabel as createLabelBody,
  createTheme as createThemeBody,
  deleteLabelQuery,
  label as labelSchema,
  labelList,
  labelPlaces,
  labelsQuery,
  putThemeMember,
  themeCheck,
  themeDetail,
  themeLabelParam,
  themeMemberList,
  themeMemberParam,
  themePage,
  themeParam,
  themesQuery,
  themeStatistics,
  updateLabel as updateLabelBody,
  updateTheme as updateThemeBody,
} from '@minori/contract';
import { z } from 'zod';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { findTheme } from './access.ts';
import { checkTheme } from './check.ts';
import { configRoutes } from './config-routes.ts';
import { readStatistics } from './counts.ts';
import { imageRoutes } from './image-routes.ts';
import { createLabel, deleteLabel, findLabels, listLabels, updateLabel } from './labels.ts';
import { importRoutes } from './import-routes.ts';
import type { ImportDeps } from './imports.ts';
import { labelingRoutes } from './labeling-routes.ts';
import { listMembers, putMember, removeMember } from './members.ts';
import { splitRoutes } from './split-routes.ts';
import { createTheme, deleteTheme, listThemes, readTheme, updateTheme } from './store.ts';

export type ThemesDeps = ImportDeps;

const tags = ['themes'];

export function themeRoutes(app: App, deps: ThemesDeps): void {
  const { db } = deps;
  app.get('/api/v1/themes', { schema: { tags, querystring: themesQuery, response: { 200: themePage } } }, (request) =>
    listThemes(db, scopeOf(request), request.query),
  );
  app.post(
    '/api/theme/create/',
    { schema: { tags, body: createThemeBody, response: { 201: themeDetail } } },
    async (request, reply) => reply.code(201).send(await createTheme(deps, scopeOf(request), request.body)),
  );
  app.get(
    '/api/theme/:theme_id/',
    { schema: { tags, params: themeParam, response: { 200: themeDetail } } },
    (request) => readTheme(db, scopeOf(request), request.params.theme_id),
  );
  app.put(
    '/api/theme/:theme_id/',
    { schema: { tags, params: themeParam, body: updateThemeBody, response: { 200: themeDetail } } },
    (request) => updateTheme(deps, scopeOf(request), request.params.theme_id, request.body),
  );
  app.delete(
    '/api/theme/:theme_id/',
    { schema: { tags, params: themeParam, response: { 204: z.null() } } },
    async (request, reply) => {
      await deleteTheme(deps, scopeOf(request), request.params.theme_id);
      return reply.code(204).send(null);
    },
  );
  app.get(
    '/api/theme/:theme_id/statistics/',
    { schema: { tags, params: themeParam, response: { 200: themeStatistics } } },
    async (request) => {
      await findTheme(db, scopeOf(request), request.params.theme_id, 'viewer');
      return readStatistics(db, request.params.theme_id);
    },
  );

  app.get(
    '/api/v1/labels',
    { schema: { tags, querystring: labelsQuery, response: { 200: labelPlaces } } },
    async (request) => ({ items: await findLabels(db, scopeOf(request), request.query), next: null }),
  );
  app.get(
    '/api/theme/:theme_id/labels/',
    { schema: { tags, params: themeParam, response: { 200: labelList } } },
    async (request) => {
      await findTheme(db, scopeOf(request), request.params.theme_id, 'viewer');
      return { items: await listLabels(db, request.params.theme_id), next: null };
    },
  );
  app.post(
    '/api/theme/:theme_id/labels/',
    { schema: { tags, params: themeParam, body: createLabelBody, response: { 201: labelSchema } } },
    async (request, reply) =>
      reply.code(201).send(await createLabel(deps, scopeOf(request), request.params.theme_id, request.body)),
  );
  app.put(
    '/api/theme/:theme_id/labels/:label_id/',
    { schema: { tags, params: themeLabelParam, body: updateLabelBody, response: { 200: labelSchema } } },
    (request) => updateLabel(deps, scopeOf(request), request.params, request.body),
  );
  app.delete(
    '/api/theme/:theme_id/labels/:label_id/',
    { schema: { tags, params: themeLabelParam, querystring: deleteLabelQuery, response: { 204: z.null() } } },
    async (request, reply) => {
      await deleteLabel(deps, scopeOf(request), request.params, request.query.unlabel);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/v1/themes/:theme_id/members',
    { schema: { tags, params: themeParam, response: { 200: themeMemberList } } },
    async (request) => ({ items: await listMembers(db, scopeOf(request), request.params.theme_id), next: null }),
  );
  app.put(
    '/api/v1/themes/:theme_id/members/:user_id',
    { schema: { tags, params: themeMemberParam, body: putThemeMember, response: { 204: z.null() } } },
    async (request, reply) => {
      const { theme_id: themeId, user_id: userId } = request.params;
      await putMember(db, scopeOf(request), themeId, userId, request.body.role);
      return reply.code(204).send(null);
    },
  );
  app.delete(
    '/api/v1/themes/:theme_id/members/:user_id',
    { schema: { tags, params: themeMemberParam, response: { 204: z.null() } } },
    async (request, reply) => {
      await removeMember(db, scopeOf(request), request.params.theme_id, request.params.user_id);
      return reply.code(204).send(null);
    },
  );
  imageRoutes(app, deps);
  labelingRoutes(app, deps);
  splitRoutes(app, deps);
  importRoutes(app, deps);
  configRoutes(app, deps);
  app.get(
    '/api/v1/themes/:theme_id/check',
    { schema: { tags, params: themeParam, response: { 200: themeCheck } } },
    (request) => checkTheme(deps, scopeOf(request), request.params.theme_id),
  );
}
