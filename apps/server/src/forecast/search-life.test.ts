/** Searches that are stopped, paused, cancelled, too large, too short or broken: the budget holds, the rest is delivered. */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFile, readForecast } from './result.ts';
import { createForecastBench, panelCsv, SAMPLES } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';
import { machinePace } from './testing/pace.ts';

let bench: ForecastBench;
let air: number;
const by = { kind: 'person', id: 'tester' } as const;
const lineCount = (csv: string): number => csv.trimEnd().split('\n').length - 1;

beforeAll(async () => {
  bench = await createForecastBench();
  air = await bench.addAirPassengers();
});
afterAll(async () => await bench.close());

test('the monthly sample: seven shops, one of them younger', async () => {
  const shops = await bench.addDataset(join(SAMPLES, 'monthly-shops.csv'), {
    kind: 'long',
    unique_id: ['店舗'],
    ds: ['年月'],
    y: '売上（千円）',
    exogenous: [],
  });
  const root = await bench.start(shops, { horizon: 12, budget_seconds: 12 });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  const result = await bench.resultOf(root);
  expect(result.series).toHaveLength(7);
  expect(lineCount(await text((await openFile(bench.deps, bench.scope, String(root), 'forecast.csv')).stream))).toBe(
    84,
  );
  expect(result.verdict).not.toBeNull();
});

test('a panel of 200 series in twelve seconds: a forecast for each, and what could not end is named', async () => {
  const panel = await bench.addCsv('panel.csv', panelCsv(200, 96));
  const budget = 12;
  const before = await machinePace();
  const root = await bench.start(panel, { horizon: 12, budget_seconds: budget });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  expect(search?.active_seconds).toBeLessThanOrEqual(budget + 3 * Math.max(before, await machinePace()));
  expect(lineCount(await text((await openFile(bench.deps, bench.scope, String(root), 'forecast.csv')).stream))).toBe(
    2400,
  );
  expect(await bench.db.selectFrom('predictions').select('step').where('run_id', '=', root).execute()).toHaveLength(
    2400,
  );
});

test('a stop keeps what is finished and still ends with a forecast', async () => {
  const panel = await bench.addCsv('slow.csv', panelCsv(300, 200));
  const root = await bench.start(panel, { horizon: 12, budget_seconds: 3000 });
  await bench.until(root, (rows) => rows.some(({ kind, status }) => kind === 'candidate' && status === 'succeeded'));
  const before = await bench.resultOf(root);
  expect(before.final).toBe(false);
  expect(before.best).not.toBeNull();
  await bench.dispatcher.control(root, 'stop', by);
  const [search] = await bench.ended(root);
  expect(search).toMatchObject({ status: 'succeeded', outcome: 'stopped' });
  const result = await bench.resultOf(root);
  expect(result.files.map(({ name }) => name)).toContain('forecast.csv');
});

test('a pause keeps what is finished, and a resume goes on to the same end', async () => {
  const panel = await bench.addCsv('pause.csv', panelCsv(10, 96));
  const models = ['auto_ets', 'dynamic_optimized_theta'];
  const root = await bench.start(panel, { horizon: 12, budget_seconds: 3000, models });
  await bench.until(root, (rows) => rows.some(({ kind, status }) => kind === 'candidate' && status === 'succeeded'));
  await bench.dispatcher.control(root, 'pause', by);
  const paused = await bench.until(root, (rows) => rows[0]?.status === 'paused' || rows[0]?.finished_at !== null);
  expect(paused[0]?.status).toBe('paused');
  const done = paused.filter(({ kind, status }) => kind === 'trial' && status === 'succeeded').map(({ id }) => id);
  expect(done.length).toBeGreaterThan(0);
  await bench.dispatcher.control(root, 'resume', by);
  const rows = await bench.ended(root);
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete' });
  expect(rows.filter(({ kind }) => kind === 'candidate').map(({ status }) => status)).toEqual(
    Array.from({ length: 7 }, () => 'succeeded'),
  );
  const attempts = await bench.db.selectFrom('run_attempt').select('run_id').where('run_id', 'in', done).execute();
  expect(attempts.map(({ run_id: id }) => id).toSorted((a, b) => a - b)).toEqual(done.toSorted((a, b) => a - b));
});

