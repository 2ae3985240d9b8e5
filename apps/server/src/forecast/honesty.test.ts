/**
 * The whole product on simulated sets whose truth is known: file in, engine, judge, verdict and intervals out.
 * `./minori test full` runs all of them; each takes some seconds of two cores.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NULL_KINDS, nullSet, PLANTED_KINDS, plantedSet, type SimulatedSet } from '@minori/judge/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { artifactsFolder } from './finish.ts';
import { createForecastBench, monthFrom } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';

const FULL = process.env['MINORI_TEST_FULL'] === '1';
const [NULLS, PLANTED] = FULL ? [100, 50] : [2, 2];
const LIMIT_MS = 3_600_000;
/** As many searches share the machine as have a slot each. */
const AT_ONCE = 2;
const MONTHS_APART: Readonly<Record<number, number>> = { 1: 12, 4: 3, 12: 1 };
const FIRST_YEAR = 1800;

let bench: ForecastBench;
beforeAll(async () => {
  bench = await createForecastBench();
});
afterAll(async () => await bench.close());

interface Outcome {
  readonly seed: number;
  readonly verdict: string | undefined;
  /** Of the values that came after the file's end: how many there are, and how many the 80 % interval holds. */
  readonly steps: number;
  readonly inside: number;
}

/** Forecasts the last `horizon` values of each series from those before them, as a person with that file would. */
async function forecastOf({ panel, horizon, season }: SimulatedSet, seed: number): Promise<Outcome> {
  const apart = MONTHS_APART[season] ?? 1;
  const lines = panel.flatMap((y, s) =>
    y.slice(0, -horizon).map((value, at) => `s${s},${monthFrom(FIRST_YEAR, at * apart)},${value}`),
  );
  const dataset = await bench.addCsv(`set-${seed}-${panel.length}.csv`, ['unique_id,ds,y', ...lines, ''].join('\n'));
  const root = await bench.start(dataset, { horizon, budget_seconds: 10, seed });
  const [search] = await bench.ended(root);
  expect(search).toMatchObject({ status: 'succeeded', failure: null });
  const { verdict } = await bench.resultOf(root);
  const csv = await readFile(join(artifactsFolder(bench.home, root), 'forecast.csv'), 'utf8');
  const [head = '', ...rows] = csv.trimEnd().split('\n');
  const columns = head.split(',');
  const [low, high] = [columns.indexOf('y_hat-lo-80'), columns.indexOf('y_hat-hi-80')];
  expect(rows).toHaveLength(panel.length * horizon);
  expect(Math.min(low, high)).toBeGreaterThan(0);
  const truth = panel.flatMap((y) => y.slice(-horizon));
  const inside = rows.filter((row, at) => {
    const cells = row.split(',').map(Number);
    const actual = truth[at] ?? Number.NaN;
    return (cells[low] ?? Number.NaN) <= actual && actual <= (cells[high] ?? Number.NaN);
  }).length;
  const outcome = { seed, verdict: verdict?.code, steps: rows.length, inside };
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  return outcome;
}

async function outcomesOf(count: number, setOf: (seed: number) => SimulatedSet): Promise<Outcome[]> {
  const seeds = Array.from({ length: count }, (_, index) => index + 1);
  const outcomes: Outcome[] = [];
  const take = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
      outcomes.push(await forecastOf(setOf(seed), seed));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
  return outcomes;
}

test(`of ${NULLS} null sets at most one in twenty is called skill`, { timeout: LIMIT_MS }, async () => {
  const outcomes = await outcomesOf(NULLS, (seed) => nullSet(seed % NULL_KINDS, seed));
  const skilled = outcomes.filter(({ verdict }) => verdict === 'skill').map(({ seed }) => seed);
  expect(skilled.length, skilled.join(' ')).toBeLessThanOrEqual(NULLS / 20);
});

test(
  `of ${PLANTED} sets with a planted signal at least nine in ten are called skill, and the 80 % intervals hold what came`,
  { timeout: LIMIT_MS },
  async () => {
    const outcomes = await outcomesOf(PLANTED, (seed) => plantedSet(seed % PLANTED_KINDS, 1000 + seed));
    const missed = outcomes.filter(({ verdict }) => verdict !== 'skill').map(({ seed }) => seed);
    expect(missed.length, missed.join(' ')).toBeLessThanOrEqual(PLANTED / 10);
    const total = (key: 'inside' | 'steps'): number => outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
    const coverage = total('inside') / total('steps');
    process.stdout.write(`${JSON.stringify({ coverage, steps: total('steps') })}\n`);
    // A few dozen values say little of a share.
    expect(coverage).toBeGreaterThan(FULL ? 0.75 : 0.5);
    expect(coverage).toBeLessThan(FULL ? 0.85 : 1);
  },
);
