/**
 * `auguments.yaml` (the documents' spelling): random changes in training, fixed ones for validation, test and serving,
 * and the size that every picture is brought to.
 */
import { z } from 'zod';
import { ALBUMENTATIONS, ALBUMENTATIONS_BEGIN, TORCHVISION, TORCHVISION_BEGIN } from './augmentation-names.ts';

export const AUGMENTATION_LIBRARIES = ['builtin', 'albumentations', 'torchvision'] as const;
export const augmentationLibrary = z.enum(AUGMENTATION_LIBRARIES);
export type AugmentationLibrary = z.infer<typeof augmentationLibrary>;

const share = z.number().min(0).max(1);
const side = z.int().min(1).max(4096);
/** [low, high], or one number for -n..n or 1-n..1+n, as the libraries have it. */
const span = z.union([
  z.number().min(0),
  z.tuple([z.number(), z.number()]).refine(([low, high]) => low <= high, {
    message: 'the first must not be above the second',
    params: { code: 'range_reversed' },
  }),
]);
const p = { p: share.default(0.5) };
const always = { p: share.default(1) };

/** Operations of our own, under the names that albumentations and torchvision gave them. */
const RANDOM = {
  HorizontalFlip: z.strictObject(p),
  VerticalFlip: z.strictObject(p),
  RandomRotate90: z.strictObject(p),
  /** Degrees, counter-clockwise. */
  Rotate: z.strictObject({ limit: span.default(15), ...p }),
  /** shift: share of the side; scale: 1 ± n; rotate: degrees. */
  ShiftScaleRotate: z.strictObject({
    shift_limit: span.default(0.0625),
    scale_limit: span.default(0.1),
    rotate_limit: span.default(15),
    ...p,
  }),
  RandomCrop: z.strictObject({ height: side, width: side, ...always }),
  RandomResizedCrop: z.strictObject({
    height: side,
    width: side,
    scale: z.tuple([share, share]).default([0.5, 1]),
    ratio: z.tuple([z.number().positive(), z.number().positive()]).default([0.75, 1.3333]),
    ...always,
  }),
  ColorJitter: z.strictObject({
    brightness: span.default(0.2),
    contrast: span.default(0.2),
    saturation: span.default(0.2),
    hue: span.default(0),
    ...p,
  }),
  RandomBrightnessContrast: z.strictObject({
    brightness_limit: span.default(0.2),
    contrast_limit: span.default(0.2),
    ...p,
  }),
  /** Percent: 100 changes nothing. */
  RandomGamma: z.strictObject({ gamma_limit: z.tuple([z.number(), z.number()]).default([80, 120]), ...p }),
  GaussianBlur: z.strictObject({
    sigma_limit: z.tuple([z.number().min(0), z.number().min(0)]).default([0.5, 2]),
    ...p,
  }),
  /** Standard deviation as a share of the range. */
  GaussNoise: z.strictObject({ std_range: z.tuple([share, share]).default([0.02, 0.1]), ...p }),
  /** Black holes; sizes are shares of the sides. */
  CoarseDropout: z.strictObject({
    num_holes_range: z.tuple([z.int().min(1), z.int().max(64)]).default([1, 4]),
    hole_height_range: z.tuple([share, share]).default([0.05, 0.2]),
    hole_width_range: z.tuple([share, share]).default([0.05, 0.2]),
    ...p,
  }),
} as const;
const FIXED = {
  Resize: z.strictObject({ height: side, width: side }),
  CenterCrop: z.strictObject({ height: side, width: side }),
  ToGray: z.strictObject({}),
  /** Of the numbers that the network gets; pixels that are shown are as before it. */
  Normalize: z.strictObject({
    mean: z.tuple([share, share, share]).default([0.485, 0.456, 0.406]),
    std: z.tuple([share, share, share]).default([0.229, 0.224, 0.225]),
  }),
} as const;
const BUILTIN: Readonly<Record<string, z.ZodType<Record<string, unknown>>>> = { ...RANDOM, ...FIXED };
/** Sizes have no default: a form begins with this one. */
const BEGIN = { height: 64, width: 64 };

/** torchvision's words for the same things. */
const ALIASES: Readonly<Record<string, string>> = {
  RandomHorizontalFlip: 'HorizontalFlip',
  RandomVerticalFlip: 'VerticalFlip',
  Grayscale: 'ToGray',
};
/** What never changes from one look to the next: allowed for validation and test in every library. */
const FIXED_NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(FIXED),
  'Grayscale',
  'ToTensor',
  'ToTensorV2',
  'PadIfNeeded',
  'Pad',
  'SmallestMaxSize',
  'LongestMaxSize',
  'Equalize',
]);

const isFixed = (name: string): boolean => FIXED_NAMES.has(name);
const NAMES: Readonly<Record<AugmentationLibrary, readonly string[]>> = {
  builtin: Object.keys(BUILTIN),
  albumentations: ALBUMENTATIONS,
  torchvision: TORCHVISION,
};
const KNOWN: Readonly<Record<AugmentationLibrary, ReadonlySet<string>>> = {
  builtin: new Set([...NAMES.builtin, ...Object.keys(ALIASES)]),
  albumentations: new Set(ALBUMENTATIONS),
  torchvision: new Set(TORCHVISION),
};

