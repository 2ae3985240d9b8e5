/** The whole delivered pipeline, the blend included, on hundreds of simulated sets. `./minori test full` runs them all. */
import { expect, test } from 'vitest';
import type { Windows } from './arrays.ts';
import { blend } from './ensemble.ts';
import { score } from './metrics.ts';
import { halfWidths, SIMPLE } from './testing/simple-forecasts.ts';
import { judge } from './verdict.ts';

const FULL = process.env['MINORI_TEST_FULL'] === '1';
const ORIGINS = 8;
const LEVELS = [80, 90];
const REACH = [1.2816, 1.6449];
const ANCHOR = ['smoothed_season', 'line_season', 'seasonal_naive'];

/** Uniform 0..1 (Park & Miller 1988) and standard normal. */
function randomOf(seed: number): { uniform: () => number; normal: () => number } {
  let state = (seed * 7919 + 13) % 2_147_483_647;
  const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let warm = 0; warm < 10; warm++) uniform();
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

interface Set_ {
  readonly panel: readonly (readonly number[])[];
  readonly horizon: number;
  readonly season: number;
}

function judged({ panel, horizon, season }: Set_) {
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

/** Nothing that a simple forecast does not know. */
function nullSet(kind: number, seed: number): Set_ {
  const { uniform, normal } = randomOf(seed);
  const season = [1, 4, 12][Math.floor(uniform() * 3)] ?? 1;
  const horizon = uniform() < 0.5 ? 4 : 6;
  const n = 100 + Math.floor(uniform() * 100);
  const list = (make: (at: number) => number): number[] => Array.from({ length: n }, (_, at) => make(at));
  if (kind === 0) return { panel: [list(() => 10 + normal())], horizon, season };
  if (kind === 1) return { panel: [list(() => Math.exp(0.7 * normal()))], horizon, season };
  if (kind === 2) {
    let level = 50;
    return { panel: [list(() => (level += normal()))], horizon, season };
  }
  if (kind === 3)
    return { panel: Array.from({ length: 6 }, () => list(() => 1 + Math.floor(43 * uniform()))), horizon, season: 1 };
  if (kind === 4)
    return { panel: Array.from({ length: 5 }, () => list(() => (uniform() < 0.5 ? 1 : 2))), horizon, season };
  // A season that walks at random: last year's value is all that can be known.
  const phases = Array.from({ length: 12 }, () => 30 + 5 * normal());
  return { panel: [list((at) => (phases[at % 12] = (phases[at % 12] ?? 0) + 2 * normal()))], horizon, season: 12 };
}

/** A season or a line under noise, which averaging finds and repeating does not. */
function plantedSet(kind: number, seed: number): Set_ {
  const { normal } = randomOf(seed);
  const phases = Array.from({ length: 12 }, () => 8 * normal());
  const signal = (at: number): number =>
    kind === 0 ? (phases[at % 12] ?? 0) : kind === 1 ? 0.5 * at : (phases[at % 12] ?? 0) + 0.4 * at;
  const one = (): number[] => Array.from({ length: 156 }, (_, at) => 100 + signal(at) + 3 * normal());
  return { panel: [one(), one(), one()], horizon: 6, season: 12 };
}

const NULLS = FULL ? 100 : 24;
const PLANTED = FULL ? 50 : 10;
/** A set takes a second or two of one core, and in a whole run others have the cores too. */
const LIMIT_MS = FULL ? 1_800_000 : 300_000;

test(`of ${NULLS} null sets at most one in twenty is called skill`, { timeout: LIMIT_MS }, () => {
  const skilled = Array.from({ length: NULLS }, (_, seed) => seed + 1).filter(
    (seed) => judged(nullSet(seed % 6, seed)).verdict?.code === 'skill',
  );
  expect(skilled.length, skilled.join(' ')).toBeLessThanOrEqual(NULLS / 20);
});

test(`of ${PLANTED} sets with a planted signal at least nine in ten are called skill`, { timeout: LIMIT_MS }, () => {
  const missed = Array.from({ length: PLANTED }, (_, seed) => seed + 1).filter(
    (seed) => judged(plantedSet(seed % 3, 1000 + seed)).verdict?.code !== 'skill',
  );
  expect(missed.length, missed.join(' ')).toBeLessThanOrEqual(PLANTED / 10);
});

test("the blend's 80 % intervals cover 75 to 85 % once a few windows have been seen", { timeout: LIMIT_MS }, () => {
  let inside = 0;
  let count = 0;
  for (let seed = 1; seed <= (FULL ? 50 : 15); seed++)
    for (const origin of judged(plantedSet(seed % 3, 2000 + seed)).coverage.slice(4)) {
      inside += (origin.coverage['80'] ?? 0) * origin.count;
      count += origin.count;
    }
  expect(inside / count).toBeGreaterThan(0.75);
  expect(inside / count).toBeLessThan(0.85);
});
