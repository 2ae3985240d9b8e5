/**
 * An Excel workbook's sheet as CSV whose line numbers are the sheet's row numbers. Reads the zip's
 * directory before anything else, so a bomb is refused by its stated size; yauzl ends a part that
 * turns out larger than stated.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { INGEST_LIMITS } from '@minori/contract';
import { excelSerial, isoTime } from './dates.ts';

const MAX_PARTS = 10_000;
/** Shared strings lie in memory while the sheet is read. */
const MAX_SHARED_BYTES = 256 * 1024 ** 2;
const DAY_1904 = 1462;

export class BadWorkbook extends Error {
  readonly code: 'bad_archive' | 'too_large' | 'unsupported_format' | 'too_many_columns';
  readonly params: Record<string, unknown>;
  constructor(code: BadWorkbook['code'], params: Record<string, unknown> = {}) {
    super(code);
    this.name = 'BadWorkbook';
    this.code = code;
    this.params = params;
  }
}

export interface SheetText {
  readonly sheets: string[];
  readonly sheet: string;
  /** Cells with a formula; their stored values were taken. */
  readonly formulas: number;
  /** Rows of the first 20 of them. */
  readonly formulaRows: number[];
  /** False when reading stopped at `maxRows`. */
  readonly whole: boolean;
  readonly rows: number;
}

interface Workbook {
  readonly zip: ZipFile;
  readonly parts: Map<string, Entry>;
}

async function openWorkbook(path: string): Promise<Workbook> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false });
  } catch (error) {
    throw new BadWorkbook('bad_archive', { reason: String(error) });
  }
  const parts = new Map<string, Entry>();
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      total += entry.uncompressedSize;
      if (total > INGEST_LIMITS.unpacked_bytes)
        throw new BadWorkbook('too_large', { unpacked_bytes: total, limit: INGEST_LIMITS.unpacked_bytes });
      if (parts.size >= MAX_PARTS) throw new BadWorkbook('bad_archive', { parts: parts.size });
      parts.set(entry.fileName.replace(/^\//u, ''), entry);
    }
  } catch (error) {
    zip.close();
    if (error instanceof BadWorkbook) throw error;
    throw new BadWorkbook('bad_archive', { reason: String(error) });
  }
  if (!parts.has('xl/workbook.xml')) {
    zip.close();
    throw new BadWorkbook('unsupported_format', { found: parts.has('content.xml') ? 'ods' : 'zip' });
  }
  return { zip, parts };
}

type Attributes = Record<string, string>;
interface Visitor {
  open?(name: string, attributes: Attributes): void;
  text?(text: string): void;
  close?(name: string): void;
}
const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Streams one part through the XML parser; `visitor` may throw STOP to end early. */
async function readPart(book: Workbook, name: string, visitor: Visitor): Promise<void> {
  const entry = book.parts.get(name);
  if (!entry) throw new BadWorkbook('bad_archive', { missing: name });
  let stream: Readable | undefined;
  try {
    stream = await book.zip.openReadStreamPromise(entry);
    const parser = new SaxesParser({ position: false });
    parser.on('error', (error) => {
      throw error;
    });
    if (visitor.open) parser.on('opentag', (tag) => visitor.open?.(local(tag.name), tag.attributes as Attributes));
    if (visitor.text) {
      parser.on('text', (text) => visitor.text?.(text));
      parser.on('cdata', (text) => visitor.text?.(text));
    }
    if (visitor.close) parser.on('closetag', (tag) => visitor.close?.(local(tag.name)));
    const decoder = new TextDecoder('utf-8');
    for await (const block of stream) parser.write(decoder.decode(block as Buffer, { stream: true }));
    parser.close();
  } catch (error) {
    stream?.destroy();
    if (error === STOP) return;
    if (error instanceof BadWorkbook) throw error;
    throw new BadWorkbook('bad_archive', { part: name, reason: String(error) });
  }
}
const STOP = new Error('enough read');

