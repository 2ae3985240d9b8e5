import { expect, test } from 'vitest';
import { kappaWord, meanKappa, verdictOf } from './kappa.ts';

test('words stand on the steps of Landis and Koch', () => {
  expect([-0.1, 0, 0.2, 0.21, 0.6, 0.8, 0.81, 1, null].map(kappaWord)).toEqual([
    'poor',
    'slight',
    'slight',
    'fair',
    'moderate',
    'substantial',
    'perfect',
    'perfect',
    'none',
  ]);
  expect([verdictOf('slight'), verdictOf('moderate'), verdictOf('perfect')]).toEqual(['poor', 'middling', 'good']);
});

test('a pair weighs as much as its pictures, and one that cannot be told nothing', () => {
  const pairs = [
    { images: 30, kappa: 0.9 },
    { images: 10, kappa: 0.5 },
    { images: 99, kappa: null },
  ];
  expect(meanKappa(pairs)).toBeCloseTo(0.8);
  expect(meanKappa([])).toBeNull();
});
