/** Writes samples/shapes.zip: drawn circles, squares and triangles, a folder per shape. `node packages/images/scripts/samples.ts` */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { zipOf } from '../src/testing/zip.ts';

const SIDE = 48;
const EACH = 40;
const SHAPES = {
  circle: (r: number) => `<circle r="${r}"/>`,
  square: (r: number) => `<rect x="${-r * 0.85}" y="${-r * 0.85}" width="${r * 1.7}" height="${r * 1.7}"/>`,
  triangle: (r: number) => `<path d="M0 ${-r} L${r * 0.9} ${r * 0.75} L${-r * 0.9} ${r * 0.75} Z"/>`,
} as const;

let state = 20_261_128;
/** The same numbers on every machine, 0..1. */
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

const entries: Record<string, Buffer> = {};
for (const [name, shape] of Object.entries(SHAPES))
  for (let number = 1; number <= EACH; number++) {
    const radius = 8 + random() * 10;
    const place = () => (radius + random() * (SIDE - 2 * radius)).toFixed(2);
    const [hue, ground] = [Math.floor(random() * 360), Math.floor(random() * 360)];
    const turn = Math.floor(random() * 40 - 20);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}"><rect width="100%" height="100%" fill="hsl(${ground} 25% 90%)"/><g fill="hsl(${hue} 60% 45%)" transform="translate(${place()} ${place()}) rotate(${turn})">${shape(radius)}</g></svg>`;
    entries[`shapes/${name}/${String(number).padStart(2, '0')}.png`] = await sharp(Buffer.from(svg))
      .flatten()
      .png({ palette: true, colours: 32 })
      .toBuffer();
  }
await writeFile(join(import.meta.dirname, '..', '..', '..', 'samples', 'shapes.zip'), zipOf(entries));
