/** Labeling over HTTP. */
import {
  acceptPrelabels as acceptBody,
  agreement,
  decideImages as decideBody,
  labelHistoryPage,
  labelHistoryQuery,
  labelUndone,
  labelUpdate,
  labelUpdated,
  labelUpdates,
  labelsUpdated,
  themeParam,
} from '@minori/contract';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { readAgreement } from './agreement.ts';
import { listHistory } from './history.ts';
import { acceptPrelabels, decideImages, moveLast, updateLabels, updateLabelsInOrder } from './labeling.ts';
import type { LabelingDeps } from './labeling.ts';

const tags = ['themes'];

export function labelingRoutes(app: App, deps: LabelingDeps): void {
  app.post(
    '/api/theme/:theme_id/label/update/',
    { schema: { tags, params: themeParam, body: labelUpdate, response: { 200: labelUpdated } } },
    (request) => updateLabels(deps, scopeOf(request), request.params.theme_id, request.body),
  );
  app.post(
    '/api/v1/themes/:theme_id/label-updates',
    { schema: { tags, params: themeParam, body: labelUpdates, response: { 200: labelsUpdated } } },
    async (request) => {
      const { theme_id: id } = request.params;
      return { answers: await updateLabelsInOrder(deps, scopeOf(request), id, request.body.acts) };
    },
  );
  app.post(
    '/api/v1/themes/:theme_id/undo',
    { schema: { tags, params: themeParam, response: { 200: labelUndone } } },
    (request) => moveLast(deps, scopeOf(request), request.params.theme_id, 'undo'),
  );
  app.post(
    '/api/v1/themes/:theme_id/redo',
    { schema: { tags, params: themeParam, response: { 200: labelUndone } } },
    (request) => moveLast(deps, scopeOf(request), request.params.theme_id, 'redo'),
  );
  app.post(
    '/api/v1/themes/:theme_id/prelabels/accept',
    { schema: { tags, params: themeParam, body: acceptBody, response: { 200: labelUpdated } } },
    (request) => acceptPrelabels(deps, scopeOf(request), request.params.theme_id, request.body),
  );
  app.post(
    '/api/v1/themes/:theme_id/decisions',
    { schema: { tags, params: themeParam, body: decideBody, response: { 200: labelUpdated } } },
    (request) => decideImages(deps, scopeOf(request), request.params.theme_id, request.body),
  );
  app.get(
    '/api/v1/themes/:theme_id/history',
    { schema: { tags, params: themeParam, querystring: labelHistoryQuery, response: { 200: labelHistoryPage } } },
    (request) => listHistory(deps.db, scopeOf(request), request.params.theme_id, request.query),
  );
  app.get(
    '/api/v1/themes/:theme_id/agreement',
    { schema: { tags, params: themeParam, response: { 200: agreement } } },
    (request) => readAgreement(deps.db, scopeOf(request), request.params.theme_id),
  );
}
