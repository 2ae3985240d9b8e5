/** What a person should hear of when they come back. */
import { ProblemError } from '@minori/contract';
import type { notification } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { jsonb } from '@minori/database';
import type { z } from 'zod';
import type { Driver } from '../dispatch/index.ts';
import type { Scope } from '../identity/scope.ts';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';

type Notification = z.infer<typeof notification>;

export async function notify(
  tx: Db | Tx,
  entry: {
    userId: string;
    projectId: number | null;
    runId: number | null;
    code: string;
    params: Record<string, unknown>;
  },
): Promise<void> {
  await tx
    .insertInto('notifications')
    .values({
      user_id: entry.userId,
      project_id: entry.projectId,
      run_id: entry.runId,
      code: entry.code,
      params: jsonb(entry.params),
    })
    .execute();
}

/** The driver's, and a notification to the owner in the transaction that ends a root run. */
export function withNotification(driver: Driver): Driver {
  return {
    ...driver,
    async settled(run, settlement, tx) {
      await driver.settled?.(run, settlement, tx);
      // Whoever adds data waits for it and needs no message.
      if (run.parent_id !== null || run.kind === 'ingest') return;
      await notify(tx, {
        userId: run.owner_id,
        projectId: run.project_id,
        runId: run.id,
        code: `run_${settlement.status}`,
        params: {
          name: run.name,
          kind: run.kind,
          track: run.track,
          outcome: settlement.outcome,
          cause: settlement.failure?.cause ?? null,
        },
      });
    },
  };
}

export async function listNotifications(
  db: Db,
  scope: Scope,
  query: { limit: number; cursor?: string | undefined },
): Promise<{ items: Notification[]; next: string | null }> {
  let select = db
    .selectFrom('notifications')
    .selectAll()
    .where('user_id', '=', scope.userId)
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
  if (query.cursor) select = select.where('id', '<', decodeIdCursor(query.cursor));
  return pageOf(
    await select.execute(),
    query.limit,
    (row) => ({
      id: row.id,
      at: row.created_at.toISOString(),
      code: row.code,
      params: row.params,
      run_id: row.run_id,
      read: row.read_at !== null,
    }),
    (row) => [row.id],
  );
}

/** @throws ProblemError notification_not_found 404 */
export async function markRead(db: Db, scope: Scope, id: number): Promise<void> {
  const row = await db
    .updateTable('notifications')
    .set({ read_at: new Date() })
    .where('id', '=', id)
    .where('user_id', '=', scope.userId)
    .returning('id')
    .executeTakeFirst();
  if (!row) throw new ProblemError('notification_not_found', 404);
}

export async function markAllRead(db: Db, scope: Scope): Promise<void> {
  await db
    .updateTable('notifications')
    .set({ read_at: new Date() })
    .where('user_id', '=', scope.userId)
    .where('read_at', 'is', null)
    .execute();
}
