import { expect, test } from 'vitest';
import { spaceOf } from './catalog.ts';
import { selectSearchAlgorithm } from './search.ts';
import type { SearchQuestion } from './search.ts';

const question = (over: Partial<SearchQuestion>): SearchQuestion => ({
  family: { complexity: 'medium', learns: 'once' },
  space: spaceOf('nhits'),
  trials: 50,
  series: 10,
  rows: 1000,
  origins: 8,
  ...over,
});
const chosen = (over: Partial<SearchQuestion>) => {
  const algorithm = selectSearchAlgorithm(question(over));
  return [algorithm?.sampler.name, algorithm?.sampler.multivariate, algorithm?.pruner];
};

test('the table of the specification', () => {
  // Fewer than ten trials: at random.
  expect(chosen({ trials: 9 })).toEqual(['random', false, 'hyperband']);
  // Large data and a complex model: TPE over all parameters together, Hyperband.
  expect(chosen({ series: 100 })).toEqual(['tpe', true, 'hyperband']);
  expect(chosen({ rows: 10_000, family: { complexity: 'high', learns: 'once' } })).toEqual(['tpe', true, 'hyperband']);
  // In between: TPE.
  expect(chosen({})).toEqual(['tpe', false, 'hyperband']);
  expect(chosen({ series: 100, family: { complexity: 'low', learns: 'once' } })).toEqual(['tpe', false, 'hyperband']);
});

test('what learns anew at each window is given up by windows, where there are enough of them', () => {
  const family = { complexity: 'medium', learns: 'anew' } as const;
  expect(chosen({ family })[2]).toBe('wilcoxon');
  expect(chosen({ family, origins: 3 })[2]).toBe('none');
});

test('each choice has its reason, and nothing to choose has none', () => {
  expect(selectSearchAlgorithm(question({ trials: 5 }))?.reasons.map(({ code }) => code)).toEqual([
    'sampler_random',
    'pruner_hyperband',
  ]);
  expect(selectSearchAlgorithm(question({ space: {} }))).toBeNull();
});
