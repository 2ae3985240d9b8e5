import type { Finding, Preview } from '@minori/contract';
import { expect, test } from 'vitest';
import { blocking, chosenFix, isApplied, rolesOf, withFix, withKind, withRecommended } from './mapping.ts';

const preview: Preview = {
  bytes: 10,
  source: null,
  sheets: [],
  columns: [
    { name: 'shop', type: 'text', samples: [], empty: 0 },
    { name: 'month', type: 'date', samples: [], empty: 0 },
    { name: 'price', type: 'number', samples: [], empty: 0 },
    { name: 'sales', type: 'number', samples: [], empty: 0 },
  ],
  rows: [],
  lines: [],
  row_estimate: 0,
  mapping: { kind: 'long', unique_id: ['shop'], ds: ['month'], y: 'sales', exogenous: [] },
  findings: [],
};
const gap: Finding = {
  code: 'gap',
  severity: 'error',
  column: null,
  rows: [3],
  series: ['a'],
  count: 1,
  params: {},
  fixes: [
    { id: 'fill', params: { method: 'zero' }, recommended: false },
    { id: 'fill', params: { method: 'interpolate' }, recommended: true },
  ],
  applied: null,
};

test('another reading keeps what the types tell', () => {
  expect(withKind(preview, 'wide')).toEqual({ kind: 'wide', ds: ['month'], series: ['price', 'sales'] });
  expect(withKind(preview, 'long')).toBe(preview.mapping);
  expect(rolesOf(preview.mapping).get('sales')).toBe('y');
});

test('a fix belongs to its finding and replaces the one before', () => {
  const [zero, line] = gap.fixes;
  if (zero === undefined || line === undefined) throw new Error('fixture');
  const once = withFix([], gap, zero);
  const twice = withFix(once, gap, line);
  expect(twice).toHaveLength(1);
  expect(chosenFix(twice, gap)?.params).toEqual({ method: 'interpolate' });
  expect(withRecommended([], [gap])).toEqual(twice);
  expect(isApplied({ ...gap, applied: { id: 'fill', params: { method: 'interpolate' } } }, line)).toBe(true);
  expect(isApplied({ ...gap, applied: { id: 'fill', params: { method: 'interpolate' } } }, zero)).toBe(false);
});

test('an error stands in the way until something was applied', () => {
  expect(blocking([gap])).toHaveLength(1);
  expect(
    blocking([
      { ...gap, applied: { id: 'fill', params: {} } },
      { ...gap, severity: 'info' },
    ]),
  ).toHaveLength(0);
});
