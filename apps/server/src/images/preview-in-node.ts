/** Deterministic steps in this process: a preview while the engine is still being set up. Same bytes as the engine's. */
import type { ImageOps, ImageView, PreviewAnswer } from '@minori/contract';
import { ProblemError } from '@minori/contract';
import sharp from 'sharp';
import { applyStep, runsInNode } from './ops/index.ts';
import type { Pixels } from './ops/index.ts';

const MOST_PIXELS = 8_000_000;
const SHOWN: ReadonlySet<ImageView> = new Set(['original', 'steps']);

export const canPreviewInNode = (ops: ImageOps, views: readonly ImageView[]): boolean =>
  runsInNode(ops) && views.every((view) => SHOWN.has(view));

/** @throws ProblemError preview_too_large 413: the event loop is not for large pictures */
export async function previewInNode(
  path: string,
  ops: ImageOps,
  views: readonly ImageView[],
): Promise<PreviewAnswer['pictures']> {
  const { width, height } = await sharp(path).metadata();
  if (width * height > MOST_PIXELS) throw new ProblemError('preview_too_large', 413);
  const { data, info } = await sharp(path)
    .autoOrient()
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  let pixels: Pixels = { width: info.width, height: info.height, data: new Uint8Array(data) };
  const pictures: PreviewAnswer['pictures'] = [];
  if (views.includes('original'))
    pictures.push({ view: 'original', step: null, number: 0, ...(await encoded(pixels)) });
  if (!views.includes('steps')) return pictures;
  for (const [number, step] of ops.steps.filter(({ name }) => name !== 'patches').entries()) {
    [pixels = pixels] = applyStep(pixels, step);
    pictures.push({ view: 'steps', step: step.name, number, ...(await encoded(pixels)) });
  }
  return pictures;
}

async function encoded({ width, height, data }: Pixels) {
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { width, height, png: png.toString('base64') };
}
