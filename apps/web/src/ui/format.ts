/** Numbers, times and sizes as people of each language write them. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { currentLanguage, type Language } from '../i18n/index.ts';

export type Format = ReturnType<typeof createFormat>;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** The calendar part of a frequency alias: `W-SUN` -> `W`, `15min` -> `min`. */
export function freqBase(freq: string): string {
  const match = /^\d*([A-Za-z]+)/.exec(freq);
  return match?.[1] ?? freq;
}
const YEARLY = new Set(['YS', 'YE', 'Y', 'A', 'AS', 'BYS', 'BYE']);
const QUARTERLY = new Set(['QS', 'QE', 'Q', 'BQS', 'BQE']);
const MONTHLY = new Set(['MS', 'ME', 'M', 'BMS', 'BME', 'SMS']);
const DAILY = new Set(['D', 'B', 'W', 'C']);

export type Grain = 'year' | 'quarter' | 'month' | 'day' | 'time' | 'integer';
export function grainOf(freq: string): Grain {
  const base = freqBase(freq);
  if (freq === 'int') return 'integer';
  if (YEARLY.has(base)) return 'year';
  if (QUARTERLY.has(base)) return 'quarter';
  if (MONTHLY.has(base)) return 'month';
  if (DAILY.has(base)) return 'day';
  return 'time';
}

/** Milliseconds of a wall-clock time without zone, read as UTC so that no machine shifts it; NaN for nonsense. */
export function parseDs(ds: string): number {
  if (/^-?\d+$/.test(ds)) return Number(ds);
  return Date.parse(ds.includes('T') ? (/[Z+]|-\d\d:\d\d$/.test(ds.slice(10)) ? ds : `${ds}Z`) : `${ds}T00:00:00Z`);
}

export function createFormat(language: Language) {
  const locale = language === 'ja' ? 'ja-JP' : 'en-US';
  const ja = language === 'ja';
  const cache = new Map<string, Intl.NumberFormat>();
  const digits = (options: Intl.NumberFormatOptions) => {
    const key = JSON.stringify(options);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const made = new Intl.NumberFormat(locale, options);
    cache.set(key, made);
    return made;
  };
  const dates = {
    dateTime: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
    clock: new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
    year: new Intl.DateTimeFormat(locale, { year: 'numeric', timeZone: 'UTC' }),
    month: new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', timeZone: 'UTC' }),
    day: new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' }),
    time: new Intl.DateTimeFormat(locale, {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone: 'UTC',
    }),
  };
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const missing = '–';

  const number = (value: number | null | undefined, maximumFractionDigits = 2): string =>
    value === null || value === undefined || Number.isNaN(value)
      ? missing
      : digits({ maximumFractionDigits }).format(value);
  /** Same number of digits in a column. */
  const fixed = (value: number | null | undefined, places = 3): string =>
    value === null || value === undefined || !Number.isFinite(value)
      ? missing
      : digits({ minimumFractionDigits: places, maximumFractionDigits: places }).format(value);
  /** Values of a series: four figures are enough to read, thousands are grouped. */
  const value = (v: number | null | undefined): string => {
    if (v === null || v === undefined || !Number.isFinite(v)) return missing;
    const size = Math.abs(v);
    return digits({ maximumFractionDigits: size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4 }).format(v);
  };
  /** Values that stand below each other: as many places for all as the largest needs, none for whole numbers. */
  const alike = (values: readonly (number | null | undefined)[]): ((v: number | null | undefined) => string) => {
    const known = values.flatMap((v) => (typeof v === 'number' && Number.isFinite(v) ? [v] : []));
    const size = Math.max(0, ...known.map(Math.abs));
    const whole = known.every(Number.isInteger);
    const places = whole || size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4;
    return (v) => fixed(v, places);
  };
  const compact = (v: number): string => digits({ notation: 'compact', maximumFractionDigits: 1 }).format(v);
  const percent = (share: number | null | undefined, places = 0): string =>
    share === null || share === undefined || !Number.isFinite(share)
      ? missing
      : digits({ style: 'percent', maximumFractionDigits: places }).format(share);
  const bytes = (size: number | null | undefined): string => {
    if (size === null || size === undefined) return missing;
    let unit = 0;
    let rest = size;
    while (rest >= 1000 && unit < UNITS.length - 1) {
      rest /= 1000;
      unit += 1;
    }
    return `${digits({ maximumFractionDigits: rest < 10 && unit > 0 ? 1 : 0 }).format(rest)} ${UNITS[unit]}`;
  };
  /** Wall seconds in words: `0.4 秒`, `12 秒`, `3 分 20 秒`, `1 時間 5 分`. */
  const seconds = (s: number | null | undefined): string => {
    if (s === null || s === undefined || !Number.isFinite(s)) return missing;
    const [second, minute, hour] = ja ? ['秒', '分', '時間'] : ['s', 'min', 'h'];
    if (s < 10) return `${digits({ maximumFractionDigits: s < 0.1 ? 2 : 1 }).format(s)} ${second}`;
    const whole = Math.round(s);
    if (whole < 60) return `${whole} ${second}`;
    if (whole < 3600) return `${Math.floor(whole / 60)} ${minute}${whole % 60 === 0 ? '' : ` ${whole % 60} ${second}`}`;
    const m = Math.round((whole % 3600) / 60);
    return `${Math.floor(whole / 3600)} ${hour}${m === 0 ? '' : ` ${m} ${minute}`}`;
  };
  const dateTime = (iso: string | null | undefined): string =>
    iso === null || iso === undefined ? missing : dates.dateTime.format(new Date(iso));
  const clock = (iso: string): string => dates.clock.format(new Date(iso));
  const ago = (iso: string, now = Date.now()): string => {
    const s = (new Date(iso).getTime() - now) / 1000;
    const size = Math.abs(s);
    if (size < 45) return ja ? 'たった今' : 'just now';
    if (size < 3600) return relative.format(Math.round(s / 60), 'minute');
    if (size < 86_400) return relative.format(Math.round(s / 3600), 'hour');
    if (size < 30 * 86_400) return relative.format(Math.round(s / 86_400), 'day');
    return dates.day.format(new Date(iso));
  };
  /** A time of a series in the grain of its frequency. */
  const ds = (text: string | number, grain: Grain): string => {
    if (grain === 'integer') return String(text);
    const at = typeof text === 'number' ? text : parseDs(text);
    if (Number.isNaN(at)) return String(text);
    if (grain === 'quarter') {
      const date = new Date(at);
      const quarter = Math.floor(date.getUTCMonth() / 3) + 1;
      return ja ? `${date.getUTCFullYear()}年 第${quarter}四半期` : `Q${quarter} ${date.getUTCFullYear()}`;
    }
    return dates[grain].format(at);
  };
  const list = (items: readonly string[]): string => items.join(ja ? '、' : ', ');
  return { language, number, fixed, value, alike, compact, percent, bytes, seconds, dateTime, clock, ago, ds, list };
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  const { language } = i18n;
  return useMemo(() => createFormat(language === 'ja' || language === 'en' ? language : currentLanguage()), [language]);
}
