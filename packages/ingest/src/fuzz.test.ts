import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { build, check, preview, workbook, write } from './test-support.ts';

const samples = join(import.meta.dirname, '../../../samples');
const shops = readFileSync(join(samples, 'monthly-shops.csv')).subarray(0, 4000);
const sjis = readFileSync(join(samples, 'weekly-visitors-sjis.csv')).subarray(0, 3000);
const sheet = workbook({
  data: Array.from(
    { length: 30 },
    (_, i) => `<row r="${i + 1}"><c r="A${i + 1}" s="1"><v>${45_292 + i}</v></c><c r="B${i + 1}"><v>${i}</v></c></row>`,
  ).join(''),
});

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}
const snippets = [
  '"',
  '\n',
  '\r',
  ',',
  ';',
  '\t',
  '\0',
  'NaN',
  'inf',
  '合計',
  '2024/1',
  '令和',
  "'",
  '1,234',
  '=A1',
  '\uFEFF',
  '../',
].map((text) => Buffer.from(text));
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.integer({ min: 0, max: 40 }),
  insert: fc.oneof(fc.constantFrom(...snippets), fc.uint8Array({ maxLength: 6 })),
});
function damage(bytes: Buffer, edits: readonly Edit[]): Buffer {
  let result = bytes;
  for (const { at, remove, insert } of edits) {
    const from = Math.floor(at * result.length);
    result = Buffer.concat([result.subarray(0, from), insert, result.subarray(from + remove)]);
  }
  return result;
}

test.each([
  ['utf-8', shops],
  ['Shift_JIS', sjis],
  ['a workbook', sheet],
])(
  'however %s is damaged, it is answered with findings, and what is built can be checked again',
  { timeout: 120_000 },
  async (_, bytes) => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (edits) => {
        const path = write('damaged.csv', damage(bytes, edits));
        const seen = await preview(path);
        const { findings, profile } = await check(path);
        const open = findings.filter(({ severity, applied }) => severity === 'error' && applied === null);
        if (profile === null) expect(open.length).toBeGreaterThan(0);
        if (seen.findings.some(({ severity, fixes }) => severity === 'error' && fixes.length === 0))
          expect(open.length).toBeGreaterThan(0);
        const fixable = open.every(({ fixes }) => fixes.length > 0);
        if (profile === null || !fixable) return;
        const fixes = open.map(({ code, column, fixes: offered }) => {
          const best = offered.find(({ recommended }) => recommended) ?? offered[0];
          return { code, ...(column === null ? {} : { column }), id: best?.id ?? 'keep', params: best?.params ?? {} };
        });
        const built = await build(path, { fixes });
        const again = await build(built.parquet, {
          mapping: { kind: 'long', unique_id: ['unique_id'], ds: ['ds'], y: 'y', exogenous: [] },
        });
        expect(again.rows).toBe(built.rows);
      }),
      { numRuns: 12 },
    );
  },
);
