/** Antialiased resizing, to the byte as engine/src/minori_engine/image/ops.py. */
import { newPixels, type Pixels } from './pixels.ts';

const WEIGHT = 2 ** 22;

/** Triangle filter, widened when the picture gets smaller; across first, then down, rounded in between. */
export function resize(from: Pixels, width: number, height: number): Pixels {
  return resample(resample(from, 'across', width), 'down', height);
}

function resample(from: Pixels, direction: 'across' | 'down', size: number): Pixels {
  const length = direction === 'across' ? from.width : from.height;
  if (length === size) return from;
  const result = direction === 'across' ? newPixels(size, from.height) : newPixels(from.width, size);
  const lines = direction === 'across' ? from.height : from.width;
  const step = direction === 'across' ? 3 : 3 * from.width;
  const line = (picture: Pixels, number: number) => (direction === 'across' ? 3 * picture.width * number : 3 * number);
  const resultStep = direction === 'across' ? 3 : 3 * result.width;
  for (const [place, { first, weights }] of taps(length, size).entries())
    for (let number = 0; number < lines; number++)
      for (let channel = 0; channel < 3; channel++) {
        let sum = WEIGHT / 2;
        let at = line(from, number) + first * step + channel;
        for (const weight of weights) {
          sum += weight * (from.data[at] ?? 0);
          at += step;
        }
        const value = Math.min(255, Math.max(0, Math.floor(sum / WEIGHT)));
        result.data[line(result, number) + place * resultStep + channel] = value;
      }
  return result;
}

/** Which pixels make each new one, and with which whole-number weights. */
function taps(length: number, size: number): { first: number; weights: number[] }[] {
  const scale = length / size;
  const reach = Math.max(scale, 1);
  return Array.from({ length: size }, (_, place) => {
    const middle = (place + 0.5) * scale;
    const first = Math.max(0, Math.floor(middle - reach + 0.5));
    const last = Math.min(length, Math.floor(middle + reach + 0.5));
    const parts: number[] = [];
    let total = 0;
    for (let at = first; at < last; at++) {
      const part = Math.max(0, 1 - Math.abs((at + 0.5 - middle) / reach));
      parts.push(part);
      total += part;
    }
    return { first, weights: parts.map((part) => Math.floor((part / total) * WEIGHT + 0.5)) };
  });
}
