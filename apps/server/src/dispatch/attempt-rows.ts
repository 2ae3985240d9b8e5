/** run_attempt rows as the pure run engine sees them. */
import { join } from 'node:path';
import type { ExitedEvent, FailureCause, RunFailure } from '@minori/contract';
import type { AttemptFacts } from '@minori/run-engine';
import type { PastAttempt } from './driver.ts';
import type { AttemptRow } from './rows.ts';

export function factsOf(row: AttemptRow): AttemptFacts {
  const endedBy = row.ended_by as ExitedEvent['ended_by'] | null;
  return {
    seq: row.spool_seq,
    started: row.pid !== null,
    result: row.result,
    failed: row.failure as RunFailure | null,
    exit:
      endedBy === null
        ? null
        : { exit_code: row.exit_code, signal: row.signal, ended_by: endedBy, max_rss_bytes: row.max_rss_bytes ?? 0 },
  };
}

/** Its process may be alive: no end has been read. */
export const isLive = (attempt: AttemptRow): boolean => attempt.ended_at === null && attempt.ended_by === null;

/** Absolute folder of an attempt: task.json, events.jsonl and every output. */
export const folderOf = (home: string, attemptId: number): string => join(home, 'spool', String(attemptId));

export const pastOf = (home: string, attempts: readonly AttemptRow[]): PastAttempt[] =>
  attempts.map((row) => ({ number: row.number, folder: folderOf(home, row.id), cause: row.cause }));

export const causesOf = (attempts: readonly AttemptRow[]): (FailureCause | null)[] => attempts.map((row) => row.cause);
