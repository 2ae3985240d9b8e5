import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hostCommand, hostMessage, taskEvent } from './engine.ts';
import { ENGINE_SCHEMAS, engineSchemaFiles } from './schema.ts';

const refusal = z.strictObject({
  schema: z.enum([
    'task-document',
    'task-event',
    'host-command',
    'host-message',
    'trial-input',
    'trial-result',
    'sampler-ask-input',
    'image-survey-input',
    'image-preview-input',
  ]),
  why: z.string(),
  value: z.unknown(),
});

function golden(name: string): unknown[] {
  const text = readFileSync(new URL(`../golden/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('golden messages, read by the engine too', () => {
  test.each(Object.entries(ENGINE_SCHEMAS))('%s: every message survives unchanged', (name, schema) => {
    for (const message of golden(name)) expect(schema.parse(message)).toEqual(message);
  });

  test.each(golden('refused').map((line) => refusal.parse(line)))('refused: $why', ({ schema, value }) => {
    expect(ENGINE_SCHEMAS[schema].safeParse(value).success).toBe(false);
  });

  test('every variant has a golden message', () => {
    for (const [union, key, name] of [
      [taskEvent, 'type', 'task-event'],
      [hostCommand, 'command', 'host-command'],
      [hostMessage, 'message', 'host-message'],
    ] as const) {
      const messages = z.array(z.record(z.string(), z.unknown())).parse(golden(name));
      expect(new Set(messages.map((message) => message[key])).size).toBe(union.options.length);
    }
  });
});

test('the committed JSON Schemas are those of the zod schemas', () => {
  for (const [name, text] of engineSchemaFiles()) {
    expect(readFileSync(new URL(`../schema/${name}`, import.meta.url), 'utf8'), name).toBe(text);
  }
});
