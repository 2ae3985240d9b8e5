/** /api/v1/admin: themes, labels, pictures and models of all projects. */
import { Readable } from 'node:stream';
import { adminAct, adminActed, adminFilter, adminPage, adminQuery, adminTableParam } from '@minori/contract';
import type { AdminFilter, AdminTable } from '@minori/contract';
import type { Db } from '@minori/database';
import { audit } from '../audit/store.ts';
import { csvLine } from '../forecast/csv.ts';
import type { App } from '../http/app-type.ts';
import { requireAdmin, scopeOf } from '../identity/scope.ts';
import type { RegisterDeps } from '../themes/register.ts';
import { act } from './act.ts';
import { everyRow, listTable } from './tables.ts';

const tags = ['admin'];

export function adminRoutes(app: App, deps: RegisterDeps): void {
  app.get(
    '/api/v1/admin/:table',
    { schema: { tags, params: adminTableParam, querystring: adminQuery, response: { 200: adminPage } } },
    (request) => {
      requireAdmin(scopeOf(request));
      return listTable(deps.db, request.params.table, request.query);
    },
  );
  app.get(
    '/api/v1/admin/:table/export',
    { schema: { tags, params: adminTableParam, querystring: adminFilter } },
    async (request, reply) => {
      const scope = scopeOf(request);
      requireAdmin(scope);
      const { table } = request.params;
      await audit(deps.db, scope, {
        action: 'admin.export',
        target: { type: 'table', id: table },
        params: { ...request.query },
      });
      void reply.header('content-disposition', `attachment; filename="${table}.csv"`);
      return reply.type('text/csv; charset=utf-8').send(Readable.from(csvOf(deps.db, table, request.query)));
    },
  );
  app.post(
    '/api/v1/admin/:table/act',
    { schema: { tags, params: adminTableParam, body: adminAct, response: { 200: adminActed } } },
    (request) => {
      const scope = scopeOf(request);
      requireAdmin(scope);
      return act(deps, scope, request.params.table, request.body);
    },
  );
}

const COLUMNS: Readonly<Record<AdminTable, readonly string[]>> = {
  themes: ['id', 'name', 'project', 'owner', 'labels', 'images', 'labeled', 'archived_at', 'created_at'],
  labels: ['id', 'label_name', 'theme_id', 'theme', 'images', 'created_at'],
  images: [
    'id',
    'name',
    'theme_id',
    'theme',
    'label',
    'labeled_by',
    'split',
    'bytes',
    'uploaded_by',
    'deleted_at',
    'created_at',
  ],
  models: ['id', 'theme_id', 'theme', 'mlflow_run_id', 'images', 'created_at'],
};

/** A mark in front tells spreadsheets that it is UTF-8. */
async function* csvOf(db: Db, table: AdminTable, filter: AdminFilter): AsyncGenerator<string> {
  const columns = COLUMNS[table];
  yield `\uFEFF${csvLine(columns)}`;
  for await (const row of everyRow(db, table, filter)) {
    const cells = row as unknown as Readonly<Record<string, string | number | null>>;
    yield csvLine(columns.map((column) => cells[column] ?? null));
  }
}
