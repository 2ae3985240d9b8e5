/** Takes over the engine's measurements: engine/src/minori_engine/forecast/costs.json -> src/costs.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Row {
  readonly family: string;
  readonly length: number;
  readonly season: number;
  readonly seconds: number;
}

export const ENGINE_COSTS = join(import.meta.dirname, '../../../engine/src/minori_engine/forecast/costs.json');
export const PLANNER_COSTS = join(import.meta.dirname, '../src/costs.json');

/** Family -> season -> [length, seconds per fit] by length. */
export function tableOf(rows: readonly Row[]): Record<string, Record<string, [number, number][]>> {
  const table: Record<string, Record<string, [number, number][]>> = {};
  for (const { family, season, length, seconds } of rows)
    ((table[family] ??= {})[season] ??= []).push([length, seconds]);
  for (const seasons of Object.values(table))
    for (const points of Object.values(seasons)) points.sort(([a], [b]) => a - b);
  return table;
}

if (import.meta.main) {
  const { rows } = JSON.parse(readFileSync(ENGINE_COSTS, 'utf8')) as { rows: Row[] };
  const known = JSON.parse(readFileSync(PLANNER_COSTS, 'utf8')) as Record<string, unknown>;
  writeFileSync(PLANNER_COSTS, `${JSON.stringify({ ...known, families: tableOf(rows) })}\n`);
}
