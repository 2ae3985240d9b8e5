/** Gamma and the two histogram equalisations, to the byte as engine/src/minori_engine/image/ops.py. */
import { edges, newPixels, type Pixels } from './pixels.ts';

const LEVELS = 256;
/** Weights of CLAHE's curves are 16-bit shares. */
const WHOLE = 2 ** 16;

export function gamma(from: Pixels, power: number): Pixels {
  const curve = Uint8Array.from({ length: LEVELS }, (_, level) => Math.floor(255 * (level / 255) ** power + 0.5));
  const result = newPixels(from.width, from.height);
  for (let at = 0; at < from.data.length; at++) result.data[at] = curve[from.data[at] ?? 0] ?? 0;
  return result;
}

export function equalize(from: Pixels): Pixels {
  const light = luminance(from);
  const curve = equalizing(histogram(light));
  return withLuminance(from, light, (at) => curve[light[at] ?? 0] ?? 0);
}

/** Zuiderveld 1994: contrast-limited, per tile, curves mixed between the middles of tiles. */
export function clahe(from: Pixels, clipLimit: number, tiles: number): Pixels {
  const light = luminance(from);
  const { width, height } = from;
  const tops = edges(height, Math.min(tiles, height));
  const lefts = edges(width, Math.min(tiles, width));
  const curves = tops
    .slice(1)
    .map((bottom, row) =>
      lefts
        .slice(1)
        .map((right, column) =>
          clippedCurve(light, width, [lefts[column] ?? 0, tops[row] ?? 0, right, bottom], clipLimit),
        ),
    );
  const down = between(tops, height);
  const across = between(lefts, width);
  return withLuminance(from, light, (at) => {
    const level = light[at] ?? 0;
    const vertical = down[Math.floor(at / width)];
    const horizontal = across[at % width];
    if (!vertical || !horizontal) return level;
    const value = (row: number, column: number) => curves[row]?.[column]?.[level] ?? 0;
    const { share: y } = vertical;
    const { share: x } = horizontal;
    // Below 2^40: exact in a double.
    const mixed =
      value(vertical.before, horizontal.before) * (WHOLE - y) * (WHOLE - x) +
      value(vertical.before, horizontal.after) * (WHOLE - y) * x +
      value(vertical.after, horizontal.before) * y * (WHOLE - x) +
      value(vertical.after, horizontal.after) * y * x;
    return Math.floor((mixed + 2 ** 31) / 2 ** 32);
  });
}

/** 0..255 (ITU-R BT.601). */
function luminance({ data, width, height }: Pixels): Uint8Array {
  const light = new Uint8Array(width * height);
  for (let at = 0; at < light.length; at++)
    light[at] = Math.floor(
      (299 * (data[3 * at] ?? 0) + 587 * (data[3 * at + 1] ?? 0) + 114 * (data[3 * at + 2] ?? 0) + 500) / 1000,
    );
  return light;
}

/** All three channels move alike, so that the colour difference stays. */
function withLuminance(from: Pixels, old: Uint8Array, wanted: (at: number) => number): Pixels {
  const result = newPixels(from.width, from.height);
  for (let at = 0; at < old.length; at++) {
    const move = wanted(at) - (old[at] ?? 0);
    for (let channel = 3 * at; channel < 3 * at + 3; channel++)
      result.data[channel] = Math.min(255, Math.max(0, (from.data[channel] ?? 0) + move));
  }
  return result;
}

function histogram(light: Uint8Array): Float64Array {
  const counts = new Float64Array(LEVELS);
  for (const level of light) counts[level] = (counts[level] ?? 0) + 1;
  return counts;
}

/** Level -> level; the darkest one that is there becomes 0. */
function equalizing(counts: Float64Array): Uint8Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const darkest = counts.find((count) => count > 0) ?? 0;
  if (total === darkest) return Uint8Array.from({ length: LEVELS }, (_, level) => level);
  const spread = total - darkest;
  let below = 0;
  return Uint8Array.from(counts, (count) => {
    below += count;
    return Math.min(255, Math.max(0, Math.floor((2 * 255 * (below - darkest) + spread) / (2 * spread))));
  });
}

type Box = readonly [left: number, top: number, right: number, bottom: number];

/** What a level has above the limit is dealt out to all levels. */
function clippedCurve(light: Uint8Array, width: number, [left, top, right, bottom]: Box, clipLimit: number) {
  const counts = new Float64Array(LEVELS);
  for (let row = top; row < bottom; row++)
    for (const level of light.subarray(row * width + left, row * width + right))
      counts[level] = (counts[level] ?? 0) + 1;
  const size = (right - left) * (bottom - top);
  const limit = Math.max(1, Math.floor((clipLimit * size) / LEVELS));
  const excess = counts.reduce((sum, count) => sum + Math.max(0, count - limit), 0);
  let below = 0;
  return Float64Array.from(counts, (count, level) => {
    below += Math.min(count, limit) + Math.floor(excess / LEVELS) + (level < excess % LEVELS ? 1 : 0);
    return Math.floor((2 * 255 * below + size) / (2 * size));
  });
}

/** Per pixel of a side: the tile before and after it, and the 16-bit share of the one after. */
function between(bounds: readonly number[], length: number) {
  const middles = bounds.slice(1).map((end, at) => end + (bounds[at] ?? 0));
  return Array.from({ length }, (_, pixel) => {
    const place = 2 * pixel + 1;
    const tile = middles.filter((middle) => middle <= place).length - 1;
    const after = Math.min(tile + 1, middles.length - 1);
    const [low, high] = [middles[tile], middles[tile + 1]];
    const share = low === undefined || high === undefined ? 0 : Math.floor(((place - low) * WHOLE) / (high - low));
    return { before: Math.max(tile, 0), after, share };
  });
}
