/** optimization_history: one row per trial, the durable record of a candidate's study. */
import type { SampledTrial } from '@minori/contract';
import { jsonb } from '@minori/database';
import type { Db, Tx } from '@minori/database';
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
      attributes: jsonb(spec.attributes),
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

export interface Told {
  /** `failed`: there was a forecast, but nothing to judge it by. */
  readonly state: 'complete' | 'pruned' | 'failed';
  /** The objective, mean MASE. */
  readonly value: number | null;
  /** Per origin, oldest first. */
  readonly intermediate: readonly (number | null)[];
  readonly seconds: number;
}

export async function tellTrial(tx: Tx, trial: RunRow, told: Told): Promise<void> {
  await tx
    .updateTable('optimization_history')
    .set({
      state: told.state,
      value: told.value,
      intermediate: jsonb(told.intermediate),
      seconds: told.seconds,
      told_at: trial.finished_at ?? trial.updated_at,
    })
    .where('trial_run_id', '=', trial.id)
    .execute();
}

/** A trial as its study knows it. */
export interface StudyTrial {
  readonly runId: number | null;
  readonly number: number;
  readonly state: 'running' | 'complete' | 'pruned' | 'failed';
  readonly params: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number | null;
  readonly intermediate: readonly (number | null)[];
  readonly seconds: number | null;
}

/** The studies of a tree: candidate's run -> its trials by number. */
export async function readStudies(db: Db, rootId: number): Promise<Map<number, StudyTrial[]>> {
  const rows = await db
    .selectFrom('optimization_history as h')
    .innerJoin('training_runs as c', 'c.id', 'h.run_id')
    .selectAll('h')
    .where('c.root_id', '=', rootId)
    .orderBy('h.run_id')
    .orderBy('h.trial_number')
    .execute();
  const studies = new Map<number, StudyTrial[]>();
  for (const row of rows) {
    const trials = studies.get(row.run_id) ?? [];
    trials.push({
      runId: row.trial_run_id,
      number: row.trial_number,
      state: row.state as StudyTrial['state'],
      params: row.params as Record<string, unknown>,
      attributes: row.attributes as Record<string, unknown>,
      value: row.value,
      intermediate: row.intermediate as (number | null)[],
      seconds: row.seconds,
    });
    studies.set(row.run_id, trials);
  }
  return studies;
}

/** A study as the engine's sampler takes it. */
export function sampledTrials(study: readonly StudyTrial[]): SampledTrial[] {
  return study.map(({ number, state, params, attributes, value, intermediate }) => ({
    number,
    // Optuna knows no completion without a value.
    state: state === 'complete' && value === null ? 'failed' : state,
    params: Object.fromEntries(Object.entries(params).filter(isSetting)),
    value: state === 'running' || state === 'failed' ? null : value,
    intermediate: intermediate.flatMap((error, step): [number, number][] => (error === null ? [] : [[step, error]])),
    attributes: { ...attributes },
  }));
}

function isSetting(entry: [string, unknown]): entry is [string, string | number | boolean] {
  return ['string', 'number', 'boolean'].includes(typeof entry[1]);
}
