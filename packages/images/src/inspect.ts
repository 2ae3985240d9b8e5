/** Looks at one file: is it a picture, what is known of it, and what do people see of it. */
import { createHash } from 'node:crypto';
import { createReadStream, constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import sharp from 'sharp';
import type { Metadata } from 'sharp';
import { IMAGE_LIMITS } from './item.ts';
import type { ImageFacts, Rejection } from './item.ts';
import { differenceHash, greyGrid, pixelHash } from './pixels.ts';
import { readSmallPng } from './small-png.ts';
import type { SmallPicture } from './small-png.ts';
import { hidesSomething, readAt, sniff } from './sniff.ts';

sharp.concurrency(1);
sharp.cache(false);

const HEAD_BYTES = 1024;
/** A file up to this size is read once, whole. */
const IN_MEMORY_BYTES = 1024 ** 2;
const THUMB = 256;
const VIEW = 1600;
/** A file up to this size is sent to browsers as it is. */
const PLAIN_THUMB_BYTES = 48 * 1024;
const PLAIN_VIEW_BYTES = 4 * 1024 ** 2;

export interface Place {
  /** Folder of the attempt, where `<key>.thumb.webp` and `<key>.view.webp` go. */
  readonly folder: string;
  readonly key: string;
}

/**
 * Decodes all of a file, so that one cut short is found. What is made of it is on the disk when this resolves; the
 * file itself is whoever wrote it to sync. Turned as EXIF says, 16 bits and CMYK brought to 8 bits sRGB for the derived ones.
 */
export async function inspect(path: string, place: Place): Promise<{ facts: ImageFacts } | { rejected: Rejection }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    if (size === 0) return { rejected: 'empty' };
    if (size > IMAGE_LIMITS.bytes) return { rejected: 'too_large' };
    const whole = size <= IN_MEMORY_BYTES ? await readWhole(file, size) : null;
    const found = sniff(whole?.subarray(0, HEAD_BYTES) ?? (await readAt(file, 0, HEAD_BYTES)));
    if ('rejected' in found) return found;
    const { format } = found;
    if (await hidesSomething(whole ?? file, format, size)) return { rejected: 'hidden_content' };
    const small = whole !== null && size <= PLAIN_THUMB_BYTES && format === 'png' ? readSmallPng(whole, THUMB) : null;
    const looked = small === null ? await look(whole ?? path, place, format, size) : describe(small);
    if ('rejected' in looked) return looked;
    const sha256 = whole === null ? await sha256Of(path) : createHash('sha256').update(whole).digest('hex');
    return { facts: { ...looked, sha256, bytes: size, format } };
  } finally {
    await file.close();
  }
}

async function readWhole(file: FileHandle, size: number): Promise<Buffer> {
  const whole = await readAt(file, 0, size);
  // Somebody is still writing it.
  if (whole.length !== size) throw new Error(`${whole.length} of ${size} bytes were read`);
  return whole;
}

type Looked = Omit<ImageFacts, 'sha256' | 'bytes' | 'format'>;

/** What `look` says of a picture that serves as its own thumbnail. */
function describe({ width, height, channels, rgb }: SmallPicture): Looked {
  const size = { width, height };
  return { width, height, bits: 8, channels, ...fingerprints(rgb, size, { rgb, size }, size), thumb: null, view: null };
}

/** @param small what equal pixels are told by; `seen` is the size on the screen */
function fingerprints(
  rgb: Buffer,
  size: { width: number; height: number },
  small: { rgb: Buffer; size: { width: number; height: number } },
  seen: { width: number; height: number },
) {
  return {
    pixels: pixelHash(small.rgb, small.size, `${seen.width}x${seen.height}`),
    dhash: differenceHash(rgb, size),
    grey: Buffer.from(greyGrid(rgb, size, 16, 16)).toString('base64'),
  };
}

async function look(
  file: string | Buffer,
  place: Place,
  format: string,
  bytes: number,
): Promise<Looked | { rejected: Rejection }> {
  const options = { limitInputPixels: IMAGE_LIMITS.pixels, failOn: 'error', unlimited: false } as const;
  let metadata: Metadata;
  try {
    metadata = await sharp(file, { ...options, limitInputPixels: false }).metadata();
  } catch {
    return { rejected: 'damaged' };
  }
  if (metadata.format !== format) return { rejected: 'damaged' };
  if (metadata.width * metadata.height > IMAGE_LIMITS.pixels) return { rejected: 'too_many_pixels' };
  const { width, height } = metadata.autoOrient;
  try {
    const { data, info } = await sharp(file, options)
      .autoOrient()
      .resize(VIEW, VIEW, { fit: 'inside', withoutEnlargement: true, fastShrinkOnLoad: false })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const rgb = info.channels === 3 ? data : spread(data, info.channels);
    const plain =
      format !== 'tiff' &&
      (metadata.orientation ?? 1) === 1 &&
      metadata.depth === 'uchar' &&
      metadata.space !== 'cmyk' &&
      (metadata.pages ?? 1) === 1;
    const small = await reduced(rgb, info, 512);
    const thumb =
      plain && Math.max(width, height) <= THUMB && bytes <= PLAIN_THUMB_BYTES ? null : `${place.key}.thumb.webp`;
    const view =
      plain && Math.max(width, height) <= VIEW && bytes <= PLAIN_VIEW_BYTES ? null : `${place.key}.view.webp`;
    const raw = { raw: { width: info.width, height: info.height, channels: 3 } } as const;
    if (thumb !== null)
      await save(
        join(place.folder, thumb),
        await sharp(rgb, raw)
          .resize(THUMB, THUMB, { fit: 'inside', withoutEnlargement: true })
          .webp({ quality: 80 })
          .toBuffer(),
      );
    if (view !== null) await save(join(place.folder, view), await sharp(rgb, raw).webp({ quality: 85 }).toBuffer());
    return {
      width,
      height,
      bits: metadata.depth === 'uchar' ? 8 : metadata.depth === 'ushort' ? 16 : 32,
      channels: metadata.channels,
      ...fingerprints(rgb, info, small, { width, height }),
      thumb,
      view,
    };
  } catch {
    return { rejected: 'damaged' };
  }
}

async function reduced(rgb: Buffer, size: { width: number; height: number }, limit: number) {
  if (Math.max(size.width, size.height) <= limit) return { rgb, size: { width: size.width, height: size.height } };
  const { data, info } = await sharp(rgb, { raw: { width: size.width, height: size.height, channels: 3 } })
    .resize(limit, limit, { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgb: data, size: { width: info.width, height: info.height } };
}

/** One grey channel as three. */
function spread(data: Buffer, channels: number): Buffer {
  const rgb = Buffer.alloc((data.length / channels) * 3);
  for (let pixel = 0; pixel * channels < data.length; pixel++)
    for (let channel = 0; channel < 3; channel++)
      rgb[pixel * 3 + channel] = data[pixel * channels + (channels >= 3 ? channel : 0)] ?? 0;
  return rgb;
}

async function save(path: string, content: Buffer): Promise<void> {
  await writeFile(path, content, { mode: 0o600, flush: true });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
