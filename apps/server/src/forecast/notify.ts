/** Tells the owner how a search has ended. */
import { jsonb } from '@minori/database';
import type { Tx } from '@minori/database';
import type { RunRow, Settlement } from '../dispatch/index.ts';
import { searchResult } from './documents.ts';

export async function notifyEnd(tx: Tx, run: RunRow, { status, outcome, failure }: Settlement): Promise<void> {
  const verdict = searchResult.safeParse(run.result).data?.verdict?.code ?? null;
  await tx
    .insertInto('notifications')
    .values({
      user_id: run.owner_id,
      project_id: run.project_id,
      run_id: run.id,
      code: `forecast_${status}`,
      params: jsonb({ name: run.name, verdict, outcome, failure: failure?.code ?? null }),
    })
    .execute();
}
