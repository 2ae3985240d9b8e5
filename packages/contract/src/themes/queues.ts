/** Queues of a theme (which pictures are worth the next look) and previews of what training sees. */
import { z } from 'zod';
import { augmentation } from '../augmentation.ts';
import { imageOps } from '../image-ops.ts';
import { encoderName, imageView } from '../images-engine.ts';
import { runStatus } from '../run.ts';

/** Names for `?queue=` of a theme's pictures. */
export const THEME_QUEUES = ['random', 'diverse', 'uncertain', 'suspicious', 'duplicates'] as const;
export const themeQueueName = z.enum(THEME_QUEUES);
export type ThemeQueueName = z.infer<typeof themeQueueName>;

/** `POST /api/v1/themes/:theme_id/queues` -> 202 themeQueues: looks at all pictures; what is known stays known. */
export const startThemeQueues = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
});

/** `GET /api/v1/themes/:theme_id/queues`. */
export const themeQueues = z.strictObject({
  /** The newest run that fills them; null before the first. */
  run: z
    .strictObject({ id: z.int(), status: runStatus, progress: z.number().nullable(), created_at: z.string() })
    .nullable(),
  /** When the scores were made; null before. */
  computed_at: z.string().nullable(),
  queues: z.array(
    z.strictObject({
      name: themeQueueName,
      /** Pictures that have a score. */
      images: z.int(),
      /** Of these, those that needed somebody when the scores were made. */
      asked: z.int(),
      /** Of these, those that nobody has dealt with yet. */
      waiting: z.int(),
    }),
  ),
  /** Unlabeled pictures that have a proposal which nobody refused. */
  prelabels: z.int(),
  /** Pictures that several people labeled differently, and nobody has settled. */
  disputed: z.int(),
  /** Pictures that came after the scores. */
  new_images: z.int(),
  /** Labels that were given or changed after the scores. */
  new_labels: z.int(),
  /** The scores stand on another encoder than the theme has now. */
  encoder_changed: z.boolean(),
  /** The classifier behind uncertain, suspicious and the proposals; null when there are too few labels. */
  probe: z
    .strictObject({
      labeled: z.int(),
      classes: z.int(),
      /** Out-of-fold share of labels that were met, 0..1. */
      accuracy: z.number(),
      /** Labels that look wrong. */
      suspicious: z.int(),
    })
    .nullable(),
});
export type ThemeQueues = z.infer<typeof themeQueues>;

/** `GET /api/v1/themes/:theme_id/encoder`: what turns pictures into the numbers behind the queues. */
export const themeEncoder = z.strictObject({
  /** A folder of `encoders`; null: EfficientNet-Lite0, which comes with the product. */
  name: encoderName.nullable(),
  /** Where folders of encoders lie on the server. */
  folder: z.string(),
  encoders: z.array(
    z.strictObject({
      name: encoderName,
      /** `model_type` of its config.json; null where that cannot be read. */
      kind: z.string().nullable(),
      /** Of its weights. */
      bytes: z.int(),
      /** Files that it needs and does not have. */
      missing: z.array(z.string()),
    }),
  ),
});
export type ThemeEncoder = z.infer<typeof themeEncoder>;

/** `PUT /api/v1/themes/:theme_id/encoder` -> themeEncoder: the engine tries the encoder first; the next survey uses it. */
export const putThemeEncoder = z.strictObject({ name: encoderName.nullable() });

/** `POST /api/v1/themes/:theme_id/preview`: the very pixels that training and serving will use. */
export const previewRequest = z.strictObject({
  image_id: z.int().positive(),
  /** The `preprocessing` of params.yaml. */
  preprocessing: imageOps.prefault({}),
  /** auguments.yaml. */
  augmentation: augmentation.prefault({}),
  /** Whose fixed steps `evaluation` shows. */
  part: z.enum(['validation', 'test']).default('validation'),
  views: z.array(imageView).min(1).max(5),
  samples: z.int().min(1).max(32).default(8),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  epoch: z.int().min(0).max(100_000).default(0),
});
export type PreviewRequest = z.input<typeof previewRequest>;

export const previewAnswer = z.strictObject({
  pictures: z.array(
    z.strictObject({
      view: imageView,
      /** The step after which this is taken; null for views that are not one step. */
      step: z.string().nullable(),
      number: z.int(),
      width: z.int(),
      height: z.int(),
      /** PNG, base64, pixels as they are. */
      png: z.string(),
    }),
  ),
});
export type PreviewAnswer = z.infer<typeof previewAnswer>;
