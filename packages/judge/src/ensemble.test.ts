import { describe, expect, test } from 'vitest';
import type { Windows } from './arrays.ts';
import { applyRecipe, blend, weightsByFamily } from './ensemble.ts';
import type { Member } from './ensemble.ts';
import { score } from './metrics.ts';

const LEVELS = [80, 90];
const COLUMNS = 5;
const REACH = [1.28, 1.64];

function randomOf(seed: number): () => number {
  let state = seed;
  const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Standard normal truth around 10; members miss it by the error they are given. */
function panel(series: number, origins: number, errors: readonly ((s: number, noise: () => number) => number)[]) {
  const noise = randomOf(11);
  const horizon = 6;
  const actual = Float32Array.from({ length: series * origins * horizon }, () => 10 + noise());
  const windows: Windows = {
    series,
    origins,
    horizon,
    levels: LEVELS,
    actual,
    scale: new Float32Array(series * origins).fill(1),
  };
  const members = errors.map((error, index): Member => {
    const predictions = new Float32Array(actual.length * COLUMNS);
    for (const [at, y] of actual.entries()) {
      const mean = y + error(Math.floor(at / (origins * horizon)), noise);
      predictions.set([mean, ...REACH.flatMap((reach) => [mean - reach, mean + reach])], at * COLUMNS);
    }
    return { family: `f${index}`, predictions };
  });
  return { windows, members };
}
const made = ({ windows, members }: ReturnType<typeof panel>, anchor = ['f0', 'f1', 'f2']) => {
  const result = blend(windows, members, Object.fromEntries(anchor.map((family) => [family, 1])));
  if (result === null) throw new Error('nothing was blended');
  return result;
};
const maseOf = (windows: Windows, predictions: Float32Array): number =>
  score(windows, predictions).all.mase ?? Number.NaN;

describe('blend', () => {
  const independent = Array.from({ length: 4 }, () => (_s: number, noise: () => number) => noise());

  test('independent errors cancel: it beats every member, out of sample', () => {
    const { windows, members } = panel(20, 8, independent);
    const best = Math.min(...members.map(({ predictions }) => maseOf(windows, predictions)));
    expect(maseOf(windows, made({ windows, members }).predictions)).toBeLessThan(0.75 * best);
  });

  test('a window is forecast by earlier ones alone: what comes later changes nothing', () => {
    const { windows, members } = panel(5, 8, independent);
    const before = made({ windows, members }).predictions;
    const [first] = members;
    const later = first?.predictions.slice() ?? new Float32Array();
    const size = windows.horizon * COLUMNS;
    for (let s = 0; s < windows.series; s++) later.fill(99, (s * 8 + 6) * size, (s + 1) * 8 * size);
    const after = made({
      windows,
      members: members.map((one, index) => (index === 0 ? { ...one, predictions: later } : one)),
    });
    for (let s = 0; s < windows.series; s++)
      expect(after.predictions.subarray(s * 8 * size, (s * 8 + 6) * size)).toEqual(
        before.subarray(s * 8 * size, (s * 8 + 6) * size),
      );
  });

  test('one short series stays with the anchor; its first window is always the plain mean', () => {
    const { windows, members } = panel(1, 2, independent);
    const { recipe, predictions } = made({ windows, members });
    expect(recipe.weighting).toBe('balanced');
    const mean = [0, 1, 2].reduce((sum, index) => sum + (members[index]?.predictions[0] ?? 0) / 3, 0);
    expect(predictions[0]).toBeCloseTo(mean, 4);
    const weights = weightsByFamily(recipe).map((one) => one.mean);
    expect(weights[3]).toBe(0);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
  });

  test('in the anchor a family weighs the less the larger its errors were, and nothing far behind the best', () => {
    const of = (size: number) => (_s: number, noise: () => number) => size * noise();
    const { recipe } = made(panel(20, 3, [of(1), of(1.2), of(4)]));
    const [best = 0, second = 0, poor] = weightsByFamily(recipe).map(({ mean }) => mean);
    expect(recipe.weighting).toBe('balanced');
    expect(best).toBeGreaterThan(second);
    expect(second).toBeGreaterThan(0.25);
    expect(poor).toBe(0);
  });

  test('a family that counts for three weighs as three of its like would', () => {
    const { windows, members } = panel(5, 8, independent.slice(0, 3));
    const result = blend(windows, members, { f0: 3, f1: 1, f2: 1 });
    const [heavy, light] = weightsByFamily(
      result?.recipe ?? { weighting: 'balanced', families: [], weights: new Float32Array(), widening: [] },
    );
    expect((heavy?.mean ?? 0) / (light?.mean ?? 1)).toBeGreaterThan(2);
  });

  test('a family outside of the anchor takes part where it was clearly better than all of it', () => {
    const of = (size: number) => (_s: number, noise: () => number) => size * noise();
    const { recipe } = made(panel(20, 3, [of(1), of(1.2), of(1.1), of(0.7), of(0.95)]));
    const weights = weightsByFamily(recipe).map(({ mean }) => mean);
    expect(recipe.weighting).toBe('balanced');
    expect(weights[3]).toBe(Math.max(...weights));
    expect(weights[4]).toBe(0);
  });

  test('one lucky window brings no family in from outside of the anchor', () => {
    const { windows, members } = panel(1, 8, independent);
    const size = windows.horizon * COLUMNS;
    const unlucky = members.map((one, index) => {
      const predictions = one.predictions.slice();
      if (index < 3) for (let at = 2 * size; at < 3 * size; at++) predictions[at] = (predictions[at] ?? 0) + 30;
      return { ...one, predictions };
    });
    const { recipe } = made({ windows, members: unlucky });
    expect(weightsByFamily(recipe).map(({ mean }) => mean > 0)).toEqual([true, true, true, false]);
  });

  test('a good family outside of the anchor is found where the windows show it', () => {
    const good = (_s: number, noise: () => number): number => 0.1 * noise();
    const { recipe } = made(panel(20, 8, [...independent.slice(0, 3), good]));
    expect(weightsByFamily(recipe)[3]?.mean).toBeGreaterThan(0.7);
  });

  test('series that differ get weights of their own', () => {
    const even = (s: number, noise: () => number): number => (s % 2 === 0 ? 0.1 : 3) * noise();
    const odd = (s: number, noise: () => number): number => (s % 2 === 1 ? 0.1 : 3) * noise();
    const poor = (_s: number, noise: () => number): number => 2 * noise();
    const { recipe } = made(panel(30, 8, [even, odd, poor]));
    expect(recipe.weighting).toBe('per_series');
    const width = recipe.families.length;
    expect(recipe.weights[0]).toBeGreaterThan(0.5);
    expect(recipe.weights[width + 1]).toBeGreaterThan(0.5);
    for (let row = 0; row < 30; row++)
      expect(recipe.weights.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });

  test('a window that a family lacks neither helps nor harms it', () => {
    const { windows, members } = panel(4, 8, independent);
    const size = windows.horizon * COLUMNS;
    const short = members.map(({ family, predictions }, index) => {
      const holes = predictions.slice();
      if (index === 3) for (let s = 0; s < 4; s++) holes.fill(Number.NaN, s * 8 * size, (s * 8 + 5) * size);
      return { family, predictions: holes };
    });
    const { predictions } = made({ windows, members: short });
    expect(predictions.every(Number.isFinite)).toBe(true);
  });

  test('intervals that were too narrow get wider, those that were too wide narrower', () => {
    const wide = (share: number) => {
      const { windows, members } = panel(10, 8, independent);
      for (const { predictions } of members)
        for (let at = 0; at < predictions.length; at += COLUMNS)
          for (const [level, reach] of REACH.entries()) {
            predictions[at + 1 + 2 * level] = (predictions[at] ?? 0) - share * reach;
            predictions[at + 2 + 2 * level] = (predictions[at] ?? 0) + share * reach;
          }
      return { ...made({ windows, members }), windows };
    };
    const narrow = wide(0.2);
    expect(narrow.recipe.widening[0]).toBeGreaterThan(1.5);
    expect(wide(3).recipe.widening[0]).toBeLessThan(0.8);
    const coverage = score(narrow.windows, narrow.predictions).byOrigin.at(-1)?.coverage['80'] ?? 0;
    expect(coverage).toBeGreaterThan(0.5);
  });

  test('a forecast by the recipe keeps its columns in order', () => {
    const { windows, members } = panel(3, 8, independent);
    const { recipe } = made({ windows, members });
    const size = windows.horizon * COLUMNS;
    const forecasts = members.map(({ predictions }) => {
      const last = new Float32Array(3 * size);
      for (let s = 0; s < 3; s++) last.set(predictions.subarray((s * 8 + 7) * size, (s + 1) * 8 * size), s * size);
      return last;
    });
    const forecast = applyRecipe(recipe, forecasts, 3);
    for (let at = 0; at < forecast.length; at += COLUMNS) {
      const [mean, low80, high80, low90, high90] = forecast.subarray(at, at + COLUMNS);
      expect(
        [low90, low80, mean, high80, high90].every(
          (value, index, all) => index === 0 || (value ?? 0) >= (all[index - 1] ?? 0),
        ),
      ).toBe(true);
    }
  });

  test('one family, or no simple one, is no blend', () => {
    const { windows, members } = panel(2, 4, independent);
    expect(blend(windows, members.slice(0, 1), { f0: 1 })).toBeNull();
    expect(blend(windows, members, { nobody: 1 })).toBeNull();
  });
});
