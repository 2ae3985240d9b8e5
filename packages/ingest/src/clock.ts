/** The different texts of a time column, read once each: DuckDB takes the ISO ones, dates.ts the rest. */
import { DOUBLE, VARCHAR } from '@duckdb/node-api';
import type { DateOrder } from '@minori/contract';
import { columnDates, normalizeDateText, parseDate, type DateStyle } from './dates.ts';
import { appendColumns, trimmed, type Duck } from './duck.ts';
import { fix, type Ledger } from './findings.ts';
import { dateNamed } from './guess.ts';

export interface Times {
  readonly kind: 'timestamp' | 'integer';
  readonly style: DateStyle;
}

const ISO = `'[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?'`;

/** Table `clock(d, t)` of the different texts in `texts(d)`; t is NULL where a text is no time. */
export async function readClock(
  duck: Duck,
  table: string,
  texts: string,
  hint: string,
  forced: 'index' | null,
  ledger: Ledger,
  lines: (d: string) => Promise<number[]>,
): Promise<Times> {
  const iso =
    forced === null ? `case when regexp_full_match(x, ${ISO}) then try_cast(x as timestamp) end` : 'null::timestamp';
  await duck.run(
    `create temp table ${table} as select d, case when year(ts) between 1678 and 2261 then epoch_ms(ts)::double end as t from (select d, ${iso} as ts from (select d, ${trimmed('d')} as x from (${texts})))`,
  );
  const left: string[] = [];
  await duck.chunks(`select d from ${table} where t is null order by d`, ([column]) => {
    for (const text of column ?? []) left.push(String(text));
  });
  const whole = await duck.count(`select count(*) from ${table}`);
  if (left.length === 0) return { kind: 'timestamp', style: { order: 'dmy', numeric: null } };
  const plain = left.map(normalizeDateText);
  const found = columnDates(plain, dateNamed(hint) || left.length < whole);
  const numeric = forced ?? (found.style.numeric === 'index' && left.length < whole ? null : found.style.numeric);
  let order = found.style.order;
  if (found.ambiguous) {
    const unclear = /^(\d{1,2})([-/])(?!\1\2)\d{1,2}\2/u;
    const sample = left.find((text) => unclear.test(normalizeDateText(text))) ?? '';
    const other: DateOrder = order === 'dmy' ? 'mdy' : 'dmy';
    const choice = ledger.add({
      code: 'ambiguous_date',
      severity: 'error',
      column: hint || null,
      rows: await lines(sample),
      count: plain.length,
      params: { sample },
      fixes: [fix('date_order', { order }, true), fix('date_order', { order: other })],
    });
    if (choice?.params['order'] === 'dmy' || choice?.params['order'] === 'mdy') order = choice.params['order'];
  } else if (found.ordered)
    ledger.add({
      code: 'date_order_guess',
      severity: 'info',
      column: hint || null,
      count: plain.length,
      params: { order },
    });
  const style: DateStyle = { order, numeric };
  const index = numeric === 'index';
  const parsed = plain.map((text) => (index ? countOf(text) : parseDate(text, style)));
  const zone = zoneChoice(parsed, whole, hint, ledger);
  const t = parsed.map((time) =>
    time === null ? null : zone === 'utc' && time.offset !== null ? time.t - time.offset * 60_000 : time.t,
  );
  await duck.run(`create temp table ${table}_read(d varchar, t double)`);
  await appendColumns(duck, `${table}_read`, [VARCHAR, DOUBLE], [left, t]);
  await duck.run(`update ${table} set t = r.t from ${table}_read r where r.d = ${table}.d`);
  return { kind: index ? 'integer' : 'timestamp', style };
}

function countOf(text: string): { t: number; offset: null } | null {
  const value = Number(text.replaceAll(',', ''));
  return text !== '' && Number.isSafeInteger(value) ? { t: value, offset: null } : null;
}

/** Keep the wall clock, or bring all to UTC? Only asked when the texts name zones. */
function zoneChoice(
  parsed: readonly ({ offset: number | null } | null)[],
  whole: number,
  column: string,
  ledger: Ledger,
): 'wall' | 'utc' {
  const offsets = new Set<number>();
  let zoned = 0;
  for (const time of parsed) {
    if (time === null || time.offset === null) continue;
    zoned++;
    offsets.add(time.offset);
  }
  if (zoned === 0) return 'wall';
  const one = offsets.size === 1 && zoned === whole;
  const choice = ledger.add({
    code: 'zoned_times',
    severity: one ? 'info' : 'warning',
    column: column || null,
    count: zoned,
    params: {
      offsets: [...offsets]
        .toSorted((a, b) => a - b)
        .slice(0, 10)
        .map((minutes) => offsetText(minutes))
        .join(', '),
    },
    fixes: [fix('time_zone', { zone: 'wall' }, one), fix('time_zone', { zone: 'utc' }, !one)],
  });
  return choice?.params['zone'] === 'utc' ? 'utc' : 'wall';
}

function offsetText(minutes: number): string {
  const sign = minutes < 0 ? '-' : '+';
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${sign}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}
