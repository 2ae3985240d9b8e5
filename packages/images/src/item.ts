/** What a task says of one file that was meant to become a picture. */
import { z } from 'zod';
import { imageFormat, split } from '@minori/contract';

/** Why a file is no picture of ours; words in texts/problems as `image_<reason>`. */
export const REJECTIONS = [
  'empty',
  'too_large',
  'too_many_pixels',
  'not_an_image',
  'unsupported_format',
  'svg',
  'damaged',
  'hidden_content',
  'path_outside',
  'symlink',
  'encrypted',
  'unreadable',
  'label_unknown',
  'not_sent',
  'not_in_theme',
  'name_ambiguous',
] as const;
export const rejection = z.enum(REJECTIONS);
export type Rejection = z.infer<typeof rejection>;

export const imageFacts = z.strictObject({
  sha256: z.string(),
  bytes: z.int(),
  format: imageFormat,
  width: z.int(),
  height: z.int(),
  bits: z.int(),
  channels: z.int(),
  /** SHA-256 over size and pixels as seen, reduced to 512 px at most. */
  pixels: z.string(),
  /** 64 bits as hex: whether each of 8 x 8 places is darker than its right neighbour. */
  dhash: z.string(),
  /** 16 x 16 grey values, base64. */
  grey: z.string(),
  /** File of the attempt's folder; null: the original serves as its own. */
  thumb: z.string().nullable(),
  view: z.string().nullable(),
});
export type ImageFacts = z.infer<typeof imageFacts>;

/** What the source says of a picture besides its pixels. */
export const annotation = z.strictObject({
  label: z.string().nullable(),
  split: split.nullable(),
  group: z.string().nullable(),
  labeled_by: z.string().nullable(),
});
export type Annotation = z.infer<typeof annotation>;
export const NOTHING: Annotation = { label: null, split: null, group: null, labeled_by: null };

/** What annotations say of a picture that is not with them: one line of `said.jsonl`. */
export const said = z.strictObject({
  /** With its folders, as the annotations write it. */
  name: z.string(),
  /** What it may be called as well: without what another tool has put before its name. */
  also: z.string().nullable(),
  /** Of the file, where the annotations give it: surer than a name. */
  sha256: z.string().nullable(),
  annotation,
});
export type Said = z.infer<typeof said>;

/** One line of `items.jsonl`; `file` is relative to the attempt's folder, or the path that was given. */
export const item = z.union([
  z.strictObject({ name: z.string(), file: z.string(), facts: imageFacts, annotation }),
  z.strictObject({ name: z.string(), rejected: rejection }),
]);
export type Item = z.infer<typeof item>;

export const IMAGE_LIMITS = {
  /** Of one file. */
  bytes: 200 * 1024 ** 2,
  /** 12,000 x 12,000. */
  pixels: 144_000_000,
  /** Files of one archive or folder. */
  files: 1_000_000,
  /** Stated size of an archive, unpacked. */
  unpacked_bytes: 64 * 1024 ** 3,
} as const;
