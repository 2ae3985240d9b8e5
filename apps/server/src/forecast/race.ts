/** GET /runs/:id/race: every trial of a search in the order of time, from its durable record. */
import { familyKind, ProblemError } from '@minori/contract';
import type { ForecastRace, RaceTrial } from '@minori/contract';
import type { Scope } from '../identity/scope.ts';
import { readRun } from '../runs/store.ts';
import { candidateSpec } from './documents.ts';
import type { ForecastDeps } from './service.ts';

/** Trials of one family that a picture can still show. */
const MOST_TRIALS = 2000;

/** @throws ProblemError run_not_found 404 | not_a_forecast 409 */
export async function readRace(
  deps: Pick<ForecastDeps, 'db' | 'clock'>,
  scope: Scope,
  idOrRunId: string,
): Promise<ForecastRace> {
  const { db } = deps;
  const seen = await readRun(db, scope, idOrRunId);
  const root = seen.id === seen.root_id ? seen : await readRun(db, scope, seen.root_id);
  if (root.track !== 'forecast' || root.kind !== 'search') throw new ProblemError('not_a_forecast', 409);
  const start = (root.started_at ?? root.created_at).getTime();
  const since = (at: Date): number => Math.max(0, (at.getTime() - start) / 1000);
  const candidates = await db
    .selectFrom('training_runs')
    .select(['id', 'spec'])
    .where('root_id', '=', root.id)
    .where('kind', '=', 'candidate')
    .orderBy('position')
    .orderBy('id')
    .execute();
  const trials = new Map<number, RaceTrial[]>();
  if (candidates.length > 0)
    for (const row of await db
      .selectFrom('optimization_history')
      .select(['run_id', 'trial_run_id', 'trial_number', 'state', 'params', 'value', 'asked_at', 'told_at'])
      .where(
        'run_id',
        'in',
        candidates.map(({ id }) => id),
      )
      .orderBy('run_id')
      .orderBy('trial_number')
      .execute()) {
      const known = trials.get(row.run_id) ?? [];
      known.push({
        number: row.trial_number,
        id: row.trial_run_id,
        state: row.state,
        asked: since(row.asked_at),
        told: row.told_at === null ? null : since(row.told_at),
        value: row.state === 'complete' ? row.value : null,
        params: row.params,
      });
      trials.set(row.run_id, known);
    }
  return {
    run_id: root.id,
    seconds: since(root.finished_at ?? new Date(deps.clock.now())),
    items: candidates.map(({ id, spec }) => {
      const { family, family_kind: kind } = candidateSpec.parse(spec);
      const own = trials.get(id) ?? [];
      return {
        model: family,
        kind: familyKind.parse(kind),
        id,
        count: own.length,
        trials: own.slice(0, MOST_TRIALS),
      };
    }),
  };
}
