/** What a survey found, as rows: embeddings, scores of the queues, proposals, pictures that show the same. */
import { createHash } from 'node:crypto';
import { FINGERPRINT_BYTES, IMAGE_SCORE_COLUMNS } from '@minori/contract';
import type { ImageSurveyResult, ThemeQueueName } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { jsonb } from '@minori/database';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { lockTheme } from '../themes/access.ts';
import { recordEvent } from '../themes/events.ts';

/** Of one piece: a few milliseconds. */
const ROWS_AT_ONCE = 250;
const VECTORS_AT_ONCE = 200;
const SOURCE = 'probe';

export interface FoundEmbeddings {
  readonly model: string;
  readonly ids: readonly number[];
  readonly vectors: Buffer;
  /** Of one vector. */
  readonly bytes: number;
}

/** Safe to repeat. Pictures that are gone meanwhile are left out. */
export async function storeEmbeddings(db: Db, { model, ids, vectors, bytes }: FoundEmbeddings): Promise<void> {
  for (let start = 0; start < ids.length; start += VECTORS_AT_ONCE) {
    const part = ids.slice(start, start + VECTORS_AT_ONCE);
    const rows = part.map((_id, at) => vectors.subarray((start + at) * bytes, (start + at + 1) * bytes));
    await sql`
      insert into image_embedding (image_id, model, vector)
      select n.id, ${model}, n.vector from unnest(${part}::bigint[], ${rows}::bytea[]) as n (id, vector)
      join train_data t on t.id = n.id
      on conflict (image_id, model) do update set vector = excluded.vector, created_at = now()`.execute(db);
  }
}

/** What other weights under the same name have said: nobody will ask for it again. */
export async function forgetEmbeddings(db: Db, themeId: number, model: string): Promise<void> {
  const name = model.slice(0, model.lastIndexOf('@') + 1);
  let gone = ROWS_AT_ONCE;
  while (gone === ROWS_AT_ONCE) {
    const { rows } = await sql`
      delete from image_embedding where (image_id, model) in (
        select e.image_id, e.model from image_embedding e join train_data t on t.id = e.image_id
        where t.theme_id = ${themeId} and e.model <> ${model} and starts_with(e.model, ${name})
        limit ${ROWS_AT_ONCE}) returning 1`.execute(db);
    gone = rows.length;
  }
}

/** Safe to repeat, as embeddings are. */
export async function storeFingerprints(db: Db, ids: readonly number[], bytes: Buffer): Promise<void> {
  for (let start = 0; start < ids.length; start += VECTORS_AT_ONCE) {
    const part = ids.slice(start, start + VECTORS_AT_ONCE);
    const rows = part.map((_id, at) =>
      bytes.subarray((start + at) * FINGERPRINT_BYTES, (start + at + 1) * FINGERPRINT_BYTES),
    );
    await sql`
      insert into image_fingerprint (image_id, bytes)
      select n.id, n.bytes from unnest(${part}::bigint[], ${rows}::bytea[]) as n (id, bytes)
      join train_data t on t.id = n.id
      on conflict (image_id) do update set bytes = excluded.bytes, created_at = now()`.execute(db);
  }
}

export interface Survey {
  readonly themeId: number;
  readonly ownerId: string;
  readonly seed: number;
  readonly asked: {
    readonly image_ids: readonly number[];
    readonly label_ids: readonly number[];
    /** The label that each picture had. */
    readonly given: readonly (number | null)[];
  };
  readonly result: ImageSurveyResult;
  /** (images, IMAGE_SCORE_COLUMNS) */
  readonly scores: Float32Array;
}

interface Score {
  readonly id: number;
  readonly queue: ThemeQueueName;
  readonly score: number;
  readonly details: Record<string, unknown>;
}

/**
 * Replaces the theme's scores, proposals and findings, a few pictures at a time: each piece is one short transaction
 * under the theme's lock, so that people who label meanwhile do not wait. Whatever an earlier survey said and this one
 * does not goes last. Safe to repeat.
 */
