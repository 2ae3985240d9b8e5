/** What a table's head looks like: where the names stand, what each column holds, how it maps to series. */
import type { ColumnType, Mapping } from '@minori/contract';
import type { HeadRecord } from './csv.ts';
import { columnDates, normalizeDateText, parseDate } from './dates.ts';
import { decimalMark, parseNumber } from './numbers.ts';
import { guessPreset } from './presets.ts';

export interface ColumnGuess {
  readonly name: string;
  readonly type: ColumnType;
  readonly samples: string[];
  readonly empty: number;
  /** Different values among `filled`. */
  readonly distinct: number;
  readonly filled: number;
}

const EXOGENOUS = /^(?:hist|futr|stat)_./u;
const DATE_NAME =
  /^(?:ds|date|datetime|timestamp|time|day|month|week|year|period|日付|日時|日|年月日?|年|月|週|時刻|時間|期間|年度|計上日|売上日|開催日|抽せん日|対象月|観測日|.*(?:日付|年月|日時|年月日|_date|_at|date))$/iu;
const ID_NAME =
  /^(?:unique_id|id|series|series_id|item|item_id|sku|store|store_id|shop|product|category|name|key|code|系列|店舗.*|店.*|商品.*|品目|品番|品名|拠点.*|支店.*|地域|都道府県|カテゴリ.*|種別|名称|コード)$/iu;
const Y_NAME =
  /^(?:y|value|values|sales|amount|quantity|qty|count|demand|target|売上.*|販売.*|値|数量|金額|実績.*|需要.*|個数|件数|人数|客数|出荷.*)$/iu;

/** The column's name speaks of time. */
export const dateNamed = (name: string): boolean => DATE_NAME.test(name.normalize('NFKC').trim());

function looksDate(texts: readonly string[], hint: boolean): boolean {
  const plain = texts.map(normalizeDateText);
  const { style } = columnDates(plain, hint);
  if (style.numeric === 'index') return false;
  // 2025 and 202501 are numbers too: only a name that speaks of time makes them dates.
  if ((style.numeric === 'year' || style.numeric === 'ym' || style.numeric?.startsWith('epoch')) && !hint) return false;
  return plain.filter((text) => parseDate(text, style) !== null).length >= texts.length * 0.8;
}

export function guessColumn(name: string, cells: readonly string[], decimal: '.' | ','): ColumnGuess {
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  const different = [...new Set(filled)];
  const numbers = filled.map((cell) => parseNumber(cell, decimal));
  const valued = numbers.filter(({ kind }) => kind !== 'text').length;
  const real = numbers.filter(({ kind }) => kind === 'value').length;
  let type: ColumnType = 'text';
  if (filled.length === 0 || (real === 0 && valued === filled.length)) type = 'empty';
  else if (looksDate(different, dateNamed(name))) type = 'date';
  else if (valued >= filled.length * 0.8 && real > 0) type = 'number';
  else if (different.every((cell) => /^(?:true|false)$/iu.test(cell))) type = 'boolean';
  return {
    name,
    type,
    samples: different.slice(0, 5).map((cell) => cell.slice(0, 200)),
    empty: cells.length - filled.length,
    distinct: different.length,
    filled: filled.length,
  };
}

/** Does a cell hold a value (number or full date) rather than a name? */
function isValue(cell: string): boolean {
  const text = cell.trim();
  if (text === '') return false;
  if (parseNumber(text, '.').kind === 'value' || parseNumber(text, ',').kind === 'value') return true;
  return parseDate(normalizeDateText(text), { order: 'dmy', numeric: 'ymd' }) !== null;
}

/**
 * Index in `records` of the record that holds the column names, or -1. Titles above it (fewer cells)
 * are passed over; times as names (2025/1, 2025/2, …: one column per time) still make a header.
 */
export function headerIndex(records: readonly HeadRecord[], width: number): number {
  const first = records.findIndex(
    ({ cells }) =>
      cells.length >= width && cells.filter((cell) => cell.trim() !== '').length >= Math.max(1, Math.ceil(width / 2)),
  );
  const header = records[first];
  if (!header) return records.length > 0 ? 0 : -1;
  const next = records.slice(first + 1, first + 21);
  const names = header.cells.slice(0, width);
  if (!names.some(isValue)) return first;
  const overValues = (name: string, i: number): boolean =>
    next.filter(({ cells }) => isValue(cells[i] ?? '')).length > next.length / 2 && name.trim() !== '';
  // A word over numbers names them, whatever stands over the other columns.
  if (next.length > 0 && names.some((name, i) => !isValue(name) && overValues(name, i))) return first;
  const times = new Set(timesAmong(names));
  const overNumbers = names.filter((name, i) => times.has(name) && overValues(name, i));
  return times.size >= 3 && overNumbers.length >= times.size / 2 ? first : -1;
}

/** Names that are times. */
function timesAmong(names: readonly string[]): string[] {
  const plain = names.map(normalizeDateText);
  const candidates = plain.filter((name) => name !== '');
  const { style } = columnDates(candidates, true);
  if (style.numeric === 'index' || style.numeric === 'excel')
    return names.filter((_, i) => !/^\d+$/u.test(plain[i] ?? '') && parseDate(plain[i] ?? '', style) !== null);
  return names.filter((_, i) => parseDate(plain[i] ?? '', style) !== null);
}

