/** Pictures in, labels out. */
import { z } from 'zod';
import { imageFilter, name } from './fields.ts';
import { split } from './theme.ts';

/**
 * `POST /api/theme/:theme_id/images/upload/`: multipart, field `images`, as often as wanted (at most
 * 1,000 files a request). A file's name may carry folders: `cats/1.jpg`. Answered when every picture
 * has been looked at and is on the disk; sending the same again changes nothing.
 */
/**
 * A text field `annotations` before the files says, as JSON, what is known of them: an array of
 * {name, label, split, group, labeled_by}, each but the name optional.
 */
export const uploadAnnotations = z
  .array(
    z.strictObject({
      name: z.string().max(4000),
      label: name.nullish(),
      split: split.nullish(),
      group: z.string().trim().min(1).max(200).nullish(),
      labeled_by: z.string().trim().min(1).max(200).nullish(),
    }),
  )
  .max(1000);
export type UploadAnnotation = z.infer<typeof uploadAnnotations>[number];

export const uploadQuery = z.object({
  /** Where labels come from: the folder a picture lies in, or nowhere. Missing labels are made. */
  labels: z.enum(['none', 'folder']).default('none'),
  /** Give all of them this label. */
  label_id: z.coerce.number().int().positive().optional(),
  /** Group of all of them: a patient, a device, a lot. */
  group: z.string().trim().min(1).max(200).optional(),
});
export const rejectedFile = z.strictObject({
  name: z.string(),
  /** Code; words in texts/problems: `image_<reason>`. */
  reason: z.string(),
});
export type RejectedFile = z.infer<typeof rejectedFile>;
export const uploadedImages = z.strictObject({
  created: z.int(),
  /** There already, by content. */
  skipped: z.int(),
  rejected: z.array(rejectedFile),
  /** Of what was created, in the order sent; at most 1,000. */
  image_ids: z.array(z.int()),
});
export type UploadedImages = z.infer<typeof uploadedImages>;

/** `POST /api/v1/themes/:theme_id/images/known`: which of these contents need not be sent. */
export const knownImages = z.strictObject({ sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(10_000) });
export const knownImagesAnswer = z.strictObject({ sha256: z.array(z.string()) });

/** `GET /api/v1/themes/:theme_id/export?format=`: a zip (csv: one file when `images=false`). */
export const exportFormat = z.enum(['csv', 'folder', 'coco', 'yolo', 'imagenet', 'label_studio']);
export type ExportFormat = z.infer<typeof exportFormat>;
export const exportQuery = imageFilter.extend({
  format: exportFormat.default('csv'),
  images: z.stringbool().default(true),
});
