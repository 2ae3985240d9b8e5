/**
 * How many pictures each queue of a theme holds, asked and still has waiting. Counting all of 100,000 pictures takes most
 * of a second, so what is known of each picture lies in memory, and only those that people have touched since are
 * looked at again: the theme's events name them.
 */
import { THEME_QUEUES } from '@minori/contract';
import type { ThemeEvent, ThemeQueues } from '@minori/contract';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import { DIFFERING } from '../themes/agreement.ts';
import { isDecided, OPEN_PROPOSAL } from '../themes/decisions.ts';
import { currentSeq, readTouched } from '../themes/events.ts';
import { ofEachQueue } from '../themes/waiting.ts';

export interface QueueCounts {
  readonly computedAt: Date | null;
  readonly queues: ThemeQueues['queues'];
  readonly prelabels: number;
  readonly disputed: number;
  readonly newImages: number;
  readonly newLabels: number;
}

/** What a picture counts for: three bits of each queue, and those of the theme behind them. */
const BITS = ['images', 'asked', 'waiting'] as const;
const PROPOSED = 1 << (BITS.length * THEME_QUEUES.length);
const NEW_IMAGE = PROPOSED << 1;
const NEW_LABEL = PROPOSED << 2;
const DISPUTED = PROPOSED << 3;
const COPY = 1 << (BITS.length * THEME_QUEUES.indexOf('duplicates'));
/** What happens to the pictures that an event names, and to no others. */
const BY_PICTURE: ReadonlySet<ThemeEvent['type']> = new Set(['labels', 'images', 'images_deleted']);
/** As the database packs it: id (8 bytes, big-endian) and bits (4). */
const RECORD = 12;
const KEPT_THEMES = 4;

interface Known {
  /** Everything up to this event is counted. */
  seq: number;
  readonly computedAt: Date | null;
  readonly bits: Map<number, number>;
  /** Pictures that have a bit, by its number. */
  readonly totals: number[];
}

