/** Files that were looked at become pictures of a theme: placed on the disk first, then named in rows. */
import type { RejectedFile } from '@minori/contract';
import type { Annotation, ImageFacts } from '@minori/images';
import { cleanText, jsonb } from '@minori/database';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import { displayName } from '../platform/files.ts';
import type { Home } from '../platform/home.ts';
import { lockTheme } from './access.ts';
import { recordEvent } from './events.ts';
import type { ThemeFeed } from './events.ts';
import { imagePath, placeFiles } from './files.ts';
import { relabel } from './labeling-write.ts';
import { ensureLabels } from './labels.ts';
import type { NearIndex } from './near.ts';

export interface RegisterDeps {
  readonly db: Db;
  readonly home: Home;
  readonly themeFeed: ThemeFeed;
  readonly nearIndex: NearIndex;
}

export interface Arrival {
  readonly name: string;
  readonly path: string;
  /** Of the attempt, where reduced pictures lie. */
  readonly folder: string;
  readonly facts: ImageFacts;
  readonly annotation: Annotation;
}

export interface RegisterAs {
  readonly themeId: number;
  readonly userId: string;
  readonly username: string;
  /** A label nobody has made yet is made, or the picture is refused. */
  readonly makeLabels: boolean;
}

export interface Registered {
  readonly created: number[];
  readonly skipped: number;
  readonly labeled: number;
  readonly rejected: RejectedFile[];
}

/** Files of so many pictures are placed in one go, so that each folder is brought to the disk once for all of them. */
const PLACED_AT_ONCE = 1000;
/** Each part is one transaction: the theme is free for others between them. */
const PART = 200;

/** Equal content is one picture, so sending again is safe. What was acknowledged is on the disk. */
export async function registerImages(
  deps: RegisterDeps,
  as: RegisterAs,
  arrivals: readonly Arrival[],
): Promise<Registered> {
  const total: Registered = { created: [], skipped: 0, labeled: 0, rejected: [] };
  let [skipped, labeled] = [0, 0];
  for (let at = 0; at < arrivals.length; at += PART) {
    if (at % PLACED_AT_ONCE === 0) await placeFiles(deps.home, as.themeId, arrivals.slice(at, at + PLACED_AT_ONCE));
    const part = await registerPart(deps, as, arrivals.slice(at, at + PART));
    total.created.push(...part.created);
    total.rejected.push(...part.rejected);
    skipped += part.skipped;
    labeled += part.labeled;
  }
  return { ...total, skipped, labeled };
}

async function registerPart(deps: RegisterDeps, as: RegisterAs, arrivals: readonly Arrival[]): Promise<Registered> {
  try {
    const result = await deps.db.transaction().execute((tx) => write(deps, tx, as, arrivals));
    deps.themeFeed.changed(as.themeId);
    return result;
  } catch (error) {
    deps.nearIndex.forget(as.themeId);
    throw error;
  }
}

async function write(deps: RegisterDeps, tx: Tx, as: RegisterAs, arrivals: readonly Arrival[]): Promise<Registered> {
  const { themeId } = as;
  await lockTheme(tx, themeId);
  const labels = await labelIds(tx, as, arrivals);
  const unknown = arrivals.filter(({ annotation }) => annotation.label !== null && !labels.has(annotation.label));
  const taken = uniqueByContent(arrivals.filter((arrival) => !unknown.includes(arrival)));
  const there = await idsOf(tx, themeId, taken);
  const fresh = taken.filter(({ facts }) => !there.has(facts.sha256));
  const revived = await revive(tx, themeId, taken);
  const made = await insert(tx, as, fresh);
  const ids = new Map([...there, ...made]);
  const created = fresh.flatMap(({ facts }) => made.get(facts.sha256) ?? []);
  if (created.length > 0) await linkDuplicates(deps, tx, themeId, fresh, made);

  const labeled: number[] = [];
  for (const [labelId, annotator, images] of labelGroups(as, taken, labels, ids)) {
    const unlabeled = await tx
      .selectFrom('train_data')
      .select('id')
      .where('id', 'in', images)
      .where('label_id', 'is', null)
      .execute();
    if (unlabeled.length === 0) continue;
    const act = { themeId, userId: as.userId, annotator, imageIds: unlabeled.map(({ id }) => id), labelId };
    labeled.push(...(await relabel(tx, { ...act, source: 'import' })).changed);
  }
  const touched = [...new Set([...created, ...revived, ...labeled])];
  if (touched.length > 0) await recordEvent(tx, themeId, { type: 'images', userId: as.userId, imageIds: touched });
  return {
    created,
    skipped: arrivals.length - unknown.length - fresh.length - revived.length,
    labeled: labeled.length,
    rejected: unknown.map(({ name }) => ({ name: cleanText(name), reason: 'label_unknown' })),
  };
}

/** Ids of the labels that are named; those that are missing are made where this person may. */
export async function labelIds(
  tx: Tx,
  as: RegisterAs,
  arrivals: readonly Pick<Arrival, 'annotation'>[],
): Promise<Map<string, number>> {
  const names = arrivals.flatMap(({ annotation }) => annotation.label ?? []);
  if (as.makeLabels) return ensureLabels(tx, as.themeId, names);
  if (names.length === 0) return new Map();
  const rows = await tx
    .selectFrom('label')
    .select(['id', 'label_name'])
    .where('theme_id', '=', as.themeId)
    .where('label_name', 'in', names)
    .execute();
  return new Map(rows.map(({ id, label_name: name }) => [name, id]));
}

