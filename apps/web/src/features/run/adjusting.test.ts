import { expect, test } from 'vitest';
import { changesOf, moved, typed } from './adjusting.ts';

const values = [100, 200, 300, 400];

test('a stretch is moved by a share or an amount, from the model’s values', () => {
  const up = moved(new Map(), values, { how: 'percent', amount: 10, from: 1, to: 2 });
  expect([...up]).toEqual([
    [1, 220],
    [2, 330],
  ]);
  // Again is not on top: the model's value is the ground.
  expect(moved(up, values, { how: 'percent', amount: 10, from: 1, to: 2 })).toEqual(up);
  expect(moved(up, values, { how: 'add', amount: -5, from: 3, to: 9 }).get(3)).toBe(395);
  expect(moved(new Map(), [0.1], { how: 'percent', amount: 20, from: 0, to: 0 }).get(0)).toBe(0.12);
});

test('only what changes is sent; an emptied cell takes its adjustment back', () => {
  const adjusted = [null, 210, null, null];
  const draft = typed(typed(typed(new Map(), 2, 290), 1, 210), 0, null);
  expect(changesOf(draft, adjusted)).toEqual([{ step: 2, value: 290 }]);
  expect(changesOf(typed(draft, 1, null), adjusted)).toEqual([
    { step: 1, value: null },
    { step: 2, value: 290 },
  ]);
});
