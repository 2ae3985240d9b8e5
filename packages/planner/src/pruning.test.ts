import { expect, test } from 'vitest';
import { hyperbandRungs, RUNG_SHARES } from './pruning.ts';

const [early, late] = RUNG_SHARES;
const past = [9, 1, 5, 3, 7, 2].map((loss) => [
  [early, loss],
  [late, loss / 2],
]) as [number, number][][];

test('the better third of what was seen at a rung sets its limit', () => {
  expect(hyperbandRungs(6, past)).toEqual([
    { share: early, limit: 2 },
    { share: late, limit: 1 },
  ]);
});

test('brackets take turns: both rungs, the later one, none', () => {
  const limits = [6, 7, 8, 9].map((number) => hyperbandRungs(number, past).map(({ limit }) => limit !== null));
  expect(limits).toEqual([
    [true, true],
    [false, true],
    [false, false],
    [true, true],
  ]);
});

test('few losses judge nobody, and a trial that never came to a rung has none there', () => {
  expect(hyperbandRungs(3, past.slice(0, 2)).map(({ limit }) => limit)).toEqual([null, null]);
  const stopped = past.map(([first]) => (first === undefined ? [] : [first]));
  expect(hyperbandRungs(6, stopped).map(({ limit }) => limit)).toEqual([2, null]);
});
