/** A row becomes what the API says of a run. */
import type { Run } from '@minori/contract';
import { runFailure } from '@minori/contract';
import type { RunView } from './store.ts';

export interface PresentContext {
  /** Unix milliseconds. */
  readonly now: number;
  readonly queuePositions: ReadonlyMap<number, number>;
}

export function presentRun(row: RunView, { now, queuePositions }: PresentContext): Run {
  const failure = runFailure.safeParse(row.failure);
  const sinceMs = row.active_since === null ? 0 : Math.max(0, now - row.active_since.getTime());
  return {
    id: row.id,
    root_id: row.root_id,
    parent_id: row.parent_id,
    run_id: row.run_id,
    kind: row.kind,
    track: row.track,
    name: row.name,
    status: row.status,
    outcome: row.outcome,
    failure: failure.success ? failure.data : null,
    project_id: row.project_id,
    experiment_id: row.experiment_id,
    dataset_id: row.dataset_id,
    dataset_version: row.dataset_version,
    dataset_name: row.dataset_name,
    owner: row.owner ?? row.owner_id,
    tags: row.tags,
    parameters: row.parameters ?? {},
    metrics: numbersOf(row.metrics),
    seed: row.seed,
    progress: row.progress,
    budget_seconds: row.budget_seconds,
    active_seconds: row.active_seconds + sinceMs / 1000,
    cpu_seconds: row.cpu_seconds,
    queue_position: row.parent_id === null ? (queuePositions.get(row.id) ?? null) : null,
    verdict: row.verdict,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}

function numbersOf(metrics: Record<string, unknown>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, typeof value === 'number' ? value : null]),
  );
}