async function sheetList(book: Workbook): Promise<{ sheets: { name: string; part: string }[]; date1904: boolean }> {
  const targets = new Map<string, string>();
  await readPart(book, 'xl/_rels/workbook.xml.rels', {
    open(name, a) {
      if (name === 'Relationship' && a['Id'] && a['Target']) targets.set(a['Id'], a['Target']);
    },
  });
  const sheets: { name: string; part: string }[] = [];
  let date1904 = false;
  await readPart(book, 'xl/workbook.xml', {
    open(name, a) {
      if (name === 'workbookPr') date1904 = a['date1904'] === '1' || a['date1904'] === 'true';
      if (name !== 'sheet' || (a['state'] ?? 'visible') !== 'visible') return;
      const target = targets.get(a['r:id'] ?? Object.entries(a).find(([key]) => local(key) === 'id')?.[1] ?? '');
      if (target)
        sheets.push({ name: a['name'] ?? '', part: target.startsWith('/') ? target.slice(1) : `xl/${target}` });
    },
  });
  if (sheets.length === 0) throw new BadWorkbook('bad_archive', { missing: 'sheet' });
  return { sheets, date1904 };
}

const BUILT_IN_DATES = new Set([
  14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 34, 35, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58,
]);

/** For each cell style: does its number format show a date? */
async function dateStyles(book: Workbook): Promise<boolean[]> {
  if (!book.parts.has('xl/styles.xml')) return [];
  const own = new Map<number, boolean>();
  const styles: boolean[] = [];
  let inCells = false;
  await readPart(book, 'xl/styles.xml', {
    open(name, a) {
      if (name === 'numFmt') {
        const bare = (a['formatCode'] ?? '').replaceAll(/"[^"]*"|\\.|\[[^\]]*\]/gu, '');
        own.set(Number(a['numFmtId']), /[ymdge]/iu.test(bare) && !/general/iu.test(bare) && !/[0#]/u.test(bare));
      }
      if (name === 'cellXfs') inCells = true;
      if (name === 'xf' && inCells) {
        const id = Number(a['numFmtId'] ?? 0);
        styles.push(own.get(id) ?? BUILT_IN_DATES.has(id));
      }
    },
    close(name) {
      if (name === 'cellXfs') inCells = false;
    },
  });
  return styles;
}

async function sharedStrings(book: Workbook): Promise<string[]> {
  const part = 'xl/sharedStrings.xml';
  const entry = book.parts.get(part);
  if (!entry) return [];
  if (entry.uncompressedSize > MAX_SHARED_BYTES)
    throw new BadWorkbook('too_large', { unpacked_bytes: entry.uncompressedSize, limit: MAX_SHARED_BYTES });
  const strings: string[] = [];
  let current = '';
  let inText = false;
  let phonetic = 0;
  await readPart(book, part, {
    open(name) {
      if (name === 'si') current = '';
      if (name === 'rPh') phonetic++;
      if (name === 't') inText = phonetic === 0;
    },
    text(text) {
      if (inText) current += text;
    },
    close(name) {
      if (name === 't') inText = false;
      if (name === 'rPh') phonetic--;
      if (name === 'si') strings.push(current);
    },
  });
  return strings;
}

/** `BC12` -> 54 (columns from 0). */
function columnOf(reference: string): number {
  let column = 0;
  for (let i = 0; i < reference.length; i++) {
    const code = reference.charCodeAt(i);
    if (code < 65 || code > 90) break;
    column = column * 26 + code - 64;
  }
  return column - 1;
}

const quoted = (cell: string): string =>
  cell === '' ? '' : `"${cell.replaceAll(/[\r\n]+/gu, ' ').replaceAll('"', '""')}"`;

/**
 * Writes a sheet (the first visible one when `wanted` is null or unknown) to `target` as CSV: line n is
 * row n, empty rows are empty lines, every line has `width` cells. Dates become ISO texts.
 * Throws BadWorkbook.
 */
export async function sheetToCsv(
  path: string,
  target: string,
  wanted: string | null,
  maxRows: number,
): Promise<SheetText & { width: number }> {
  const book = await openWorkbook(path);
  try {
    const { sheets, date1904 } = await sheetList(book);
    const sheet = sheets.find(({ name }) => name === wanted) ?? sheets[0];
    if (!sheet) throw new BadWorkbook('bad_archive', { missing: 'sheet' });
    const isDate = await dateStyles(book);
    const strings = await sharedStrings(book);
    const lines: string[] = [];
    let cells: string[] = [];
    let width = 0;
    let row = 0;
    let column = -1;
    let kind = 'n';
    let style = 0;
    let value = '';
    let take = false;
    let inline = false;
    let formulas = 0;
    let whole = true;
    const formulaRows: number[] = [];
    const cellText = (): string => {
      if (value === '') return '';
      if (kind === 's') return strings[Number(value)] ?? '';
      if (kind === 'b') return value === '1' ? 'TRUE' : 'FALSE';
      if (kind !== 'n' || !isDate[style]) return value;
      const serial = Number(value);
      return Number.isFinite(serial) && serial >= 0 && serial < 2_958_466
        ? isoTime(excelSerial(serial + (date1904 ? DAY_1904 : 0)))
        : value;
    };
    await readPart(book, sheet.part, {
      open(name, a) {
        if (name === 'row') {
          const next = Number(a['r'] ?? row + 1);
          if (!Number.isInteger(next) || next <= row || next > 1_048_576)
            throw new BadWorkbook('bad_archive', { part: sheet.part, row: a['r'] });
          while (++row < next) lines.push('');
          cells = [];
          column = -1;
        } else if (name === 'c') {
          column = a['r'] === undefined ? column + 1 : columnOf(a['r']);
          if (column >= INGEST_LIMITS.columns)
            throw new BadWorkbook('too_many_columns', { limit: INGEST_LIMITS.columns });
          kind = a['t'] ?? 'n';
          style = Number(a['s'] ?? 0);
          value = '';
        } else if (name === 'v') take = true;
        else if (name === 'is') inline = true;
        else if (name === 't' && inline) take = true;
        else if (name === 'f') {
          formulas++;
          if (formulaRows.length < 20 && formulaRows.at(-1) !== row) formulaRows.push(row);
        }
      },
      text(text) {
        if (take) value += text;
      },
      close(name) {
        if (name === 'v' || name === 't') take = false;
        else if (name === 'is') inline = false;
        else if (name === 'c' && column >= 0) {
          const text = cellText();
          if (text === '') return;
          while (cells.length < column) cells.push('');
          cells[column] = text;
          width = Math.max(width, column + 1);
        } else if (name === 'row') {
          lines.push(cells.map(quoted).join(','));
          if (lines.length >= maxRows) {
            whole = false;
            throw STOP;
          }
        }
      },
    });
    await writePadded(target, lines, width);
    return {
      sheets: sheets.map(({ name }) => name),
      sheet: sheet.name,
      formulas,
      formulaRows,
      whole,
      rows: lines.length,
      width,
    };
  } finally {
    book.zip.close();
  }
}

/** Cells are quoted or empty, so commas outside quotes are the only separators to count. */
function commas(line: string): number {
  let count = 0;
  let inside = false;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === 34) inside = !inside;
    else if (code === 44 && !inside) count++;
  }
  return count;
}

async function writePadded(target: string, lines: readonly string[], width: number): Promise<void> {
  const out = createWriteStream(target);
  let text = '';
  for (const line of lines) {
    // A row of empty cells only is an empty line: it is no record.
    if (line.includes('"')) text += line + ','.repeat(width - 1 - commas(line));
    text += '\n';
    if (text.length > 1_000_000) {
      if (!out.write(text)) await once(out, 'drain');
      text = '';
    }
  }
  out.end(text);
  await finished(out);
}
