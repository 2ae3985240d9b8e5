/** The pictures of a theme: which, where, what is wrong with them, and taking them away. */
import { z } from 'zod';
import { page } from '../http.ts';
import { imageFilter, exactlyOne, selection } from './fields.ts';
import { split } from './theme.ts';

export const imageFormat = z.enum(['jpeg', 'png', 'webp', 'tiff']);

export const labelSource = z.enum(['person', 'import', 'prelabel']);
export type LabelSource = z.infer<typeof labelSource>;

export const themeImage = z.strictObject({
  id: z.int(),
  name: z.string(),
  width: z.int(),
  height: z.int(),
  format: imageFormat,
  bytes: z.int(),
  sha256: z.string(),
  label_id: z.int().nullable(),
  labeled_by: z.string().nullable(),
  labeled_at: z.string().nullable(),
  /** `prelabel`: accepted as a model proposed it. */
  label_source: labelSource.nullable(),
  split: split.nullable(),
  group: z.string().nullable(),
  uploaded_by: z.string().nullable(),
  uploaded_at: z.string(),
  quarantined: z.boolean(),
  /**
   * What a model thinks of an unlabeled picture, unless somebody refused it. In the suspicious queue and in
   * the detail also of a labeled one: the other label that the survey found likelier.
   */
  prelabel: z.strictObject({ label_id: z.int(), confidence: z.number(), source: z.string() }).nullable(),
  /** Of the queue that was asked for. */
  score: z.number().nullable(),
  /** `label`: somebody looked a second time, and it stands. `copies`: what shows the same may stay. */
  decided: z.array(z.enum(['label', 'copies'])),
});
export type ThemeImage = z.infer<typeof themeImage>;

/**
 * `GET /api/theme/:theme_id/images/`: the filter's words and a page. `queue` orders by its scores,
 * highest first, and leaves out what has none.
 */
export const imagesQuery = imageFilter.extend({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(400).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
  queue: z.string().max(60).optional(),
  /** Of a queue: only what still waits for somebody. */
  waiting: z.stringbool().default(false),
  /** Also say how many there are in all. */
  total: z.stringbool().default(false),
});
export const imagePage = page(themeImage).extend({ total: z.int().nullable() });
export type ImagePage = z.infer<typeof imagePage>;

export const quarantine = z.strictObject({
  /** `between_splits`: looks like, or belongs to a group with, pictures of several splits. */
  code: z.string(),
  splits: z.array(split),
  images: z.array(z.int()),
});
/** `GET /api/theme/:theme_id/images/:image_id/`. */
export const themeImageDetail = themeImage.extend({
  image_path: z.string(),
  bits: z.int(),
  channels: z.int(),
  split_reason: z.enum(['ratio', 'group', 'duplicate', 'import', 'person']).nullable(),
  quarantine: quarantine.nullable(),
  duplicates: z.array(
    z.strictObject({ id: z.int(), kind: z.enum(['pixels', 'hash', 'embedding']), distance: z.number() }),
  ),
  votes: z.array(z.strictObject({ annotator: z.string(), label_id: z.int(), at: z.string() })),
  /** Who settled the label that it has, and when. */
  settled: z.strictObject({ annotator: z.string(), at: z.string() }).nullable(),
  previous: z.int().nullable(),
  next: z.int().nullable(),
});
export type ThemeImageDetail = z.infer<typeof themeImageDetail>;

/**
 * `GET /api/v1/themes/:theme_id/images/:image_id/file?size=`: `thumb` (256 px, WebP) and `view`
 * (1,600 px, WebP) are turned as EXIF says; `original` is the file as it was sent.
 */
export const imageFileQuery = z.object({ size: z.enum(['thumb', 'view', 'original']).default('view') });

/** `DELETE /api/theme/:theme_id/images/:image_id/` and, for many, `POST /api/theme/:theme_id/images/delete/`. */
export const imagesDeleted = z.strictObject({
  deleted: z.int(),
  /** Of these the row stays, because a model was trained on them. */
  tombstones: z.int(),
});
export const deleteImages = z.strictObject(selection).refine(exactlyOne, 'image_ids or filter');
