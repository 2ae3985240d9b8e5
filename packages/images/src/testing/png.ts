/** Small pictures for tests, made without any picture library. */
import { crc32, deflateSync } from 'node:zlib';

/** RGB, 8 bits. `paint` gives the three values of a place. */
export function pngOf(width: number, height: number, paint: (x: number, y: number) => readonly number[]): Buffer {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows.set(paint(x, y), y * (width * 3 + 1) + 1 + x * 3);
  return pngFrame(width, height, deflateSync(rows));
}

/** A PNG that says it is so large, whatever its data hold. */
export function pngFrame(width: number, height: number, data: Buffer): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Pictures with other numbers look different, to people and to hashes. */
export function numberedPng(number: number, size = 32): Buffer {
  let state = (number + 1) * 2_654_435_761;
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9;
    return (state >>> 8) & 255;
  };
  const blocks = Array.from({ length: 64 }, () => [next(), next(), next()]);
  return pngOf(size, size, (x, y) => blocks[Math.floor((y * 8) / size) * 8 + Math.floor((x * 8) / size)] ?? [0, 0, 0]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