test('a cancel ends it without a result', async () => {
  const panel = await bench.addCsv('cancel.csv', panelCsv(300, 200));
  const root = await bench.start(panel, { horizon: 12, budget_seconds: 3000 });
  await bench.until(root, (rows) => rows.some(({ kind, status }) => kind === 'trial' && status === 'running'));
  await bench.dispatcher.control(root, 'cancel', by);
  const rows = await bench.ended(root);
  expect(rows.every(({ status }) => ['cancelled', 'succeeded'].includes(status))).toBe(true);
  expect(rows[0]?.status).toBe('cancelled');
  expect(await bench.resultOf(root)).toMatchObject({ final: true, verdict: null, files: [] });
});

test('a family that fails costs only itself and says why', async () => {
  const root = await bench.startAltered(air, { horizon: 12, trials: 8, models: ['auto_ets'] }, (plan) => ({
    ...plan,
    candidates: plan.candidates.map((one) =>
      one.family === 'window_average' ? { ...one, params: { window_size: 0 } } : one,
    ),
  }));
  const rows = await bench.ended(root);
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete' });
  const result = await bench.resultOf(root);
  expect(result.leaderboard.at(-1)).toMatchObject({
    model: 'window_average',
    status: 'failed',
    rank: null,
    failure: { cause: 'bad_data' },
  });
  expect(result.verdict?.code).toBe('skill');
  const failed = rows.find(({ kind, name }) => kind === 'candidate' && name === 'window_average');
  const mirrored = await bench.db
    .selectFrom('nf_model_runs as n')
    .innerJoin('nf_model_run_link as l', 'l.nf_model_run_id', 'n.id')
    .select(['n.status', 'n.logs'])
    .where('l.run_id', '=', failed?.id ?? 0)
    .executeTakeFirst();
  expect(mirrored).toMatchObject({ status: 'FAILED', logs: expect.stringContaining('bad_data') });
  const told = await bench.db
    .selectFrom('optimization_history')
    .select('state')
    .where('run_id', '=', failed?.id ?? 0)
    .executeTakeFirst();
  expect(told?.state).toBe('failed');
});

test('when every family fails the run fails with the cause of the first', async () => {
  const root = await bench.startAltered(air, { horizon: 12, trials: 1 }, (plan) => ({
    ...plan,
    candidates: [
      {
        ...plan.candidates[0],
        family: 'window_average',
        params: { window_size: 0 },
      } as (typeof plan.candidates)[number],
    ],
  }));
  const [search] = await bench.ended(root);
  expect(search).toMatchObject({
    status: 'failed',
    failure_cause: 'bad_data',
    failure: { code: 'no_forecast', params: { model: 'window_average' } },
  });
});

test('estimates that lie do not break the budget: what still runs is cut, the rest is delivered', async () => {
  const panel = await bench.addCsv('lie.csv', panelCsv(400, 240));
  const budget = 6;
  const before = await machinePace();
  const root = await bench.startAltered(panel, { horizon: 12, trials: 20 }, (plan) => ({
    ...plan,
    budget_seconds: budget,
    trials: null,
    // Exponential smoothing of this panel takes minutes.
    candidates: plan.candidates
      .filter(({ family }) => family === 'naive' || family === 'auto_ets')
      .map((one) => ({ ...one, estimated_seconds: 0.01 })),
  }));
  const rows = await bench.ended(root);
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'out_of_budget' });
  expect(rows[0]?.active_seconds).toBeLessThanOrEqual(budget + 3 * Math.max(before, await machinePace()));
  const result = await bench.resultOf(root);
  expect(result.best).not.toBeNull();
  expect(result.leaderboard.map(({ model }) => model).toSorted()).toEqual(['auto_ets', 'naive']);
});

