import { expect, test } from 'vitest';
import { runChild } from './run-child.ts';

const node = (script: string, limitSeconds: number | null = null) =>
  runChild(process.execPath, ['-e', script], { limitSeconds });

test('passes on the exit status', async () => {
  expect(await node('process.exit(3)')).toBe(3);
});

test('ends what takes too long, and what it has left behind', async () => {
  const from = performance.now();
  expect(await node("require('node:child_process').spawn('sleep', ['60']); setInterval(() => {}, 1000)", 0.5)).toBe(1);
  expect(performance.now() - from).toBeLessThan(15_000);
});
