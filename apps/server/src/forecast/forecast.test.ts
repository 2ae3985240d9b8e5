/** One search to its end, and everything that can be read of it. */
import { text } from 'node:stream/consumers';
import { diagnostics, forecastArrays, forecastRace, forecastSeries, trialResult } from '@minori/contract';
import { score } from '@minori/judge';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { candidateResult } from './documents.ts';
import { readArrays, readDiagnostics } from './evidence.ts';
import { withLiveBlend } from './live-blend.ts';
import { readRace } from './race.ts';
import { openFile, readForecast, readResult } from './result.ts';
import { createForecastCloner } from './service.ts';
import { readSearch } from './sources.ts';
import { createForecastBench } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';

let bench: ForecastBench;
let air: number;
/** Baselines, four statistical methods and boosted trees: what a quick search of some months tries. */
const FAMILIES = 14;
const lineCount = (csv: string): number => csv.trimEnd().split('\n').length - 1;

beforeAll(async () => {
  bench = await createForecastBench();
  air = await bench.addAirPassengers();
});
afterAll(async () => await bench.close());

describe('AirPassengers, horizon 12', () => {
  let root: number;
  const fileOf = async (name: string): Promise<string> =>
    await text((await openFile(bench.deps, bench.scope, String(root), name)).stream);

  beforeAll(async () => {
    root = await bench.start(air, { horizon: 12, budget_seconds: 60, name: '<b>旅客</b>' });
    await bench.ended(root);
  });

  test('thirteen families and their blend are judged on eight windows, and it can be forecast', async () => {
    const result = await bench.resultOf(root);
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
    const anchor = result.ensemble?.reasons[0]?.params['models'];
    expect(anchor).toEqual(expect.arrayContaining(['auto_ets', 'ridge', 'nnar']));
    expect(anchor).not.toContain('lightgbm_recursive');
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
    const { leaderboard } = await bench.resultOf(root);
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
    const deps = { ...bench.deps };
    const seen = diagnostics.parse(await readDiagnostics(deps, bench.scope, String(root), {}));
    const { best, leaderboard } = await bench.resultOf(root);
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
    const { files } = await bench.resultOf(root);
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
    expect((await bench.resultOf(again)).leaderboard).toHaveLength(2);
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

  test('while a search runs its leaderboard shows what the blend would be by now', async () => {
    const search = { ...(await readSearch(bench.deps, bench.scope, String(root))), ended: null };
    const entries = search.entries.filter(({ row }) => row.model !== 'ensemble');
    const running = { ...search, entries };
    const ask = async () => (await withLiveBlend(bench.deps, running)).find(({ row }) => row.model === 'ensemble');
    // The page is not kept waiting for it.
    expect(await ask()).toBeUndefined();
    const blend = await vi.waitUntil(ask, { timeout: 30_000, interval: 50 });
    const delivered = search.entries.find(({ row }) => row.model === 'ensemble');
    expect(blend?.row).toMatchObject({ kind: 'ensemble', mase: delivered?.row.mase, rank: delivered?.row.rank });
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
