import type { ForecastResult } from '@minori/contract';
import { expect, test } from 'vitest';
import { adviceOf } from './advice.ts';

const judged = (mase: number, simple: number): Pick<ForecastResult, 'best' | 'leaderboard'> => ({
  best: { model: 'auto_ets', metrics: { mase } },
  leaderboard: [
    { model: 'auto_ets', baseline: false, mase },
    { model: 'naive', baseline: true, mase: simple },
  ] as ForecastResult['leaderboard'],
});
const rows = { now: 110, before: 100 };

test('the methods are kept while they beat simple forecasts about as well as before', () => {
  expect(adviceOf(judged(0.7, 1), judged(0.65, 1), rows)).toEqual({ code: 'keep', share: null });
});

test('a new search is advised where a simple forecast is better, errors have grown, or much data is new', () => {
  expect(adviceOf(judged(1.1, 1), judged(0.65, 1), rows).code).toBe('beaten');
  expect(adviceOf(judged(0.9, 1), judged(0.65, 1), rows).code).toBe('worse');
  expect(adviceOf(judged(0.7, 1), judged(0.65, 1), { now: 130, before: 100 }).code).toBe('longer');
});
