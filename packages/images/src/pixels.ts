/** Small descriptions of a picture by which two of the same are found. */
import { createHash } from 'node:crypto';

/** Grey values of interleaved RGB bytes, averaged over a grid. @returns columns * rows values 0..255 */
export function greyGrid(
  rgb: Uint8Array,
  size: { width: number; height: number },
  columns: number,
  rows: number,
): Uint8Array {
  const { width, height } = size;
  const grid = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const top = Math.floor((row * height) / rows);
    const bottom = Math.max(top + 1, Math.floor(((row + 1) * height) / rows));
    for (let column = 0; column < columns; column++) {
      const left = Math.floor((column * width) / columns);
      const right = Math.max(left + 1, Math.floor(((column + 1) * width) / columns));
      let sum = 0;
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) {
          const at = (y * width + x) * 3;
          sum += 0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0);
        }
      grid[row * columns + column] = Math.round(sum / ((bottom - top) * (right - left)));
    }
  }
  return grid;
}

/** Difference hash: 64 bits as 16 hex digits, row by row. */
export function differenceHash(rgb: Uint8Array, size: { width: number; height: number }): string {
  const grid = greyGrid(rgb, size, 9, 8);
  let bits = 0n;
  for (let row = 0; row < 8; row++)
    for (let column = 0; column < 8; column++) {
      const darker = (grid[row * 9 + column] ?? 0) < (grid[row * 9 + column + 1] ?? 0);
      bits = (bits << 1n) | (darker ? 1n : 0n);
    }
  return bits.toString(16).padStart(16, '0');
}

export function pixelHash(rgb: Uint8Array, size: { width: number; height: number }, original: string): string {
  return createHash('sha256').update(`${original} ${size.width}x${size.height} `).update(rgb).digest('hex');
}

/**
 * Whether two 16 x 16 grey pictures show the same: a second look at what a hash found alike. Correlation
 * survives other brightness and contrast; flat pictures have none and are compared by their values.
 */
export function looksTheSame(a: Uint8Array, b: Uint8Array): boolean {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb, difference] = [0, 0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [(a[index] ?? 0) - meanA, (b[index] ?? 0) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
    difference += Math.abs((a[index] ?? 0) - (b[index] ?? 0));
  }
  const flat = Math.sqrt(Math.min(aa, bb) / a.length) < FLAT;
  return flat ? difference / a.length < CLOSE && aa < 2 * bb + 1 && bb < 2 * aa + 1 : ab / Math.sqrt(aa * bb) > ALIKE;
}

const FLAT = 4;
const CLOSE = 1;
const ALIKE = 0.995;

function mean(values: Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
