/** Who did what: written in the transaction that does it. */
import type { Db, Tx } from '@minori/database';
import { jsonb } from '@minori/database';
import type { z } from 'zod';
import type { auditEntry } from '@minori/contract';
import type { Scope } from '../identity/scope.ts';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';

export interface AuditedAction {
  /** `user.create`, `run.cancel`, … */
  readonly action: string;
  readonly target: { readonly type: string; readonly id: string | number };
  readonly projectId?: number | null;
  readonly params?: Record<string, unknown>;
}

/** `scope` null: the server itself, or somebody on a single-use link. */
export async function audit(db: Db | Tx, scope: Scope | null, entry: AuditedAction): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({
      actor_id: scope?.userId ?? null,
      actor_kind:
        scope === null ? 'system' : scope.via === 'connection' ? 'local' : scope.via === 'api_key' ? 'api_key' : 'user',
      action: entry.action,
      target_type: entry.target.type,
      target_id: String(entry.target.id),
      project_id: entry.projectId ?? null,
      params: jsonb(entry.params ?? {}),
    })
    .execute();
}

export async function listAudit(
  db: Db,
  query: { limit: number; cursor?: string | undefined },
): Promise<{ items: z.infer<typeof auditEntry>[]; next: string | null }> {
  let select = db
    .selectFrom('audit_log as a')
    .leftJoin('user as u', 'u.id', 'a.actor_id')
    .select(['a.id', 'a.at', 'a.actor_id', 'u.username', 'a.action', 'a.target_type', 'a.target_id', 'a.params'])
    .orderBy('a.id', 'desc')
    .limit(query.limit + 1);
  if (query.cursor) select = select.where('a.id', '<', decodeIdCursor(query.cursor));
  return pageOf(
    await select.execute(),
    query.limit,
    (row) => ({
      id: row.id,
      at: row.at.toISOString(),
      actor: row.username ?? row.actor_id,
      action: row.action,
      target: `${row.target_type ?? ''}:${row.target_id ?? ''}`,
      details: row.params,
    }),
    (row) => [row.id],
  );
}
