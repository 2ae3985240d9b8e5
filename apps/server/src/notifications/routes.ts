import { idParam, notification, page, pageQuery } from '@minori/contract';
import type { Db } from '@minori/database';
import { z } from 'zod';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import { listNotifications, markAllRead, markRead } from './store.ts';

export function notificationRoutes(app: App, { db }: { db: Db }): void {
  app.get(
    '/api/v1/notifications',
    { schema: { querystring: pageQuery, response: { 200: page(notification) } } },
    (request) => listNotifications(db, scopeOf(request), request.query),
  );

  app.post(
    '/api/v1/notifications/:id/read',
    { schema: { params: idParam, response: { 204: z.null() } } },
    async (request, reply) => {
      await markRead(db, scopeOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );

  app.post('/api/v1/notifications/read', { schema: { response: { 204: z.null() } } }, async (request, reply) => {
    await markAllRead(db, scopeOf(request));
    return reply.code(204).send(null);
  });
}
