import { expect, test } from 'vitest';
import { packMetricChunk, unpackMetricChunk } from './metric-chunk.ts';
import { insertPredictions } from './predictions.ts';
import type { SeriesForecast } from './predictions.ts';
import { createTestDatabase, createTestScope } from './testing/index.ts';

async function databaseWithRun() {
  const made = await createTestDatabase();
  const { projectId, userId } = await createTestScope(made.db);
  const { id } = await made.db
    .insertInto('training_runs')
    .values({
      project_id: projectId,
      owner_id: userId,
      run_id: '20261121-101010-abcdef',
      kind: 'refit',
      track: 'forecast',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { db: made.db, id, [Symbol.asyncDispose]: made.drop };
}

test('forecasts of many series go in and come back in order', async () => {
  await using made = await databaseWithRun();
  const steps = Array.from({ length: 100 }, (_unused, index) => index);
  const forecasts: SeriesForecast[] = Array.from({ length: 1000 }, (_unused, series) => ({
    unique_id: `série "${series}" {,}\\`,
    ds: steps.map((step) => `2026-01-01T00:00:${step}`),
    y_hat: Float32Array.from(steps, (step) => series + step),
    lo: steps.map((step) => [step - 1, step - 2]),
    hi: steps.map((step) => [step + 1, step === 0 ? Number.NaN : step + 2]),
  }));
  await insertPredictions(made.db, made.id, [80, 97.5], forecasts);
  const { count } = await made.db
    .selectFrom('predictions')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(count).toBe(100_000);
  const rows = await made.db
    .selectFrom('predictions')
    .selectAll()
    .where('run_id', '=', made.id)
    .where('unique_id', '=', 'série "7" {,}\\')
    .orderBy('step')
    .limit(2)
    .execute();
  expect(rows).toEqual([
    {
      run_id: made.id,
      unique_id: 'série "7" {,}\\',
      step: 1,
      ds: '2026-01-01T00:00:0',
      y_hat: 7,
      levels: [80, 97.5],
      lo: [-1, -2],
      hi: [1, null],
    },
    {
      run_id: made.id,
      unique_id: 'série "7" {,}\\',
      step: 2,
      ds: '2026-01-01T00:00:1',
      y_hat: 8,
      levels: [80, 97.5],
      lo: [0, -1],
      hi: [2, 3],
    },
  ]);
});

test('telemetry goes in packed and comes back as it was', async () => {
  await using made = await databaseWithRun();
  await made.db
    .insertInto('metric_chunk')
    .values(packMetricChunk(made.id, 'loss', [1, 2, 4.5], [0.5, null, -3]))
    .execute();
  const chunk = await made.db.selectFrom('metric_chunk').selectAll().executeTakeFirstOrThrow();
  expect(chunk).toMatchObject({ series: 'loss', first_step: 1, last_step: 4.5, count: 3, min: -3, max: 0.5 });
  const points = unpackMetricChunk(chunk.values);
  expect([...points.steps]).toEqual([1, 2, 4.5]);
  expect([...points.values]).toEqual([0.5, Number.NaN, -3]);
  expect(() => packMetricChunk(made.id, 'loss', [], [])).toThrow(RangeError);
});
