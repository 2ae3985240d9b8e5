/** Bytes of a text file: what they are, and a UTF-8 copy of what is not UTF-8. */
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { TextEncoding } from '@minori/contract';

const BLOCK = 4 * 1024 ** 2;
const LF = 10;

/** The first `bytes` of a file. */
export function readHead(path: string, bytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(bytes);
    let at = 0;
    while (at < bytes) {
      const read = readSync(file, head, at, bytes - at, at);
      if (read === 0) break;
      at += read;
    }
    return head.subarray(0, at);
  } finally {
    closeSync(file);
  }
}

export type Magic = 'parquet' | 'zip' | 'foreign' | 'text' | 'empty';

const FOREIGN: readonly [string, number[]][] = [
  ['xls', [0xd0, 0xcf, 0x11, 0xe0]],
  ['pdf', [0x25, 0x50, 0x44, 0x46]],
  ['gzip', [0x1f, 0x8b]],
  ['png', [0x89, 0x50, 0x4e, 0x47]],
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['sqlite', [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65]],
  ['feather', [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]],
];

/** What the first bytes say, whatever the name's ending claims; `foreign` names a known other format. */
export function magicOf(head: Buffer): { magic: Magic; foreign: string | null } {
  if (head.length === 0) return { magic: 'empty', foreign: null };
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return { magic: 'parquet', foreign: null };
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return { magic: 'zip', foreign: null };
  for (const [name, bytes] of FOREIGN) {
    if (bytes.every((byte, i) => head[i] === byte)) return { magic: 'foreign', foreign: name };
  }
  return { magic: 'text', foreign: null };
}

/** UTF-16 by its mark, or by zeros in every second place. */
function utf16(head: Buffer): TextEncoding | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const look = Math.min(head.length & ~1, 2000);
  if (look < 8) return null;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < look; i += 2) {
    if (head[i] === 0) even++;
    if (head[i + 1] === 0) odd++;
  }
  if (odd > look * 0.2 && even === 0) return 'utf-16le';
  if (even > look * 0.2 && odd === 0) return 'utf-16be';
  return null;
}

/** Length without the sequence that the cut may have torn. */
function wholeUtf8(bytes: Buffer): number {
  let end = bytes.length;
  for (let back = 1; back <= 4 && back <= end; back++) {
    const byte = bytes[end - back] ?? 0;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) {
      const need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      if (back < need) end -= back;
      return end;
    }
  }
  return end;
}

export interface TextScan {
  /** null: not text at all (zero bytes). */
  readonly encoding: TextEncoding | null;
  /** False when the bytes fit no encoding wholly. */
  readonly certain: boolean;
  /** Empty lines exist somewhere before the last record, so records and lines count differently. */
  readonly blankLines: boolean;
}

function decodable(bytes: Buffer, encoding: 'shift_jis', whole: boolean): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a text file (up to `limit` bytes of it) for its encoding. Bytes that are no UTF-8 are taken
 * for cp932, the other encoding of files in Japan.
 */