/** Column names as they will be used: trimmed, empty ones `column_3`, repeated ones `sales_2`. */
export function columnNames(
  header: readonly string[] | null,
  width: number,
): { names: string[]; duplicates: string[] } {
  const names: string[] = [];
  const seen = new Set<string>();
  const duplicates: string[] = [];
  for (let i = 0; i < width; i++) {
    const base = (header?.[i] ?? '').trim().replaceAll(/\s+/gu, ' ') || `column_${i + 1}`;
    let name = base;
    for (let n = 2; seen.has(name); n++) name = `${base}_${n}`;
    if (name !== base) duplicates.push(base);
    seen.add(name);
    names.push(name);
  }
  return { names, duplicates };
}

/** Decimal mark of the whole table: that of the columns that have one. */
export function tableDecimal(rows: readonly (readonly string[])[], width: number): '.' | ',' {
  const texts: string[] = [];
  for (const row of rows)
    for (let i = 0; i < width; i++)
      if (
        /\d[.,]\d/u.test(row[i] ?? '') &&
        parseDate(normalizeDateText(row[i] ?? ''), { order: 'dmy', numeric: null }) === null
      )
        texts.push(row[i] ?? '');
  return decimalMark(texts);
}

/** The likeliest way from these columns to series; null when no time or no value can be found. */
export function guessMapping(columns: readonly ColumnGuess[]): Mapping | null {
  const names = columns.map(({ name }) => name);
  const preset = guessPreset(names);
  if (preset) return { kind: 'preset', preset, ds: 'draw' };
  const exogenous = columns.filter(({ name }) => EXOGENOUS.test(name)).map(({ name }) => name);
  const own = columns.filter(({ name }) => !EXOGENOUS.test(name));
  return guessAcross(own) ?? guessByTime(own, exogenous);
}

function guessAcross(own: readonly ColumnGuess[]): Mapping | null {
  const times = new Set(timesAmong(own.map(({ name }) => name)));
  if (times.size < 3 || times.size < own.length - 4) return null;
  const series = own.filter(({ name, type }) => !times.has(name) && type !== 'number');
  const counted = own.filter(({ name, type }) => times.has(name) && (type === 'number' || type === 'empty'));
  if (counted.length < times.size * 0.8) return null;
  return { kind: 'across', unique_id: series.slice(0, 4).map(({ name }) => name), times: [...times] };
}

function timeColumns(own: readonly ColumnGuess[]): ColumnGuess[] {
  const named = own.find(({ name }) => name.toLowerCase() === 'ds');
  if (named) return [named];
  const dates = own.filter(({ type }) => type === 'date');
  const full = dates.filter(({ samples }) =>
    samples.some((sample) => !/^(?:\d{4}年?度?|\d{1,2}月?)$/u.test(sample.normalize('NFKC'))),
  );
  const best = full.find(({ name }) => dateNamed(name)) ?? full[0];
  if (best) return [best];
  // Year and month (and day) in columns of their own.
  const part = (shape: RegExp, low: number, high: number): ColumnGuess | undefined =>
    own.find(
      ({ name, samples }) =>
        shape.test(name.normalize('NFKC').trim()) && samples.every((sample) => inRange(sample, low, high)),
    );
  const year = part(/^(?:年|year|西暦|年次)$/iu, 1600, 2300);
  const month = part(/^(?:月|month|月次)$/iu, 1, 12);
  const day = part(/^(?:日|day)$/iu, 1, 31);
  if (year && month) return day ? [year, month, day] : [year, month];
  if (dates[0]) return [dates[0]];
  // No calendar: a count named like a time (ds was taken above).
  const count = own.find(
    ({ name, type }) => type === 'number' && (dateNamed(name) || /^(?:t|step|index|no|回)$/iu.test(name)),
  );
  return count ? [count] : [];
}

function inRange(sample: string, low: number, high: number): boolean {
  const value = Number(sample.normalize('NFKC').replace(/[年月日]$/u, ''));
  return Number.isInteger(value) && value >= low && value <= high;
}

function guessByTime(own: readonly ColumnGuess[], exogenous: readonly string[]): Mapping | null {
  const times = timeColumns(own);
  if (times.length === 0) return null;
  const ds = times.map(({ name }) => name);
  const rest = own.filter((column) => !times.includes(column));
  const numbers = rest.filter(({ type }) => type === 'number');
  const exactId = rest.find(({ name }) => name.toLowerCase() === 'unique_id');
  // A number names a series only when it repeats: shop 12, again and again.
  const naming = ({ name, type, distinct, filled, samples }: ColumnGuess): boolean =>
    type === 'number'
      ? ID_NAME.test(name) &&
        !Y_NAME.test(name) &&
        distinct * 2 <= filled &&
        samples.every((text) => /^\d+$/u.test(text))
      : (type === 'text' || type === 'boolean') && (distinct < filled || filled <= 20 || ID_NAME.test(name));
  const texts = exactId ? [exactId] : rest.filter(naming);
  const values = numbers.filter((column) => !texts.includes(column));
  const y =
    values.find(({ name }) => name.toLowerCase() === 'y') ??
    values.find(({ name }) => Y_NAME.test(name.normalize('NFKC'))) ??
    values[0] ??
    rest.find(({ name }) => name.toLowerCase() === 'y');
  if (!y) return null;
  const named = y.name.toLowerCase() === 'y' || exactId !== undefined || exogenous.length > 0;
  if (texts.length === 0 && values.length > 1 && !named)
    return { kind: 'wide', ds, series: values.map(({ name }) => name) };
  const best = texts.filter(({ name }) => ID_NAME.test(name));
  const ids = (best.length > 0 ? best : texts).filter((column) => column !== y).slice(0, best.length > 0 ? 2 : 1);
  return { kind: 'long', unique_id: ids.map(({ name }) => name), ds, y: y.name, exogenous: [...exogenous] };
}
