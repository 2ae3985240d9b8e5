import { expect, test } from 'vitest';
import { wishesOf } from './use-plan.ts';
import { isComplete, rulesFit } from './standard-fields.tsx';
import { budgetIndex, BUDGETS, defaultHorizon } from './defaults.ts';

const lengths = (median: number) => ({ min: median, median, max: median });

test('the proposed horizon fits the frequency and the length', () => {
  expect(defaultHorizon({ freq: 'MS', lengths: lengths(144) })).toBe(12);
  expect(defaultHorizon({ freq: 'MS', lengths: lengths(20) })).toBe(5);
  expect(defaultHorizon({ freq: 'W-SUN', lengths: lengths(500) })).toBe(13);
  expect(defaultHorizon({ freq: 'h', lengths: lengths(2000) })).toBe(24);
  expect(defaultHorizon({ freq: 'int', lengths: lengths(2) })).toBe(1);
});

test('the slider stands at the nearest stop', () => {
  expect(BUDGETS[budgetIndex(45)]).toBe(30);
  expect(BUDGETS[budgetIndex(100_000)]).toBe(3600);
});

test('a clone brings its question along, also what the form does not show', () => {
  const wishes = wishesOf({ horizon: 6, budget_seconds: 60, levels: [95], seed: 7, models: ['naive'], tags: ['a'] });
  expect(wishes).toEqual({
    horizon: 6,
    budget: 60,
    levels: [95],
    seed: 7,
    kept: { models: ['naive'], tags: ['a'] },
  });
  expect(
    wishesOf({ mode: 'standard', trials: 12, output: { lower: 0 }, baseline: { name: 'ours', column: 'futr_plan' } }),
  ).toEqual({
    mode: 'standard',
    trials: 12,
    output: { lower: 0, upper: null, integer: false, total: null },
    baseline: { name: 'ours', column: 'futr_plan' },
    kept: {},
  });
  expect(wishesOf({})).toEqual({ kept: {} });
});

test('bounds stand in order, and an own forecast has a name and one source', () => {
  expect(rulesFit({ lower: 0, upper: 0, integer: false, total: null })).toBe(false);
  expect(rulesFit({ lower: 0, upper: null, integer: true, total: null })).toBe(true);
  expect(isComplete({ name: 'ours' })).toBe(false);
  expect(isComplete({ name: ' ', column: 'futr_plan' })).toBe(false);
  expect(isComplete({ name: 'ours', column: 'futr_plan', dataset_id: 3 })).toBe(false);
  expect(isComplete({ name: 'ours', dataset_id: 3 })).toBe(true);
});
