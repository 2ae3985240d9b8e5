/**
 * Dates as people write them. One text gives wall-clock time as milliseconds since 1970 (as if the
 * wall were UTC) and, when it was written, the zone's offset. What a single text cannot tell (is
 * 01/02 January or February, is 20250131 a day or a number) is decided for the whole column first.
 */
import type { DateOrder } from '@minori/contract';

/** How texts of digits only are read; `index` means that they are no dates but counts. */
export type NumericDates = 'ymd' | 'ym' | 'year' | 'ymdhm' | 'ymdhms' | 'excel' | 'epoch_s' | 'epoch_ms' | 'index';

export interface DateStyle {
  readonly order: DateOrder;
  readonly numeric: NumericDates | null;
}

export interface ParsedDate {
  /** Wall-clock milliseconds since 1970-01-01T00:00. */
  readonly t: number;
  /** Minutes east of UTC, when the text says so. */
  readonly offset: number | null;
}

/** pandas' nanosecond timestamps reach from 1678 to 2261. */
const FIRST_YEAR = 1678;
const LAST_YEAR = 2261;
const MINUTE = 60_000;
const DAY = 86_400_000;

const ERA_START: Readonly<Record<string, number>> = {
  令和: 2018,
  R: 2018,
  平成: 1988,
  H: 1988,
  昭和: 1925,
  S: 1925,
  大正: 1911,
  T: 1911,
  明治: 1867,
  M: 1867,
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ZONES: Readonly<Record<string, number>> = { Z: 0, UTC: 0, GMT: 0, JST: 540 };

const TIME = String.raw`(?:[T\s]\s*|(?<=日)\s*)(?:(?<half>午前|午後)\s*)?(?<h>\d{1,2})(?::(?<mi>\d{2})(?::(?<s>\d{2})(?:[.,](?<f>\d{1,9}))?)?|時(?:(?<jmi>\d{1,2})分(?:(?<js>\d{1,2})秒)?)?)\s*(?<ap>[AaPp]\.?[Mm]\.?)?\s*(?<z>Z|UTC|GMT|JST|[+-]\d{2}(?::?\d{2})?)?`;
const withTime = (date: string): RegExp => new RegExp(`^${date}(?:${TIME})?$`, 'u');

const YEAR_FIRST = withTime(String.raw`(?<y>\d{4})(?:[-/.]|年\s*)(?<m>\d{1,2})(?:(?:[-/.]|月\s*)(?<d>\d{1,2})日?|月)?`);
const ERA = withTime(
  String.raw`(?<e>令和|平成|昭和|大正|明治|[RHSTM])\.?\s*(?<y>元|\d{1,2})(?:[-/.]|年\s*)(?<m>\d{1,2})(?:(?:[-/.]|月\s*)(?<d>\d{1,2})日?|月)?`,
);
const YEAR_LAST = withTime(String.raw`(?<a>\d{1,2})(?<sep>[-/.])(?<b>\d{1,2})\k<sep>(?<y>\d{4}|\d{2})`);
const MONTH_YEAR = /^(?<m>\d{1,2})[-/.](?<y>\d{4})$/u;
const ERA_YEAR = /^(?<e>令和|平成|昭和|大正|明治)\s*(?<y>元|\d{1,2})年(?<fiscal>度)?$/u;
const YEAR_ONLY = /^(?<y>\d{4})年(?<fiscal>度)?$/u;
const FISCAL_EN = /^FY\s?(?<y>\d{4})$/iu;
const QUARTER =
  /^(?:(?<y>\d{4})(?:[-/\s]|年\s*)?Q(?<q>[1-4])|Q(?<q2>[1-4])[-/\s]?(?<y2>\d{4})|(?<y3>\d{4})年\s*第?(?<q3>[1-4])四半期)$/iu;
const WEEK = /^(?<y>\d{4})-?W(?<w>\d{1,2})(?:-?(?<d>[1-7]))?$/iu;
const NAMED_A = withTime(String.raw`(?:(?<d>\d{1,2})[-\s](?:of\s)?)?(?<n>[A-Za-z]{3,9})\.?[-\s,]+(?<y>\d{4})`);
const NAMED_B = withTime(String.raw`(?<n>[A-Za-z]{3,9})\.?[-\s](?<d>\d{1,2})(?:st|nd|rd|th)?,?[-\s](?<y>\d{4})`);
const NAMED_C = /^(?<y>\d{4})[-\s](?<n>[A-Za-z]{3,9})\.?(?:[-\s](?<d>\d{1,2}))?$/u;
const NAMED_SHORT = /^(?:(?<d>\d{1,2})-)?(?<n>[A-Za-z]{3})-(?<y>\d{2})$/u;
const WEEKDAY = /\s*[(](?:[月火水木金土日]|[月火水木金土日]曜日?|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[)]/iu;

/** Full-width digits and signs, era ligatures, a weekday in brackets: all to one plain form. */
export function normalizeDateText(text: string): string {
  let plain = text;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) {
      plain = text.normalize('NFKC');
      break;
    }
  }
  if (plain.includes('(')) plain = plain.replace(WEEKDAY, '');
  return plain.trim();
}