test.each([false, true])(
  'when no method has a forecast in time, the last season stands in and says so (windows lost: %s)',
  async (windowsLost) => {
    const panel = await bench.addCsv(`stand-in-${windowsLost}.csv`, panelCsv(400, 240));
    const budget = 5;
    // Exponential smoothing of this panel takes minutes, and it is the only one.
    const root = await bench.startAltered(panel, { horizon: 12, trials: 20 }, (plan) => ({
      ...plan,
      budget_seconds: budget,
      trials: null,
      candidates: plan.candidates
        .filter(({ family }) => family === 'auto_ets')
        .map((one) => ({ ...one, estimated_seconds: 0.01 })),
    }));
    if (windowsLost) {
      const rows = await bench.until(root, (all) => all.some(({ kind }) => kind === 'ingest'));
      await bench.dispatcher.control(rows.find(({ kind }) => kind === 'ingest')?.id ?? 0, 'cancel', by);
    }
    const before = await machinePace();
    const [search] = await bench.ended(root);
    expect(search).toMatchObject({ status: 'succeeded', outcome: 'out_of_budget' });
    expect(search?.active_seconds).toBeLessThanOrEqual(budget + 3 * Math.max(before, await machinePace()));
    const result = await bench.resultOf(root);
    expect(result.verdict).toBeNull();
    expect(result.best).toEqual({ model: 'last_resort', metrics: {} });
    expect(result.leaderboard.find(({ model }) => model === 'last_resort')).toMatchObject({ rank: null, mase: null });
    const { stream } = await openFile(bench.deps, bench.scope, String(root), 'forecast.csv');
    const [head = '', ...lines] = (await text(stream)).trimEnd().split('\n');
    expect(lines).toHaveLength(4800);
    const at = (name: string): number => head.split(',').indexOf(name);
    const drawn = await readForecast(bench.deps, bench.scope, String(root), { series: 's0007' });
    const lastYear = drawn.history.y.slice(-12);
    expect(drawn.forecast?.model).toBe('last_resort');
    expect(lines.slice(7 * 12, 8 * 12).map((line) => Number(line.split(',')[at('y_hat')]))).toEqual(
      lastYear.map((value) => Math.fround(value ?? Number.NaN)).map((value) => expect.closeTo(value, 3)),
    );
    const report = await text((await openFile(bench.deps, bench.scope, String(root), 'report.html')).stream);
    expect(report).toContain('this is a stand-in');
  },
);

test('a network runs in a host of its own, which comes with the first and has settings to try', async () => {
  const panel = await bench.addCsv('networks.csv', panelCsv(4, 96));
  const root = await bench.start(panel, { horizon: 6, trials: 8, models: ['nlinear'] });
  const rows = await bench.ended(root);
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete' });
  expect(bench.dispatcher.state().hosts.neural.state).toBe('ready');
  const trials = rows.filter(({ kind, name }) => kind === 'trial' && name.startsWith('nlinear'));
  expect(trials.map(({ name }) => name)).toEqual(['nlinear 0', 'nlinear 1', 'nlinear 2']);
  const result = await bench.resultOf(root);
  const network = result.leaderboard.find(({ model }) => model === 'nlinear');
  expect(network).toMatchObject({ status: 'succeeded', kind: 'neural', failure: null });
  expect(network?.mase).toBeLessThan(result.leaderboard.find(({ model }) => model === 'naive')?.mase ?? 0);
  const study = await bench.db
    .selectFrom('optimization_history')
    .select(['trial_number', 'value', 'state'])
    .where('run_id', '=', network?.id ?? 0)
    .execute();
  const best = Math.min(
    ...study.flatMap(({ state, value }) => (state === 'complete' && value !== null ? [value] : [])),
  );
  expect(network?.mase).toBeCloseTo(best, 9);
});
