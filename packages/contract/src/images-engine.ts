/**
 * The image tasks of the engine. Pictures are files named by absolute path; answers that are as long as the
 * list of pictures are float32 files, little-endian, C order, one row per picture in the order of the list.
 */
import { z } from 'zod';
import { augmentationPlan, augmentationStep } from './augmentation.ts';
import { imageOps } from './image-ops.ts';

/** Name of a folder of an encoder. */
export const encoderName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);

const folderEncoder = z.strictObject({
  kind: z.literal('folder'),
  name: encoderName,
  /** Absolute, with config.json, preprocessor_config.json and model.safetensors. */
  folder: z.string(),
});

/** What turns a picture into numbers: EfficientNet-Lite0 with ImageNet weights, or what somebody put into a folder. */
export const imageEncoder = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('builtin'),
    name: z.enum(['efficientnet_lite0']),
    /** Side of the square a picture is brought to, pixels. */
    size: z.int().min(32).max(512),
  }),
  folderEncoder,
]);
export type ImageEncoder = z.infer<typeof imageEncoder>;

/** Whether a folder holds an encoder that gives numbers. */
export const imageEncoderInput = z.strictObject({ encoder: folderEncoder });
export const imageEncoderResult = z.strictObject({
  /** With a hash of its files: numbers of two encoders must never be compared. */
  encoder: z.string(),
  /** `model_type` of its config.json. */
  kind: z.string(),
  /** What a picture is brought to, pixels. */
  height: z.int().positive(),
  width: z.int().positive(),
  dimensions: z.int().positive(),
});

/** Why a picture gave no numbers; worded by the UI. */
export const imageFault = z.enum(['missing', 'unreadable', 'too_large']);
export type ImageFault = z.infer<typeof imageFault>;
const failedPicture = z.strictObject({ index: z.int().nonnegative(), fault: imageFault });

const embeddingFile = z.strictObject({
  /** Absolute path of (count, dimensions) float32. */
  path: z.string(),
  dimensions: z.int().positive(),
});

const duplicatesFound = {
  /** Pairs whose pixels agree, surest first; `first` < `second` count in the list. */
  pairs: z.array(
    z.strictObject({
      first: z.int().nonnegative(),
      second: z.int().nonnegative(),
      /** Correlation once one picture is laid over the other, 0..1. */
      agreement: z.number().min(0).max(1),
    }),
  ),
  /** Of two or more pictures each; every one of them agrees with the group's oldest core, so that no chain ties strangers. */
  groups: z.array(z.array(z.int().nonnegative()).min(2)),
};

/** Columns of `scores.f32`. NaN where a picture has no such score. */
export const IMAGE_SCORE_COLUMNS = ['diverse', 'uncertain', 'suspicious', 'predicted', 'confidence'] as const;

/** The classifier behind `uncertain`, `suspicious` and `predicted`. */
const probeSummary = z.strictObject({
  labeled: z.int().positive(),
  /** Classes with enough labels to be learnt. */
  classes: z.array(z.int().nonnegative()),
  /** Out-of-fold share of labels that were met, 0..1. */
  accuracy: z.number().min(0).max(1),
  /** Labels that another class's own threshold speaks against. */
  suspicious: z.int().nonnegative(),
});

/** Of one picture; the first byte is their version. */
export const FINGERPRINT_BYTES = 4705;

/** All that a theme's queues need, in one go: new embeddings, scores, copies. */
export const imageSurveyInput = z.strictObject({
  images: z.array(z.string()).min(1),
  labels: z.array(z.int().nonnegative().nullable()),
  classes: z.int().nonnegative(),
  encoder: imageEncoder,
  batch: z.int().positive(),
  folds: z.int().min(2).max(20),
  /** Numbers of an earlier survey, NaN rows for new pictures; left aside when the encoder is another one. */
  known: embeddingFile.extend({ encoder: z.string() }).nullable(),
  /** Absolute path of FINGERPRINT_BYTES per picture, zeros where there are none: what finds copies, of an earlier survey. */
  fingerprints: z.string().nullable(),
});
export type ImageSurveyInput = z.infer<typeof imageSurveyInput>;

