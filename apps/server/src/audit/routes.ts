import { auditEntry, page, pageQuery } from '@minori/contract';
import type { Db } from '@minori/database';
import type { App } from '../http/app-type.ts';
import { requireAdmin, scopeOf } from '../identity/scope.ts';
import { listAudit } from './store.ts';

export function auditRoutes(app: App, { db }: { db: Db }): void {
  app.get('/api/v1/audit', { schema: { querystring: pageQuery, response: { 200: page(auditEntry) } } }, (request) => {
    requireAdmin(scopeOf(request));
    return listAudit(db, request.query);
  });
}
