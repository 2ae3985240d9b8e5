import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  diagnostics,
  forecastArrays,
  forecastRace,
  forecastResult,
  forecastSeries,
  ProblemError,
  trialResult,
} from '@minori/contract';
import type { ForecastResult } from '@minori/contract';
import { candidateResult } from './documents.ts';
import { score } from '@minori/judge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adjust } from './adjustments.ts';
import { readArrays, readDiagnostics } from './evidence.ts';
import { readRace } from './race.ts';
import { refreshForecast } from './refresh.ts';
import { readReproduction, startReproduction } from './reproduce.ts';
import { openFile, readForecast, readResult } from './result.ts';
import { createForecastCloner } from './service.ts';
import { createForecastBench, panelCsv, SAMPLES } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';

let bench: ForecastBench;
let air: number;
/** Baselines, four statistical methods and boosted trees: what a quick search of some months tries. */
const FAMILIES = 10;
const by = { kind: 'person', id: 'tester' } as const;

beforeAll(async () => {
  bench = await createForecastBench();
  air = await bench.addDataset(join(SAMPLES, 'air-passengers.csv'), {
    kind: 'long',
    unique_id: ['unique_id'],
    ds: ['ds'],
    y: 'y',
    exogenous: [],
  });
});
afterAll(async () => await bench.close());

const resultOf = async (root: number): Promise<ForecastResult> =>
  forecastResult.parse(await readResult(bench.deps, bench.scope, String(root)));
const lineCount = (csv: string): number => csv.trimEnd().split('\n').length - 1;

