/** `params.yaml` of a theme: model, training, data and preprocessing, under the documents' names. */
import { z } from 'zod';
import { imageOps } from './image-ops.ts';

export const IMAGE_MODELS = [
  'ResNet18',
  'ResNet34',
  'ResNet50',
  'ResNet101',
  'ResNet152',
  'EfficientNetLite0',
  'EfficientNetB0',
  'ViT',
] as const;

const share = z.number().min(0).max(1);

export const themeParams = z
  .strictObject({
    /** Of the theme it was written for; ignored where the theme is given. */
    theme_id: z.int().positive().optional(),
    model: z
      .strictObject({
        name: z.enum(IMAGE_MODELS).default('EfficientNetLite0'),
        pretrained: z.boolean().default(true),
        freeze_backbone: z.boolean().default(true),
      })
      .prefault({}),
    training: z
      .strictObject({
        /** Name of the MLflow run; its own when absent. */
        run_name: z.string().min(1).max(200).optional(),
        num_epochs: z.int().min(1).max(1000).default(10),
        batch_size: z.int().min(1).max(1024).default(32),
        learning_rate: z.number().positive().max(10).default(0.001),
        weight_decay: z.number().min(0).max(1).default(0),
        optimizer: z.enum(['Adam', 'SGD', 'AdamW']).default('Adam'),
        scheduler: z.enum(['none', 'StepLR', 'CosineAnnealingLR', 'ReduceLROnPlateau']).default('none'),
        gradient_clip_val: z.number().positive().nullable().default(null),
        /** Epochs without a better validation loss before it ends; null: never. */
        early_stopping_patience: z.int().min(1).max(1000).nullable().default(5),
      })
      .prefault({}),
    data: z
      .strictObject({
        split_ratio: z
          .strictObject({ train: share.default(0.7), valid: share.default(0.15), test: share.default(0.15) })
          .prefault({})
          .refine(({ train, valid, test }) => Math.abs(train + valid + test - 1) < 1e-6, 'must add up to 1'),
        seed: z
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .default(42),
      })
      .prefault({}),
    preprocessing: imageOps.prefault({}),
  })
  .prefault({});
export type ThemeParams = z.infer<typeof themeParams>;
