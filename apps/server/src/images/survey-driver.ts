/** The `embed` run: the engine looks at a theme's pictures and fills its queues. One leaf. */
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { imageSurveyInput, imageSurveyResult, TaskFailure } from '@minori/contract';
import type { Db } from '@minori/database';
import { z } from 'zod';
import type { Driver, RunRow } from '../dispatch/index.ts';
import type { Home } from '../platform/home.ts';
import type { ThemeFeed } from '../themes/events.ts';
import { storeEmbeddings, storeSurvey } from './survey-store.ts';

export const surveySpec = z.strictObject({ theme_id: z.int() });

const SIZE = 96;
const BATCH = 32;
const FOLDS = 5;
const LEAST_BYTES = 2 * 1024 ** 3;
/** Embeddings, whitened ones, fingerprints and what is between them. */
const BYTES_PER_IMAGE = 30_000;
const GRACE_SECONDS = 1;
const VECTORS_AT_ONCE = 500;

export interface SurveyDeps {
  readonly db: Db;
  readonly home: Home;
  readonly themeFeed: ThemeFeed;
}

/** What a survey was asked about: its input names files by path, and this says whose they are. */
const surveyed = z.strictObject({
  image_ids: z.array(z.int()),
  label_ids: z.array(z.int()),
  given: z.array(z.int().nullable()),
});

export function createSurveyDriver({ db, home, themeFeed }: SurveyDeps): Driver {
  const place = (run: RunRow, name: string) => join(home.tmp, `survey-${run.id}-${name}`);
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
      const input = imageSurveyInput.parse({
        images: images.map(({ image_path: path }) => join(home.root, path)),
        labels: images.map(({ label_id: label }) => (label === null ? null : (position.get(label) ?? null))),
        classes: labels.length,
        encoder: { name: 'efficientnet_lite0', size: SIZE },
        batch: BATCH,
        folds: FOLDS,
        known: await writeKnown(db, themeId, asked.image_ids, place(run, 'known.f32')),
      });
      return {
        host: 'vision',
        kind: 'image.survey',
        input,
        limits: {
          memory_bytes: LEAST_BYTES + images.length * BYTES_PER_IMAGE,
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
      const ids = result.new.map((index) => asked.image_ids[index] ?? 0);
      await storeEmbeddings(db, { model: result.encoder, ids, vectors: embeddings, bytes: 4 * result.dimensions });
      const bytes = await readFile(join(ending.folder, result.files.scores));
      const scores = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
      await storeSurvey(db, { themeId, ownerId: run.owner_id, seed: run.seed, asked, result, scores });
      themeFeed.changed(themeId);
      return {
        metrics: {
          images: result.count,
          new: result.new.length,
          duplicates: result.pairs.length,
          failed: result.failed.length,
          ...(result.probe === null ? {} : { accuracy: result.probe.accuracy, suspicious: result.probe.suspicious }),
        },
        result: {
          theme_id: themeId,
          probe: result.probe === null ? null : { ...result.probe, classes: result.probe.classes.length },
        },
      };
    },
    async settled(run) {
      for (const name of ['ids.json', 'known.f32']) await rm(place(run, name), { force: true });
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

/** A file with a row per picture, NaN where there is none yet; null when nothing is known. */
async function writeKnown(db: Db, themeId: number, ids: readonly number[], path: string) {
  const newest = await db
    .selectFrom('image_embedding as e')
    .innerJoin('train_data as t', 't.id', 'e.image_id')
    .select(['e.model', 'e.vector'])
    .where('t.theme_id', '=', themeId)
    .orderBy('e.created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return null;
  const { model } = newest;
  const bytes = newest.vector.length;
  const unknown = Buffer.from(new Float32Array(bytes / 4).fill(Number.NaN).buffer);
  async function* rows() {
    for (let start = 0; start < ids.length; start += VECTORS_AT_ONCE) {
      const part = ids.slice(start, start + VECTORS_AT_ONCE);
      const found = await db
        .selectFrom('image_embedding')
        .select(['image_id', 'vector'])
        .where('model', '=', model)
        .where('image_id', 'in', part)
        .execute();
      const vectors = new Map(found.map(({ image_id: id, vector }) => [id, vector]));
      yield Buffer.concat(part.map((id) => vectors.get(id) ?? unknown));
    }
  }
  await pipeline(rows, createWriteStream(path));
  return { path, dimensions: bytes / 4, encoder: model };
}
