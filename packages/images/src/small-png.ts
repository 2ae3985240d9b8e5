/**
 * Reads the plainest PNGs here: 8 bits, grey or RGB, nothing that changes how they look. A data set of tens of
 * thousands of small pictures is mostly the price of asking sharp for each, which is many times that of the pixels.
 */
import { crc32, inflateSync } from 'node:zlib';

export interface SmallPicture {
  readonly width: number;
  readonly height: number;
  /** Of the file: 1 or 3. */
  readonly channels: number;
  /** Interleaved. */
  readonly rgb: Buffer;
}

const SIGNATURE_BYTES = 8;
/** Of a chunk: length, type and sum. */
const CHUNK_BYTES = 12;
const GREY = 0;
const RGB = 2;
/** Chunks that say nothing about the pixels' looks. */
const HARMLESS = new Set(['tEXt', 'zTXt', 'iTXt', 'pHYs', 'tIME']);

/**
 * @param side longest side that is read here
 * @returns null for whatever is not whole and plain: sharp says what it is
 */
export function readSmallPng(file: Buffer, side: number): SmallPicture | null {
  const parts: Buffer[] = [];
  let head: Buffer | null = null;
  for (let at = SIGNATURE_BYTES; at + CHUNK_BYTES <= file.length;) {
    const end = at + CHUNK_BYTES + file.readUInt32BE(at);
    if (end > file.length || crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) return null;
    const type = file.toString('latin1', at + 4, at + 8);
    const content = file.subarray(at + 8, end - 4);
    if (type === 'IEND') return head === null ? null : pixelsOf(head, Buffer.concat(parts), side);
    if (type === 'IHDR' && head === null) head = content;
    else if (type === 'IDAT') parts.push(content);
    else if (!HARMLESS.has(type)) return null;
    at = end;
  }
  return null;
}

function pixelsOf(head: Buffer, packed: Buffer, side: number): SmallPicture | null {
  if (head.length !== 13) return null;
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const [bits, colour, compression, filter, interlace] = head.subarray(8);
  if (width === 0 || height === 0 || Math.max(width, height) > side) return null;
  if (bits !== 8 || compression !== 0 || filter !== 0 || interlace !== 0) return null;
  if (colour !== GREY && colour !== RGB) return null;
  const channels = colour === RGB ? 3 : 1;
  const stride = width * channels;
  let rows: Buffer;
  try {
    rows = inflateSync(packed, { maxOutputLength: (stride + 1) * height });
  } catch {
    return null;
  }
  if (rows.length !== (stride + 1) * height) return null;
  const pixels = Buffer.allocUnsafe(stride * height);
  for (let row = 0; row < height; row++) {
    const from = rows.subarray(row * (stride + 1), (row + 1) * (stride + 1));
    const above = row === 0 ? Buffer.alloc(stride) : pixels.subarray((row - 1) * stride, row * stride);
    if (!unfilter(from, above, pixels.subarray(row * stride, (row + 1) * stride), channels)) return null;
  }
  return { width, height, channels, rgb: channels === 3 ? pixels : thrice(pixels) };
}

/** One row, its first byte being the filter (PNG, section 9). @returns false for a filter that does not exist */
function unfilter(row: Buffer, above: Buffer, into: Buffer, step: number): boolean {
  const filter = row[0] ?? 0;
  if (filter > 4) return false;
  for (let at = 0; at < into.length; at++) {
    const left = at < step ? 0 : (into[at - step] ?? 0);
    const up = above[at] ?? 0;
    let guess = 0;
    if (filter === 1) guess = left;
    else if (filter === 2) guess = up;
    else if (filter === 3) guess = (left + up) >> 1;
    else if (filter === 4) guess = paeth(left, up, at < step ? 0 : (above[at - step] ?? 0));
    into[at] = (row[at + 1] ?? 0) + guess;
  }
  return true;
}

function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function thrice(grey: Buffer): Buffer {
  const rgb = Buffer.allocUnsafe(grey.length * 3);
  for (let at = 0; at < grey.length; at++) rgb.fill(grey[at] ?? 0, at * 3, at * 3 + 3);
  return rgb;
}
