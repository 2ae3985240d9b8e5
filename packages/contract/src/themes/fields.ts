/** What several requests have in common. */
import { z } from 'zod';

export const name = z.string().trim().min(1).max(200);

/** Which pictures are meant; the same words in lists, in bulk labeling and in exports. */
export const imageFilter = z.strictObject({
  state: z.enum(['all', 'labeled', 'unlabeled']).default('all'),
  label_id: z.coerce.number().int().positive().optional(),
  split: z.enum(['train', 'valid', 'test', 'none']).optional(),
  uploaded_by: z.string().max(100).optional(),
  labeled_by: z.string().max(200).optional(),
  /** ISO dates or times; uploaded from `since` on and before `until`. */
  since: z.string().max(40).optional(),
  until: z.string().max(40).optional(),
  q: z.string().max(200).optional(),
  group: z.string().max(200).optional(),
  quarantined: z.stringbool().or(z.boolean()).optional(),
  /** Several people gave it different labels, and nobody has settled it since. */
  disputed: z.stringbool().or(z.boolean()).optional(),
  /** Unlabeled, with an open proposal of at least this confidence. */
  proposed: z.coerce.number().min(0).max(1).optional(),
});
export type ImageFilter = z.infer<typeof imageFilter>;

/** Either ids or a filter, never both. */
export const selection = {
  image_ids: z.array(z.int().positive()).min(1).max(10_000).optional(),
  filter: imageFilter.optional(),
};
export const exactlyOne = (value: { image_id?: unknown; image_ids?: unknown; filter?: unknown }) =>
  [value.image_id, value.image_ids, value.filter].filter((given) => given !== undefined).length === 1;
