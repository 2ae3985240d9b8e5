import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ENGINE_COSTS, panelsOf, PLANNER_COSTS, tableOf } from '../scripts/import-costs.ts';
import { CATALOG } from './catalog.ts';
import { trialSeconds } from './cost.ts';

const size = { series: 1, length: 144, season: 12, horizon: 12, origins: 8, levels: 2, rows: 144 };

test("the planner's costs are the engine's (else: node packages/planner/scripts/import-costs.ts)", () => {
  const { rows, panels } = JSON.parse(readFileSync(ENGINE_COSTS, 'utf8')) as {
    rows: Parameters<typeof tableOf>[0];
    panels: Parameters<typeof panelsOf>[0];
  };
  const known = JSON.parse(readFileSync(PLANNER_COSTS, 'utf8')) as { families: unknown; panels: unknown };
  expect(known.families).toEqual(tableOf(rows));
  expect(known.panels).toEqual(panelsOf(panels, rows));
});

test('every family has been measured', () => {
  const { families } = JSON.parse(readFileSync(PLANNER_COSTS, 'utf8')) as { families: Record<string, unknown> };
  for (const { id } of CATALOG) expect(families, id).toHaveProperty(id);
});

test('more series, longer series and more origins cost more; odd seasons and lengths are finite', () => {
  for (const { id } of CATALOG) {
    const base = trialSeconds(id, size);
    expect(trialSeconds(id, { ...size, series: 50, rows: 7200 }), id).toBeGreaterThan(base);
    expect(trialSeconds(id, { ...size, origins: 3 })).toBeLessThanOrEqual(base);
    expect(trialSeconds(id, { ...size, length: 20_000, rows: 20_000 })).toBeGreaterThanOrEqual(base);
    for (const season of [1, 2, 9, 53, 1000])
      for (const length of [1, 5, 777, 1e6])
        expect(trialSeconds(id, { ...size, season, length })).toSatisfy(Number.isFinite);
  }
  expect(trialSeconds('auto_ets', size)).toBeGreaterThan(10 * 0.02);
});
