import { expect, test } from 'vitest';
import { boxOf, CAPTION, caught, GAP, moved, shapeOf } from './layout.ts';

test('tiles fill the width, and one is always there', () => {
  expect(shapeOf(1000, 120, 20)).toEqual({ columns: 7, tile: 136, rowHeight: 136 + CAPTION + GAP, rows: 3 });
  expect(shapeOf(80, 200, 3)).toMatchObject({ columns: 1, tile: 80, rows: 3 });
  expect(shapeOf(0, 120, 0)).toMatchObject({ columns: 1, rows: 0 });
});

test('a lasso catches what it touches, in order, and nothing between the tiles', () => {
  const shape = shapeOf(4 * 100 + 3 * GAP, 100, 10);
  expect(shape.columns).toBe(4);
  expect(caught(shape, 10, boxOf(150, 50, 120, 60))).toEqual([1]);
  expect(caught(shape, 10, boxOf(10, 10, 320, shape.rowHeight + 5))).toEqual([0, 1, 2, 4, 5, 6]);
  expect(caught(shape, 10, boxOf(101, 10, 107, 20))).toEqual([]);
  // The last row has two pictures only.
  expect(caught(shape, 10, boxOf(0, 2 * shape.rowHeight + 1, 9999, 9999))).toEqual([8, 9]);
  expect(caught(shape, 10, boxOf(-50, -50, -10, -10))).toEqual([]);
});

test('arrows walk the grid and stop at its ends', () => {
  const go = (key: string, place: number) => moved(key, place, 4, 10, 2);
  expect(go('ArrowRight', 3)).toBe(4);
  expect(go('ArrowRight', 9)).toBe(9);
  expect(go('ArrowLeft', 0)).toBe(0);
  expect(go('ArrowDown', 1)).toBe(5);
  expect(go('ArrowDown', 7)).toBe(9);
  expect(go('ArrowDown', 9)).toBe(9);
  expect(go('ArrowUp', 2)).toBe(2);
  expect(go('PageDown', 1)).toBe(9);
  expect(go('Home', 7)).toBe(0);
  expect(go('End', 0)).toBe(9);
  expect(go('a', 3)).toBeNull();
  expect(moved('ArrowRight', 0, 4, 0, 2)).toBeNull();
});
