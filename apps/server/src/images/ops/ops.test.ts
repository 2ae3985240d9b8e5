import { readFileSync } from 'node:fs';
import { imageOps } from '@minori/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { applyStep, runsInNode, type Pixels } from './index.ts';

const picture = z
  .strictObject({ width: z.int(), height: z.int(), data: z.base64() })
  .transform(({ data, ...size }): Pixels => ({ ...size, data: Uint8Array.from(Buffer.from(data, 'base64')) }));
const golden = z.strictObject({ steps: imageOps.shape.steps, picture, results: z.array(picture) });
const CASES = readFileSync(new URL('../../../../../packages/contract/golden/image-ops.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => golden.parse(JSON.parse(line)));

test.each(CASES.map((value) => ({ value, name: value.steps.map(({ name }) => name).join(', ') || 'nothing' })))(
  'the same bytes as the engine: $name',
  ({ value }) => {
    let pictures = [value.picture];
    for (const step of value.steps) pictures = pictures.flatMap((each) => applyStep(each, step));
    expect(pictures.map(({ width, height }) => [width, height])).toEqual(
      value.results.map(({ width, height }) => [width, height]),
    );
    for (const [at, { data }] of pictures.entries())
      expect(Buffer.compare(data, value.results[at]?.data ?? new Uint8Array()), `picture ${at}`).toBe(0);
  },
);

test('every step that Node knows has a golden picture', () => {
  const seen = new Set(CASES.flatMap(({ steps }) => steps.map(({ name }) => name)));
  expect(seen).toEqual(new Set(['histogram_equalization', 'clahe', 'gamma', 'resize', 'patches']));
});

test('own steps are left to the engine, and too small a picture is refused', () => {
  expect(runsInNode(imageOps.parse({ steps: [{ name: 'custom', plugin: 'mine' }] }))).toBe(false);
  expect(runsInNode(imageOps.parse({ steps: [{ name: 'gamma', gamma: 1 }] }))).toBe(true);
  const dot: Pixels = { width: 1, height: 1, data: new Uint8Array(3) };
  expect(() => applyStep(dot, { name: 'patches', rows: 2, columns: 1 })).toThrow(RangeError);
});
