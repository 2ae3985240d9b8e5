/** What a file is by its bytes; its name is never believed. */
import type { FileHandle } from 'node:fs/promises';
import type { Rejection } from './item.ts';

type Format = 'jpeg' | 'png' | 'webp' | 'tiff';
/** A file, or all of its content. */
type Bytes = FileHandle | Buffer;

/** The format of a file by its first bytes, or why it is none of ours. */
export function sniff(head: Buffer): { format: Format } | { rejected: Rejection } {
  if (head.length === 0) return { rejected: 'empty' };
  const hex = head.toString('hex', 0, 12);
  if (hex.startsWith('ffd8ff')) return { format: 'jpeg' };
  if (hex.startsWith('89504e470d0a1a0a')) return { format: 'png' };
  if (hex.startsWith('52494646') && head.toString('latin1', 8, 12) === 'WEBP') return { format: 'webp' };
  if (/^(49492a00|4d4d002a|49492b00|4d4d002b)/.test(hex)) return { format: 'tiff' };
  const text = head.toString('latin1').trimStart().toLowerCase();
  if (/<svg|<!doctype svg/.test(text)) return { rejected: 'svg' };
  // GIF, BMP, HEIF and AVIF are pictures, but not ones every part of the product reads alike.
  if (/^(474946383[79]61|424d)/.test(hex) || head.toString('latin1', 4, 8) === 'ftyp')
    return { rejected: 'unsupported_format' };
  return { rejected: 'not_an_image' };
}

const TAIL_BYTES = 256 * 1024;
/** Archives, programs and pages that hide behind a picture; trailers of cameras are none of these. */
const HIDDEN =
  /PK\x03\x04|PK\x05\x06|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|%PDF-|\x7fELF|<!doctype|<html|<script|<svg|<\?php/i;

/**
 * Whether something that is no picture follows the picture's own end. Only what stands behind the end is
 * looked at, so text in metadata is no reason to refuse. @param size of the file in bytes
 */
export async function hidesSomething(file: Bytes, format: Format, size: number): Promise<boolean> {
  const end = await endOf(file, format, size);
  if (end === null || end >= size) return false;
  for (let offset = end; offset < size; offset += TAIL_BYTES - 16) {
    const part = await readAt(file, offset, Math.min(TAIL_BYTES, size - offset));
    if (HIDDEN.test(part.toString('latin1'))) return true;
  }
  return false;
}

/** Offset behind the picture; null where a format has none (TIFF). */
async function endOf(file: Bytes, format: Format, size: number): Promise<number | null> {
  if (format === 'png') return endOfPng(file, size);
  if (format === 'webp') return 8 + (await readAt(file, 4, 4)).readUInt32LE(0);
  if (format === 'jpeg') return endOfJpeg(file, size);
  return null;
}

async function endOfPng(file: Bytes, size: number): Promise<number> {
  for (let offset = 8; offset + 12 <= size;) {
    const head = await readAt(file, offset, 8);
    offset += 12 + head.readUInt32BE(0);
    if (head.toString('latin1', 4, 8) === 'IEND') return offset;
  }
  return size;
}

/** Walks the segments to the scans, then looks for the end marker: within a scan FF is always stuffed. */
async function endOfJpeg(file: Bytes, size: number): Promise<number> {
  let offset = 2;
  for (let scans = false; offset + 4 <= size && !scans;) {
    const head = await readAt(file, offset, 4);
    if (head[0] !== 0xff) return size;
    scans = head[1] === 0xda;
    offset += 2 + head.readUInt16BE(2);
  }
  for (; offset < size; offset += TAIL_BYTES - 1) {
    const part = await readAt(file, offset, Math.min(TAIL_BYTES, size - offset));
    const found = part.indexOf(Buffer.from([0xff, 0xd9]));
    if (found >= 0) return offset + found + 2;
  }
  return size;
}

export async function readAt(file: Bytes, offset: number, length: number): Promise<Buffer> {
  if (Buffer.isBuffer(file)) return file.subarray(offset, offset + length);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
