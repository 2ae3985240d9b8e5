/** From a path to records: which format, which encoding, which line holds the names, what the head shows. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { INGEST_LIMITS, type Mapping, type SourceOptions } from '@minori/contract';
import { modalWidth, parseHead, sniffDelimiter, type Delimiter, type HeadRecord } from './csv.ts';
import { identifier, literal, type Duck } from './duck.ts';
import { fix, type Ledger } from './findings.ts';
import { columnNames, guessColumn, headerIndex, tableDecimal, type ColumnGuess } from './guess.ts';
import { decode, magicOf, readHead, scanText, transcode } from './text.ts';
import { BadWorkbook, sheetToCsv } from './xlsx.ts';

const HEAD_BYTES = 1024 ** 2;
const HEAD_RECORDS = 2000;
/** A preview looks this far for the encoding; the whole file is read by check and build. */
const PREVIEW_SCAN_BYTES = 256 * 1024 ** 2;
const PREVIEW_SHEET_ROWS = 1000;

export interface SourceFile {
  readonly path: string;
  readonly name: string;
}
export type SourceOverride = Mapping['source'];

export interface Source {
  readonly options: SourceOptions;
  readonly sheets: string[];
  readonly bytes: number;
  /** What DuckDB reads: the file itself, or a UTF-8 copy of it in the task's folder. */
  readonly readPath: string;
  readonly names: string[];
  readonly columns: ColumnGuess[];
  /** Data records of the head, without the names. */
  readonly records: HeadRecord[];
  /** The head is the whole file. */
  readonly whole: boolean;
  /** Lines before the first data record. */
  readonly skip: number;
  readonly blankLines: boolean;
  readonly rowEstimate: number;
}

export interface OpenOptions {
  readonly file: SourceFile;
  readonly override: SourceOverride;
  readonly folder: string;
  /** Read all of the file (encoding, sheet), not only what a preview needs. */
  readonly full: boolean;
  readonly ledger: Ledger;
  readonly duck: () => Promise<Duck>;
  readonly report: (fraction: number) => void;
}

/** null when the file cannot be used; the ledger then holds an error without a fix. */
export async function openSource(options: OpenOptions): Promise<Source | null> {
  const { file, ledger } = options;
  const bytes = statSync(file.path).size;
  const fatal = (code: Parameters<Ledger['add']>[0]['code'], params: Record<string, unknown> = {}): null => {
    ledger.add({ code, severity: 'error', count: 1, params });
    return null;
  };
  if (bytes === 0) return fatal('empty_file');
  if (bytes > INGEST_LIMITS.file_bytes) return fatal('too_large', { bytes, limit: INGEST_LIMITS.file_bytes });
  const head = readHead(file.path, Math.min(bytes, HEAD_BYTES));
  const { magic, foreign } = magicOf(head);
  if (magic === 'foreign') return fatal('unsupported_format', { found: foreign });
  if (magic === 'parquet') return openParquet(options, bytes);
  if (magic === 'zip') return openWorkbookText(options, bytes);
  const scan = scanText(file.path, options.full ? undefined : PREVIEW_SCAN_BYTES);
  if (scan.encoding === null) return fatal('not_text');
  const encoding = options.override?.encoding ?? scan.encoding;
  const wholeHead = head.length === bytes;
  const text = decode(head, encoding, !wholeHead);
  if (text.trim() === '') return fatal('empty_file');
  if (!text.includes('\n') && !text.includes('\r') && !wholeHead && bytes > INGEST_LIMITS.line_bytes)
    return fatal('line_too_long', { limit: INGEST_LIMITS.line_bytes });
  if (controlShare(text) > 0.02) return fatal('not_text');
  let readPath = file.path;
  if (options.full && encoding !== 'utf-8' && encoding !== 'utf-8-bom') {
    readPath = join(options.folder, 'source.utf8.csv');
    const unreadable = transcode(file.path, encoding, readPath, (done) => options.report(done / bytes));
    if (unreadable > 0)
      ledger.add({ code: 'encoding_guess', severity: 'warning', count: unreadable, params: { encoding, unreadable } });
  } else if (!scan.certain) ledger.add({ code: 'encoding_guess', severity: 'warning', count: 1, params: { encoding } });
  if (encoding === 'cp932' && scan.certain && ledger.findings.every(({ code }) => code !== 'encoding_guess'))
    ledger.add({ code: 'encoding_guess', severity: 'info', count: 1, params: { encoding } });
  const delimiter = options.override?.delimiter ?? sniffDelimiter(text, wholeHead);
  return fromText(options, {
    text,
    whole: wholeHead,
    bytes,
    readPath,
    blankLines: scan.blankLines,
    options: {
      format: delimiter === '\t' ? 'tsv' : 'csv',
      encoding,
      delimiter,
      header_line: 1,
      decimal: '.',
      sheet: null,
    },
    sheets: [],
  });
}