describe('AirPassengers, horizon 12', () => {
  let root: number;
  const fileOf = async (name: string): Promise<string> =>
    await text((await openFile(bench.deps, bench.scope, String(root), name)).stream);

  beforeAll(async () => {
    root = await bench.start(air, { horizon: 12, budget_seconds: 60, name: '<b>旅客</b>' });
    await bench.ended(root);
  });

  test('ten families and their blend are judged on eight windows, and it can be forecast', async () => {
    const result = await resultOf(root);
    expect(result).toMatchObject({ final: true, horizon: 12, season: 12, levels: [80, 90] });
    expect(result.leaderboard).toHaveLength(FAMILIES + 1);
    for (const row of result.leaderboard)
      expect(row, row.model).toMatchObject({ status: 'succeeded', origins: 8, failure: null });
    expect(result.leaderboard.map(({ rank }) => rank)).toEqual(
      Array.from({ length: FAMILIES + 1 }, (_, index) => index + 1),
    );
    expect(result.leaderboard.find(({ model }) => model === result.best?.model)?.kind).not.toBe('baseline');
    expect(result.best?.metrics['mase']).toBeLessThan(1);
    expect(result.verdict).toMatchObject({ code: 'skill', numbers: { origins: 8 } });
    expect(result.verdict?.text_ja).toContain('予測できています');
    expect(result.verdict?.numbers['tied']).not.toContain('seasonal_naive');
    const weights = result.ensemble?.members.map(({ weight }) => weight) ?? [];
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    const blend = result.leaderboard.find(({ model }) => model === 'ensemble');
    expect(blend).toMatchObject({ kind: 'ensemble', baseline: false, id: root });
    const others = result.leaderboard.filter(({ model }) => model !== result.best?.model);
    expect(others.every(({ p }) => p !== null && p >= 0 && p <= 1)).toBe(true);
    expect(result.series).toEqual([
      { unique_id: result.series[0]?.unique_id, mase: expect.closeTo(result.best?.metrics['mase'] ?? 0, 4) },
    ]);
  });

  test('the chart has history, forecast with intervals, and eight windows that lie where they were', async () => {
    const chart = forecastSeries.parse(await readForecast(bench.deps, bench.scope, String(root), {}));
    expect(chart.history.ds).toHaveLength(144);
    expect(chart.forecast?.ds[0]).toBe('1961-01-01');
    expect(chart.forecast?.ds).toHaveLength(12);
    expect(Object.keys(chart.forecast?.intervals ?? {})).toEqual(['lo-80', 'hi-80', 'lo-90', 'hi-90']);
    for (const [step, y] of (chart.forecast?.y_hat ?? []).entries()) {
      expect(chart.forecast?.intervals['lo-90']?.[step]).toBeLessThanOrEqual(y);
      expect(chart.forecast?.intervals['hi-90']?.[step]).toBeGreaterThanOrEqual(y);
    }
    expect(chart.backtest).toHaveLength(8);
    expect(chart.backtest[0]).toMatchObject({ cutoff: '1952-12-01' });
    expect(chart.backtest.at(-1)?.y).toEqual(chart.history.y.slice(-12));
    expect(Object.keys(chart.errors)).toHaveLength(FAMILIES + 1);
    const naive = await readForecast(bench.deps, bench.scope, String(root), { model: 'naive' });
    expect(new Set(naive.forecast?.y_hat)).toEqual(new Set([432]));
    await expect(readForecast(bench.deps, bench.scope, String(root), { series: 'nobody' })).rejects.toMatchObject({
      code: 'series_not_found',
    });
    await expect(readForecast(bench.deps, bench.scope, String(root), { model: 'crystal' })).rejects.toMatchObject({
      code: 'model_not_found',
    });
  });

  test('the race tells when each family became known, and its last standing is the leaderboard', async () => {
    const race = forecastRace.parse(await readRace(bench.deps, bench.scope, String(root)));
    const { leaderboard } = await resultOf(root);
    expect(race.items).toHaveLength(FAMILIES);
    for (const { model, count, trials } of race.items) {
      expect(count).toBe(trials.length);
      const told = trials.filter(({ state }) => state === 'complete');
      for (const { asked, told: at } of told) expect(at).toBeGreaterThanOrEqual(asked);
      expect(Math.max(...told.map(({ told: at }) => at ?? 0))).toBeLessThanOrEqual(race.seconds);
      const best = Math.min(...told.map(({ value }) => value ?? Number.POSITIVE_INFINITY));
      expect(best).toBeCloseTo(leaderboard.find((row) => row.model === model)?.mase ?? Number.NaN, 6);
    }
    const ingest = await bench.db
      .selectFrom('training_runs')
      .select('id')
      .where('kind', '=', 'ingest')
      .where('track', '=', 'data')
      .executeTakeFirst();
    await expect(readRace(bench.deps, bench.scope, String(ingest?.id))).rejects.toMatchObject({
      code: 'not_a_forecast',
    });
  });

  test('the backtest can be looked at closely, whole or as arrays', async () => {
    const deps = { ...bench.deps, judge: bench.judge };
    const seen = diagnostics.parse(await readDiagnostics(deps, bench.scope, String(root), {}));
    const { best, leaderboard } = await resultOf(root);
    const row = leaderboard.find(({ model }) => model === best?.model);
    expect(seen).toMatchObject({ model: best?.model, unit: 'data', residuals: { count: 96 } });
    for (const { level, share, low, high } of seen.coverage) {
      expect(share).toBeCloseTo(row?.coverage[String(level)] ?? Number.NaN, 9);
      expect({ low, high }).toEqual(row?.coverage_interval[String(level)]);
    }
    expect(seen.decomposition?.seasonal_strength).toBeGreaterThan(0.7);
    expect(seen.decomposition?.ds).toHaveLength(144);
    await expect(readDiagnostics(deps, bench.scope, String(root), { model: 'crystal' })).rejects.toMatchObject({
      code: 'model_not_found',
    });
    const arrays = forecastArrays.parse(await readArrays(deps, bench.scope, String(root)));
    expect(arrays).toMatchObject({ detail: 'full', origins: 8, horizon: 12, levels: [80, 90] });
    expect(arrays.models.map(({ model }) => model)).toEqual(leaderboard.map(({ model }) => model));
    const floats = (base64: string | null | undefined): Float32Array => {
      const bytes = Buffer.from(base64 ?? '', 'base64');
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    };
    const ets = arrays.models.find(({ model }) => model === 'auto_ets');
    const shape = { series: 1, origins: 8, horizon: 12, levels: [80, 90] };
    const judged = score(
      { ...shape, actual: floats(arrays.actual), scale: floats(arrays.scale) },
      floats(ets?.predictions),
    );
    expect(judged.all.mase).toBeCloseTo(leaderboard.find(({ model }) => model === 'auto_ets')?.mase ?? 0, 6);
  });

  test('the files can be taken away', async () => {
    const { files } = await resultOf(root);
    expect(files.map(({ name }) => name)).toEqual([
      'forecast.csv',
      'forecast.xlsx',
      'leaderboard.csv',
      'report.html',
      'report.ja.html',
      'run.json',
    ]);
    const csv = await fileOf('forecast.csv');
    expect(csv.split('\n')[0]).toBe('unique_id,ds,y_hat,y_hat-lo-80,y_hat-hi-80,y_hat-lo-90,y_hat-hi-90');
    expect(lineCount(csv)).toBe(12);
    expect(lineCount(await fileOf('leaderboard.csv'))).toBe(FAMILIES + 1);
    const run = JSON.parse(await fileOf('run.json')) as Record<string, unknown>;
    expect(run).toMatchObject({
      id: root,
      status: 'succeeded',
      verdict: { code: 'skill' },
      files: { 'forecast.csv': `/api/v1/runs/${root}/files/forecast.csv` },
    });
    const report = await fileOf('report.ja.html');
    expect(report).toContain('結論');
    expect(report).not.toContain('<b>旅客');
    expect(report).not.toMatch(/<script|https?:/);
    await expect(openFile(bench.deps, bench.scope, String(root), '../../connection.json')).rejects.toMatchObject({
      code: 'artifact_not_found',
    });
  });

  test('every table has its rows', async () => {
    const tree = await bench.db.selectFrom('training_runs').selectAll().where('root_id', '=', root).execute();
    const search = tree.find(({ id }) => id === root);
    expect(search).toMatchObject({ status: 'succeeded', outcome: 'complete', metrics: { mase: expect.any(Number) } });
    const count = async (table: 'predictions' | 'run_parameters' | 'model_artifacts'): Promise<number> =>
      (await bench.db.selectFrom(table).select('run_id').where('run_id', '=', root).execute()).length;
    expect(await count('predictions')).toBe(12);
    expect(await count('run_parameters')).toBeGreaterThan(15);
    expect(await bench.db.selectFrom('experiments').select(['name', 'track']).executeTakeFirst()).toEqual({
      name: expect.any(String),
      track: 'forecast',
    });
    const candidates = tree.filter(({ kind }) => kind === 'candidate').map(({ id }) => id);
    const history = await bench.db
      .selectFrom('optimization_history')
      .selectAll()
      .where('run_id', 'in', candidates)
      .execute();
    const firsts = history.filter(({ trial_number: number }) => number === 0);
    expect(firsts).toHaveLength(FAMILIES);
    for (const row of firsts) expect(row).toMatchObject({ state: 'complete', value: expect.any(Number) });
    // The trees have settings to try.
    expect(history.length).toBeGreaterThan(FAMILIES);
    expect(history.every(({ state, told_at: told }) => state !== 'running' && told !== null)).toBe(true);
    const results = await bench.db
      .selectFrom('run_results')
      .select(['group_kind'])
      .distinct()
      .where('run_id', 'in', candidates)
      .execute();
    expect(results.map(({ group_kind: kind }) => kind).toSorted()).toEqual(['all', 'series', 'step', 'window']);
    const mirrored = await bench.db
      .selectFrom('nf_model_runs as n')
      .innerJoin('nf_model_run_link as l', 'l.nf_model_run_id', 'n.id')
      .selectAll('n')
      .where('l.run_id', 'in', candidates)
      .execute();
    expect(mirrored).toHaveLength(FAMILIES);
    for (const row of mirrored)
      expect(row, row.model_name).toMatchObject({
        status: 'COMPLETED',
        horizon: 12,
        metrics: { mase: expect.any(Number) },
        duration_seconds: expect.any(Number),
        logs: null,
      });
    const events = await bench.dispatcher.readEvents(root, 0, 1000);
    expect(events.filter(({ type }) => type === 'partial').length).toBeGreaterThanOrEqual(FAMILIES);
    expect(
      events.filter(({ type, payload }) => type === 'decision' && payload['code'] === 'cheapest_next').length,
    ).toBeGreaterThan(0);
  });

  test('what a trial thought of its own windows is what the judge found', async () => {
    const tree = await bench.db.selectFrom('training_runs').selectAll().where('root_id', '=', root).execute();
    const judged = tree.filter(({ kind, status }) => kind === 'candidate' && status === 'succeeded');
    expect(judged).toHaveLength(FAMILIES);
    for (const { result } of judged) {
      const { trial_id: id, judged: found } = candidateResult.parse(result);
      const { errors } = trialResult.parse(tree.find((run) => run.id === id)?.result);
      expect(errors).toHaveLength(8);
      for (const [origin, error] of errors.entries())
        expect(error).toBeCloseTo(found?.by_origin[origin] ?? Number.NaN, 5);
    }
  });

  test('asked again with another horizon', async () => {
    const row = await bench.db.selectFrom('training_runs').selectAll().where('id', '=', root).executeTakeFirstOrThrow();
    const cloner = createForecastCloner(bench.deps);
    const clone = await cloner.prepare(bench.scope, row, {
      'Model.horizon': 6,
      'Model.models': ['naive'],
      'Optimization.trials': 2,
    });
    expect(clone.request).toMatchObject({ horizon: 6, trials: 2, dataset_version: 1 });
    expect(clone.request).not.toHaveProperty('budget_seconds');
    const again = await clone.start();
    const [search] = await bench.ended(again);
    expect(search).toMatchObject({ status: 'succeeded', tags: [`cloned_from:${row.run_id}`] });
    expect(search?.run_id).not.toBe(row.run_id);
    expect((await resultOf(again)).leaderboard).toHaveLength(2);
    for (const overrides of [
      { '__proto__.horizon': 1 },
      { 'Model.__proto__': 1 },
      { 'Data.sha256': 'x' },
      { 'constructor.name': 1 },
    ])
      await expect(cloner.prepare(bench.scope, row, overrides)).rejects.toMatchObject({ code: 'override_unknown' });
    await expect(cloner.prepare(bench.scope, row, { 'Model.horizon': 'many' })).rejects.toMatchObject({
      code: 'override_invalid',
    });
    await expect(cloner.prepare(bench.scope, row, { 'Model.horizon': 0 })).rejects.toMatchObject({
      code: 'plan_refused',
    });
  });

  test('a stranger sees nothing of it', async () => {
    const stranger = { ...bench.scope, userId: 'other', projects: new Map([[987_654, 'admin' as const]]) };
    await expect(readResult(bench.deps, stranger, String(root))).rejects.toMatchObject({ code: 'run_not_found' });
    await expect(readForecast(bench.deps, stranger, String(root), {})).rejects.toMatchObject({ code: 'run_not_found' });
    await expect(openFile(bench.deps, stranger, String(root), 'forecast.csv')).rejects.toMatchObject({
      code: 'run_not_found',
    });
  });
});