function daysOf(year: number, month: number, day: number): number | null {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 || day > 31) return null;
  const t = Date.UTC(year, month - 1, day);
  return new Date(t).getUTCDate() === day ? t : null;
}

function offsetOf(zone: string | undefined): number | null {
  if (zone === undefined) return null;
  const named = ZONES[zone];
  if (named !== undefined) return named;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return zone.startsWith('-') ? -minutes : minutes;
}

type Groups = Record<string, string | undefined>;

function dated(year: number, month: number, day: number, groups: Groups): ParsedDate | null {
  const t = daysOf(year, month, day);
  if (t === null) return null;
  if (groups['h'] === undefined) return { t, offset: null };
  let hour = Number(groups['h']);
  const minute = Number(groups['mi'] ?? groups['jmi'] ?? 0);
  const second = Number(groups['s'] ?? groups['js'] ?? 0);
  const milli = groups['f'] === undefined ? 0 : Math.floor(Number(`0.${groups['f']}`) * 1000);
  const half = groups['half'] ?? groups['ap']?.toLowerCase().replaceAll('.', '');
  if (half !== undefined) {
    if (hour > 12) return null;
    const afternoon = half === '午後' || half === 'pm';
    hour = (hour % 12) + (afternoon ? 12 : 0);
  }
  // 24:00 is how Japanese meter readings write the end of a day.
  const endOfDay = hour === 24 && minute === 0 && second === 0;
  if ((hour > 23 && !endOfDay) || minute > 59 || second > 59) return null;
  const offset = offsetOf(groups['z']);
  if (offset !== null && Math.abs(offset) > 14 * 60) return null;
  return { t: t + hour * 60 * MINUTE + minute * MINUTE + second * 1000 + milli, offset };
}

function plain(t: number | null): ParsedDate | null {
  return t === null ? null : { t, offset: null };
}

function monthNamed(name: string): number | null {
  const key = name.toLowerCase();
  const at = MONTHS.indexOf(key.slice(0, 3));
  if (at < 0) return null;
  const full = [
    'january',
    'february',
    'march',
    'april',
    'may',
    'june',
    'july',
    'august',
    'september',
    'october',
    'november',
    'december',
  ];
  return key.length === 3 || key === 'sept' || key === full[at] ? at + 1 : null;
}

const twoDigitYear = (text: string): number =>
  text.length === 2 ? (Number(text) < 70 ? 2000 : 1900) + Number(text) : Number(text);

/** First day (Monday) of ISO week `week` of `year`; weeks belong to the year that holds their Thursday. */
function isoWeek(year: number, week: number, weekday: number): number | null {
  if (week < 1 || week > 53 || year < FIRST_YEAR || year > LAST_YEAR) return null;
  const fourth = Date.UTC(year, 0, 4);
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY + (week - 1) * 7 * DAY;
  if (week === 53 && new Date(monday + 3 * DAY).getUTCFullYear() !== year) return null;
  return monday + (weekday - 1) * DAY;
}

