/** Labels given, undone and accepted; their history; what people agree on. */
import { z } from 'zod';
import { page, pageQuery } from '../http.ts';
import { exactlyOne, imageFilter, selection } from './fields.ts';
import { labelSource } from './pictures.ts';

/** `POST /api/theme/:theme_id/label/update/`: one picture, several, or all that a filter names. */
export const labelUpdate = z
  .strictObject({
    image_id: z.int().positive().optional(),
    ...selection,
    /** null takes the label away. */
    label_id: z.int().positive().nullable(),
    /** `prelabel`: accepted as a model proposed it. */
    source: z.enum(['person', 'prelabel']).default('person'),
    /** Somebody looks a second time: with this the label is settled, also where it stays as it was. */
    settle: z.boolean().default(false),
  })
  .refine(exactlyOne, 'image_id, image_ids or filter');
export const labelUpdated = z.strictObject({
  updated: z.int(),
  /** Had the label already. */
  unchanged: z.int(),
  /** For undo; null when nothing changed. */
  batch_id: z.int().nullable(),
  seq: z.int(),
});
export type LabelUpdated = z.infer<typeof labelUpdated>;
/** `POST /api/v1/themes/:theme_id/label-updates`: several acts in order, all of them or none; each is undone by itself. */
export const labelUpdates = z.strictObject({ acts: z.array(labelUpdate).min(1).max(100) });
export type LabelUpdates = z.infer<typeof labelUpdates>;
export const labelsUpdated = z.strictObject({ answers: z.array(labelUpdated) });
export type LabelsUpdated = z.infer<typeof labelsUpdated>;
/** `POST /api/v1/themes/:theme_id/undo` and `…/redo`: my last act. 409 nothing_to_undo, nothing_to_redo. */
export const labelUndone = z.strictObject({
  batch_id: z.int(),
  updated: z.int(),
  /** Somebody has given them another label since: these stay. */
  conflicts: z.int(),
  /** At most 200; null when there are more: fetch again. */
  image_ids: z.array(z.int()).nullable(),
  can_undo: z.boolean(),
  can_redo: z.boolean(),
  seq: z.int(),
});
export type LabelUndone = z.infer<typeof labelUndone>;
/** `POST /api/v1/themes/:theme_id/prelabels/accept`: every proposal of at least this confidence, as one act. */
export const acceptPrelabels = z.strictObject({
  threshold: z.number().min(0).max(1),
  filter: imageFilter.optional(),
  /** Only count them. */
  dry_run: z.boolean().default(false),
});
/**
 * `POST /api/v1/themes/:theme_id/decisions` -> labelUpdated: `proposal` refuses what is proposed for these
 * pictures; `copies` lets the groups of the duplicates queue that they belong to stay as they are.
 */
export const decideImages = z.strictObject({
  subject: z.enum(['proposal', 'copies']),
  image_ids: z.array(z.int().positive()).min(1).max(10_000),
});

/** `GET /api/v1/themes/:theme_id/history?image_id=`: newest first. */
export const labelHistoryQuery = pageQuery.extend({ image_id: z.coerce.number().int().positive().optional() });
export const labelHistoryEntry = z.strictObject({
  id: z.int(),
  image_id: z.int(),
  at: z.string(),
  by: z.string().nullable(),
  step: z.enum(['do', 'undo', 'redo']),
  source: z.enum([...labelSource.options, 'label_removed']),
  from: z.string().nullable(),
  to: z.string().nullable(),
});
export const labelHistoryPage = page(labelHistoryEntry);
export type LabelHistoryPage = z.infer<typeof labelHistoryPage>;

/** `GET /api/v1/themes/:theme_id/agreement`. */
export const agreement = z.strictObject({
  /** Pictures that two or more have labeled. */
  images: z.int(),
  /** Share of them on which all agree; null of none. */
  agreed: z.number().nullable(),
  pairs: z.array(
    z.strictObject({
      a: z.string(),
      b: z.string(),
      images: z.int(),
      agreed: z.number(),
      /** Cohen's kappa; null where chance alone explains everything. */
      kappa: z.number().nullable(),
    }),
  ),
  /** In palette order; only labels that somebody gave to a picture that another one labeled, too. */
  labels: z.array(
    z.strictObject({
      label_id: z.int(),
      /** Times that one of a pair said so. */
      images: z.int(),
      /** Share of these that the other one said, too. */
      agreed: z.number(),
      /** Cohen's kappa of this label against all others. */
      kappa: z.number().nullable(),
    }),
  ),
  /** Pictures on which they differ and nobody has settled it, on all pages. */
  open: z.int(),
  /** Pictures on which they differ, newest first, at most 200. */
  disagreements: z.array(
    z.strictObject({
      image_id: z.int(),
      label_id: z.int().nullable(),
      /** Somebody has looked again since. */
      settled: z.boolean(),
      votes: z.array(z.strictObject({ annotator: z.string(), label_id: z.int() })),
    }),
  ),
});
export type Agreement = z.infer<typeof agreement>;