export function scanText(path: string, limit = Number.POSITIVE_INFINITY): TextScan {
  const file = openSync(path, 'r');
  try {
    const block = Buffer.allocUnsafe(Math.min(BLOCK, limit));
    let at = 0;
    let kept = 0;
    let utf8 = true;
    let bom = false;
    let blankLines = false;
    let certain = true;
    let after: number | undefined;
    while (at < limit) {
      const read = readSync(file, block, kept, Math.min(block.length - kept, limit - at), at);
      if (read === 0) break;
      const bytes = block.subarray(0, kept + read);
      if (at === 0) {
        const wide = utf16(bytes);
        if (wide) return { encoding: wide, certain: true, blankLines: true };
        bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
      }
      at += read;
      if (bytes.includes(0)) return { encoding: null, certain: true, blankLines: false };
      if (!blankLines)
        blankLines =
          bytes.includes('\n\n') || bytes.includes('\n\r\n') || (after === LF && (bytes[0] === LF || bytes[0] === 13));
      after = bytes.at(-1);
      if (!utf8) {
        kept = 0;
        continue;
      }
      const whole = wholeUtf8(bytes);
      utf8 = isUtf8(bytes.subarray(0, whole));
      if (!utf8) {
        // Said of this block only: decoding the rest may still meet a byte that fits nothing.
        const end = bytes.lastIndexOf(LF);
        certain = decodable(end > 0 ? bytes.subarray(0, end) : bytes, 'shift_jis', false);
        kept = 0;
      } else {
        bytes.copy(block, 0, whole);
        kept = bytes.length - whole;
      }
    }
    if (utf8 && kept > 0 && at < limit) utf8 = false;
    return { encoding: utf8 ? (bom ? 'utf-8-bom' : 'utf-8') : 'cp932', certain, blankLines };
  } finally {
    closeSync(file);
  }
}

const LABEL: Readonly<Record<TextEncoding, string>> = {
  'utf-8': 'utf-8',
  'utf-8-bom': 'utf-8',
  cp932: 'shift_jis',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
};

/** Bytes to text; what fits nothing becomes U+FFFD. `partial`: the last character may be torn. */
export function decode(bytes: Buffer, encoding: TextEncoding, partial: boolean): string {
  return new TextDecoder(LABEL[encoding]).decode(bytes, { stream: partial });
}

/** Writes `path` as UTF-8 without a mark to `target`; returns how many characters could not be read. */
export function transcode(
  path: string,
  encoding: TextEncoding,
  target: string,
  report: (bytes: number) => void,
): number {
  const decoder = new TextDecoder(LABEL[encoding]);
  const from = openSync(path, 'r');
  const to = openSync(target, 'w');
  let unreadable = 0;
  try {
    const block = Buffer.allocUnsafe(BLOCK);
    let at = 0;
    for (;;) {
      const read = readSync(from, block, 0, block.length, at);
      at += read;
      const text = decoder.decode(block.subarray(0, read), { stream: read > 0 });
      for (let i = text.indexOf('\uFFFD'); i >= 0; i = text.indexOf('\uFFFD', i + 1)) unreadable++;
      writeSync(to, text);
      if (read === 0) return unreadable;
      report(at);
    }
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

/**
 * Numbers of the empty lines of a UTF-8 file, the first line being 1. Called only when there are
 * some; one number each, so 8 bytes per empty line.
 */
export function blankLineNumbers(path: string): number[] {
  const file = openSync(path, 'r');
  const found: number[] = [];
  try {
    const block = Buffer.allocUnsafe(BLOCK);
    let at = 0;
    let line = 1;
    let length = 0;
    for (;;) {
      const read = readSync(file, block, 0, block.length, at);
      if (read === 0) return found;
      at += read;
      let from = 0;
      for (;;) {
        const end = block.indexOf(LF, from);
        if (end < 0 || end >= read) break;
        const bytes = length + end - from;
        const lone = bytes === 1 && end > 0 && block[end - 1] === 13;
        if (bytes === 0 || lone) found.push(line);
        line++;
        length = 0;
        from = end + 1;
      }
      length += read - from;
    }
  } finally {
    closeSync(file);
  }
}

/** Lines of a text file; a last one without an end counts. */
export function countLines(path: string): number {
  const file = openSync(path, 'r');
  try {
    const block = Buffer.allocUnsafe(BLOCK);
    let at = 0;
    let lines = 0;
    let last = LF;
    for (;;) {
      const read = readSync(file, block, 0, block.length, at);
      if (read === 0) return lines + (last === LF ? 0 : 1);
      at += read;
      for (let i = block.indexOf(LF); i >= 0 && i < read; i = block.indexOf(LF, i + 1)) lines++;
      last = block[read - 1] ?? LF;
    }
  } finally {
    closeSync(file);
  }
}
