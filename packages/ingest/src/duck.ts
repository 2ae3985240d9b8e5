/** One DuckDB per task: in memory, bounded, blind to everything but the named files. */
import {
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';

/** Rows of one chunk of DuckDB. */
const CHUNK = 2048;

export interface DuckOptions {
  /** Absolute folders and files that may be read; the first folder also takes the spilled data. */
  readonly folder: string;
  readonly readable: readonly string[];
  readonly threads: number;
  readonly memoryBytes: number;
}

export interface Duck {
  readonly connection: DuckDBConnection;
  run(sql: string, values?: DuckDBValue[]): Promise<void>;
  /** All rows as arrays; for small answers only. */
  rows(sql: string, values?: DuckDBValue[]): Promise<DuckDBValue[][]>;
  /** First cell of the first row as a number. */
  count(sql: string, values?: DuckDBValue[]): Promise<number>;
  /** Calls `visit` per chunk with one array per column; bounded memory. */
  chunks(sql: string, visit: (columns: DuckDBValue[][], rows: number) => void): Promise<void>;
  close(): void;
}

/** An identifier or a literal in SQL text; people's names reach SQL through these two only. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * SQL of a text without the blanks that people leave around cells (space, ideographic space, tab, no-break
 * space); NULL when nothing is left. DuckDB trims slowly: for different texts, not for all rows.
 */
export function trimmed(cell: string): string {
  return `nullif(trim(${cell}, ' ' || chr(12288) || chr(9) || chr(160)), '')`;
}

/** DuckDB reached its memory limit, or an array of ours could not be had. */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && (error.message.startsWith('Out of Memory Error') || error instanceof RangeError);

/**
 * Opens a locked DuckDB: no extensions, no network, no path beyond the options, no setting can be
 * changed afterwards.
 */
export async function openDuck(options: DuckOptions): Promise<Duck> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${Math.floor(options.memoryBytes / 1024 ** 2)}MiB`,
    temp_directory: `${options.folder}/spill`,
    max_temp_directory_size: '8GiB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'true',
  });
  const connection = await instance.connect();
  const list = (paths: readonly string[]): string => `[${paths.map(literal).join(', ')}]`;
  await connection.run(`set allowed_directories = ${list([options.folder])}`);
  await connection.run(`set allowed_paths = ${list(options.readable)}`);
  await connection.run('set enable_external_access = false');
  await connection.run('set lock_configuration = true');
  const rows = async (sql: string, values?: DuckDBValue[]): Promise<DuckDBValue[][]> =>
    (await connection.runAndReadAll(sql, values)).getRows();
  return {
    connection,
    rows,
    async run(sql, values) {
      await connection.run(sql, values);
    },
    async count(sql, values) {
      return Number((await rows(sql, values))[0]?.[0] ?? 0);
    },
    async chunks(sql, visit) {
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (!chunk || chunk.rowCount === 0) return;
        visit(chunk.getColumns(), chunk.rowCount);
      }
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Appends columns of equal length to a table. */
export async function appendColumns(
  duck: Duck,
  table: string,
  types: readonly DuckDBType[],
  columns: readonly (readonly DuckDBValue[])[],
): Promise<void> {
  const appender = await duck.connection.createAppender(table);
  const rows = columns[0]?.length ?? 0;
  const chunk = DuckDBDataChunk.create(types, CHUNK);
  for (let at = 0; at < rows; at += CHUNK) {
    const end = Math.min(rows, at + CHUNK);
    chunk.reset();
    chunk.rowCount = end - at;
    columns.forEach((column, i) => chunk.setColumnValues(i, column.slice(at, end)));
    appender.appendDataChunk(chunk);
  }
  appender.flushSync();
  appender.closeSync();
}
