/** Values on their way into jsonb and text columns. */
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

declare const asJsonb: unique symbol;
/**
 * What a jsonb column takes. Only `jsonb()` makes one: the driver would send a plain array as a
 * PostgreSQL array and a plain string as broken JSON.
 */
export type JsonbInput = { readonly [asJsonb]: true };

/** Any value JSON can hold, for a jsonb column. NaN and infinities become null, as in JSON.stringify. */
export function jsonb(value: unknown): RawBuilder<JsonbInput> {
  return sql<JsonbInput>`${jsonText(value)}::jsonb`;
}

/** JSON text that PostgreSQL accepts: no NUL and no lone surrogate, in keys or values. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value === undefined ? null : value);
  // The escapes are looked for in the text first, because walking every document would cost far more.
  return /\\u(?:0000|d[89a-f])/.test(text) ? JSON.stringify(cleaned(value)) : text;
}

/** Text that PostgreSQL accepts: NUL and lone surrogates become U+FFFD. */
export function cleanText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

function cleaned(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, item: unknown) => {
    if (typeof item === 'string') return cleanText(item);
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([name, entry]) => [cleanText(name), entry]));
  }) as unknown;
}
