/** A budget holds whatever the size of the panel, and there is always a forecast. `./minori test full` runs twenty. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { artifactsFolder } from './finish.ts';
import { createForecastBench, panelCsv } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';
import { machinePace } from './testing/pace.ts';

const FULL = process.env['MINORI_TEST_FULL'] === '1';
const BUDGETS = FULL ? [5, 10, 20, 60, 120] : [5];
const PANELS = FULL ? [1, 20, 200, 1000] : [1, 1000];
const MONTHS = 96;
/** Short budgets have the usual methods, long ones all of them: those are what could overrun. */
const modeOf = (budget: number): 'quick' | 'standard' => (budget <= 10 ? 'quick' : 'standard');

let bench: ForecastBench;
const datasets = new Map<number, number>();

beforeAll(async () => {
  // The first search is asked of a server that has just been started: its engine is not there yet.
  bench = await createForecastBench({ warm: false });
  for (const series of PANELS) datasets.set(series, await bench.addCsv(`p${series}.csv`, panelCsv(series, MONTHS)));
});
afterAll(async () => await bench.close());

const cases = BUDGETS.flatMap((budget) => PANELS.map((series) => ({ budget, series })));

test.each(cases)('$budget s on $series series', { timeout: 240_000 }, async ({ budget, series }) => {
  const before = await machinePace();
  const root = await bench.start(datasets.get(series) ?? 0, {
    horizon: 12,
    budget_seconds: budget,
    mode: modeOf(budget),
    seed: budget,
  });
  const rows = await bench.ended(root);
  const { outcome, result, started_at: started, finished_at: finished } = rows[0] ?? {};
  const seconds = ((finished?.getTime() ?? Number.NaN) - (started?.getTime() ?? Number.NaN)) / 1000;
  const best = (result as { best?: { model?: string } } | null)?.best?.model ?? null;
  const trials = rows.filter(({ kind, status }) => kind === 'trial' && status === 'succeeded').length;
  // Where others take the processors, a second of work takes longer; on an idle machine this is 1.
  const pace = Math.max(before, await machinePace());
  process.stdout.write(`${JSON.stringify({ budget, series, seconds, outcome, best, trials, pace })}\n`);
  expect(rows[0]).toMatchObject({ status: 'succeeded', failure: null });
  const forecast = (await readFile(join(artifactsFolder(bench.home, root), 'forecast.csv'), 'utf8')).trimEnd();
  expect(forecast.split('\n')).toHaveLength(1 + series * 12);
  expect(seconds - budget).toBeLessThanOrEqual(pace * Math.max(3, 0.05 * budget));
});
