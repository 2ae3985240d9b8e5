import { expect, test } from 'vitest';
import { chooseEverything, choosePage, extend, isEmpty, keepKnown, lasso, NOTHING, toggle } from './selection.ts';

const order = [50, 40, 30, 20, 10];
const ids = (selection: { ids: ReadonlySet<number> }) => [...selection.ids].toSorted((a, b) => a - b);

test('a picture is chosen and let go by the same gesture', () => {
  const one = toggle(NOTHING, 30);
  expect(ids(one)).toEqual([30]);
  expect(isEmpty(toggle(one, 30))).toBe(true);
});

test('shift reaches from the last chosen picture, in the order of the page, in both directions', () => {
  const from = toggle(NOTHING, 40);
  expect(ids(extend(from, order, 10))).toEqual([10, 20, 30, 40]);
  expect(ids(extend(from, order, 50))).toEqual([40, 50]);
  // The anchor stays, so a second shift click measures from the same picture.
  expect(ids(extend(extend(from, order, 30), order, 50))).toEqual([30, 40, 50]);
});

test('shift without a chosen picture takes just that one, and an unknown one changes nothing', () => {
  expect(ids(extend(NOTHING, order, 20))).toEqual([20]);
  const held = toggle(NOTHING, 20);
  expect(extend(held, order, 99)).toBe(held);
});

test('a lasso replaces the choice, or joins it', () => {
  const held = toggle(NOTHING, 50);
  expect(ids(lasso(held, [20, 10], false))).toEqual([10, 20]);
  expect(ids(lasso(held, [20, 10], true))).toEqual([10, 20, 50]);
  expect(isEmpty(lasso(held, [], false))).toBe(true);
});

test('everything in the filter is a promise that any further gesture takes back', () => {
  const all = chooseEverything(order);
  expect(all.everything).toBe(true);
  expect(toggle(all, 30).everything).toBe(false);
  expect(ids(toggle(all, 30))).toEqual([10, 20, 40, 50]);
  expect(choosePage(order).everything).toBe(false);
});

test('pictures that left the page leave the choice', () => {
  const held = choosePage(order);
  expect(keepKnown(held, order)).toBe(held);
  expect(ids(keepKnown(held, [40, 10, 7]))).toEqual([10, 40]);
});
