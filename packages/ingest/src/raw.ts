/** The file's records as table `raw`: texts, numbered as they come. */
import { INGEST_LIMITS } from '@minori/contract';
import { identifier, isOutOfMemory, literal, type Duck } from './duck.ts';
import { fix, type Ledger } from './findings.ts';
import type { Source } from './source.ts';
import { blankLineNumbers, countLines } from './text.ts';

/** A table of more columns costs too much memory in DuckDB: each column takes a block of its own per row group. */
const MOST_TABLE_COLUMNS = 64;
/** A file with more broken records is not repaired by leaving them out. */
const MOST_REJECTS = 100_000;

/** Number of a data record (1 = first) to the line a spreadsheet shows it on. */
export type LineOf = (record: number) => number;

export const rawKind = (columns: readonly number[]): 'view' | 'table' =>
  columns.length > MOST_TABLE_COLUMNS ? 'view' : 'table';

/** Makes the needed columns table (or, when they are many, view) `raw(rn, c…)`; null when that cannot be done (the ledger says why). */
export async function loadRaw(
  duck: Duck,
  source: Source,
  columns: readonly number[],
  ledger: Ledger,
): Promise<LineOf | null> {
  const kind = rawKind(columns);
  const limit = `limit ${INGEST_LIMITS.rows + 1}`;
  if (source.options.format === 'parquet') {
    const picked = columns.map((c) => `${identifier(source.names[c] ?? '')}::varchar as c${c}`);
    await duck.run(
      `create temp ${kind} raw as select row_number() over ()::integer as rn, ${picked.join(', ')} from read_parquet(${literal(source.readPath)}) ${limit}`,
    );
    return tooManyRows(await duck.count('select count(*) from raw'), ledger) ? null : (record) => record;
  }
  const all = source.names.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ');
  const delimiter = source.options.delimiter ?? ',';
  try {
    await duck.run(
      `create temp ${kind} raw as select row_number() over ()::integer as rn, ${columns.map((c) => `c${c}`).join(', ')} from read_csv(${literal(source.readPath)}, ` +
        `auto_detect = false, header = false, skip = ${source.skip}, delim = ${literal(delimiter)}, quote = '"', escape = '"', columns = {${all}}, ` +
        `max_line_size = ${INGEST_LIMITS.line_bytes}, ignore_errors = true, store_rejects = true, rejects_limit = ${MOST_REJECTS}) ${limit}`,
    );
  } catch (error) {
    if (isOutOfMemory(error)) throw error;
    ledger.add({
      code: 'malformed_rows',
      severity: 'error',
      count: 1,
      params: { reason: String(error).slice(0, 300) },
    });
    return null;
  }
  // Of a view this is the scan that finds the broken records.
  const kept = await duck.count('select count(*) from raw');
  const rejected = await duck.rows(
    `select line, any_value(error_type::varchar) from reject_errors group by line order by line`,
  );
  const lines = rejected.map((row) => Number(row[0]));
  const blanks = source.blankLines ? blankLineNumbers(source.readPath) : [];
  const skipped = [...new Set([...lines, ...blanks])].filter((line) => line > source.skip).toSorted((a, b) => a - b);
  const unclosed = rejected.filter((row) => row[1] === 'UNQUOTED VALUE').map((row) => Number(row[0]));
  // DuckDB leaves out all that an open quotation mark swallows, and tells of its first row only.
  if (unclosed.length > 0 && countLines(source.readPath) > source.skip + kept + skipped.length) {
    ledger.add({ code: 'unclosed_quote', severity: 'error', rows: unclosed, count: unclosed.length });
    return null;
  }
  if (lines.length > 0) {
    const hopeless = kept === 0 || lines.length > kept || lines.length >= MOST_REJECTS;
    const long = rejected.some((row) => row[1] === 'LINE SIZE OVER MAXIMUM');
    ledger.add({
      code: long && hopeless ? 'line_too_long' : 'malformed_rows',
      severity: 'error',
      rows: lines,
      count: lines.length,
      params: { columns: source.names.length, limit: INGEST_LIMITS.line_bytes },
      fixes: hopeless ? [] : [fix('drop_rows', {}, true)],
    });
    if (hopeless) return null;
  }
  if (tooManyRows(kept, ledger)) return null;
  return (record) => {
    let line = source.skip + record;
    for (const missing of skipped) {
      if (missing > line) break;
      line++;
    }
    return line;
  };
}

function tooManyRows(rows: number, ledger: Ledger): boolean {
  if (rows === 0) ledger.add({ code: 'no_data_rows', severity: 'error', count: 1 });
  if (rows > INGEST_LIMITS.rows)
    ledger.add({ code: 'too_many_rows', severity: 'error', count: rows, params: { limit: INGEST_LIMITS.rows } });
  return rows === 0 || rows > INGEST_LIMITS.rows;
}
