import type { Run, RunDetail, RunEvent } from '@minori/contract';
import { expect, test } from 'vitest';
import { mergeRunEvent } from './merge.ts';

const run = (id: number): Run => ({
  id,
  root_id: 1,
  parent_id: id === 1 ? null : 1,
  run_id: '20260101-000000-abcdef',
  kind: id === 1 ? 'search' : 'candidate',
  track: 'forecast',
  name: 'x',
  status: 'running',
  outcome: null,
  failure: null,
  project_id: 1,
  experiment_id: null,
  dataset_id: null,
  dataset_version: null,
  dataset_name: null,
  owner: 'a',
  tags: [],
  parameters: {},
  metrics: {},
  seed: 1,
  progress: 0.1,
  budget_seconds: 30,
  active_seconds: 1,
  cpu_seconds: 1,
  queue_position: null,
  verdict: null,
  created_at: '',
  started_at: null,
  finished_at: null,
});
const detail: RunDetail = { run: run(1), children: [run(2)], seq: 10 };
const event = (over: Partial<RunEvent>): RunEvent => ({
  root_id: 1,
  seq: 11,
  run_id: 1,
  type: 'status',
  payload: {},
  created_at: '',
  ...over,
});

test('an event seen before changes nothing; a hole asks for a fresh look', () => {
  expect(mergeRunEvent(detail, event({ seq: 10 })).kind).toBe('old');
  expect(mergeRunEvent(detail, event({ seq: 12 })).kind).toBe('gap');
  expect(mergeRunEvent(detail, event({ root_id: 2 })).kind).toBe('old');
});

test('status and progress reach the run they belong to', () => {
  const paused = mergeRunEvent(detail, event({ payload: { status: 'paused' } }));
  expect(paused).toMatchObject({ kind: 'merged', refetch: true, detail: { seq: 11, run: { status: 'paused' } } });
  const moved = mergeRunEvent(detail, event({ run_id: 2, type: 'progress', payload: { progress: 0.6 } }));
  expect(moved).toMatchObject({ kind: 'merged', refetch: false, detail: { children: [{ progress: 0.6 }] } });
});

test('nonsense in a payload is not believed', () => {
  const odd = mergeRunEvent(detail, event({ payload: { status: 'flying' } }));
  expect(odd).toMatchObject({ detail: { run: { status: 'running' } } });
  const far = mergeRunEvent(detail, event({ type: 'progress', payload: { progress: 7 } }));
  expect(far).toMatchObject({ detail: { run: { progress: 0.1 } } });
});
