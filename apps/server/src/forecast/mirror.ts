/** nf_model_runs: one row per candidate, changed in the same transaction as the run it mirrors. */
import type { RunStatus } from '@minori/contract';
import { cleanText, jsonb } from '@minori/database';
import type { Tx } from '@minori/database';
import { familyOf, spaceOf } from '@minori/planner';
import { summarizeResources } from '../monitor/summary.ts';
import type { RunRow } from '../dispatch/index.ts';
import type { CandidateResult, CandidateSpec } from './documents.ts';

const STATUS: Readonly<Record<RunStatus, 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED'>> = {
  queued: 'PENDING',
  preparing: 'PENDING',
  paused: 'PENDING',
  running: 'RUNNING',
  pausing: 'RUNNING',
  finishing: 'RUNNING',
  cancelling: 'RUNNING',
  succeeded: 'COMPLETED',
  failed: 'FAILED',
  cancelled: 'FAILED',
};
const LONGEST_LOG = 20_000;

export async function openMirror(tx: Tx, run: RunRow, spec: CandidateSpec): Promise<void> {
  const { id } = await tx
    .insertInto('nf_model_runs')
    .values({
      table_name: spec.table_name,
      loto: spec.loto,
      unique_ids: spec.unique_ids,
      model_name: spec.family,
      backend: familyOf(spec.family)?.library ?? 'minori',
      horizon: spec.horizon,
      loss: null,
      optimization_config: jsonb(spec.optimization),
      search_space: jsonb(spec.search === null ? {} : spaceOf(spec.family)),
      status: STATUS[run.status],
      start_time: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx.insertInto('nf_model_run_link').values({ nf_model_run_id: id, run_id: run.id }).execute();
}

export async function changeMirror(tx: Tx, run: RunRow, result: CandidateResult | null): Promise<void> {
  const link = await tx
    .selectFrom('nf_model_run_link')
    .select('nf_model_run_id')
    .where('run_id', '=', run.id)
    .executeTakeFirst();
  if (!link) return;
  const ended = run.finished_at !== null;
  await tx
    .updateTable('nf_model_runs')
    .set({
      status: STATUS[run.status],
      start_time: run.started_at,
      ...(ended
        ? {
            end_time: run.finished_at,
            duration_seconds: result?.seconds ?? secondsBetween(run.started_at, run.finished_at),
            metrics: jsonb(result?.judged?.metrics ?? run.metrics),
            best_params: result === null ? null : jsonb(result.params),
            resource_summary: jsonb({
              cpu_seconds: run.cpu_seconds,
              ...(await summarizeResources(
                tx,
                run.root_id,
                run.started_at ?? run.created_at,
                run.finished_at ?? run.updated_at,
              )),
            }),
            logs: logOf(run),
          }
        : {}),
    })
    .where('id', '=', link.nf_model_run_id)
    .execute();
}

/** The cause of an end that was no success. */
function logOf(run: RunRow): string | null {
  if (run.status === 'succeeded') return null;
  if (run.status === 'cancelled') return `cancelled: ${run.outcome ?? 'on request'}`;
  const failure = run.failure as { cause?: string; code?: string; detail?: string } | null;
  return cleanText(
    `${failure?.cause ?? 'bug'}: ${failure?.code ?? 'unknown'}\n${failure?.detail ?? ''}`.trim().slice(0, LONGEST_LOG),
  );
}

function secondsBetween(from: Date | null, to: Date | null): number | null {
  return from === null || to === null ? null : (to.getTime() - from.getTime()) / 1000;
}
