/** What a run took of the machine, for `nf_model_runs.resource_summary` and the run page. */
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';

export type ResourceSummary = Record<string, number>;

/**
 * Means and maxima of a tree's snapshots between two moments (a candidate's own time); null when
 * there were none, as for work that took less than one sampling step.
 */
export async function summarizeResources(
  db: Db | Tx,
  rootId: number,
  from: Date | null,
  to: Date | null,
): Promise<ResourceSummary | null> {
  const { rows } = await sql<Record<string, number | null>>`
    select count(*) as samples, avg(cpu_percent) as cpu_percent_mean, max(cpu_percent) as cpu_percent_max,
      max(memory_used_bytes) as memory_used_bytes_max, max(memory_percent) as memory_percent_max,
      avg(gpu_percent) as gpu_percent_mean, max(gpu_percent) as gpu_percent_max, max(vram_used_bytes) as vram_used_bytes_max,
      avg(disk_read_mb_s) as disk_read_mb_s_mean, avg(disk_write_mb_s) as disk_write_mb_s_mean,
      avg(net_sent_mb_s) as net_sent_mb_s_mean, avg(net_recv_mb_s) as net_recv_mb_s_mean,
      avg(process_cpu_percent) as process_cpu_percent_mean, max(process_rss_bytes) as process_rss_bytes_max,
      max(process_threads) as process_threads_max
    from resource_metrics where run_id = ${rootId}
      and at >= coalesce(${from}::timestamptz, '-infinity') and at <= coalesce(${to}::timestamptz, 'infinity')`.execute(
    db,
  );
  const row = rows[0];
  if (!row || row['samples'] === 0) return null;
  return Object.fromEntries(Object.entries(row).filter((entry): entry is [string, number] => entry[1] !== null));
}