function parseDigits(text: string, numeric: NumericDates): ParsedDate | null {
  const part = (from: number, to: number): number => Number(text.slice(from, to));
  switch (numeric) {
    case 'ymd':
      return text.length === 8 ? plain(daysOf(part(0, 4), part(4, 6), part(6, 8))) : null;
    case 'ym':
      return text.length === 6 ? plain(daysOf(part(0, 4), part(4, 6), 1)) : null;
    case 'year':
      return text.length === 4 ? plain(daysOf(part(0, 4), 1, 1)) : null;
    case 'ymdhm':
    case 'ymdhms':
      if (text.length !== (numeric === 'ymdhm' ? 12 : 14)) return null;
      return dated(part(0, 4), part(4, 6), part(6, 8), {
        h: text.slice(8, 10),
        mi: text.slice(10, 12),
        s: text.slice(12) || '0',
      });
    case 'excel': {
      const serial = Number(text);
      return serial >= 1 && serial < 132_000 ? plain(excelSerial(serial)) : null;
    }
    case 'epoch_s':
      return { t: Number(text) * 1000, offset: 0 };
    case 'epoch_ms':
      return { t: Number(text), offset: 0 };
    case 'index':
      return null;
  }
}

/** Excel counts days from 1899-12-30 (its 1900 is a leap year by design); fractions are times, to the second. */
export function excelSerial(serial: number): number {
  return Date.UTC(1899, 11, 30) + Math.round(serial * 86_400) * 1000;
}

/** Reads one normalized text; null when it is no date in any known form. */
export function parseDate(text: string, style: DateStyle): ParsedDate | null {
  if (text === '' || text.length > 60) return null;
  if (/^\d+(?:\.\d+)?$/u.test(text) && style.numeric !== null) return parseDigits(text, style.numeric);
  let g = YEAR_FIRST.exec(text)?.groups as Groups | undefined;
  if (g) return dated(Number(g['y']), Number(g['m']), Number(g['d'] ?? 1), g);
  g = YEAR_LAST.exec(text)?.groups as Groups | undefined;
  if (g) {
    const [a, b, year] = [Number(g['a']), Number(g['b']), twoDigitYear(g['y'] ?? '')];
    const dayFirst = g['sep'] === '.' || style.order === 'dmy';
    return dayFirst ? dated(year, b, a, g) : dated(year, a, b, g);
  }
  g = ERA.exec(text)?.groups as Groups | undefined;
  if (g) return dated(eraYear(g), Number(g['m']), Number(g['d'] ?? 1), g);
  return parseRare(text);
}

const eraYear = (g: Groups): number => (ERA_START[g['e'] ?? ''] ?? 0) + (g['y'] === '元' ? 1 : Number(g['y']));

function parseRare(text: string): ParsedDate | null {
  let g = QUARTER.exec(text)?.groups as Groups | undefined;
  if (g) return plain(daysOf(Number(g['y'] ?? g['y2'] ?? g['y3']), Number(g['q'] ?? g['q2'] ?? g['q3']) * 3 - 2, 1));
  g = WEEK.exec(text)?.groups as Groups | undefined;
  if (g) return plain(isoWeek(Number(g['y']), Number(g['w']), Number(g['d'] ?? 1)));
  g = MONTH_YEAR.exec(text)?.groups as Groups | undefined;
  if (g) return plain(daysOf(Number(g['y']), Number(g['m']), 1));
  g = (YEAR_ONLY.exec(text) ?? FISCAL_EN.exec(text))?.groups as Groups | undefined;
  if (g) return plain(daysOf(Number(g['y']), g['fiscal'] !== undefined || /^FY/iu.test(text) ? 4 : 1, 1));
  g = ERA_YEAR.exec(text)?.groups as Groups | undefined;
  if (g) return plain(daysOf(eraYear(g), g['fiscal'] === undefined ? 1 : 4, 1));
  g = (NAMED_A.exec(text) ?? NAMED_B.exec(text) ?? NAMED_C.exec(text) ?? NAMED_SHORT.exec(text))?.groups as
    | Groups
    | undefined;
  if (g) {
    const month = monthNamed(g['n'] ?? '');
    return month === null ? null : dated(twoDigitYear(g['y'] ?? ''), month, Number(g['d'] ?? 1), g);
  }
  return null;
}