test('the monthly sample: seven shops, one of them younger', async () => {
  const shops = await bench.addDataset(join(SAMPLES, 'monthly-shops.csv'), {
    kind: 'long',
    unique_id: ['店舗'],
    ds: ['年月'],
    y: '売上（千円）',
    exogenous: [],
  });
  const root = await bench.start(shops, { horizon: 12, budget_seconds: 25 });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  const result = await resultOf(root);
  expect(result.series).toHaveLength(7);
  expect(lineCount(await text((await openFile(bench.deps, bench.scope, String(root), 'forecast.csv')).stream))).toBe(
    84,
  );
  expect(result.verdict).not.toBeNull();
});

test('a panel of 200 series in thirty seconds: a forecast for each, and what could not end is named', async () => {
  const panel = await bench.addCsv('panel.csv', panelCsv(200, 96));
  const budget = 30;
  const root = await bench.start(panel, { horizon: 12, budget_seconds: budget });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  const seconds = search?.active_seconds ?? Number.POSITIVE_INFINITY;
  expect(seconds).toBeLessThanOrEqual(budget + 3);
  expect(lineCount(await text((await openFile(bench.deps, bench.scope, String(root), 'forecast.csv')).stream))).toBe(
    2400,
  );
  expect(await bench.db.selectFrom('predictions').select('step').where('run_id', '=', root).execute()).toHaveLength(
    2400,
  );
});

