/** run_results: a candidate's errors over all, per window, per step and for its worst series. */
import { jsonText } from '@minori/database';
import type { Tx } from '@minori/database';
import type { Metrics } from '@minori/judge';
import { sql } from 'kysely';
import type { JudgedTrial } from './judge-protocol.ts';

/** Metric name -> value, as `training_runs.metrics` and the leaderboard have them. */
export function metricsOf({
  mase,
  smape,
  mae,
  rmse,
  wql,
  sql: scaled,
  coverage,
}: Metrics): Record<string, number | null> {
  return {
    mase,
    smape,
    mae,
    rmse,
    wql,
    sql: scaled,
    ...Object.fromEntries(Object.entries(coverage).map(([level, share]) => [`coverage_${level}`, share])),
  };
}

/** Those of a candidate's best trial stand there; a better one's take their place. */
export async function replaceScores(tx: Tx, runId: number, judged: JudgedTrial): Promise<void> {
  await tx.deleteFrom('run_results').where('run_id', '=', runId).execute();
  const rows = [
    ...rowsOf('all', '', judged.all),
    ...judged.byOrigin.flatMap((metrics, index) => rowsOf('window', String(index), metrics)),
    ...judged.byStep.flatMap((metrics, index) => rowsOf('step', String(index + 1), metrics)),
    ...judged.worstSeries.flatMap(({ unique_id: id, metrics }) => rowsOf('series', id, metrics)),
  ];
  await sql`
    insert into run_results (run_id, group_kind, group_key, metric, value, count)
    select ${runId}::bigint, r.group_kind, r.group_key, r.metric, r.value, r.count
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as r(group_kind text, group_key text, metric text, value float8, count bigint)
    on conflict do nothing`.execute(tx);
}

function rowsOf(kind: 'all' | 'window' | 'step' | 'series', key: string, metrics: Metrics) {
  if (metrics.count === 0) return [];
  return Object.entries(metricsOf(metrics)).map(([metric, value]) => ({
    group_kind: kind,
    group_key: key,
    metric,
    value,
    count: metrics.count,
  }));
}
