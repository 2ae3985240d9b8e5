/** optimization_history: one row per trial, the durable record of a candidate's study. */
import { jsonb } from '@minori/database';
import type { Tx } from '@minori/database';
import type { RunRow } from '../dispatch/index.ts';
import type { TrialSpec } from './documents.ts';

export async function openTrial(tx: Tx, trial: RunRow, spec: TrialSpec): Promise<void> {
  if (trial.parent_id === null) throw new Error(`trial ${trial.id} has no candidate`);
  await tx
    .insertInto('optimization_history')
    .values({
      run_id: trial.parent_id,
      trial_run_id: trial.id,
      trial_number: spec.number,
      state: 'running',
      params: jsonb(spec.params),
      asked_at: trial.created_at,
    })
    .execute();
}

export async function closeTrial(tx: Tx, trial: RunRow, state: 'failed' | 'pruned'): Promise<void> {
  await tx
    .updateTable('optimization_history')
    .set({ state, told_at: trial.finished_at ?? trial.updated_at })
    .where('trial_run_id', '=', trial.id)
    .where('state', '=', 'running')
    .execute();
}

/** @param value the objective, mean MASE; `intermediate` per origin, oldest first */
export async function tellTrial(
  tx: Tx,
  trial: RunRow,
  told: { value: number | null; intermediate: readonly (number | null)[]; seconds: number },
): Promise<void> {
  await tx
    .updateTable('optimization_history')
    .set({
      state: 'complete',
      value: told.value,
      intermediate: jsonb(told.intermediate),
      seconds: told.seconds,
      told_at: trial.finished_at ?? trial.updated_at,
    })
    .where('trial_run_id', '=', trial.id)
    .execute();
}
