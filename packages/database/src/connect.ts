/** A typed, pooled connection with the parsers and time limits that all of the product uses. */
import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Transaction } from 'kysely';
import pg from 'pg';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;
/** Either: a function that must run in its caller's transaction asks for `Tx`. */
export type Tx = Transaction<Database>;

export type ConnectOptions = {
  /** Connections at most; 10 when absent. */
  max?: number;
  /** A role to take on after login (SET ROLE), for example one that may only read. */
  role?: string;
  /** Milliseconds a statement may take; 30,000 when absent, 0 = no limit. */
  statementTimeout?: number;
  /** As pg_stat_activity shows it. */
  name?: string;
  /** Told of idle connections that broke; the pool replaces them by itself. */
  onError?: (error: Error) => void;
};

type TypeId = Parameters<typeof pg.types.getTypeParser>[0];
const INT8 = 20;
const INT8_ARRAY = 1016;
const NUMERIC = 1700;
const DATE = 1082;
const TIMESTAMP = 1114;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint beyond 2^53 from the database: ${text}`);
  return value;
}

function safeIntegers(text: string): (number | null)[] {
  const items = pg.types.getTypeParser(INT8_ARRAY as TypeId, 'text')(text) as (string | null)[];
  return items.map((item) => (item === null ? null : safeInteger(item)));
}

function asIs(text: string): string {
  return text;
}

const parsers = new Map<number, (text: string) => unknown>([
  [INT8, safeInteger],
  [INT8_ARRAY, safeIntegers],
  [NUMERIC, Number],
  // Dates without a zone stay as written: a Date would shift them by this machine's zone.
  [DATE, asIs],
  [TIMESTAMP, asIs],
]);

const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    return (format !== 'binary' && parsers.get(oid)) || pg.types.getTypeParser(oid, format as 'text');
  },
};

/**
 * A pool; nothing is opened before the first query. `await db.destroy()` closes it.
 * bigint and numeric come as number (RangeError beyond 2^53), timestamptz as Date, bytea as Buffer.
 */
export function connect(url: string, options: ConnectOptions = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    types,
    application_name: options.name ?? 'minori',
    statement_timeout: options.statementTimeout ?? 30_000,
    idle_in_transaction_session_timeout: 60_000,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    ...(options.role === undefined ? {} : { onConnect: setRole(options.role) }),
  });
  // Without listeners a connection that breaks while idle, or between two statements of whoever
  // holds it, would end the process; a statement under way is told by its own rejection.
  pool.on('error', (error) => options.onError?.(error));
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    keepPlans(client);
  });
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

const KEPT = '/* kept */';
/**
 * Begins a statement whose plan a connection keeps. For single rows found by their keys, asked with every request or
 * key press: planning those takes longer than doing them. Texts must be few; values go in as parameters.
 */
export const kept = sql.raw(`${KEPT} `);
const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = createHash('sha1').update(text).digest('hex');
  names.set(text, name);
  return name;
}

function keepPlans(client: pg.ClientBase): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const keeping = (text: unknown, values: unknown, ...rest: unknown[]) =>
    typeof text === 'string' && text.startsWith(KEPT)
      ? query({ name: nameOf(text), text, values }, ...rest)
      : query(text, values, ...rest);
  client.query = keeping as typeof client.query;
}

function setRole(role: string) {
  return async (client: pg.ClientBase): Promise<void> => {
    await client.query(`set role ${pg.escapeIdentifier(role)}`);
  };
}

const CONNECTION_LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
]);

/**
 * The database went away, is starting or is recovering. Whether a statement under way was
 * committed is unknown: repeat only what is idempotent.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && (CONNECTION_LOST.has(code) || code.startsWith('08'))) return true;
  return /Connection terminated|timeout exceeded when trying to connect|not queryable|Client has encountered a connection error/.test(
    error.message,
  );
}

/** The name of the constraint that refused a row, or null when the error is another. */
export function violatedConstraint(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return typeof code === 'string' && code.startsWith('23') && typeof constraint === 'string' ? constraint : null;
}