export interface ColumnDates {
  readonly style: DateStyle;
  /** Both orders fit every text; `style.order` is only the more likely one. */
  readonly ambiguous: boolean;
  /** Some texts fit one order only, so the order is known; false when no text has that form. */
  readonly ordered: boolean;
}

const SHAPES: readonly [NumericDates, RegExp][] = [
  ['ymd', /^(?:1[6-9]|2[0-2])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/u],
  ['ym', /^(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])$/u],
  ['year', /^(?:1[89]|20)\d\d$/u],
  ['ymdhm', /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-4])[0-5]\d$/u],
  ['ymdhms', /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-4])[0-5]\d[0-5]\d$/u],
  ['epoch_s', /^[1-3]\d{9}$/u],
  ['epoch_ms', /^[1-3]\d{12}$/u],
];

/**
 * Decides for a column (different, normalized texts) how its texts of digits and its a/b/year texts read.
 * `dateHint`: the column's name speaks of dates, so 45292 is an Excel serial and not a count.
 */
export function columnDates(texts: readonly string[], dateHint: boolean): ColumnDates {
  const digits = texts.filter((text) => /^\d+(?:\.\d+)?$/u.test(text));
  let numeric: NumericDates | null = null;
  if (digits.length > 0) {
    numeric = 'index';
    for (const [kind, shape] of SHAPES) {
      if (digits.filter((text) => shape.test(text)).length >= digits.length * 0.8) {
        numeric = kind;
        break;
      }
    }
    const serials = digits.filter((text) => Number(text) >= 20_000 && Number(text) < 80_000).length;
    if (numeric === 'index' && dateHint && serials >= digits.length * 0.8) numeric = 'excel';
  }
  let onlyDay = 0;
  let onlyMonth = 0;
  let both = 0;
  let sameDay = true;
  let firstDay: string | null = null;
  let clock12 = false;
  for (const text of texts) {
    const g = YEAR_LAST.exec(text)?.groups as Groups | undefined;
    if (!g || g['sep'] === '.') continue;
    const [a, b] = [Number(g['a']), Number(g['b'])];
    if (a > 12 && b <= 12) onlyDay++;
    else if (b > 12 && a <= 12) onlyMonth++;
    else if (a !== b) both++;
    if (g['ap'] !== undefined) clock12 = true;
    if (firstDay === null) firstDay = g['a'] ?? '';
    else if (firstDay !== g['a']) sameDay = false;
  }
  // All of one first part (01/01, 01/02, 01/03 …): months counted on a fixed day. AM and PM: written in America.
  const unclear: DateOrder = sameDay && !clock12 ? 'dmy' : 'mdy';
  const known: DateOrder = onlyDay > onlyMonth ? 'dmy' : 'mdy';
  const likely = onlyDay === onlyMonth ? unclear : known;
  return {
    style: { order: likely, numeric },
    ambiguous: both > 0 && onlyDay === 0 && onlyMonth === 0,
    ordered: onlyDay + onlyMonth > 0,
  };
}

/** `2025-01-01`, or with a time `2025-01-01T05:00:00` (milliseconds only when there are some). */
export function isoTime(t: number): string {
  const text = new Date(t).toISOString();
  if (text.endsWith('T00:00:00.000Z')) return text.slice(0, 10);
  return text.slice(0, text.endsWith('.000Z') ? 19 : 23);
}
