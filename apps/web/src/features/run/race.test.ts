import type { ForecastRace, LeaderboardRow } from '@minori/contract';
import { expect, test } from 'vitest';
import { gainOver, sortedRows } from './leaderboard.tsx';
import { ceilingOf, raceOf, staircase } from './race.ts';
import { yardstickOf } from './yardstick.ts';

const row = (id: number, model: string, mase: number | null, over: Partial<LeaderboardRow> = {}): LeaderboardRow =>
  ({
    model,
    label: null,
    kind: 'baseline',
    id,
    status: mase === null ? 'running' : 'succeeded',
    mase,
    rank: mase === null ? null : id,
    baseline: false,
    by_origin: [],
    failure: null,
    ...over,
  }) as LeaderboardRow;

type Answer = [told: number | null, value: number | null];
const race = (seconds: number, families: Record<string, Answer[]>): ForecastRace => ({
  run_id: 1,
  seconds,
  items: Object.entries(families).map(([model, answers], id) => ({
    model,
    kind: 'neural',
    id,
    count: answers.length,
    trials: answers.map(([told, value], number) => ({
      number,
      id: null,
      state: told === null ? 'running' : value === null ? 'failed' : 'complete',
      asked: 0,
      told,
      value,
      params: {},
    })),
  })),
});

test('a staircase goes down only, whatever the order of its points', () => {
  expect(
    staircase([
      [9, 0.8],
      [2, 1.2],
      [5, 1.4],
    ]),
  ).toEqual([
    [2, 1.2],
    [9, 1.2],
    [9, 0.8],
  ]);
  expect(staircase([])).toEqual([]);
});

test('each family has its own staircase, and the best of all has one, up to the end', () => {
  const { runners, best, end } = raceOf(
    race(20, {
      nhits: [
        [4, 1.4],
        [9, 0.8],
        [12, 1.1],
        [null, null],
      ],
      naive: [[2, 1.2]],
      late: [[null, null]],
      broken: [[3, null]],
    }),
  );
  expect(end).toBe(20);
  expect(runners.map(({ model, judged, count, mase, at }) => [model, judged, count, mase, at])).toEqual([
    ['nhits', 3, 4, 0.8, 9],
    ['naive', 1, 1, 1.2, 2],
  ]);
  expect(runners[0]?.steps).toEqual([
    [4, 1.4],
    [9, 1.4],
    [9, 0.8],
    [20, 0.8],
  ]);
  expect(best).toEqual([
    [2, 1.2],
    [9, 1.2],
    [9, 0.8],
    [20, 0.8],
  ]);
});

test('between two answers the lines go on with the clock', () => {
  expect(raceOf(race(4, { naive: [[2, 1]] }), 3).best.at(-1)).toEqual([7, 1]);
  expect(raceOf(race(4, { naive: [[null, null]] }), 3).runners).toEqual([]);
  expect(raceOf(undefined)).toEqual({ runners: [], best: [], end: 0 });
});

test('a family far behind does not press the others into one line', () => {
  expect(ceilingOf(raceOf(race(9, { a: [[1, 1]], b: [[2, 1.1]], c: [[3, 40]] })))).toBe(2.5);
  expect(ceilingOf(raceOf(race(9, { a: [[1, 1]], b: [[2, 1.4]] })))).toBe(1.4);
});

test('rows stand in order and are measured against the simple forecast', () => {
  const rows = [row(9, 'late', null), row(2, 'ets', 0.7, { rank: 1 }), row(3, 'naive', 1, { rank: 2, baseline: true })];
  expect(sortedRows(rows).map((r) => r.model)).toEqual(['ets', 'naive', 'late']);
  expect(yardstickOf([...rows, row(4, 'mean', 2, { baseline: true })])?.model).toBe('naive');
  expect(gainOver(rows[1] ?? row(0, '', null), yardstickOf(rows))).toBeCloseTo(0.3);
  expect(gainOver(rows[2] ?? row(0, '', null), yardstickOf(rows))).toBeNull();
});
