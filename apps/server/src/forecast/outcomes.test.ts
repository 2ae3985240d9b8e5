/** What people do with a forecast: rules, numbers and yardsticks of their own, newer data, proof. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ProblemError } from '@minori/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adjust } from './adjustments.ts';
import { refreshForecast } from './refresh.ts';
import { readReproduction, startReproduction } from './reproduce.ts';
import { openFile, readForecast, readResult } from './result.ts';
import { createForecastBench } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';

let bench: ForecastBench;
let air: number;
/** A search of AirPassengers that has ended. */
let first: number;

beforeAll(async () => {
  bench = await createForecastBench();
  air = await bench.addAirPassengers();
  first = await bench.start(air, { horizon: 12, trials: 8, models: ['auto_ets', 'dynamic_optimized_theta'] });
  await bench.ended(first);
});
afterAll(async () => await bench.close());

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
  const root = await bench.start(loto, { horizon: 8, budget_seconds: 12 });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  const result = await bench.resultOf(root);
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
  const root = await bench.start(dataset, { horizon: 6, trials: 7, output });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  const result = await bench.resultOf(root);
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
  const { history } = await readForecast(bench.deps, bench.scope, String(first), {});
  // Last year's value, a tenth on top, of the last six years only.
  const rows = history.ds.flatMap((ds, index) =>
    index < 72 ? [] : [`AirPassengers,${ds},${((history.y[index - 12] ?? 0) * 1.1).toFixed(1)}`],
  );
  const id = (await readResult(bench.deps, bench.scope, String(first))).series[0]?.unique_id ?? '';
  const plan = await bench.addCsv('plan.csv', `unique_id,ds,y\n${rows.join('\n').replaceAll('AirPassengers', id)}\n`);
  const baseline = { name: '営業計画', dataset_id: plan };
  const root = await bench.start(air, { horizon: 12, trials: 8, baseline });
  const [search] = await bench.ended(root);
  expect(search?.status).toBe('succeeded');
  const result = await bench.resultOf(root);
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

test('refreshed: the winners forecast again, one task each, with what was found then', async () => {
  const before = await bench.resultOf(first);
  const run = await refreshForecast(bench.deps, bench.scope, String(first), {});
  const rows = await bench.ended(run.id);
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete', kind: 'search' });
  const after = await bench.resultOf(run.id);
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
  const deps = { ...bench.deps };
  const root = String(first);
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
  expect((await bench.resultOf(Number(root))).adjusted).toBe(1);
  const file = await openFile(deps, bench.scope, root, 'forecast.csv');
  const csv = await text(file.stream);
  expect(Buffer.byteLength(csv)).toBe(file.bytes);
  const [head, , second] = csv.split('\n');
  expect(head).toMatch(/^unique_id,ds,y_hat,.*,y_adjusted$/);
  expect(second).toMatch(/,500$/);
  const report = async () => await text((await openFile(deps, bench.scope, root, 'report.ja.html')).stream);
  expect(await report()).toMatch(/自分の数値（1 件）[^]*<b>500[^]*展示会/);
  await expect(adjust(deps, bench.scope, root, [item, { ...item, ds: '1900-01-01' }])).rejects.toMatchObject({
    code: 'adjustment_unknown',
  });
  expect(await adjust(deps, bench.scope, root, [{ ...item, value: null }])).toEqual([]);
  expect(await text((await openFile(deps, bench.scope, root, 'forecast.csv')).stream)).not.toContain('y_adjusted');
  expect(await report()).not.toContain('自分の数値');
  const viewer = { ...bench.scope, projects: new Map([[bench.projectId, 'viewer' as const]]) };
  await expect(adjust(deps, viewer, root, [item])).rejects.toMatchObject({ code: 'role_too_low' });
});
