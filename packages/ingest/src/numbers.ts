/** Numbers as people write them: 1,234  1.234,5  ¥1,234  12%  １２３  ▲123  (123)  1,234円. */

export type NumberKind = 'value' | 'missing' | 'nan' | 'infinite' | 'text';
export interface ParsedNumber {
  readonly kind: NumberKind;
  /** NaN unless `kind` is `value`. */
  readonly value: number;
  /** Written with a percent sign; 12% gives 12. */
  readonly percent: boolean;
}

const MISSING = new Set([
  '',
  '-',
  '--',
  '---',
  '*',
  '***',
  '...',
  '…',
  'na',
  'n/a',
  '#n/a',
  'null',
  'none',
  'nil',
  '<na>',
  'missing',
  '.',
  '?',
  '欠測',
  '欠損',
  'なし',
  '未定',
  '―',
  '‐',
  '−',
  '—',
  '–',
  'x',
  '×',
]);
const INFINITE = /^[+-]?(?:inf|infinity|∞)$/iu;
const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/u;
const CURRENCY = /[¥￥$€£₩]|円|(?:\bJPY|\bUSD|\bEUR)\b/gu;
const GROUPED_POINT = /^\d{1,3}(?:[,\s'’]\d{3})+(?:\.\d*)?$/u;
const GROUPED_COMMA = /^\d{1,3}(?:[.\s'’]\d{3})+(?:,\d*)?$/u;

const text: ParsedNumber = { kind: 'text', value: Number.NaN, percent: false };
const missing: ParsedNumber = { kind: 'missing', value: Number.NaN, percent: false };

function finite(value: number, percent: boolean): ParsedNumber {
  return Number.isFinite(value) ? { kind: 'value', value, percent } : { kind: 'infinite', value: Number.NaN, percent };
}

export function parseNumber(raw: string, decimal: '.' | ','): ParsedNumber {
  if (raw.length > 80) return text;
  let s = raw.normalize('NFKC').trim();
  const lower = s.toLowerCase();
  if (MISSING.has(lower)) return missing;
  if (lower === 'nan' || lower === '-nan' || lower === '#num!' || lower === '#div/0!')
    return { kind: 'nan', value: Number.NaN, percent: false };
  if (INFINITE.test(s)) return { kind: 'infinite', value: Number.NaN, percent: false };
  let sign = 1;
  const percent = s.endsWith('%');
  if (percent) s = s.slice(0, -1).trimEnd();
  if (s.startsWith('(') && s.endsWith(')')) {
    sign = -1;
    s = s.slice(1, -1);
  }
  s = s.replace(CURRENCY, '').trim();
  if (/^[▲△−–-]/u.test(s)) {
    sign = -sign;
    s = s.slice(1).replace(CURRENCY, '').trim();
  } else if (s.startsWith('+')) s = s.slice(1).trim();
  if (!/^[\d.,]/u.test(s)) return text;
  if (decimal === ',') {
    if (GROUPED_COMMA.test(s)) s = s.replaceAll(/[.\s'’]/gu, '');
    s = s.replace(',', '.');
  } else if (GROUPED_POINT.test(s)) s = s.replaceAll(/[,\s'’]/gu, '');
  return PLAIN.test(s) ? finite(sign * Number(s), percent) : text;
}

/**
 * Decimal mark of a column's texts. `1,234` alone reads as a thousand; a comma followed by one, two
 * or more than three digits, or after a point, is a decimal mark.
 */
export function decimalMark(texts: readonly string[]): '.' | ',' {
  let comma = 0;
  let point = 0;
  for (const raw of texts) {
    const s = raw.normalize('NFKC').replaceAll(/[^\d.,]/gu, '');
    if (/^\d{1,3}(?:\.\d{3})+,\d*$/u.test(s) || /^\d*,(?:\d{1,2}|\d{4,})$/u.test(s)) comma++;
    else if (
      /^\d{1,3}(?:,\d{3})+\.\d*$/u.test(s) ||
      /^\d*\.(?:\d{1,2}|\d{4,})$/u.test(s) ||
      /^\d{1,3}(?:,\d{3})+$/u.test(s)
    )
      point++;
  }
  return comma > point ? ',' : '.';
}
