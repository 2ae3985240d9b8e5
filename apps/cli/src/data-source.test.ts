import { expect, test } from 'vitest';
import { parseFixes, parseMapping } from './data-source.ts';
import { UsageError } from './problems.ts';

test('--map names long, wide and preset layouts', () => {
  expect(parseMapping('unique_id=店舗|品目,ds=年月,y=売上')).toEqual({
    kind: 'long',
    unique_id: ['店舗', '品目'],
    ds: ['年月'],
    y: '売上',
    exogenous: [],
  });
  expect(parseMapping('ds=date, wide=a|b')).toEqual({ kind: 'wide', ds: ['date'], series: ['a', 'b'] });
  expect(parseMapping('preset=loto6')).toEqual({ kind: 'preset', preset: 'loto6', ds: 'draw' });
});

test.each(['', 'ds', 'ds=a', 'y=b', 'ds=a,y=b,colour=c', '=x,ds=a,y=b'])('--map %s is refused', (text) => {
  expect(() => parseMapping(text)).toThrow(UsageError);
});

test('--fix names a finding and a choice', () => {
  expect([...parseFixes(['outlier=interpolate', 'irregular_frequency=MS:sum'])]).toEqual([
    ['outlier', 'interpolate'],
    ['irregular_frequency', 'MS:sum'],
  ]);
});

test.each(['outlier', 'outlier=', '=zero', 'outliers=zero'])('--fix %s is refused', (text) => {
  expect(() => parseFixes([text])).toThrow(UsageError);
});
