/** Simulated sets whose truth is known: nothing to forecast, or a planted signal. */

/** Uniform 0..1 (Park & Miller 1988) and standard normal. */
function randomOf(seed: number): { uniform: () => number; normal: () => number } {
  let state = (seed * 7919 + 13) % 2_147_483_647;
  const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let warm = 0; warm < 10; warm++) uniform();
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

export interface SimulatedSet {
  /** (series, time) */
  readonly panel: readonly (readonly number[])[];
  /** Steps. */
  readonly horizon: number;
  readonly season: number;
}

/** How many kinds of each there are; `kind` counts from 0. */
export const NULL_KINDS = 6;
export const PLANTED_KINDS = 3;

/** Nothing that a simple forecast does not know. */
export function nullSet(kind: number, seed: number): SimulatedSet {
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
export function plantedSet(kind: number, seed: number): SimulatedSet {
  const { normal } = randomOf(seed);
  const phases = Array.from({ length: 12 }, () => 8 * normal());
  const signal = (at: number): number =>
    kind === 0 ? (phases[at % 12] ?? 0) : kind === 1 ? 0.5 * at : (phases[at % 12] ?? 0) + 0.4 * at;
  const one = (): number[] => Array.from({ length: 156 }, (_, at) => 100 + signal(at) + 3 * normal());
  return { panel: [one(), one(), one()], horizon: 6, season: 12 };
}
