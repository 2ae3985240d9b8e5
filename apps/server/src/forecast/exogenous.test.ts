/** From a file with a column that is known ahead to a forecast that follows it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchSpec } from './documents.ts';
import { artifactsFolder } from './finish.ts';
import { readImportance } from './importance.ts';
import { createForecastBench } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';

const DAYS = 80;
const HORIZON = 6;
const promoted = (series: number, day: number): boolean => (day * 7 + series * 3 + (day % 5) * (day % 3)) % 4 === 0;

let bench: ForecastBench;
beforeAll(async () => {
  bench = await createForecastBench();
});
afterAll(async () => await bench.close());

/** Days with a promotion sell 50 more; the plan of promotions goes on after the last day that was sold. */
function shopCsv(ahead: number): string {
  const rows = ['shop-a', 'shop-b', 'shop-c'].flatMap((shop, series) =>
    Array.from({ length: DAYS + ahead }, (_, day) => {
      const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
      const sold = day < DAYS ? String(100 + (promoted(series, day) ? 50 : 0) + ((day * 13) % 7) / 3) : '';
      return `${shop},${date},${sold},${promoted(series, day) ? 1 : 0},${((day * 7919 + series * 104_729) % 101) / 101}`;
    }),
  );
  return `unique_id,ds,y,futr_promotion,futr_chance\n${rows.join('\n')}\n`;
}

test('the delivered numbers follow the promotions that are planned', { timeout: 200_000 }, async () => {
  const dataset = await bench.addCsv('shops.csv', shopCsv(HORIZON), {
    kind: 'long',
    unique_id: ['unique_id'],
    ds: ['ds'],
    y: 'y',
    exogenous: ['futr_promotion', 'futr_chance'],
  });
  const root = await bench.start(dataset, { horizon: HORIZON, trials: 6, models: ['lightgbm_recursive'] });
  const [search] = await bench.ended(root);
  if (search === undefined) throw new Error('the search has no row');
  expect(search.status).toBe('succeeded');
  const { plan } = searchSpec.parse(search.spec);
  expect(plan.exogenous.futr).toEqual(['futr_promotion', 'futr_chance']);
  expect(plan.problems.map(({ code }) => code)).not.toContain('future_values_missing');
  expect((search.result as { best: { model: string } }).best.model).not.toMatch(/naive|mean|median|average/);
  const [, ...lines] = (await readFile(join(artifactsFolder(bench.home, root), 'forecast.csv'), 'utf8'))
    .trim()
    .split('\n');
  expect(lines).toHaveLength(3 * HORIZON);
  for (const [index, line] of lines.entries()) {
    const value = Number(line.split(',')[2]);
    expect(value > 125, line).toBe(promoted(Math.floor(index / HORIZON), DAYS + (index % HORIZON)));
  }
  // What decides half of every day's sales is what the method lives by; a column of chance is not.
  const importanceOf = (measure: boolean) =>
    readImportance(bench.deps, bench.scope, String(root), { model: 'lightgbm_recursive', measure });
  expect(await importanceOf(false)).toBeNull();
  const found = await importanceOf(true);
  if (found === null) throw new Error('nothing was measured');
  expect(found.windows).toBe(3);
  expect(found.columns.map(({ name }) => name)).toEqual(['futr_promotion', 'futr_chance']);
  expect(found.columns[0]?.low).toBeGreaterThan(1);
  expect(Math.abs(found.columns[1]?.increase ?? Number.NaN)).toBeLessThan(0.3);
  expect(await importanceOf(false)).toEqual(found);
});