export const imageSurveyResult = z.strictObject({
  encoder: z.string(),
  count: z.int().positive(),
  dimensions: z.int().positive(),
  /** Pictures whose rows the file of embeddings has, in its order. */
  new: z.array(z.int().nonnegative()),
  /** The same of the file of fingerprints. */
  looked: z.array(z.int().nonnegative()),
  columns: z.array(z.enum(IMAGE_SCORE_COLUMNS)),
  files: z.strictObject({ embeddings: z.string(), fingerprints: z.string(), scores: z.string() }),
  probe: probeSummary.nullable(),
  ...duplicatesFound,
  failed: z.array(failedPicture),
});
export type ImageSurveyResult = z.infer<typeof imageSurveyResult>;

export const imageView = z.enum(['original', 'steps', 'patches', 'train', 'evaluation']);
export type ImageView = z.infer<typeof imageView>;

export const imagePreviewInput = z.strictObject({
  image: z.string(),
  preprocessing: imageOps,
  augmentation: augmentationPlan,
  /** Folder of the own preprocessing steps. */
  plugins: z.string(),
  views: z.array(imageView).min(1),
  /** Training samples, epoch after epoch from `epoch` on. */
  samples: z.int().min(1).max(32),
  epoch: z.int().nonnegative(),
  /** The picture's number, for its random draws; they depend on nothing but (seed, epoch, index). */
  index: z.int().nonnegative(),
});
export type ImagePreviewInput = z.infer<typeof imagePreviewInput>;

/** The pixels that training and serving use, as PNG files in the attempt folder. */
export const imagePreviewResult = z.strictObject({
  pictures: z.array(
    z.strictObject({
      view: imageView,
      /** The step after which this is taken; null for views that are not one step. */
      step: z.string().nullable(),
      /** Counts within the view, from 0. */
      number: z.int().nonnegative(),
      file: z.string(),
      width: z.int().positive(),
      height: z.int().positive(),
    }),
  ),
});
export type ImagePreviewResult = z.infer<typeof imagePreviewResult>;

/** The documents' pictures of a pipeline, as contact sheets. */
export const VISUALIZATIONS = ['preprocessing', 'augmentation', 'dataset'] as const;
export const visualization = z.enum(VISUALIZATIONS);
export type Visualization = z.infer<typeof visualization>;

export const imageSheetsInput = z.strictObject({
  what: visualization,
  pictures: z
    .array(z.strictObject({ image: z.string(), index: z.int().nonnegative(), caption: z.string() }))
    .min(1)
    .max(64),
  preprocessing: imageOps,
  augmentation: augmentationPlan,
  /** The fixed steps of the test, beside the validation's in `augmentation`. */
  test: z.array(augmentationStep),
  plugins: z.string(),
  samples: z.int().min(1).max(32),
  /** Pictures of a training batch. */
  batch: z.int().min(1).max(64),
});
export type ImageSheetsInput = z.infer<typeof imageSheetsInput>;

export const imageSheetsResult = z.strictObject({
  sheets: z.array(
    z.strictObject({ name: z.string(), file: z.string(), width: z.int().positive(), height: z.int().positive() }),
  ),
  /** Libraries whose row of the comparison is empty because nobody installed them. */
  missing: z.array(z.string()),
});

/** What there is besides our own operations; nothing of it is run. */
export const imageToolsInput = z.strictObject({ plugins: z.string() });
export const imageToolsResult = z.strictObject({
  plugins: z.array(
    z.strictObject({
      name: z.string(),
      /** The first line of its docstring. */
      about: z.string(),
      /** null where a parameter has no default, or none that is a plain value. */
      parameters: z.array(z.strictObject({ name: z.string(), default: z.unknown() })),
      error: z.strictObject({ line: z.int().positive().nullable(), message: z.string() }).nullable(),
    }),
  ),
  libraries: z.array(z.strictObject({ name: z.enum(['albumentations', 'torchvision']), installed: z.boolean() })),
});
