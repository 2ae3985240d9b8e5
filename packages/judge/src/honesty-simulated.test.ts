/** The whole delivered pipeline, the blend included, on hundreds of simulated sets. `./minori test full` runs them all. */
import { expect, test } from 'vitest';
import type { Windows } from './arrays.ts';
import { blend } from './ensemble.ts';
import { score } from './metrics.ts';
import { halfWidths, SIMPLE } from './testing/simple-forecasts.ts';
import { NULL_KINDS, nullSet, PLANTED_KINDS, plantedSet, type SimulatedSet } from './testing/simulated-sets.ts';
import { judge } from './verdict.ts';

const FULL = process.env['MINORI_TEST_FULL'] === '1';
const ORIGINS = 8;
const LEVELS = [80, 90];
const REACH = [1.2816, 1.6449];
const ANCHOR = ['smoothed_season', 'line_season', 'seasonal_naive'];

function judged({ panel, horizon, season }: SimulatedSet) {
  const series = panel.length;
  const size = ORIGINS * horizon;
  const actual = Float32Array.from({ length: series * size }, (_, index) => {
    const y = panel[Math.floor(index / size)] ?? [];
    return y[y.length - size + (index % size)] ?? Number.NaN;
  });
  const scale = new Float32Array(series * ORIGINS);
  const members = SIMPLE.map((one) => ({ ...one, predictions: new Float32Array(actual.length * 5) }));
  for (const [s, y] of panel.entries())
    for (let origin = 0; origin < ORIGINS; origin++) {
      const known = y.slice(0, y.length - horizon * (ORIGINS - origin));
      let sum = 0;
      for (let at = season; at < known.length; at++) sum += Math.abs((known[at] ?? 0) - (known[at - season] ?? 0));
      scale[s * ORIGINS + origin] = sum / (known.length - season);
      for (const one of members) {
        const widths = halfWidths(one, known, season, REACH);
        for (const [step, value] of one.forecast(known, horizon, season).entries())
          one.predictions.set(
            [value, ...widths.flatMap((width) => [value - width, value + width])],
            ((s * ORIGINS + origin) * horizon + step) * 5,
          );
      }
    }
  const windows: Windows = { series, origins: ORIGINS, horizon, levels: LEVELS, actual, scale };
  const mixed = blend(windows, members, Object.fromEntries(ANCHOR.map((family) => [family, 1])));
  if (mixed === null) throw new Error('nothing was blended');
  const families = [
    { family: 'ensemble', baseline: false, blend: true, predictions: mixed.predictions },
    ...members.map((one) => ({ ...one, blend: false })),
  ].map(({ family, baseline, blend: isBlend, predictions }) => {
    const { all, byOrigin } = score(windows, predictions);
    return { family, baseline, blend: isBlend, mase: all.mase ?? 0, byOrigin: byOrigin.map(({ mase }) => mase) };
  });
  return { verdict: judge(families), coverage: score(windows, mixed.predictions).byOrigin };
}

const NULLS = FULL ? 100 : 24;
const PLANTED = FULL ? 50 : 10;
/** A set takes a second or two of one core, and in a whole run others have the cores too. */
const LIMIT_MS = FULL ? 1_800_000 : 300_000;

test(`of ${NULLS} null sets at most one in twenty is called skill`, { timeout: LIMIT_MS }, () => {
  const skilled = Array.from({ length: NULLS }, (_, seed) => seed + 1).filter(
    (seed) => judged(nullSet(seed % NULL_KINDS, seed)).verdict?.code === 'skill',
  );
  expect(skilled.length, skilled.join(' ')).toBeLessThanOrEqual(NULLS / 20);
});

test(`of ${PLANTED} sets with a planted signal at least nine in ten are called skill`, { timeout: LIMIT_MS }, () => {
  const missed = Array.from({ length: PLANTED }, (_, seed) => seed + 1).filter(
    (seed) => judged(plantedSet(seed % PLANTED_KINDS, 1000 + seed)).verdict?.code !== 'skill',
  );
  expect(missed.length, missed.join(' ')).toBeLessThanOrEqual(PLANTED / 10);
});

test("the blend's 80 % intervals cover 75 to 85 % once a few windows have been seen", { timeout: LIMIT_MS }, () => {
  let inside = 0;
  let count = 0;
  for (let seed = 1; seed <= (FULL ? 50 : 15); seed++)
    for (const origin of judged(plantedSet(seed % PLANTED_KINDS, 2000 + seed)).coverage.slice(4)) {
      inside += (origin.coverage['80'] ?? 0) * origin.count;
      count += origin.count;
    }
  expect(inside / count).toBeGreaterThan(0.75);
  expect(inside / count).toBeLessThan(0.85);
});
