/** Facts about this installation that outlive a start: since when it is, and which version wrote it last. */
import { randomUUID } from 'node:crypto';
import { jsonb } from '@minori/database';
import type { Db } from '@minori/database';
import { z } from 'zod';
import { audit } from '../audit/store.ts';

const KEY = 'instance';
const instance = z.object({ id: z.string(), created_at: z.string(), version: z.string() });
export type Instance = z.infer<typeof instance>;

/** Notes a new version in the audit log. */
export async function recordInstance(db: Db, version: string, now: Date): Promise<Instance> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('system_config')
      .select('value')
      .where('key', '=', KEY)
      .forUpdate()
      .executeTakeFirst();
    const before = row === undefined ? null : instance.parse(row.value);
    if (before?.version === version) return before;
    const current: Instance = {
      id: before?.id ?? randomUUID(),
      created_at: before?.created_at ?? now.toISOString(),
      version,
    };
    await tx
      .insertInto('system_config')
      .values({ key: KEY, value: jsonb(current) })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: jsonb(current), updated_at: now }))
      .execute();
    await audit(tx, null, {
      action: before === null ? 'instance.create' : 'instance.upgrade',
      target: { type: 'instance', id: current.id },
      params: { from: before?.version ?? null, to: version },
    });
    return current;
  });
}
