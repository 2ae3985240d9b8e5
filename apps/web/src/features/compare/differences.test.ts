import type { ForecastResult, Run } from '@minori/contract';
import { expect, test } from 'vitest';
import { bySection, comparable, idsOf, leastOf, ownOf, modelRows, parameterRows } from './differences.ts';

const run = (parameters: Run['parameters']): Run => ({ parameters }) as Run;
const result = (rows: Record<string, number | null>, horizon = 12): ForecastResult =>
  ({
    horizon,
    leaderboard: Object.entries(rows).map(([model, mase]) => ({ model, label: null, mase })),
  }) as ForecastResult;

test('parameters are told apart by their values, lists included; a missing one differs', () => {
  const rows = parameterRows([
    run({ Data: { sha256: 'a', rows: 9 }, Model: { models: ['x', 'y'] } }),
    run({ Data: { sha256: 'a', rows: 10 }, Model: { models: ['x', 'y'], horizon: 3 } }),
  ]);
  expect(rows.map(({ name, differs }) => [name, differs])).toEqual([
    ['sha256', false],
    ['rows', true],
    ['models', false],
    ['horizon', true],
  ]);
  expect(rows[3]?.values).toEqual([undefined, 3]);
  expect(bySection(rows).map(([section, held]) => [section, held.length])).toEqual([
    ['Data', 2],
    ['Model', 2],
  ]);
});

test('errors are alike only on the same data, steps and windows', () => {
  const air = run({ Data: { sha256: 'a' }, CrossValidation: { origins: 8 } });
  expect(comparable([air, air], [result({}), result({})])).toBe(true);
  expect(comparable([air, air], [result({}, 12), result({}, 6)])).toBe(false);
  expect(comparable([air, run({ Data: { sha256: 'b' }, CrossValidation: { origins: 8 } })], [])).toBe(false);
});

test('methods of all runs stand by their smallest error; what one run lacks is empty, what none judged is left out', () => {
  expect(modelRows([result({ naive: 1.2, ets: 0.9 }), result({ theta: 0.8, naive: 1.1, mean: null })])).toEqual([
    { model: 'theta', label: null, values: [null, 0.8] },
    { model: 'ets', label: null, values: [0.9, null] },
    { model: 'naive', label: null, values: [1.2, 1.1] },
  ]);
});

test('of lists only what is not shared', () => {
  const lists = [
    ['naive', 'ets'],
    ['naive', 'theta', 'mlp'],
  ];
  expect(ownOf(lists, 1)).toEqual({ items: ['theta', 'mlp'], shared: 1 });
  expect(ownOf([['a'], ['b']], 0)).toBeNull();
  expect(ownOf([['a'], 'b'], 0)).toBeNull();
});

test('the smallest of several, and none among equals', () => {
  expect(leastOf([2, 1, null])).toBe(1);
  expect(leastOf([1, 1])).toBeNull();
  expect(leastOf([1, null])).toBeNull();
});

test('an address names runs; nonsense and repeats are left out', () => {
  expect(idsOf('3,7,3,x,-1,2.5,9', 3)).toEqual([3, 7, 9]);
  expect(idsOf(undefined, 3)).toEqual([]);
});
