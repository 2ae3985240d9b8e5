/** Takes over what the engine's families let a sampler choose: `python …` prints the catalog -> src/spaces.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineCatalog } from '@minori/contract';

const PLANNER_SPACES = join(import.meta.dirname, '../src/spaces.json');

// Use: python -m minori_engine.forecast.catalog | node packages/planner/scripts/import-spaces.ts
const { families } = engineCatalog.parse(JSON.parse(readFileSync(0, 'utf8')));
const spaces = Object.fromEntries(
  families.filter(({ space }) => Object.keys(space).length > 0).map(({ id, space }) => [id, space]),
);
writeFileSync(PLANNER_SPACES, `${JSON.stringify(spaces, null, 2)}\n`);
