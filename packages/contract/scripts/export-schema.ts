/** Writes schema/*.json from the zod schemas: `npm run schema -w @minori/contract`. */
import { writeFileSync } from 'node:fs';
import { engineSchemaFiles } from '../src/schema.ts';

for (const [name, text] of engineSchemaFiles()) {
  writeFileSync(new URL(`../schema/${name}`, import.meta.url), text);
}