/** What may be chosen in training, or for validation and test. */
export const augmentationNames = (library: AugmentationLibrary, part: 'train' | 'validation' | 'test'): string[] =>
  NAMES[library].filter((name) => part === 'train' || isFixed(name));

/** A step with all its parameters, to begin with; other libraries keep their own defaults where they have some. */
export function newAugmentationStep(library: AugmentationLibrary, name: string): Record<string, unknown> {
  if (library !== 'builtin')
    return { name, ...(library === 'albumentations' ? ALBUMENTATIONS_BEGIN : TORCHVISION_BEGIN)[name] };
  const schema = BUILTIN[ALIASES[name] ?? name];
  const { p: chance, ...params } = schema?.safeParse(BEGIN).data ?? schema?.safeParse({}).data ?? {};
  // What is certain need not be said.
  return { name, ...params, ...(typeof chance === 'number' && chance < 1 ? { p: chance } : {}) };
}

/** `None` is how Python spells it, and the documents too. */
const none = z.preprocess((value) => (value === 'None' || value === 'none' ? null : value), z.unknown());

const operation = z
  .object({ name: z.string().regex(/^[A-Z][A-Za-z0-9]{1,60}$/), p: share.optional() })
  .catchall(z.unknown());

const size = none.pipe(z.union([side, z.tuple([side, side])]).nullable()).default(null);

export const augmentation = z
  .strictObject({
    library: augmentationLibrary.default('builtin'),
    /** null: pictures keep their size. One number for a square, or [height, width]. */
    image: z.strictObject({ size }).default({ size: null }),
    train: z.array(operation).max(40).default([]),
    validation: z.array(operation).max(40).default([]),
    /** As `validation` when absent. */
    test: z.array(operation).max(40).optional(),
  })
  .superRefine((document, context) => {
    for (const part of ['train', 'validation', 'test'] as const)
      for (const [at, step] of (document[part] ?? []).entries()) {
        const { library } = document;
        if (!KNOWN[library].has(step.name)) {
          context.addIssue({
            code: 'custom',
            path: [part, at, 'name'],
            message: `${library} has no ${step.name}`,
            params: { code: 'operation_unknown', library, name: step.name },
          });
          continue;
        }
        if (part !== 'train' && (!isFixed(step.name) || (step.p !== undefined && step.p !== 1)))
          context.addIssue({
            code: 'custom',
            path: [part, at, 'name'],
            message: `${step.name} is random: only in train`,
            params: { code: 'random_outside_training', name: step.name },
          });
        const found = library === 'builtin' ? builtinOperation(step) : null;
        // A wrong `p` is told by the operation's own schema.
        for (const issue of (found?.error?.issues ?? []).filter(({ path }) => path[0] !== 'p'))
          context.addIssue({ ...issue, path: [part, at, ...issue.path] } as Parameters<typeof context.addIssue>[0]);
      }
  });
export type Augmentation = z.infer<typeof augmentation>;

function builtinOperation({ name, ...params }: z.infer<typeof operation>) {
  const schema = BUILTIN[ALIASES[name] ?? name];
  return schema === undefined ? null : schema.safeParse(params);
}

/** One step as the engine is told it: every parameter set. */
export const augmentationStep = z.strictObject({
  name: z.string(),
  /** null: the library's own. */
  p: share.nullable(),
  params: z.record(z.string(), z.unknown()),
});
export type AugmentationStep = z.infer<typeof augmentationStep>;

export const augmentationPlan = z.strictObject({
  library: augmentationLibrary,
  /** [height, width] or null. */
  size: z.tuple([side, side]).nullable(),
  train: z.array(augmentationStep),
  evaluation: z.array(augmentationStep),
});
export type AugmentationPlan = z.infer<typeof augmentationPlan>;

/** What a document means, defaults filled in; `part` says whose fixed steps are wanted. */
export function planAugmentation(document: Augmentation, part: 'validation' | 'test' = 'validation'): AugmentationPlan {
  const steps = (list: Augmentation['train']) => list.map((step) => resolve(document.library, step));
  // What is done to every picture is certain; albumentations would do some of it to every second one.
  const certain = (list: Augmentation['train']) => steps(list).map((step) => ({ ...step, p: 1 }));
  const { size: wanted } = document.image;
  return {
    library: document.library,
    size: wanted === null ? null : typeof wanted === 'number' ? [wanted, wanted] : wanted,
    train: steps(document.train),
    evaluation: certain(part === 'test' ? (document.test ?? document.validation) : document.validation),
  };
}

function resolve(library: AugmentationLibrary, step: Augmentation['train'][number]): AugmentationStep {
  const { name, p: chance, ...params } = step;
  if (library !== 'builtin') return { name, p: chance ?? null, params };
  const known = ALIASES[name] ?? name;
  const { p: filled, ...rest } = builtinOperation(step)?.data ?? {};
  return { name: known, p: typeof filled === 'number' ? filled : 1, params: rest };
}
