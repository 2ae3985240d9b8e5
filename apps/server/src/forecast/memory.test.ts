/** A trial that really runs out of memory is repeated with less at once, and says so wherever its result is shown. */
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFile } from './result.ts';
import { createForecastBench, panelCsv } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';

/** Between what trees with many columns take of this panel and what trees with few take; the kernel enforces it. */
const LIMIT_BYTES = 400 * 2 ** 20;

// Three fits of 400,000 rows: `./minori test full` runs it. The engine's own test of the limit is always run.
describe.runIf(process.env['MINORI_TEST_FULL'] === '1')('memory', () => {
  let bench: ForecastBench;
  let panel: number;

  beforeAll(async () => {
    bench = await createForecastBench({ leastTrialBytes: LIMIT_BYTES });
    panel = await bench.addCsv('wide.csv', panelCsv(1000, 400));
  });
  afterAll(async () => await bench.close());

  test('trees with far lags run out of memory, and are learnt again from near ones', { timeout: 300_000 }, async () => {
    const root = await bench.startAltered(
      panel,
      { horizon: 12, trials: 20, models: ['lightgbm_recursive'] },
      (plan) => ({
        ...plan,
        origins: 1,
        candidates: plan.candidates
          .filter(({ family }) => family === 'naive' || family === 'lightgbm_recursive')
          .map((one) => ({
            ...one,
            params: one.kind === 'boosting' ? { lags: 'long', rounds: 20 } : one.params,
            estimated_memory_bytes: 1,
            search: null,
          })),
      }),
    );
    const rows = await bench.ended(root);
    expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete' });
    const trial = rows.find(({ kind, name }) => kind === 'trial' && name.startsWith('lightgbm_recursive'));
    const attempts = await bench.db
      .selectFrom('run_attempt')
      .select(['number', 'status', 'cause'])
      .where('run_id', '=', trial?.id ?? 0)
      .orderBy('number')
      .execute();
    expect(attempts).toEqual([
      { number: 1, status: 'failed', cause: 'out_of_memory' },
      { number: 2, status: 'succeeded', cause: null },
    ]);
    const notes = [{ code: 'retried_smaller', params: { settings: 'leaves 8, lags short' } }];
    const { leaderboard } = await bench.resultOf(root);
    expect(leaderboard.find(({ model }) => model === 'lightgbm_recursive')).toMatchObject({
      status: 'succeeded',
      notes,
    });
    expect(leaderboard.find(({ model }) => model === 'naive')?.notes).toEqual([]);
    const report = await text((await openFile(bench.deps, bench.scope, String(root), 'report.html')).stream);
    expect(report).toContain('with less at once (leaves 8, lags short)');
  });
});
