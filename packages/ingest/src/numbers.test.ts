import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalMark, parseNumber } from './numbers.ts';

describe('numbers as people write them', () => {
  test.each([
    ['1,234', 1234],
    ['1,234,567.5', 1_234_567.5],
    ['¥1,234', 1234],
    ['￥1,234', 1234],
    ['1,234円', 1234],
    ['-¥1,234', -1234],
    ['$5', 5],
    ['12%', 12],
    ['１２３．５', 123.5],
    ['▲123', -123],
    ['△1,234.5', -1234.5],
    ['(123)', -123],
    ['−7', -7],
    ['+7', 7],
    ['1 234', 1234],
    ['1e3', 1000],
    ['.5', 0.5],
  ])('%s', (text, value) => expect(parseNumber(text, '.')).toMatchObject({ kind: 'value', value }));
  test.each([
    ['1.234,5', 1234.5],
    ['1.234', 1234],
    ['1,5', 1.5],
    ['-12', -12],
  ])('%s with a decimal comma', (text, value) =>
    expect(parseNumber(text, ',')).toMatchObject({ kind: 'value', value }),
  );
  test.each(['', ' ', '-', '―', 'NA', 'n/a', '#N/A', 'null', '欠測', '…'])('%j is missing', (text) =>
    expect(parseNumber(text, '.').kind).toBe('missing'),
  );
  test.each([
    ['NaN', 'nan'],
    ['#DIV/0!', 'nan'],
    ['inf', 'infinite'],
    ['-Infinity', 'infinite'],
    ['1e999', 'infinite'],
    ['abc', 'text'],
    ['1,23', 'text'],
    ['1_000', 'text'],
    ['12個入', 'text'],
    ['=1+1', 'text'],
  ])('%s is %s', (text, kind) => expect(parseNumber(text, '.').kind).toBe(kind));

  test('a column tells its decimal mark', () => {
    expect(decimalMark(['1,5', '2,25'])).toBe(',');
    expect(decimalMark(['1.234,50'])).toBe(',');
    expect(decimalMark(['1,234', '12,345'])).toBe('.');
    expect(decimalMark(['1.5', '3'])).toBe('.');
  });
  test('any finite number comes back, plain or grouped', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value) => void expect(parseNumber(String(value), '.').value).toBe(Number(String(value))),
      ),
    );
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (value) => {
        expect(parseNumber(value.toLocaleString('en-US'), '.').value).toBe(value);
        expect(parseNumber(value.toLocaleString('de-DE'), ',').value).toBe(value);
      }),
    );
  });
});
