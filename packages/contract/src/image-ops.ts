/**
 * What is done to every picture before training and at inference: the `preprocessing` list of params.yaml. All of
 * it is integer arithmetic on 8-bit RGB, so that Python and Node give the same pixels.
 */
import { z } from 'zod';

export const IMAGE_OPS_VERSION = 1;

const side = z.int().min(1).max(4096);

export const imageOp = z.discriminatedUnion('name', [
  /** Spreads the brightness over the whole range; colours keep their tint. */
  z.strictObject({ name: z.literal('histogram_equalization') }),
  /** The same per tile, contrast limited (CLAHE). */
  z.strictObject({
    name: z.literal('clahe'),
    /** Times the mean count of a histogram that a level may have. */
    clip_limit: z.number().min(1).max(40).default(2),
    /** Tiles in each direction. */
    tiles: z.int().min(1).max(16).default(8),
  }),
  /** Below 1 brightens, above 1 darkens: 255 (v / 255) ^ gamma. */
  z.strictObject({ name: z.literal('gamma'), gamma: z.number().min(0.1).max(10) }),
  /** Antialiased triangle filter. */
  z.strictObject({ name: z.literal('resize'), width: side, height: side }),
  /** Cuts into rows x columns pieces; at inference their answers are pooled per picture. */
  z.strictObject({ name: z.literal('patches'), rows: z.int().min(1).max(16), columns: z.int().min(1).max(16) }),
  /** A step of one's own: `plugins/preprocessing/<plugin>.py` of the home, installed by an administrator. */
  z.strictObject({
    name: z.literal('custom'),
    plugin: z.string().regex(/^[a-z][a-z0-9_]{0,60}$/),
    params: z.record(z.string(), z.unknown()).default({}),
  }),
]);
export type ImageOp = z.infer<typeof imageOp>;

export const imageOps = z.strictObject({
  version: z.literal(IMAGE_OPS_VERSION).default(IMAGE_OPS_VERSION),
  steps: z
    .array(imageOp)
    .max(20)
    .refine((steps) => steps.every((step, at) => step.name !== 'patches' || at === steps.length - 1), {
      message: 'patches must be the last step',
      params: { code: 'patches_not_last' },
    })
    .default([]),
});
export type ImageOps = z.infer<typeof imageOps>;

export const IMAGE_OP_NAMES = ['histogram_equalization', 'clahe', 'gamma', 'resize', 'patches', 'custom'] as const;
export type ImageOpName = (typeof IMAGE_OP_NAMES)[number];

/** A step to begin with, every setting named. */
export function newImageOp(name: ImageOpName, plugin = ''): ImageOp {
  switch (name) {
    case 'histogram_equalization':
      return { name };
    case 'clahe':
      return { name, clip_limit: 2, tiles: 8 };
    case 'gamma':
      return { name, gamma: 1 };
    case 'resize':
      return { name, width: 64, height: 64 };
    case 'patches':
      return { name, rows: 2, columns: 2 };
    case 'custom':
      return { name, plugin, params: {} };
  }
}
