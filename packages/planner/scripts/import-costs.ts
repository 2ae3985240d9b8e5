/** Takes over the engine's measurements: engine/src/minori_engine/forecast/costs.json -> src/costs.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Row {
  readonly family: string;
  readonly length: number;
  readonly season: number;
  readonly seconds: number;
}

/** A whole panel learned from and forecast at once. */
interface Panel extends Row {
  readonly series: number;
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

/** Family -> [series, seconds of one fit], from the one series of the table on. */
export function panelsOf(panels: readonly Panel[], rows: readonly Row[]): Record<string, [number, number][]> {
  const found: Record<string, [number, number][]> = {};
  for (const { family, series, length, season, seconds } of panels) {
    const alone = rows.find((row) => row.family === family && row.length === length && row.season === season);
    (found[family] ??= alone === undefined ? [] : [[1, alone.seconds]]).push([series, seconds]);
  }
  for (const points of Object.values(found)) points.sort(([a], [b]) => a - b);
  return found;
}

if (import.meta.main) {
  const { rows, panels } = JSON.parse(readFileSync(ENGINE_COSTS, 'utf8')) as { rows: Row[]; panels: Panel[] };
  const known = JSON.parse(readFileSync(PLANNER_COSTS, 'utf8')) as Record<string, unknown>;
  writeFileSync(
    PLANNER_COSTS,
    `${JSON.stringify({ ...known, families: tableOf(rows), panels: panelsOf(panels, rows) })}\n`,
  );
}