test('a small budget holds, and there is a forecast all the same', async () => {
  const panel = await bench.addCsv('large.csv', panelCsv(1000, 120));
  const root = await bench.start(panel, { horizon: 12, budget_seconds: 5 });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  expect(search?.active_seconds).toBeLessThanOrEqual(8);
  expect((await resultOf(root)).best).not.toBeNull();
});

test('a stop keeps what is finished and still ends with a forecast', async () => {
  const panel = await bench.addCsv('slow.csv', panelCsv(300, 200));
  const root = await bench.start(panel, { horizon: 12, budget_seconds: 3000 });
  await bench.until(root, (rows) => rows.some(({ kind, status }) => kind === 'candidate' && status === 'succeeded'));
  const before = await resultOf(root);
  expect(before.final).toBe(false);
  expect(before.best).not.toBeNull();
  await bench.dispatcher.control(root, 'stop', by);
  const [search] = await bench.ended(root);
  expect(search).toMatchObject({ status: 'succeeded', outcome: 'stopped' });
  const result = await resultOf(root);
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
  expect(await resultOf(root)).toMatchObject({ final: true, verdict: null, files: [] });
});

test('a family that fails costs only itself and says why', async () => {
  const root = await bench.startAltered(air, { horizon: 12, budget_seconds: 60 }, (plan) => ({
    ...plan,
    candidates: plan.candidates.map((one) =>
      one.family === 'window_average' ? { ...one, params: { window_size: 0 } } : one,
    ),
  }));
  const rows = await bench.ended(root);
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete' });
  const result = await resultOf(root);
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
  expect(rows[0]?.active_seconds).toBeLessThanOrEqual(budget + 3);
  const result = await resultOf(root);
  expect(result.best).not.toBeNull();
  expect(result.leaderboard.map(({ model }) => model).toSorted()).toEqual(['auto_ets', 'naive']);
});

