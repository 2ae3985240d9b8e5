/** Runs as a table to take along. */
import type { Run, RunPage } from '@minori/contract';
import { get } from '../../api/client.ts';
import { toCsv } from '../../charts/scale.ts';
import { saveText } from '../../ui/save.ts';

/** More rows than people read; a program asks the API instead. */
const MOST = 10_000;
const METRICS = ['mase', 'smape', 'wql', 'mae', 'rmse'] as const;

/** Everything that matches a filter, newest first. @throws ApiProblem */
export async function allRuns(filter: Record<string, string | number | undefined>): Promise<Run[]> {
  const runs: Run[] = [];
  let cursor: string | null = '';
  while (cursor !== null && runs.length < MOST) {
    const page: RunPage = await get<RunPage>('/api/v1/runs', { ...filter, limit: 100, cursor });
    runs.push(...page.items);
    cursor = page.next;
  }
  return runs;
}

export function saveRuns(runs: readonly Run[]): void {
  const rows = runs.map((run) => [
    run.id,
    run.run_id,
    run.name,
    run.kind,
    run.track,
    run.status,
    run.verdict,
    run.dataset_name,
    run.dataset_version,
    ...METRICS.map((metric) => run.metrics[metric]),
    run.active_seconds,
    run.cpu_seconds,
    run.tags.join(' '),
    run.owner,
    run.created_at,
  ]);
  const head = ['id', 'run_id', 'name', 'kind', 'track', 'status', 'verdict', 'dataset', 'dataset_version', ...METRICS];
  const table = [[...head, 'seconds', 'cpu_seconds', 'tags', 'owner', 'created_at'], ...rows];
  // The mark tells spreadsheet programs that it is UTF-8.
  saveText('runs.csv', `\uFEFF${toCsv(table)}`, 'text/csv');
}
