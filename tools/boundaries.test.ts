import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findViolations, importsOf } from './boundaries.ts';

const root = join(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'minori-boundaries-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('every import of this checkout goes the allowed way', async () => {
  expect(await findViolations(root)).toEqual([]);
});

test('a forbidden import planted in a copy is found, whatever its form', async () => {
  for (const folder of ['apps', 'packages'])
    cpSync(join(root, folder), join(copy, folder), {
      recursive: true,
      filter: (path) => !/\/(?:node_modules|dist)$/.test(path),
    });
  const plant = (file: string, text: string) => {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), text);
  };
  plant(
    'packages/planner/src/planted-a.ts',
    `import { connect } from '@minori/database';\nexport const a = connect;\n`,
  );
  plant('packages/planner/src/planted-b.ts', `export const b = () => import('@minori/executor');\n`);
  plant('packages/judge/src/planted-c.ts', `export * from '../../planner/src/index.ts';\n`);
  plant('packages/judge/src/planted-d.ts', `import { readFileSync } from 'node:fs';\nexport const d = readFileSync;\n`);
  plant('apps/cli/src/planted-e.ts', `export type { E } from '@minori/run-engine';\n`);
  plant('apps/web/src/planted-f.tsx', `export const f: import('@minori/database').Db | null = null;\n`);
  plant('packages/database/src/planted-g.ts', `export * as g from '@minori/server';\n`);
  plant('packages/database/src/planted-h.ts', `const n = '@minori/server';\nexport const h = () => import(n);\n`);
  plant('apps/server/src/planted-i.ts', `export { x } from '@minori/contract/src/run.ts';\n`);
  plant('apps/cli/src/planted-j.ts', `import '../../server/src/main.ts';\n`);
  plant('apps/web/src/planted-k.ts', `export * from '@minori/contract/home';\n`);
  plant('packages/judge/package.json', `{"name":"@minori/judge","dependencies":{"@minori/ingest":"0.1.0"}}`);

  const found = await findViolations(copy);
  const planted = found.filter(({ file }) => file.includes('planted') || file === 'packages/judge/package.json');
  expect(planted.map(({ file, rule }) => `${basename(file).split('.')[0]} ${rule}`).toSorted()).toEqual([
    'package room',
    'planted-a room',
    'planted-b room',
    'planted-c private',
    'planted-d pure',
    'planted-e room',
    'planted-f room',
    'planted-g room',
    'planted-h computed',
    'planted-i private',
    'planted-j private',
    'planted-k pure',
  ]);
});

test('imports are read from the syntax, not from text', () => {
  const source = [
    `// import '@minori/a';`,
    `const text = "import x from '@minori/b'";`,
    `const url = new URL('./page.html', import.meta.url);`,
    `import type { C } from '@minori/c';`,
    'const d = import(`@minori/d`);',
  ].join('\n');
  expect(importsOf('x.ts', source)).toEqual(['@minori/c', '@minori/d']);
});
