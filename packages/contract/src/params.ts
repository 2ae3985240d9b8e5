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
/** What checkpoints and early stopping look at; a loss is better when smaller, everything else when larger. */
export const MONITORED = ['valid_loss', 'valid_accuracy', 'valid_precision', 'valid_recall', 'valid_f1'] as const;

const share = z.number().min(0).max(1);
const epochs = z.int().min(1).max(1000);

const model = z.strictObject({
  name: z.enum(IMAGE_MODELS).default('EfficientNetLite0'),
  pretrained: z.boolean().default(true),
  freeze_backbone: z.boolean().default(true),
});

/** Each is read by its own scheduler and by no other; the names are PyTorch's. */
const schedulerParams = z.strictObject({
  /** StepLR: epochs between two steps, and the factor of each. */
  step_size: epochs.default(5),
  gamma: z.number().positive().max(1).default(0.1),
  /** CosineAnnealingLR: epochs of half a wave, null for the whole training; and the rate at its end. */
  T_max: epochs.nullable().default(null),
  eta_min: z.number().min(0).max(1).default(0),
  /** ReduceLROnPlateau. */
  factor: z.number().positive().lt(1).default(0.1),
  patience: z.int().min(0).max(1000).default(3),
});

const training = z.strictObject({
  /** Name of the MLflow run; its own when absent. */
  run_name: z.string().min(1).max(200).optional(),
  num_epochs: epochs.default(10),
  batch_size: z.int().min(1).max(1024).default(32),
  learning_rate: z.number().positive().max(10).default(0.001),
  weight_decay: z.number().min(0).max(1).default(0),
  optimizer: z.enum(['Adam', 'SGD', 'AdamW']).default('Adam'),
  /** Of SGD. */
  momentum: share.lt(1).default(0.9),
  scheduler: z.enum(['none', 'StepLR', 'CosineAnnealingLR', 'ReduceLROnPlateau']).default('none'),
  scheduler_params: schedulerParams.prefault({}),
  gradient_clip_val: z.number().positive().nullable().default(null),
  precision: z.enum(['32-true', '16-mixed', 'bf16-mixed']).default('32-true'),
  accelerator: z.enum(['auto', 'cpu', 'gpu']).default('auto'),
  /** More than one GPU trains with `strategy: ddp`. */
  devices: z.int().min(1).max(64).default(1),
  strategy: z.enum(['auto', 'ddp']).default('auto'),
  deterministic: z.boolean().default(true),
});

const callbacks = z.strictObject({
  model_checkpoint: z
    .strictObject({
      monitor: z.enum(MONITORED).default('valid_loss'),
      save_top_k: z.int().min(1).max(100).default(1),
      save_last: z.boolean().default(true),
    })
    .prefault({}),
  /** null: trains all epochs. */
  early_stopping: z
    .strictObject({
      monitor: z.enum(MONITORED).default('valid_loss'),
      /** Epochs without a better value before it ends. */
      patience: epochs.default(5),
      min_delta: z.number().min(0).default(0),
    })
    .nullable()
    .prefault({}),
  learning_rate_monitor: z.boolean().default(true),
  gradient_norm: z.boolean().default(true),
  progress_bar: z.enum(['tqdm', 'rich', 'none']).default('tqdm'),
});

const data = z.strictObject({
  split_ratio: z
    .strictObject({ train: share.default(0.7), valid: share.default(0.15), test: share.default(0.15) })
    .prefault({})
    .refine(({ train, valid, test }) => Math.abs(train + valid + test - 1) < 1e-6, {
      message: 'must add up to 1',
      params: { code: 'shares_not_one' },
    }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(42),
  /** Processes that read pictures beside the training. */
  num_workers: z.int().min(0).max(64).default(0),
});

export const themeParams = z
  .strictObject({
    /** Of the theme it was written for; ignored where the theme is given. */
    theme_id: z.int().positive().optional(),
    model: model.prefault({}),
    training: training.prefault({}),
    callbacks: callbacks.prefault({}),
    data: data.prefault({}),
    preprocessing: imageOps.prefault({}),
    /** Keeps the preprocessed pictures under `artifacts/preprocessed/` of the run. */
    artifacts: z.strictObject({ save_preprocessed: z.boolean().default(false) }).prefault({}),
  })
  .prefault({});
export type ThemeParams = z.infer<typeof themeParams>;
