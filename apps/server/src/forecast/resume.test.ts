/** A search that is disturbed ends as the undisturbed one: the same proposals, the same forecast. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { summarizeSpool } from '@minori/executor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { artifactsFolder } from './finish.ts';
import { createForecastBench, SAMPLES } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';

const FULL = process.env['MINORI_TEST_FULL'] === '1';
const TRIALS = FULL ? 40 : 11;
const MODELS = FULL ? ['lightgbm_recursive', 'nlinear'] : ['lightgbm_recursive'];

let bench: ForecastBench;
let air: number;

beforeAll(async () => {
  bench = await createForecastBench({ slots: 1 });
  air = await bench.addDataset(join(SAMPLES, 'air-passengers.csv'), {
    kind: 'long',
    unique_id: ['unique_id'],
    ds: ['ds'],
    y: 'y',
    exogenous: [],
  });
});
afterAll(async () => await bench.close());

const start = async (): Promise<number> =>
  await bench.start(air, { horizon: 12, trials: TRIALS, models: MODELS, seed: 7 });

/** Family, number, state and parameters of every trial in the order of asking, and the forecast's digest. */
async function outcomeOf(root: number) {
  const rows = await bench.db
    .selectFrom('optimization_history as h')
    .innerJoin('training_runs as c', 'c.id', 'h.run_id')
    .select(['c.name', 'h.trial_number', 'h.state', 'h.params', 'h.value'])
    .where('c.root_id', '=', root)
    .orderBy('h.id')
    .execute();
  const forecast = await readFile(join(artifactsFolder(bench.home, root), 'forecast.csv'));
  return { trials: rows, forecast: createHash('sha256').update(forecast).digest('hex') };
}

async function told(root: number, count: number): Promise<void> {
  await bench.until(
    root,
    (rows) =>
      rows.filter(({ kind, status }) => kind === 'trial' && status === 'succeeded').length >= count ||
      rows[0]?.finished_at !== null,
  );
}

async function runningTrialPid(root: number): Promise<number> {
  const rows = await bench.until(root, (all) =>
    all.some(({ kind, status }) => kind === 'trial' && status === 'running'),
  );
  const run = rows.find(({ kind, status }) => kind === 'trial' && status === 'running');
  const attempt = await bench.db
    .selectFrom('run_attempt')
    .select('id')
    .where('run_id', '=', run?.id ?? 0)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  const { started } = await summarizeSpool(join(bench.home.root, 'spool', String(attempt.id)));
  return started?.pid ?? 0;
}

test(
  `${TRIALS} trials on one slot, with the server, the host and a task lost on the way`,
  { timeout: FULL ? 900_000 : 110_000 },
  async () => {
    const undisturbed = await start();
    await bench.ended(undisturbed);
    const expected = await outcomeOf(undisturbed);
    expect(expected.trials).toHaveLength(TRIALS);
    const proposals = expected.trials.filter(({ trial_number: number }) => number > 0);
    expect(new Set(proposals.map(({ params }) => JSON.stringify(params))).size).toBe(proposals.length);
    expect(proposals.length).toBeGreaterThanOrEqual(TRIALS - 5 - MODELS.length);

    const root = await start();
    await told(root, TRIALS - 6);
    await bench.restart();
    await told(root, TRIALS - 4);
    const host = bench.hostPid();
    if (host !== null) process.kill(host, 'SIGKILL');
    await told(root, TRIALS - 3);
    process.kill(await runningTrialPid(root), 'SIGKILL');
    const [search] = await bench.ended(root);
    expect(search?.status).toBe('succeeded');
    const lost = await bench.db
      .selectFrom('run_attempt as a')
      .innerJoin('training_runs as r', 'r.id', 'a.run_id')
      .select('a.id')
      .where('r.root_id', '=', root)
      .where('a.number', '>', 1)
      .execute();
    // Otherwise nothing was disturbed, and nothing is shown.
    expect(lost.length).toBeGreaterThanOrEqual(1);
    expect(await outcomeOf(root)).toEqual(expected);
  },
);
