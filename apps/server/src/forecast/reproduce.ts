/** POST /runs/:id/reproduce and what came of it. */
import { isFinal, ProblemError, reproduction } from '@minori/contract';
import type { Reproduction, Run } from '@minori/contract';
import { audit } from '../audit/store.ts';
import { requireProject } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';
import { newRunId } from '../platform/run-id.ts';
import { presentRun } from '../runs/present.ts';
import { readRun } from '../runs/store.ts';
import { searchSpec } from './documents.ts';
import type { ForecastDeps } from './service.ts';
import { readSearch } from './sources.ts';

/** @throws ProblemError run_not_found 404 | not_a_forecast 409 | not_finished 409 */
export async function startReproduction(deps: ForecastDeps, scope: Scope, id: string): Promise<Run> {
  const { root, spec, ended } = await readSearch(deps, scope, id);
  requireProject(scope, root.project_id, 'editor');
  if (!isFinal(root.status) || ended === null) throw new ProblemError('not_finished', 409);
  const made = await deps.dispatcher.enqueue({
    kind: 'reproduce',
    track: 'forecast',
    name: root.name,
    spec: { ...spec, replay_of: root.id },
    run_id: newRunId(deps.clock),
    project_id: root.project_id,
    owner_id: scope.userId,
    experiment_id: root.experiment_id,
    dataset_id: root.dataset_id,
    dataset_version: root.dataset_version,
    budget_seconds: null,
    seed: root.seed,
    tags: [`reproduces:${root.run_id}`],
  });
  await audit(deps.db, scope, {
    action: 'forecast.reproduce',
    target: { type: 'run', id: made.id },
    projectId: root.project_id,
    params: { source: root.id },
  });
  const now = { now: deps.clock.now(), queuePositions: deps.dispatcher.queuePositions() };
  return presentRun(await readRun(deps.db, scope, made.id), now);
}

/** @throws ProblemError run_not_found 404 | not_a_reproduction 409 */
export async function readReproduction(deps: ForecastDeps, scope: Scope, id: string): Promise<Reproduction> {
  const seen = await readRun(deps.db, scope, id);
  if (seen.track !== 'forecast' || seen.kind !== 'reproduce') throw new ProblemError('not_a_reproduction', 409);
  const row = await deps.db
    .selectFrom('training_runs')
    .select(['spec', 'result'])
    .where('id', '=', seen.id)
    .executeTakeFirstOrThrow();
  const made = reproduction.safeParse((row.result as Record<string, unknown> | null)?.['reproduction']).data;
  if (made !== undefined) return made;
  const source = await readRun(deps.db, scope, searchSpec.parse(row.spec).replay_of ?? 0);
  return {
    source_id: source.id,
    source_run_id: source.run_id,
    final: isFinal(seen.status),
    answer: null,
    first_difference: null,
    steps: [],
  };
}
