import { expect, test } from 'vitest';
import { CATALOG, spaceOf } from './catalog.ts';
import { smallerParams } from './smaller.ts';

test('after memory ran out: networks see the fewest windows at once, trees fewer columns and leaves', () => {
  expect(smallerParams('nhits', { windows_batch: 256, steps: 300 })).toEqual({
    params: { windows_batch: 32, steps: 300 },
    changed: ['windows_batch 32'],
  });
  expect(smallerParams('lightgbm_recursive', { lags: 'long', leaves: 4 })).toEqual({
    params: { lags: 'short', leaves: 4 },
    changed: ['lags short'],
  });
  expect(smallerParams('auto_ets', { season_length: 12 })).toEqual({ params: { season_length: 12 }, changed: [] });
});

test('every setting that is made smaller lies within what its family allows', () => {
  for (const { id } of CATALOG) {
    const { params } = smallerParams(id, {});
    for (const [name, value] of Object.entries(params)) {
      const dimension = spaceOf(id)[name];
      if (dimension?.type === 'categorical') expect(dimension.choices).toContain(value);
      else expect(value).toSatisfy((one: number) => one >= (dimension?.low ?? 0) && one <= (dimension?.high ?? 0));
    }
  }
});
