/**
 * Reads a tree's rows again and again at little cost: PostgreSQL's own mark of the transaction that
 * wrote a row (xmin) tells which ones are as they were, and only the others travel.
 */
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import type { RunRow } from './rows.ts';

export interface TreeReader {
  /** All rows of the tree, by id; rows that have not changed are the same objects as before. */
  read(db: Db | Tx, rootId: number): Promise<RunRow[]>;
  forget(rootId: number): void;
}

interface Known {
  readonly mark: string;
  readonly row: RunRow;
}

export function createTreeReader(): TreeReader {
  const trees = new Map<number, ReadonlyMap<number, Known>>();
  return {
    async read(db, rootId) {
      const before = trees.get(rootId);
      for (;;) {
        const marks = await db
          .selectFrom('training_runs')
          .select(['id', sql<string>`xmin::text`.as('mark')])
          .where('root_id', '=', rootId)
          .orderBy('id')
          .execute();
        const changed = marks.filter(({ id, mark }) => before?.get(id)?.mark !== mark);
        const fresh = new Map<number, Known>();
        if (changed.length > 0) {
          const rows = await db
            .selectFrom('training_runs')
            .selectAll()
            .select(sql<string>`xmin::text`.as('mark'))
            .where(
              'id',
              'in',
              changed.map(({ id }) => id),
            )
            .execute();
          for (const { mark, ...row } of rows) fresh.set(row.id, { mark, row });
        }
        // Somebody has written between the two: half of the one and half of the other would be no tree that ever was.
        if (changed.some(({ id, mark }) => fresh.get(id)?.mark !== mark)) continue;
        const now = new Map<number, Known>();
        for (const { id } of marks) {
          const known = fresh.get(id) ?? before?.get(id);
          if (known) now.set(id, known);
        }
        trees.set(rootId, now);
        return [...now.values()].map((known) => known.row);
      }
    },
    forget: (rootId) => void trees.delete(rootId),
  };
}