export async function storeSurvey(db: Db, survey: Survey): Promise<void> {
  const { themeId } = survey;
  const piece = (write: (tx: Tx) => Promise<void>) =>
    db.transaction().execute(async (tx) => {
      await lockTheme(tx, themeId);
      await write(tx);
    });
  const { rows: clock } = await sql<{ now: Date }>`select now() as now`.execute(db);
  const began = clock[0]?.now ?? new Date();
  for (const rows of chunks(scoresOf(survey), ROWS_AT_ONCE)) await piece((tx) => putScores(tx, themeId, rows));
  for (const rows of chunks(proposalsOf(survey), ROWS_AT_ONCE)) await piece((tx) => putProposals(tx, themeId, rows));
  for (const rows of chunks(pairsOf(survey), ROWS_AT_ONCE)) await piece((tx) => putPairs(tx, themeId, rows));
  for (const { find, remove } of OUTDATED) {
    // Looked for among all rows of the theme, so not while others wait for it.
    const { rows } = await find(themeId, began).execute(db);
    for (const part of chunks(rows, ROWS_AT_ONCE))
      await piece(async (tx) => void (await remove(part, began).execute(tx)));
  }
  await piece(async (tx) => void (await recordEvent(tx, themeId, { type: 'scores', userId: survey.ownerId })));
}

interface Outdated {
  find(themeId: number, began: Date): RawBuilder<object>;
  /** Whatever a person's model has said again meanwhile stays. */
  remove(rows: readonly object[], began: Date): RawBuilder<unknown>;
}
/** What earlier surveys left behind. */
const OUTDATED: readonly Outdated[] = [
  {
    find: (themeId, began) => sql`select image_id, queue from image_score where theme_id = ${themeId}
      and created_at < ${began} and queue in ('random', 'diverse', 'uncertain', 'suspicious', 'duplicates')`,
    remove: (rows, began) => sql`delete from image_score s
      using jsonb_to_recordset(${jsonb(rows)}) as n (image_id bigint, queue text)
      where s.image_id = n.image_id and s.queue = n.queue and s.created_at < ${began}`,
  },
  {
    find: (themeId, began) => sql`select image_id from image_prelabel
      where theme_id = ${themeId} and source = ${SOURCE} and created_at < ${began}`,
    remove: (
      rows,
      began,
    ) => sql`delete from image_prelabel p using jsonb_to_recordset(${jsonb(rows)}) as n (image_id bigint)
      where p.image_id = n.image_id and p.source = ${SOURCE} and p.created_at < ${began}`,
  },
  {
    find: (themeId, began) => sql`select image_a, image_b from near_duplicate
      where theme_id = ${themeId} and kind = 'embedding' and created_at < ${began}`,
    remove: (rows, began) => sql`delete from near_duplicate d
      using jsonb_to_recordset(${jsonb(rows)}) as n (image_a bigint, image_b bigint)
      where d.image_a = n.image_a and d.image_b = n.image_b and d.kind = 'embedding' and d.created_at < ${began}`,
  },
];

function scoresOf({ asked, result, scores, seed }: Survey): Score[] {
  const column = (name: (typeof IMAGE_SCORE_COLUMNS)[number], row: number) =>
    scores[row * IMAGE_SCORE_COLUMNS.length + IMAGE_SCORE_COLUMNS.indexOf(name)] ?? Number.NaN;
  const found: Score[] = [];
  for (const [row, id] of asked.image_ids.entries()) {
    const given = asked.given[row] ?? null;
    found.push({ id, queue: 'random', score: chance(seed, id), details: { given } });
    for (const queue of ['diverse', 'uncertain', 'suspicious'] as const) {
      const score = column(queue, row);
      if (Number.isNaN(score)) continue;
      const label = asked.label_ids[column('predicted', row)];
      const likely = label === undefined ? {} : { label_id: label, confidence: column('confidence', row) };
      found.push({ id, queue, score, details: { given, ...(queue === 'diverse' ? {} : likely) } });
    }
  }
  const best = new Map<number, number>();
  for (const { first, second, agreement } of result.pairs)
    for (const row of [first, second]) best.set(row, Math.max(agreement, best.get(row) ?? 0));
  for (const [group, members] of result.groups.entries()) {
    const ids = members.flatMap((row) => asked.image_ids[row] ?? []);
    // The same members are the same group in the next survey, too; one more makes it another.
    const key = createHash('sha256')
      .update(ids.toSorted((a, b) => a - b).join(','))
      .digest('hex')
      .slice(0, 16);
    for (const row of members) {
      const id = asked.image_ids[row];
      // Members of a group follow each other; larger groups come first.
      if (id !== undefined)
        found.push({
          id,
          queue: 'duplicates',
          score: members.length + 1 / (group + 2),
          details: { key, agreement: best.get(row) ?? 0 },
        });
    }
  }
  return found;
}