function uniqueByContent(arrivals: readonly Arrival[]): Arrival[] {
  return [...new Map(arrivals.toReversed().map((arrival) => [arrival.facts.sha256, arrival])).values()].toReversed();
}

async function idsOf(tx: Tx, themeId: number, arrivals: readonly Arrival[]): Promise<Map<string, number>> {
  if (arrivals.length === 0) return new Map();
  const rows = await tx
    .selectFrom('image')
    .select(['image_id', 'sha256'])
    .where('theme_id', '=', themeId)
    .where(
      'sha256',
      'in',
      arrivals.map(({ facts }) => facts.sha256),
    )
    .execute();
  return new Map(rows.map(({ image_id: id, sha256 }) => [sha256, id]));
}

/** A picture that was deleted, but had trained a model, comes back as itself, in the split it had. */
async function revive(tx: Tx, themeId: number, arrivals: readonly Arrival[]): Promise<number[]> {
  const back = arrivals.map(({ facts }) => ({ sha256: facts.sha256, path: imagePath(themeId, facts) }));
  const { rows } = await sql<{ id: number }>`
    with back as (
      update image i set deleted_at = null, deleted_by = null
      from jsonb_to_recordset(${jsonb(back)}) as b(sha256 text, path text)
      where i.theme_id = ${themeId} and i.sha256 = b.sha256 and i.deleted_at is not null returning i.image_id, b.path)
    update train_data t set image_path = back.path from back where t.id = back.image_id returning t.id`.execute(tx);
  return rows.map(({ id }) => id);
}

async function insert(tx: Tx, as: RegisterAs, arrivals: readonly Arrival[]): Promise<Map<string, number>> {
  if (arrivals.length === 0) return new Map();
  const rows = arrivals.map(({ name, facts, annotation }, place) => ({
    ...facts,
    place,
    path: imagePath(as.themeId, facts),
    name: displayName(name),
    group: annotation.group === null ? null : cleanText(annotation.group).slice(0, 200),
    split: annotation.split,
  }));
  const { rows: made } = await sql<{ id: number; sha256: string }>`
    with given as materialized (
      select * from jsonb_to_recordset(${jsonb(rows)}) as g(sha256 text, bytes bigint, format text, width int,
        height int, bits int, channels int, pixels text, dhash text, grey text, path text, name text, "group" text, split text, place bigint)),
    rows as (
      insert into train_data (image_path, theme_id, split) select path, ${as.themeId}, split from given order by place
      returning id, image_path)
    insert into image (image_id, theme_id, sha256, name, format, bytes, width, height, bits, channels, pixels, dhash, grey, group_key, uploaded_by, split_reason)
    select rows.id, ${as.themeId}, g.sha256, g.name, g.format, g.bytes, g.width, g.height, g.bits, g.channels, g.pixels, g.dhash,
      decode(g.grey, 'base64'), g."group", ${as.userId}, case when g.split is null then null else 'import' end
    from given g join rows on rows.image_path = g.path
    returning image_id as id, sha256`.execute(tx);
  return new Map(made.map(({ id, sha256 }) => [sha256, id]));
}

async function linkDuplicates(
  deps: RegisterDeps,
  tx: Tx,
  themeId: number,
  arrivals: readonly Arrival[],
  made: ReadonlyMap<string, number>,
): Promise<void> {
  const pictures = arrivals.flatMap(({ facts }) => {
    const id = made.get(facts.sha256);
    return id === undefined
      ? []
      : [{ id, dhash: facts.dhash, pixels: facts.pixels, grey: Buffer.from(facts.grey, 'base64') }];
  });
  const pairs = await deps.nearIndex.pairs(tx, themeId, pictures);
  if (pairs.length === 0) return;
  await tx
    .insertInto('near_duplicate')
    .values(pairs.map(({ a, b, kind, distance }) => ({ image_a: a, image_b: b, theme_id: themeId, kind, distance })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Pictures by label and by whom the source names as their annotator. */
function* labelGroups(
  as: RegisterAs,
  arrivals: readonly Arrival[],
  labels: ReadonlyMap<string, number>,
  ids: ReadonlyMap<string, number>,
): Generator<[labelId: number, annotator: string, images: number[]]> {
  const labeled = arrivals.filter(({ annotation }) => annotation.label !== null);
  const groups = Map.groupBy(labeled, ({ annotation }) => JSON.stringify([annotation.label, annotation.labeled_by]));
  for (const members of groups.values()) {
    const { label, labeled_by: by } = members[0]?.annotation ?? { label: null, labeled_by: null };
    const labelId = label === null ? undefined : labels.get(label);
    const images = members.flatMap(({ facts }) => ids.get(facts.sha256) ?? []);
    if (labelId !== undefined && images.length > 0)
      yield [labelId, by === null ? as.username : cleanText(by).slice(0, 200), images];
  }
}
