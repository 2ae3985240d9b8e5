/** Contact sheets of what a pipeline does, of a theme's pictures or of pictures that are sent along. */
import { z } from 'zod';
import { imageToolsResult, visualization } from './images-engine.ts';

const configText = z.string().max(200_000);

/** `GET /api/v1/image-tools`: own preprocessing steps and optional libraries. */
export const imageTools = imageToolsResult.extend({
  /** Where the files of own steps lie, in the home folder. */
  folder: z.string(),
});
export type ImageTools = z.infer<typeof imageTools>;

/** `POST /api/v1/visualizations`. */
export const visualizeRequest = z
  .strictObject({
    what: visualization,
    theme_id: z.int().positive().optional(),
    images: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(300),
          label: z.string().max(200).nullable(),
          /** The file, base64. */
          content: z.base64(),
        }),
      )
      .min(1)
      .max(64)
      .optional(),
    /** YAML; what the theme has saved, or the defaults, when absent. */
    params: configText.optional(),
    auguments: configText.optional(),
    /** How many of a theme's pictures, chosen by the seed. */
    pictures: z.int().min(1).max(64).default(4),
    samples: z.int().min(1).max(32).default(8),
    batch: z.int().min(1).max(64).default(16),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1),
  })
  .refine((request) => (request.theme_id === undefined) !== (request.images === undefined), 'theme_id or images');
export type VisualizeRequest = z.input<typeof visualizeRequest>;

export const visualizeAnswer = z.strictObject({
  sheets: z.array(
    z.strictObject({
      name: z.string(),
      width: z.int(),
      height: z.int(),
      /** PNG, base64. */
      png: z.string(),
    }),
  ),
  pictures: z.array(z.strictObject({ name: z.string(), label: z.string().nullable(), split: z.string().nullable() })),
  /** Libraries that nobody installed. */
  missing: z.array(z.string()),
});
export type VisualizeAnswer = z.infer<typeof visualizeAnswer>;
