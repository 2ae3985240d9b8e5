/** Cursors of keyset pages: opaque to clients, checked when they come back. */
import { ProblemError } from '@minori/contract';

export function encodeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** @throws ProblemError cursor_invalid 400 */
export function decodeCursor(cursor: string, length: number): (string | number)[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(values) &&
      values.length === length &&
      values.every((value) => typeof value === 'string' || Number.isSafeInteger(value))
    )
      return values as (string | number)[];
  } catch {
    // Falls through to the same answer.
  }
  throw new ProblemError('cursor_invalid', 400);
}

/** A cursor that is one id. */
export function decodeIdCursor(cursor: string): number {
  const [id] = decodeCursor(cursor, 1);
  if (typeof id !== 'number') throw new ProblemError('cursor_invalid', 400);
  return id;
}

/** Cuts a list that was read with one row too many. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  cursorOf: (row: Row) => readonly (string | number)[],
): { items: Item[]; next: string | null } {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.map(present),
    next: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null,
  };
}
