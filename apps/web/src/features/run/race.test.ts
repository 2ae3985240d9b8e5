import type { LeaderboardRow, Run } from '@minori/contract';
import { expect, test } from 'vitest';
import { gainOver, sortedRows, yardstickOf } from './leaderboard.tsx';
import { raceOf } from './race.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const run = (id: number, finished: number | null): Run =>
  ({ id, created_at: at(0), started_at: at(0), finished_at: finished === null ? null : at(finished) }) as Run;
const row = (id: number, model: string, mase: number | null, over: Partial<LeaderboardRow> = {}): LeaderboardRow => ({
  model,
  label: null,
  kind: 'baseline',
  id,
  status: mase === null ? 'running' : 'succeeded',
  progress: null,
  mase,
  smape: null,
  wql: null,
  sql: null,
  mae: null,
  rmse: null,
  coverage: {},
  coverage_interval: {},
  origins: 8,
  seconds: null,
  cpu_seconds: null,
  rank: mase === null ? null : id,
  tied: false,
  p: null,
  baseline: false,
  by_origin: [],
  failure: null,
  ...over,
});

test('the staircase goes down only', () => {
  const race = raceOf(
    run(1, 20),
    [run(2, 2), run(3, 5), run(4, 9), run(5, null)],
    [row(2, 'a', 1.2), row(3, 'b', 1.4), row(4, 'c', 0.8), row(5, 'd', null)],
    0,
  );
  expect(race.runners.map((r) => r.model)).toEqual(['a', 'b', 'c']);
  expect(race.best).toEqual([
    [2, 1.2],
    [9, 1.2],
    [9, 0.8],
    [20, 0.8],
  ]);
});

test('nothing finished, nothing drawn', () => {
  expect(raceOf(run(1, null), [], [row(2, 'a', null)], Date.parse(at(3))).best).toEqual([]);
});

test('rows stand in order and are measured against the simple forecast', () => {
  const rows = [row(9, 'late', null), row(2, 'ets', 0.7, { rank: 1 }), row(3, 'naive', 1, { rank: 2, baseline: true })];
  expect(sortedRows(rows).map((r) => r.model)).toEqual(['ets', 'naive', 'late']);
  expect(yardstickOf([...rows, row(4, 'mean', 2, { baseline: true })])?.model).toBe('naive');
  expect(gainOver(rows[1] ?? row(0, '', null), yardstickOf(rows))).toBeCloseTo(0.3);
  expect(gainOver(rows[2] ?? row(0, '', null), yardstickOf(rows))).toBeNull();
});