/** Share of control characters, which text does not have. */
function controlShare(text: string): number {
  const look = text.slice(0, 20_000);
  let control = 0;
  for (let i = 0; i < look.length; i++) {
    const code = look.charCodeAt(i);
    if (code < 32 && code !== 9 && code !== 10 && code !== 13 && code !== 12 && code !== 26) control++;
  }
  return control / Math.max(1, look.length);
}

interface TextHead {
  readonly text: string;
  readonly whole: boolean;
  readonly bytes: number;
  readonly readPath: string;
  readonly blankLines: boolean;
  readonly options: SourceOptions;
  readonly sheets: string[];
}

function fromText({ ledger, override }: OpenOptions, head: TextHead): Source | null {
  const all = parseHead(
    head.text.startsWith('\uFEFF') ? head.text.slice(1) : head.text,
    head.options.delimiter as Delimiter,
    head.whole,
    HEAD_RECORDS,
  );
  if (all.length === 0) {
    ledger.add({
      code: head.whole ? 'empty_file' : 'line_too_long',
      severity: 'error',
      count: 1,
      params: head.whole ? {} : { limit: INGEST_LIMITS.line_bytes },
    });
    return null;
  }
  const width = modalWidth(all);
  if (width > INGEST_LIMITS.columns) {
    ledger.add({
      code: 'too_many_columns',
      severity: 'error',
      count: width,
      params: { columns: width, limit: INGEST_LIMITS.columns },
    });
    return null;
  }
  const wanted = override?.header_line;
  const at = wanted === undefined ? headerIndex(all, width) : all.findIndex(({ line }) => line === wanted);
  const records = all.slice(at + 1);
  const header = at < 0 ? null : (all[at] ?? null);
  const { names, duplicates } = columnNames(header?.cells ?? null, width);
  const tooLong = names.find((name) => name.length > INGEST_LIMITS.name_characters);
  const limit = tooLong === undefined ? INGEST_LIMITS.header_bytes : INGEST_LIMITS.name_characters;
  if (tooLong !== undefined || Buffer.byteLength(names.join(',')) > limit) {
    ledger.add({
      code: 'line_too_long',
      severity: 'error',
      count: 1,
      params: { limit, name: (tooLong ?? names[0] ?? '').slice(0, 60) },
    });
    return null;
  }
  if (at < 0) ledger.add({ code: 'no_header', severity: 'warning', count: 1, params: { names: names.slice(0, 10) } });
  if (duplicates.length > 0) {
    ledger.add({
      code: 'duplicate_header',
      severity: 'error',
      column: duplicates[0] ?? null,
      rows: [header?.line ?? 1],
      count: duplicates.length,
      params: { names: [...new Set(duplicates)].slice(0, 20) },
      fixes: [fix('keep', {}, true)],
    });
  }
  if (records.length === 0) {
    // A megabyte without a whole record below the names.
    const code = head.whole ? 'no_data_rows' : head.text.includes('"') ? 'unclosed_quote' : 'line_too_long';
    const params = code === 'line_too_long' ? { limit: INGEST_LIMITS.line_bytes } : {};
    const rows = code === 'unclosed_quote' ? [(header?.line ?? 0) + 1] : [];
    ledger.add({ code, severity: 'error', rows, count: 1, params });
    return null;
  }
  const cells = records.map((record) => record.cells);
  const decimal = override?.decimal ?? tableDecimal(cells.slice(0, 500), width);
  const first = records[0]?.line ?? 1;
  const last = records.at(-1)?.line ?? 1;
  const perRecord = head.text.length / Math.max(1, all.length);
  return {
    options: { ...head.options, header_line: header?.line ?? 0, decimal },
    sheets: head.sheets,
    bytes: head.bytes,
    readPath: head.readPath,
    names,
    columns: names.map((name, i) =>
      guessColumn(
        name,
        cells.map((row) => row[i] ?? ''),
        decimal,
      ),
    ),
    records,
    whole: head.whole && all.length < HEAD_RECORDS,
    skip: first - 1,
    blankLines: head.blankLines,
    rowEstimate: head.whole && all.length < HEAD_RECORDS ? records.length : estimate(head, all, last, perRecord),
  };
}