test('a network runs in a host of its own, which comes with the first and has settings to try', async () => {
  const panel = await bench.addCsv('networks.csv', panelCsv(4, 96));
  const root = await bench.start(panel, { horizon: 6, trials: 8, models: ['nlinear'] });
  const rows = await bench.ended(root);
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete' });
  expect(bench.dispatcher.state().hosts.neural.state).toBe('ready');
  const trials = rows.filter(({ kind, name }) => kind === 'trial' && name.startsWith('nlinear'));
  expect(trials.map(({ name }) => name)).toEqual(['nlinear 0', 'nlinear 1', 'nlinear 2']);
  const result = await resultOf(root);
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

test('lottery draws: never skill', async () => {
  let state = 12_345;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const lines = ['unique_id,ds,y'];
  for (let draw = 1; draw <= 160; draw++) {
    const balls = Array.from({ length: 43 }, (_, ball) => ({ ball: ball + 1, key: random() }))
      .toSorted((a, b) => a.key - b.key)
      .slice(0, 6)
      .map(({ ball }) => ball)
      .toSorted((a, b) => a - b);
    for (const [index, ball] of balls.entries()) lines.push(`N${index + 1},${draw},${ball}`);
  }
  const loto = await bench.addCsv('draws.csv', `${lines.join('\n')}\n`);
  const root = await bench.start(loto, { horizon: 8, budget_seconds: 25 });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  const result = await resultOf(root);
  expect(result.series).toHaveLength(6);
  expect(['no_skill', 'tie_with_baseline']).toContain(result.verdict?.code);
  expect(result.verdict?.text_ja).toMatch(/見つかりませんでした|まだ言えません/);
});

test('what cannot be forecast is refused with its reasons', async () => {
  const refused = async (question: Parameters<ForecastBench['start']>[1]): Promise<unknown> => {
    const error: unknown = await bench.start(air, question).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    const { code, status, params } = error as ProblemError;
    expect({ code, status }).toEqual({ code: 'plan_refused', status: 422 });
    return (params['problems'] as { code: string }[]).map((problem) => problem.code);
  };
  expect(await refused({ horizon: 0 })).toEqual(['horizon_not_positive']);
  expect(await refused({ horizon: 144 })).toEqual(['horizon_longer_than_data']);
  expect(await refused({ horizon: 12, models: ['crystal_ball'] })).toEqual(['model_unknown']);
  expect(await refused({ horizon: 12, budget_seconds: 0 })).toEqual(['budget_not_positive']);
  expect(await refused({ horizon: 12, budget_seconds: 10, trials: 3 })).toEqual(['budget_and_trials']);
});

test('a formula in a series name stays text in the files', async () => {
  const rows = Array.from(
    { length: 40 },
    (_, month) =>
      `"=cmd|'/c calc'!A1",${2000 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01,${100 + month}`,
  );
  const dataset = await bench.addCsv('formula.csv', `unique_id,ds,y\n${rows.join('\n')}\n`);
  const root = await bench.start(dataset, { horizon: 3, trials: 3 });
  await bench.ended(root);
  const file = await openFile(bench.deps, bench.scope, String(root), 'forecast.csv');
  expect((await text(file.stream)).split('\n')[1]).toMatch(/^'=cmd/);
});

test('non-negative whole numbers whose total adds up, in all files; the workbook is read back by our own reader', async () => {
  const shops = ['東', '西', '全店'];
  const rows = shops.flatMap((shop, index) =>
    Array.from({ length: 48 }, (_, month) => {
      const part = (s: number): number => 20 + 3 * s + 15 * Math.sin((month + 2 * s) / 1.9) + (month % 5);
      const y = index < 2 ? part(index) : part(0) + part(1) + 4;
      return `${shop},${2000 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01,${y.toFixed(2)}`;
    }),
  );
  const dataset = await bench.addCsv('shops.csv', `unique_id,ds,y\n${rows.join('\n')}\n`);
  const output = { lower: 0, integer: true, total: { series: '全店' } };
  await expect(bench.start(dataset, { horizon: 6, output: { total: { series: '北' } } })).rejects.toMatchObject({
    code: 'plan_refused',
    params: { problems: [{ code: 'total_series_unknown' }] },
  });
  const root = await bench.start(dataset, { horizon: 6, budget_seconds: 60, output });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  const result = await resultOf(root);
  expect(result.output).toEqual({
    lower: 0,
    upper: null,
    integer: true,
    total: { series: '全店', method: 'bottom_up' },
  });
  const charts = await Promise.all(
    shops.map(async (series) => (await readForecast(bench.deps, bench.scope, String(root), { series })).forecast),
  );
  for (let step = 0; step < 6; step++) {
    const [east, west, all] = charts.map((chart) => chart?.y_hat[step] ?? Number.NaN);
    expect(Number.isInteger(east) && Number.isInteger(west)).toBe(true);
    expect((east ?? 0) + (west ?? 0)).toBe(all);
  }
  for (const chart of charts.slice(0, 2))
    expect(chart?.intervals['lo-90']?.every((low) => Number.isInteger(low) && low >= 0)).toBe(true);
  const csv = await text((await openFile(bench.deps, bench.scope, String(root), 'forecast.csv')).stream);
  expect(csv).toContain(`東,${charts[0]?.ds[0]},${charts[0]?.y_hat[0]},`);
  const book = join(bench.home.root, `artifacts/${root}/forecast.xlsx`);
  const again = await bench.addDataset(
    book,
    { kind: 'long', unique_id: ['unique_id'], ds: ['ds'], y: 'y_hat', exogenous: [] },
    [{ code: 'too_short', id: 'keep', params: {} }],
  );
  const { rows: read } = await bench.db
    .selectFrom('dataset_version')
    .select('rows')
    .where('dataset_id', '=', again)
    .executeTakeFirstOrThrow();
  expect(Number(read)).toBe(18);
});

test("people's own forecast is a named yardstick on the windows that it covers", async () => {
  const { history } = await readForecast(bench.deps, bench.scope, String(await firstRoot()), {});
  // Last year's value, a tenth on top, of the last six years only.
  const rows = history.ds.flatMap((ds, index) =>
    index < 72 ? [] : [`AirPassengers,${ds},${((history.y[index - 12] ?? 0) * 1.1).toFixed(1)}`],
  );
  const id = (await readResult(bench.deps, bench.scope, String(await firstRoot()))).series[0]?.unique_id ?? '';
  const plan = await bench.addCsv('plan.csv', `unique_id,ds,y\n${rows.join('\n').replaceAll('AirPassengers', id)}\n`);
  const baseline = { name: '営業計画', dataset_id: plan };
  const root = await bench.start(air, { horizon: 12, budget_seconds: 60, baseline });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  const result = await resultOf(root);
  const own = result.leaderboard.find(({ model }) => model === 'own');
  expect(own).toMatchObject({
    label: '営業計画',
    baseline: true,
    origins: 6,
    wql: null,
    coverage: {},
    rank: expect.any(Number),
  });
  expect(own?.by_origin.slice(0, 2)).toEqual([null, null]);
  expect(result.verdict?.numbers['own'] ?? result.verdict?.numbers['baseline']).not.toBeNull();
  expect(result.verdict?.text_ja).toContain('今お使いの予測（営業計画）');
  await expect(bench.start(air, { horizon: 12, baseline: { name: 'x' } })).rejects.toMatchObject({
    code: 'baseline_unclear',
  });
  await expect(bench.start(air, { horizon: 12, baseline: { name: 'x', column: 'plan' } })).rejects.toMatchObject({
    code: 'baseline_column_unknown',
  });
});

async function firstRoot(): Promise<number> {
  const root = await bench.db
    .selectFrom('training_runs')
    .select('id')
    .where('kind', '=', 'search')
    .where('status', '=', 'succeeded')
    .where('dataset_id', '=', air)
    .orderBy('id')
    .executeTakeFirstOrThrow();
  return root.id;
}

test('refreshed: the winners forecast again, one task each, with what was found then', async () => {
  const first = await firstRoot();
  const before = await resultOf(first);
  const run = await refreshForecast(bench.deps, bench.scope, String(first), {});
  const rows = await bench.ended(run.id);
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete', kind: 'search' });
  const after = await resultOf(run.id);
  expect(after.refresh_of).toBe(first);
  const members = before.ensemble?.members.map(({ model }) => model) ?? [];
  const wanted = before.leaderboard.filter(
    ({ model, baseline }) =>
      baseline || (before.best?.model === 'ensemble' ? members : [before.best?.model]).includes(model),
  );
  const trials = rows.filter(({ kind }) => kind === 'trial');
  expect(trials).toHaveLength(wanted.length);
  expect(after.leaderboard.find(({ model }) => model === 'naive')?.mase).toBe(
    before.leaderboard.find(({ model }) => model === 'naive')?.mase,
  );
  const unfinished = { ...bench.scope, projects: new Map([[bench.projectId, 'viewer' as const]]) };
  await expect(refreshForecast(bench.deps, unfinished, String(first), {})).rejects.toMatchObject({
    code: 'role_too_low',
  });
});

test('reproduced: every array is bit-identical; what differs is named first', async () => {
  const first = await firstRoot();
  const run = await startReproduction(bench.deps, bench.scope, String(first));
  const rows = await bench.ended(run.id);
  expect(rows[0]).toMatchObject({ status: 'succeeded', kind: 'reproduce' });
  const same = await readReproduction(bench.deps, bench.scope, String(run.id));
  expect(same).toMatchObject({ source_id: first, final: true, answer: 'identical', first_difference: null });
  expect(same.steps.map(({ step }) => step)).toEqual([
    'data',
    'code',
    'environment',
    'windows',
    ...Array.from({ length: rows.filter(({ kind }) => kind === 'trial').length }, () => 'trial'),
    'ensemble',
    'forecast',
  ]);
  await expect(readReproduction(bench.deps, bench.scope, String(first))).rejects.toMatchObject({
    code: 'not_a_reproduction',
  });

  // Somebody tampers with a recorded array: that step is found, and nothing before it.
  const tree = await bench.db.selectFrom('training_runs').selectAll().where('root_id', '=', first).execute();
  const theta = tree.find(({ kind, name }) => kind === 'trial' && name.startsWith('dynamic_optimized_theta'));
  const attempt = await bench.db
    .selectFrom('run_attempt')
    .select('id')
    .where('run_id', '=', theta?.id ?? 0)
    .executeTakeFirstOrThrow();
  const path = join(bench.home.spool, String(attempt.id), 'forecast.f32');
  const bytes = await readFile(path);
  bytes.writeFloatLE(bytes.readFloatLE(0) * 1.5, 0);
  await writeFile(path, bytes);
  const again = await startReproduction(bench.deps, bench.scope, String(first));
  await bench.ended(again.id);
  const other = await readReproduction(bench.deps, bench.scope, String(again.id));
  expect(other.answer).toBe('different');
  const found = other.steps[other.first_difference ?? 0];
  expect(found).toMatchObject({ step: 'trial', model: 'dynamic_optimized_theta', answer: 'different' });
  expect(found?.difference).toBeCloseTo(1 / 3, 4);
});

test("a person's number stands beside the model's, with author and time, in the files too", async () => {
  const deps = { ...bench.deps, judge: bench.judge };
  const root = String(await firstRoot());
  const { unique_id: id, forecast } = await readForecast(deps, bench.scope, root, {});
  const ds = forecast?.ds[1] ?? '';
  const item = { unique_id: id, ds, value: 500, note: '展示会' };
  await adjust(deps, bench.scope, root, [{ ...item, value: 480 }]);
  const [kept] = await adjust(deps, bench.scope, root, [item]);
  expect(kept).toMatchObject({ unique_id: id, ds, step: 2, value: 500, y_hat: forecast?.y_hat[1], note: '展示会' });
  expect(kept?.author).not.toBe('');
  const after = (await readForecast(deps, bench.scope, root, {})).forecast;
  expect(after?.y_hat).toEqual(forecast?.y_hat);
  expect(after?.adjusted.slice(0, 3)).toEqual([null, 500, null]);
  expect((await resultOf(Number(root))).adjusted).toBe(1);
  const file = await openFile(deps, bench.scope, root, 'forecast.csv');
  const csv = await text(file.stream);
  expect(Buffer.byteLength(csv)).toBe(file.bytes);
  const [head, , second] = csv.split('\n');
  expect(head).toMatch(/^unique_id,ds,y_hat,.*,y_adjusted$/);
  expect(second).toMatch(/,500$/);
  await expect(adjust(deps, bench.scope, root, [item, { ...item, ds: '1900-01-01' }])).rejects.toMatchObject({
    code: 'adjustment_unknown',
  });
  expect(await adjust(deps, bench.scope, root, [{ ...item, value: null }])).toEqual([]);
  expect(await text((await openFile(deps, bench.scope, root, 'forecast.csv')).stream)).not.toContain('y_adjusted');
  const viewer = { ...bench.scope, projects: new Map([[bench.projectId, 'viewer' as const]]) };
  await expect(adjust(deps, viewer, root, [item])).rejects.toMatchObject({ code: 'role_too_low' });
});
