/** The `embed` run: the engine looks at a theme's pictures and fills its queues. One leaf. */
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FINGERPRINT_BYTES, imageSurveyInput, imageSurveyResult, TaskFailure } from '@minori/contract';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Driver, RunRow } from '../dispatch/index.ts';
import type { Home } from '../platform/home.ts';
import type { ThemeFeed } from '../themes/events.ts';
import { chosenEncoder, encoderBytes, encoderOf } from './encoders.ts';
import { forgetEmbeddings, storeEmbeddings, storeFingerprints, storeSurvey } from './survey-store.ts';

export const surveySpec = z.strictObject({ theme_id: z.int() });

const BATCH = 32;
const FOLDS = 5;
/** Embeddings, whitened ones, fingerprints and what is between them. */
const BYTES_PER_IMAGE = 30_000;
const GRACE_SECONDS = 1;
const ROWS_AT_ONCE = 500;

export interface SurveyDeps {
  readonly db: Db;
  readonly home: Home;
  readonly themeFeed: ThemeFeed;
}

/** Files of a run's own, made for its task and gone with it. */
const PLACES = ['ids.json', 'known.f32', 'known.bin'] as const;

/** What a survey was asked about: its input names files by path, and this says whose they are. */
const surveyed = z.strictObject({
  image_ids: z.array(z.int()),
  label_ids: z.array(z.int()),
  given: z.array(z.int().nullable()),
});

export function createSurveyDriver({ db, home, themeFeed }: SurveyDeps): Driver {
  const place = (run: RunRow, name: (typeof PLACES)[number]) => join(home.tmp, `survey-${run.id}-${name}`);
  return {
    kind: 'embed',
    track: 'image',
    shape: 'leaf',
    onPause: 'stop',
    async task(run) {
      const { theme_id: themeId } = surveySpec.parse(run.spec);
      const images = await readImages(db, themeId);
      if (images.length === 0) throw new TaskFailure('bad_data', 'no_readable_image', { count: 0 });
      const labels = await db.selectFrom('label').select('id').where('theme_id', '=', themeId).orderBy('id').execute();
      const position = new Map(labels.map(({ id }, at) => [id, at]));
      const asked = {
        image_ids: images.map(({ id }) => id),
        label_ids: labels.map(({ id }) => id),
        given: images.map(({ label_id: label }) => label),
      };
      const ids = createWriteStream(place(run, 'ids.json'));
      await pipeline([JSON.stringify(asked)], ids);
      const encoder = encoderOf(home, await chosenEncoder(db, themeId));
      const input = imageSurveyInput.parse({
        images: images.map(({ image_path: path }) => join(home.root, path)),
        labels: images.map(({ label_id: label }) => (label === null ? null : (position.get(label) ?? null))),
        classes: labels.length,
        encoder,
        batch: BATCH,
        folds: FOLDS,
        known: await writeKnown(db, { themeId, encoder: encoder.name }, asked.image_ids, place(run, 'known.f32')),
        fingerprints: await writeFingerprints(db, asked.image_ids, place(run, 'known.bin')),
      });
      return {
        host: 'vision',
        kind: 'image.survey',
        input,
        limits: {
          memory_bytes: (await encoderBytes(encoder)) + images.length * BYTES_PER_IMAGE,
          threads: 1,
          seconds: null,
          grace_seconds: GRACE_SECONDS,
        },
      };
    },
    async digest(run, ending) {
      const { theme_id: themeId } = surveySpec.parse(run.spec);
      const result = imageSurveyResult.parse(ending.result);
      const asked = surveyed.parse(JSON.parse(await readFile(place(run, 'ids.json'), 'utf8')));
      const embeddings = await readFile(join(ending.folder, result.files.embeddings));
      const idsOf = (rows: readonly number[]) => rows.map((index) => asked.image_ids[index] ?? 0);
      await storeEmbeddings(db, {
        model: result.encoder,
        ids: idsOf(result.new),
        vectors: embeddings,
        bytes: 4 * result.dimensions,
      });
      await forgetEmbeddings(db, themeId, result.encoder);
      const fingerprints = await readFile(join(ending.folder, result.files.fingerprints));
      await storeFingerprints(db, idsOf(result.looked), fingerprints);
      const bytes = await readFile(join(ending.folder, result.files.scores));
      const scores = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
      await storeSurvey(db, { themeId, ownerId: run.owner_id, seed: run.seed, asked, result, scores });
      themeFeed.changed(themeId);
      return {
        metrics: {
          images: result.count,
          new: result.new.length,
          looked: result.looked.length,
          duplicates: result.pairs.length,
          failed: result.failed.length,
          ...(result.probe === null ? {} : { accuracy: result.probe.accuracy, suspicious: result.probe.suspicious }),
        },
        result: {
          theme_id: themeId,
          encoder: result.encoder,
          probe: result.probe === null ? null : { ...result.probe, classes: result.probe.classes.length },
        },
      };
    },
    async settled(run) {
      for (const name of PLACES) await rm(place(run, name), { force: true });
    },
  };
}

async function readImages(db: Db, themeId: number) {
  return db
    .selectFrom('train_data as t')
    .innerJoin('image as i', 'i.image_id', 't.id')
    .select(['t.id', 't.image_path', 't.label_id'])
    .where('t.theme_id', '=', themeId)
    .where('i.deleted_at', 'is', null)
    .orderBy('t.id')
    .execute();
}

/** A file with a row per picture, NaN where there is none yet; null when nothing is known of this encoder. */
async function writeKnown(
  db: Db,
  { themeId, encoder }: { themeId: number; encoder: string },
  ids: readonly number[],
  path: string,
) {
  const newest = await db
    .selectFrom('image_embedding as e')
    .innerJoin('train_data as t', 't.id', 'e.image_id')
    .select(['e.model', 'e.vector'])
    .where('t.theme_id', '=', themeId)
    .where(sql<boolean>`starts_with(e.model, ${`${encoder}@`})`)
    .orderBy('e.created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return null;
  const { model } = newest;
  const bytes = newest.vector.length;
  const unknown = Buffer.from(new Float32Array(bytes / 4).fill(Number.NaN).buffer);
  await writeRows(path, ids, unknown, (part) =>
    db
      .selectFrom('image_embedding')
      .select(['image_id', 'vector as bytes'])
      .where('model', '=', model)
      .where('image_id', 'in', part)
      .execute(),
  );
  return { path, dimensions: bytes / 4, encoder: model };
}

/** The same of fingerprints, zeros where there are none or some of another layout. */
async function writeFingerprints(db: Db, ids: readonly number[], path: string): Promise<string> {
  await writeRows(path, ids, Buffer.alloc(FINGERPRINT_BYTES), (part) =>
    db.selectFrom('image_fingerprint').select(['image_id', 'bytes']).where('image_id', 'in', part).execute(),
  );
  return path;
}

async function writeRows(
  path: string,
  ids: readonly number[],
  unknown: Buffer,
  read: (part: number[]) => Promise<{ image_id: number; bytes: Buffer }[]>,
): Promise<void> {
  async function* rows() {
    for (let start = 0; start < ids.length; start += ROWS_AT_ONCE) {
      const part = ids.slice(start, start + ROWS_AT_ONCE);
      const found = new Map((await read(part)).map(({ image_id: id, bytes }) => [id, bytes]));
      const fits = (bytes: Buffer | undefined) => (bytes?.length === unknown.length ? bytes : unknown);
      yield Buffer.concat(part.map((id) => fits(found.get(id))));
    }
  }
  await pipeline(rows, createWriteStream(path));
}
