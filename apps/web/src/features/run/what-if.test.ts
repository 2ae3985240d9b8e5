import type { ForecastArrays } from '@minori/contract';
import { expect, test } from 'vitest';
import { blendAnswer, blendOf, type Rules, standingsOf, unpack } from './what-if.ts';

const pack = (values: readonly number[]): string => Buffer.from(Float32Array.from(values).buffer).toString('base64');
/** One series, four origins, one step, no levels: what came true is 10, 20, 30, 40. */
const actual = [10, 20, 30, 40];
const model = (name: string, baseline: boolean, said: readonly number[]) => ({
  model: name,
  baseline,
  predictions: pack(said),
  cells: pack(said.map((value, index) => Math.abs(value - (actual[index] ?? 0)))),
});
const arrays: ForecastArrays = {
  detail: 'full',
  unique_ids: ['a'],
  origins: 4,
  horizon: 1,
  levels: [],
  actual: pack(actual),
  scale: pack([1, 1, 1, 1]),
  models: [
    model('naive', true, [14, 24, 34, 44]),
    model('high', false, [11, 21, 31, 48]),
    model('low', false, [8, 18, 28, 38]),
  ],
};
const RULES: Rules = { metric: 'mase', left: new Set() };
function ask(over: Partial<Rules & { weights: ReadonlyMap<string, number> }>, of = arrays) {
  const { weights = new Map(), ...rules } = over;
  const backtest = unpack(of);
  const standings = standingsOf(backtest, { ...RULES, ...rules });
  return { standings, blend: blendAnswer(backtest, { ...RULES, ...rules }, weights, standings) };
}
const order = (over: Partial<Rules>) => ask(over).standings.map(({ model: name, value }) => [name, value]);

test('the order is that of the chosen measure', () => {
  expect(order({})).toEqual([
    ['low', 2],
    ['high', 2.75],
    ['naive', 4],
  ]);
  expect(order({ metric: 'rmse' })[1]).toEqual(['naive', 4]);
});

test('a window left out counts nowhere', () => {
  expect(order({ left: new Set([3]) })).toEqual([
    ['high', 1],
    ['low', 2],
    ['naive', 4],
  ]);
  expect(order({ left: new Set([0, 1, 2, 3]) }).map(([, value]) => value)).toEqual([null, null, null]);
});

test('the gain is over the best simple forecast, which itself has none', () => {
  expect(ask({}).standings.map(({ gain }) => gain)).toEqual([0.5, 1 - 2.75 / 4, null]);
});

test('weights are shares: errors on both sides cancel out', () => {
  const weights = new Map([
    ['high', 2],
    ['low', 1],
    ['nobody', 5],
  ]);
  expect([...(blendOf(unpack(arrays), weights) ?? [])].map((value) => Math.round(value * 100) / 100)).toEqual([
    10, 20, 30, 44.67,
  ]);
  const { blend } = ask({ weights });
  expect(blend?.value).toBeCloseTo(1.1667, 3);
  expect(blend?.overLeader).toBeCloseTo(1 - 1.1667 / 2, 3);
  expect(ask({}).blend).toBeNull();
  expect(ask({ weights: new Map([['high', 0]]) }).blend).toBeNull();
});

test('of a backtest too large for the page, windows can still be left out', () => {
  const cells = { ...arrays, detail: 'cells' as const, actual: null, scale: null };
  const small = { ...cells, models: cells.models.map((held) => ({ ...held, predictions: null })) };
  expect(ask({ left: new Set([3]) }, small).standings.map(({ model: name }) => name)).toEqual(['high', 'low', 'naive']);
  expect(ask({ metric: 'rmse' }, small).standings.every(({ value }) => value === null)).toBe(true);
  expect(ask({ weights: new Map([['low', 1]]) }, small).blend).toBeNull();
});