/** 0..1, the same for the same seed and picture on every machine. */
function chance(seed: number, id: number): number {
  return createHash('sha256').update(`${seed}:${id}`).digest().readUInt32BE(0) / 2 ** 32;
}

function proposalsOf({ asked, scores }: Survey) {
  const width = IMAGE_SCORE_COLUMNS.length;
  return asked.image_ids.flatMap((id, row) => {
    const [, , , predicted, confidence] = scores.subarray(row * width, (row + 1) * width);
    const label = asked.label_ids[predicted ?? Number.NaN];
    return label === undefined || confidence === undefined ? [] : [{ id, label, confidence: Math.min(1, confidence) }];
  });
}

function pairsOf({ asked, result }: Survey) {
  return result.pairs.flatMap(({ first, second, agreement }) => {
    const [a, b] = [asked.image_ids[first], asked.image_ids[second]];
    return a === undefined || b === undefined
      ? []
      : [{ a: Math.min(a, b), b: Math.max(a, b), distance: 1 - agreement }];
  });
}

async function putScores(tx: Tx, themeId: number, rows: readonly Score[]): Promise<void> {
  await sql`
    insert into image_score (image_id, queue, theme_id, score, details)
    select n.id, n.queue, ${themeId}, n.score, n.details
    from jsonb_to_recordset(${jsonb(rows)}) as n (id bigint, queue text, score float8, details jsonb)
    join train_data t on t.id = n.id and t.theme_id = ${themeId}
    on conflict (image_id, queue) do update
      set score = excluded.score, details = excluded.details, created_at = excluded.created_at`.execute(tx);
}

/** Only pictures without a label need a proposal, and one of a person's model stays. */
async function putProposals(
  tx: Tx,
  themeId: number,
  rows: readonly { id: number; label: number; confidence: number }[],
): Promise<void> {
  await sql`
    insert into image_prelabel (image_id, theme_id, label_id, confidence, source)
    select n.id, ${themeId}, n.label, n.confidence, ${SOURCE}
    from jsonb_to_recordset(${jsonb(rows)}) as n (id bigint, label bigint, confidence float8)
    join train_data t on t.id = n.id and t.theme_id = ${themeId} and t.label_id is null
    join label l on l.id = n.label and l.theme_id = ${themeId}
    on conflict (image_id) do update
      set label_id = excluded.label_id, confidence = excluded.confidence, created_at = excluded.created_at
      where image_prelabel.source = excluded.source`.execute(tx);
}

async function putPairs(
  tx: Tx,
  themeId: number,
  rows: readonly { a: number; b: number; distance: number }[],
): Promise<void> {
  await sql`
    insert into near_duplicate (image_a, image_b, theme_id, distance, kind)
    select n.a, n.b, ${themeId}, n.distance, 'embedding'
    from jsonb_to_recordset(${jsonb(rows)}) as n (a bigint, b bigint, distance float8)
    join train_data x on x.id = n.a and x.theme_id = ${themeId}
    join train_data y on y.id = n.b and y.theme_id = ${themeId}
    on conflict (image_a, image_b, kind) do update
      set distance = excluded.distance, created_at = excluded.created_at`.execute(tx);
}

function* chunks<T>(rows: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}