export function createQueueCounts(db: Db) {
  /** Latest used last. Who asks while another's answer is made waits for that. */
  const themes = new Map<number, Promise<Known>>();

  async function renew(themeId: number, before: Promise<Known> | undefined): Promise<Known> {
    const known = await before?.catch(() => undefined);
    const seq = await currentSeq(db, themeId);
    if (known?.seq === seq) return known;
    const touched = known === undefined ? null : await touchedSince(themeId, known, seq);
    if (known === undefined || touched === null) return count(themeId, seq);
    apply(known, touched, await readBits(themeId, known.computedAt, touched));
    known.seq = seq;
    return known;
  }

  /** Null: another survey, or more than anybody remembers. */
  async function touchedSince(themeId: number, known: Known, until: number): Promise<number[] | null> {
    const events = await readTouched(db, themeId, known.seq);
    const [first, last] = [events[0], events.at(-1)];
    if (first?.seq !== known.seq + 1 || (last?.seq ?? 0) < until) return null;
    const touched = new Set<number>();
    for (const { type, imageIds } of events) {
      if (type === 'split') continue;
      if (imageIds === null || !BY_PICTURE.has(type)) return null;
      for (const id of imageIds) touched.add(id);
      // Whose last copy is gone has none any more.
      if (type === 'images_deleted') for (const [id, bits] of known.bits) if ((bits & COPY) !== 0) touched.add(id);
    }
    return [...touched];
  }

  async function count(themeId: number, seq: number): Promise<Known> {
    const { rows } = await sql<{ at: Date | null }>`
      select min(s.created_at) as at from image_score s join image i on i.image_id = s.image_id
      where s.theme_id = ${themeId} and s.queue = 'random' and i.deleted_at is null`.execute(db);
    const known: Known = { seq, computedAt: rows[0]?.at ?? null, bits: new Map(), totals: [] };
    apply(known, [], await readBits(themeId, known.computedAt, null));
    return known;
  }

  /** Of these pictures, or of all. */
  async function readBits(themeId: number, computedAt: Date | null, ids: readonly number[] | null) {
    const among = (column: string) => (ids === null ? sql`true` : sql`${sql.ref(column)} = any(${ids}::bigint[])`);
    const place = sql.join(
      THEME_QUEUES.map((name, at) => sql`when ${sql.lit(name)} then ${sql.lit(1 << (BITS.length * at))}`),
      sql` `,
    );
    const { rows } = await sql<{ packed: Buffer | null }>`
      select string_agg(int8send(b.id) || int4send(b.bits), ''::bytea) as packed from (
        select f.id, bit_or(f.bits) as bits from (
          select s.image_id as id, (case s.queue ${place} else 0 end)
            * (1 + 2 * (${ofEachQueue('asked')})::int + 4 * (${ofEachQueue('waiting')})::int) as bits
          from image_score s join train_data t on t.id = s.image_id
          where s.theme_id = ${themeId} and ${among('s.image_id')}
          union all
          select p.image_id, ${sql.lit(PROPOSED)} from image_prelabel p join train_data t on t.id = p.image_id
          where p.theme_id = ${themeId} and ${among('p.image_id')} and ${OPEN_PROPOSAL}
          union all
          select d.id, ${sql.lit(DISPUTED)} from (
            select v.image_id as id from label_vote v where v.theme_id = ${themeId} and ${among('v.image_id')}
            group by v.image_id having ${DIFFERING}) d
          join train_data t on t.id = d.id where not ${isDecided('label', sql`t.id`, sql`t.label_id::text`)}
          union all
          select i.image_id, ${sql.lit(NEW_IMAGE)} from image i
          where i.theme_id = ${themeId} and ${among('i.image_id')} and not exists (
            select from image_score s where s.image_id = i.image_id and s.queue = 'random')
          union all
          select i.image_id, ${sql.lit(NEW_LABEL)} from image i
          where i.theme_id = ${themeId} and ${among('i.image_id')} and i.labeled_at > ${computedAt}::timestamptz
        ) f join image i on i.image_id = f.id where i.deleted_at is null group by f.id) b`.execute(db);
    return rows[0]?.packed ?? Buffer.alloc(0);
  }

  return {
    async read(themeId: number): Promise<QueueCounts> {
      const renewed = renew(themeId, themes.get(themeId));
      themes.delete(themeId);
      themes.set(themeId, renewed);
      for (const oldest of themes.keys()) if (themes.size > KEPT_THEMES) themes.delete(oldest);
      return present(await renewed);
    },
  };
}
export type QueueCounter = ReturnType<typeof createQueueCounts>;

/** `touched` that are not in `packed` count for nothing any more. */
function apply(known: Known, touched: readonly number[], packed: Buffer): void {
  for (const id of touched) put(known, id, 0);
  for (let at = 0; at < packed.length; at += RECORD)
    put(known, Number(packed.readBigInt64BE(at)), packed.readInt32BE(at + 8));
}

function put({ bits, totals }: Known, id: number, now: number): void {
  const before = bits.get(id) ?? 0;
  for (let changed = before ^ now, place = 0; changed !== 0; changed >>>= 1, place++)
    if ((changed & 1) === 1) totals[place] = (totals[place] ?? 0) + ((now >>> place) & 1 ? 1 : -1);
  if (now === 0) bits.delete(id);
  else bits.set(id, now);
}

function present({ computedAt, totals }: Known): QueueCounts {
  const of = (bit: number) => totals[Math.log2(bit)] ?? 0;
  return {
    computedAt,
    queues: THEME_QUEUES.map((name, queue) => {
      const [images, asked, waiting] = BITS.map((_name, at) => totals[BITS.length * queue + at] ?? 0);
      return { name, images: images ?? 0, asked: asked ?? 0, waiting: waiting ?? 0 };
    }),
    prelabels: of(PROPOSED),
    disputed: of(DISPUTED),
    newImages: of(NEW_IMAGE),
    newLabels: of(NEW_LABEL),
  };
}
