import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildResult, preview as previewSchema, type TaskIo } from '@minori/contract';
import { expect, test } from 'vitest';
import { tasks } from './tasks.ts';
import { csv, freshFolder, months, write } from './test-support.ts';

const limits = { memory_bytes: 2 * 1024 ** 3, threads: 1, seconds: 60, grace_seconds: 1 };

async function run(kind: string, input: Record<string, unknown>) {
  const folder = freshFolder();
  const artifacts: string[] = [];
  const phases: string[] = [];
  const io: TaskIo = {
    progress: (fraction, phase) => {
      expect(fraction).toBeGreaterThanOrEqual(0);
      expect(fraction).toBeLessThanOrEqual(1);
      if (phases.at(-1) !== phase) phases.push(phase);
    },
    log: () => {},
    metric: () => {},
    partial: () => {},
    artifact: async (name, path) => {
      expect(existsSync(join(folder, path))).toBe(true);
      artifacts.push(name);
    },
    signal: new AbortController().signal,
  };
  const task = tasks[kind];
  if (!task) throw new Error(`no task ${kind}`);
  return { value: await task({ input, folder, seed: 1, limits }, io), artifacts, phases, folder };
}

test('a build names its files and tells where it is', async () => {
  const path = write('a.csv', csv('unique_id,ds,y', ...months(6)));
  const seen = await run('ingest.preview', { path, name: 'a.csv' });
  expect(previewSchema.parse(seen.value).mapping).toMatchObject({ kind: 'long' });
  const { value, artifacts, phases } = await run('ingest.build', { path, name: 'a.csv', mapping: null, fixes: [] });
  expect(buildResult.parse(value)).toMatchObject({ rows: 6, series: 1, freq: 'MS' });
  expect(artifacts).toEqual(['data.parquet', 'profile.json']);
  expect(phases).toEqual(['reading', 'times', 'values', 'sorting', 'checking', 'profiling', 'writing']);
});

test('a malformed request and open findings are refused by name', async () => {
  await expect(run('ingest.windows', { parquet: '/x', h: 0, origins: 1, season: 1 })).rejects.toMatchObject({
    code: 'bad_ingest_input',
    failureCause: 'bad_data',
  });
  const path = write('a.csv', csv('unique_id,ds,y', ...months(6, 'a', () => 'inf')));
  await expect(run('ingest.build', { path, name: 'a.csv', mapping: null, fixes: [] })).rejects.toMatchObject({
    code: 'unresolved_findings',
    failureCause: 'bad_data',
  });
});