function estimate(head: TextHead, all: readonly HeadRecord[], lastLine: number, perRecord: number): number {
  // Characters per record of what was parsed: up to the last parsed record's line.
  const parsed = all.length < HEAD_RECORDS ? head.text.length : nthLineEnd(head.text, lastLine);
  const characters = parsed / all.length || perRecord;
  const bytesPerCharacter = head.options.encoding?.startsWith('utf-16')
    ? 2
    : Buffer.byteLength(head.text.slice(0, 20_000)) / Math.max(1, Math.min(head.text.length, 20_000));
  const scale = head.options.encoding === 'cp932' ? 1 + (bytesPerCharacter - 1) / 2 : bytesPerCharacter;
  return Math.max(all.length, Math.round(head.bytes / (characters * scale)));
}

function nthLineEnd(text: string, line: number): number {
  let at = 0;
  for (let n = 0; n < line; n++) {
    const next = text.indexOf('\n', at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  return at;
}

async function openWorkbookText(options: OpenOptions, bytes: number): Promise<Source | null> {
  const { file, folder, ledger, override, full } = options;
  const target = join(folder, 'source.sheet.csv');
  try {
    const sheet = await sheetToCsv(file.path, target, override?.sheet ?? null, full ? 1_048_576 : PREVIEW_SHEET_ROWS);
    if (sheet.width === 0) {
      ledger.add({ code: 'empty_file', severity: 'error', count: 1 });
      return null;
    }
    if (sheet.formulas > 0)
      ledger.add({ code: 'formula_cells', severity: 'info', rows: sheet.formulaRows, count: sheet.formulas });
    const size = statSync(target).size;
    const head = readHead(target, Math.min(size, HEAD_BYTES));
    const source = fromText(options, {
      text: decode(head, 'utf-8', head.length < size),
      whole: head.length === size && sheet.whole,
      bytes: sheet.whole ? size : bytes * 3,
      readPath: target,
      blankLines: true,
      options: { format: 'xlsx', encoding: null, delimiter: ',', header_line: 1, decimal: '.', sheet: sheet.sheet },
      sheets: sheet.sheets,
    });
    return source && { ...source, bytes, options: { ...source.options, delimiter: null } };
  } catch (error) {
    if (!(error instanceof BadWorkbook)) throw error;
    ledger.add({ code: error.code, severity: 'error', count: 1, params: error.params });
    return null;
  }
}

async function openParquet({ file, ledger, duck }: OpenOptions, bytes: number): Promise<Source | null> {
  const db = await duck();
  try {
    const from = `read_parquet(${literal(file.path)})`;
    const described = await db.rows(`describe select * from ${from}`);
    const names = described.map((row) => String(row[0]));
    if (names.length > INGEST_LIMITS.columns) {
      ledger.add({
        code: 'too_many_columns',
        severity: 'error',
        count: names.length,
        params: { columns: names.length, limit: INGEST_LIMITS.columns },
      });
      return null;
    }
    const rows = await db.count(`select coalesce(sum(num_rows), 0) from parquet_file_metadata(${literal(file.path)})`);
    if (rows === 0) {
      ledger.add({ code: 'no_data_rows', severity: 'error', count: 1 });
      return null;
    }
    const head = await db.rows(
      `select ${names.map((name) => `${identifier(name)}::varchar`).join(', ')} from ${from} limit ${HEAD_RECORDS}`,
    );
    const records = head.map((row, i) => ({
      cells: row.map((cell) => (cell === null ? '' : String(cell))),
      line: i + 1,
    }));
    return {
      options: { format: 'parquet', encoding: null, delimiter: null, header_line: 0, decimal: '.', sheet: null },
      sheets: [],
      bytes,
      readPath: file.path,
      names,
      columns: names.map((name, i) =>
        guessColumn(
          name,
          records.map(({ cells }) => cells[i] ?? ''),
          '.',
        ),
      ),
      records,
      whole: rows <= HEAD_RECORDS,
      skip: 0,
      blankLines: false,
      rowEstimate: rows,
    };
  } catch (error) {
    ledger.add({ code: 'bad_archive', severity: 'error', count: 1, params: { reason: String(error).slice(0, 300) } });
    return null;
  }
}
