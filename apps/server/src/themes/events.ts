/** What happens on a theme: numbered rows, written with the change itself, and a bell for those who look. */
import type { ThemeEvent } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { jsonb, kept } from '@minori/database';
import { sql } from 'kysely';
import { z } from 'zod';

/** Who was away for longer fetches again what is shown. */
const KEPT = 1000;
/** More pictures than this are not named to those who look. */
export const NAMED_IMAGES = 200;
/** More than this are not even remembered. */
const KNOWN_IMAGES = 5000;
const PAGE = 500;

const payload = z.object({
  image_ids: z.array(z.int()).nullable().default(null),
  label_id: z.int().nullable().default(null),
});

export interface NewThemeEvent {
  readonly type: Exclude<ThemeEvent['type'], 'refresh'>;
  readonly userId: string | null;
  /** All pictures for which something has changed. */
  readonly imageIds?: readonly number[] | null;
  readonly labelId?: number | null;
}

/** Appends an event under the theme's row lock, so numbers have no holes. @returns its number */
export async function recordEvent(tx: Tx, themeId: number, event: NewThemeEvent): Promise<number> {
  const ids = event.imageIds ?? null;
  const known = ids !== null && ids.length <= KNOWN_IMAGES ? ids : null;
  const { rows } = await sql<{ seq: number }>`${kept}
    with next as (update theme_info set event_seq = event_seq + 1 where theme_id = ${themeId} returning event_seq),
    gone as (delete from theme_event where theme_id = ${themeId} and seq <= (select event_seq from next) - ${KEPT})
    insert into theme_event (theme_id, seq, type, user_id, payload)
    select ${themeId}, event_seq, ${event.type}, ${event.userId},
      ${jsonb({ image_ids: known, label_id: event.labelId ?? null })} from next
    returning seq`.execute(tx);
  return rows[0]?.seq ?? 0;
}

export async function currentSeq(db: Db | Tx, themeId: number): Promise<number> {
  const row = await db.selectFrom('theme_info').select('event_seq').where('theme_id', '=', themeId).executeTakeFirst();
  return row?.event_seq ?? 0;
}

export interface ThemeFeed {
  /** To be called when a change is committed. */
  changed(themeId: number): void;
  subscribe(themeId: number, listener: () => void): () => void;
  /** As `readEvents` does. */
  read(themeId: number, seq: number): Promise<ThemeEvent[]>;
}

/** Events after `seq`; a `refresh` when some of them are gone. */
export async function readEvents(db: Db, themeId: number, seq: number): Promise<ThemeEvent[]> {
  const rows = await db
    .selectFrom('theme_event as e')
    .leftJoin('user as u', 'u.id', 'e.user_id')
    .select(['e.seq', 'e.type', 'e.payload', 'e.created_at', 'u.username'])
    .where('e.theme_id', '=', themeId)
    .where('e.seq', '>', seq)
    .orderBy('e.seq')
    .limit(PAGE)
    .execute();
  const events = rows.map((row): ThemeEvent => ({
    theme_id: themeId,
    seq: row.seq,
    type: row.type,
    by: row.username,
    ...named(payload.parse(row.payload)),
    at: row.created_at.toISOString(),
  }));
  const [first] = events;
  if (first === undefined || first.seq === seq + 1) return events;
  return [{ ...first, seq: first.seq - 1, type: 'refresh', by: null, image_ids: null, label_id: null }, ...events];
}

const named = ({ image_ids: ids, ...rest }: z.infer<typeof payload>) => ({
  ...rest,
  image_ids: ids !== null && ids.length > NAMED_IMAGES ? null : ids,
});

/** Which pictures have changed after `seq`, by kind of event; null for what nobody remembers. */
export async function readTouched(
  db: Db,
  themeId: number,
  seq: number,
): Promise<{ seq: number; type: ThemeEvent['type']; imageIds: readonly number[] | null }[]> {
  const rows = await db
    .selectFrom('theme_event')
    .select(['seq', 'type', 'payload'])
    .where('theme_id', '=', themeId)
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(PAGE)
    .execute();
  return rows.map(({ payload: said, ...row }) => ({ ...row, imageIds: payload.parse(said).image_ids }));
}

export function createThemeFeed(db: Db): ThemeFeed {
  const listeners = new Map<number, Set<() => void>>();
  return {
    changed(themeId) {
      for (const listener of listeners.get(themeId) ?? []) listener();
    },
    subscribe(themeId, listener) {
      const own = listeners.get(themeId) ?? new Set();
      listeners.set(themeId, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(themeId) === own) listeners.delete(themeId);
      };
    },
    read: (themeId, seq) => readEvents(db, themeId, seq),
  };
}
