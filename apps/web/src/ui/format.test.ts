import { expect, test } from 'vitest';
import { createFormat, grainOf, parseDs } from './format.ts';

const ja = createFormat('ja');
const en = createFormat('en');

test('durations read like a person says them', () => {
  expect([0.042, 0.4, 9.96, 12.2, 60, 200, 3900].map((s) => ja.seconds(s))).toEqual([
    '0.04 秒',
    '0.4 秒',
    '10 秒',
    '12 秒',
    '1 分',
    '3 分 20 秒',
    '1 時間 5 分',
  ]);
  expect(en.seconds(200)).toBe('3 min 20 s');
  expect(en.seconds(null)).toBe('–');
});

test('sizes and shares', () => {
  expect(en.bytes(0)).toBe('0 B');
  expect(en.bytes(1_540_000)).toBe('1.5 MB');
  expect(ja.percent(0.294)).toBe('29%');
});

test('a time of a series is not moved by any time zone', () => {
  expect(parseDs('2025-01-01')).toBe(Date.UTC(2025, 0, 1));
  expect(parseDs('2025-01-01T05:00:00')).toBe(Date.UTC(2025, 0, 1, 5));
  expect(parseDs('17')).toBe(17);
  expect(ja.ds('2025-01-01', 'month')).toBe('2025年1月');
  expect(en.ds('2025-07-01', 'quarter')).toBe('Q3 2025');
  expect(en.ds('42', 'integer')).toBe('42');
});

test('a frequency tells how much of a date matters', () => {
  expect(['MS', 'QS-OCT', 'W-SUN', '15min', 'YS-APR', 'int'].map(grainOf)).toEqual([
    'month',
    'quarter',
    'day',
    'time',
    'year',
    'integer',
  ]);
});
