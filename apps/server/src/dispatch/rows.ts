/** A tree of runs as the dispatcher and the drivers read it. */
import type { Database } from '@minori/database';
import type { Selectable } from 'kysely';

export type RunRow = Selectable<Database['training_runs']>;
export type AttemptRow = Selectable<Database['run_attempt']>;

export interface RunTree {
  readonly root: RunRow;
  /** Parents before children, siblings by position. */
  readonly runs: readonly RunRow[];
  get(id: number): RunRow | undefined;
  children(id: number): readonly RunRow[];
}
