import type { ExogenousColumn } from '@minori/contract';
import { expect, test } from 'vitest';
import { chooseExogenous, columnsFor } from './exogenous.ts';

const column = (name: string, role: ExogenousColumn['role'], type: ExogenousColumn['type'] = 'number') => ({
  name,
  role,
  type,
});
const exogenous = [
  column('futr_price', 'futr'),
  column('hist_visits', 'hist'),
  column('hist_notes', 'hist', 'text'),
  column('stat_region', 'stat', 'text'),
];
const panel = (future_rows: number) => ({ exogenous, future_rows, series_count: 3 });

test('columns by role, for those methods that can use them', () => {
  const { columns, reasons, problems } = chooseExogenous(panel(36), {}, 12, ['naive', 'nhits', 'lightgbm_direct']);
  expect(columns).toEqual({ futr: ['futr_price'], hist: ['hist_visits'], stat: ['stat_region'] });
  expect(reasons).toEqual([
    { code: 'columns_used', params: { columns: ['futr_price', 'hist_visits', 'stat_region'], methods: 2 } },
    { code: 'columns_words', params: { columns: ['hist_notes'] } },
  ]);
  expect(problems).toEqual([]);
  expect(columnsFor('naive', columns)).toBeNull();
  expect(columnsFor('deepar', columns)).toEqual({ futr: ['futr_price'], hist: [], stat: ['stat_region'] });
});

test('without the values of the time ahead a column serves by its past', () => {
  const { columns, problems } = chooseExogenous(panel(35), {}, 12, ['nhits']);
  expect(columns).toEqual({ futr: [], hist: ['hist_visits', 'futr_price'], stat: ['stat_region'] });
  expect(problems).toMatchObject([
    { severity: 'warning', code: 'future_values_missing', params: { needed: 36, rows: 35 } },
  ]);
});

test('the forecast that people use today is compared with, not learned from; a plan without such methods says so', () => {
  const own = { name: 'ours', column: 'futr_price' };
  const { columns, reasons } = chooseExogenous(panel(36), { baseline: own }, 12, ['auto_ets']);
  expect(columns.futr).toEqual([]);
  expect(reasons[0]?.code).toBe('columns_unused');
});
