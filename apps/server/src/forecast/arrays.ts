/** Float32 files, little-endian in C order, whole or one series at a time. */
import { open, readFile } from 'node:fs/promises';

/** @throws RangeError when the file is not `expected` values long */
export async function readFloats(path: string, expected: number): Promise<Float32Array> {
  const bytes = await readFile(path);
  if (bytes.byteLength !== expected * 4)
    throw new RangeError(`${path} has ${bytes.byteLength} bytes where ${expected * 4} were expected`);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** `count` values from value number `start` on; null when the file is not there or too short. */
export async function readSlice(path: string, start: number, count: number): Promise<Float32Array | null> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const values = new Float32Array(count);
    const { bytesRead } = await file.read(new Uint8Array(values.buffer), 0, count * 4, start * 4);
    return bytesRead === count * 4 ? values : null;
  } finally {
    await file.close();
  }
}

/** The shortest decimal that a float32 stands for. */
export function shortest(value: number): number {
  return Number(value.toPrecision(7));
}
