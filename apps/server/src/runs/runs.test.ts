/** The history: filters, pages, one run by its number or its context, curves and logs. */
import type { RunPage } from '@minori/contract';
import { jsonb, packMetricChunk } from '@minori/database';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newRunId } from '../platform/run-id.ts';
import { systemClock } from '../platform/clock.ts';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { parseFilter } from './filter.ts';
import { MAX_POINTS, thin } from './telemetry.ts';

let server: TestServer;
let alice: Person;
beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
});
afterAll(() => server.close());

const get = <T>(url: string) => server.json<T>({ url, headers: alice.headers });

async function addRun(
  change: {
    name?: string;
    mase?: number | null;
    tags?: string[];
    run_id?: string;
    status?: 'paused' | 'succeeded';
    verdict?: string;
  } = {},
): Promise<number> {
  const status = change.status ?? 'succeeded';
  const row = await server.db
    .insertInto('training_runs')
    .values({
      project_id: alice.projectId,
      owner_id: alice.id,
      run_id: change.run_id ?? newRunId(systemClock),
      kind: 'search',
      track: 'forecast',
      name: change.name ?? 'run',
      status,
      finished_at: status === 'succeeded' ? new Date() : null,
      tags: change.tags ?? [],
      metrics: jsonb(change.mase === undefined ? {} : { mase: change.mase }),
      result: jsonb(change.verdict === undefined ? {} : { verdict: { code: change.verdict } }),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function found(q: string): Promise<number[]> {
  const { status, body } = await get<RunPage>(`/api/v1/runs?q=${encodeURIComponent(q)}`);
  expect(status).toBe(200);
  return body.items.map(({ id }) => id);
}

describe('the filter', () => {
  test('reads fields, metrics, parameters and words', () => {
    expect(parseFilter('model:auto_ets mase<0.8 tag:run:20251113 "two words" Data.horizon:12 plain')).toEqual([
      { kind: 'field', field: 'model', value: 'auto_ets' },
      { kind: 'metric', metric: 'mase', comparison: '<', value: 0.8 },
      { kind: 'field', field: 'tag', value: 'run:20251113' },
      { kind: 'words', value: 'two words' },
      { kind: 'parameter', section: 'Data', name: 'horizon', value: '12' },
      { kind: 'words', value: 'plain' },
    ]);
    expect(parseFilter('dataset:"月次 売上" smape>=1e-3')).toEqual([
      { kind: 'field', field: 'dataset', value: '月次 売上' },
      { kind: 'metric', metric: 'smape', comparison: '>=', value: 0.001 },
    ]);
    expect(parseFilter('  ')).toEqual([]);
    for (const bad of [
      'color:red',
      'mase<',
      'tag:',
      'mase<abc',
      'mase<Infinity',
      'Data.x<3',
      Array.from({ length: 30 }, () => 'a').join(' '),
    ])
      expect(() => parseFilter(bad)).toThrow('filter_invalid');
  });

  test('finds runs', async () => {
    const good = await addRun({ name: 'monthly 100%_sure', mase: 0.5, tags: ['x', 'y z'], verdict: 'skill' });
    const bad = await addRun({ name: 'weekly', mase: 1.5 });
    const none = await addRun({ name: 'nothing', mase: null });
    const child = await server.db
      .insertInto('training_runs')
      .values({
        root_id: good,
        parent_id: good,
        project_id: alice.projectId,
        owner_id: alice.id,
        run_id: newRunId(systemClock),
        kind: 'candidate',
        track: 'forecast',
        name: 'AutoETS',
        status: 'paused',
        spec: jsonb({ family: 'auto_ets' }),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await server.db
      .insertInto('run_parameters')
      .values({ run_id: bad, section: 'Data', name: 'horizon', value: jsonb(12) })
      .execute();
    expect(await found('model:auto_ets')).toEqual([good]);
    expect(await found('mase<0.8')).toEqual([good]);
    expect(await found('mase>=1.5')).toEqual([bad]);
    expect(await found('tag:"y z"')).toEqual([good]);
    expect(await found('verdict:skill')).toEqual([good]);
    expect(await found('Data.horizon:12')).toEqual([bad]);
    expect(await found('100%_sure')).toEqual([good]);
    expect(await found('%')).toEqual([good]);
    expect(await found("'; drop table training_runs; --")).toEqual([]);
    expect(await found('owner:alice status:succeeded nothing')).toEqual([none]);
    const all = await get<RunPage>('/api/v1/runs?scope=all&kind=candidate');
    expect(all.body.items.map(({ id, root_id }) => [id, root_id])).toEqual([[child.id, good]]);
  });
});

describe('the list', () => {
  test('pages through everything exactly once, newest first', async () => {
    for (let index = 0; index < 7; index++) await addRun({ name: `page ${index}`, tags: ['paged'] });
    const seen: number[] = [];
    let cursor = '';
    for (;;) {
      const { body } = await get<RunPage>(`/api/v1/runs?q=tag:paged&limit=3&cursor=${cursor}`);
      seen.push(...body.items.map(({ id }) => id));
      if (body.next === null) break;
      cursor = body.next;
      // What comes meanwhile does not shift the pages.
      await addRun({ tags: ['paged'] });
    }
    expect(seen).toHaveLength(7);
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
  });

  test('stays quick with ten thousand runs', async () => {
    await sql`insert into training_runs (project_id, owner_id, run_id, kind, track, name, status, finished_at, metrics)
      select ${alice.projectId}, ${alice.id}, '20250101-000000-' || lpad(to_hex(n), 6, '0'), 'search', 'forecast', 'bulk ' || n, 'succeeded', now(), jsonb_build_object('mase', n / 10000.0)
      from generate_series(1, 10000) n`.execute(server.db);
    await sql`analyze training_runs`.execute(server.db);
    // The plan, not the clock, is what this machine can promise: no page reads the whole table.
    const { rows } = await sql<
      Record<string, string>
    >`explain select * from training_runs r where r.project_id in (${alice.projectId}) and r.parent_id is null order by r.id desc limit 51`.execute(
      server.db,
    );
    const plan = rows.map((row) => Object.values(row)[0]).join('\n');
    expect(plan).toContain('Index Scan');
    expect(plan).not.toContain('Seq Scan');
    expect((await get<RunPage>('/api/v1/runs?limit=50')).body.items).toHaveLength(50);
  });
});

describe('one run', () => {
  test('is found by its context, unless several share it', async () => {
    const shared = '20251113-101010-abcdef';
    const only = await addRun({ run_id: shared });
    expect((await get<{ run: { id: number } }>(`/api/v1/runs/${shared}`)).body.run.id).toBe(only);
    const second = await addRun({ run_id: shared });
    expect(await get(`/api/v1/runs/${shared}`)).toMatchObject({
      status: 409,
      body: { code: 'run_ambiguous', params: { run_id: shared, choices: [second, only] } },
    });
    const action = await server.json({
      method: 'POST',
      url: `/api/v1/runs/${shared}/actions`,
      payload: { action: 'cancel' },
      headers: alice.headers,
    });
    expect(action.status).toBe(409);
    expect((await get(`/api/v1/runs/${second}`)).status).toBe(200);
    expect(await get('/api/v1/runs/20251113-101010-ffffff')).toMatchObject({
      status: 404,
      body: { code: 'run_not_found' },
    });
  });

  test('that has ended refuses what cannot be done any more', async () => {
    const ended = await addRun();
    const action = await server.json({
      method: 'POST',
      url: `/api/v1/runs/${ended}/actions`,
      payload: { action: 'pause' },
      headers: alice.headers,
    });
    expect(action).toMatchObject({
      status: 409,
      body: { code: 'action_not_possible', params: { action: 'pause', status: 'succeeded' } },
    });
  });

  test('shows what its whole tree logged, from a level on', async () => {
    const root = await addRun();
    const child = await server.db
      .insertInto('training_runs')
      .values({
        root_id: root,
        parent_id: root,
        project_id: alice.projectId,
        owner_id: alice.id,
        run_id: newRunId(systemClock),
        kind: 'trial',
        track: 'forecast',
        status: 'paused',
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await server.db
      .insertInto('logs')
      .values([
        { level: 'info', source: 'task', run_id: root, message: 'first' },
        { level: 'error', source: 'task', run_id: child.id, message: '<b>second</b> 100%' },
        { level: 'debug', source: 'task', run_id: root, message: 'third' },
      ])
      .execute();
    const logs = async (query: string) =>
      (await get<{ items: { message: string }[] }>(`/api/v1/runs/${root}/logs?${query}`)).body.items.map(
        ({ message }) => message,
      );
    expect(await logs('')).toEqual(['third', '<b>second</b> 100%', 'first']);
    expect(await logs('level=info')).toEqual(['<b>second</b> 100%', 'first']);
    expect(await logs('q=100%25')).toEqual(['<b>second</b> 100%']);
    expect((await get<{ items: unknown[] }>(`/api/v1/runs/${child.id}/logs`)).body.items).toHaveLength(1);
  });
});

describe('curves', () => {
  test('keep their peaks when they are thinned', () => {
    const points = Array.from({ length: 50_000 }, (_unused, step): [number, number | null] => [
      step,
      step === 31_337 ? 9 : step === 40_001 ? -9 : step % 100 === 7 ? null : Math.sin(step / 500),
    ]);
    const kept = thin(points, MAX_POINTS);
    expect(kept.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(kept).toContainEqual([31_337, 9]);
    expect(kept).toContainEqual([40_001, -9]);
    expect(kept.map(([step]) => step)).toEqual(kept.map(([step]) => step).toSorted((a, b) => a - b));
    expect(thin(points.slice(0, 10), MAX_POINTS)).toHaveLength(10);
  });

  test('of a million points come from their summaries, and whole where one looks closer', async () => {
    const run = await addRun();
    const chunk = 512;
    const rows = Array.from({ length: 2000 }, (_unused, index) => {
      const steps = Array.from({ length: chunk }, (_none, point) => index * chunk + point);
      return packMetricChunk(
        run,
        'loss',
        steps,
        steps.map((step) => (step === 777_777 ? 1000 : 1 / (step + 1))),
      );
    });
    for (let index = 0; index < rows.length; index += 200)
      await server.db
        .insertInto('metric_chunk')
        .values(rows.slice(index, index + 200))
        .execute();
    type Curves = { items: { series: string; count: number; steps: number[]; values: (number | null)[] }[] };
    const whole = await get<Curves>(`/api/v1/runs/${run}/metrics?series=loss`);
    const [curve] = whole.body.items;
    expect(curve?.count).toBe(2000 * chunk);
    expect(curve?.steps.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(curve?.values).toContain(1000);
    const close = await get<Curves>(`/api/v1/runs/${run}/metrics?series=loss&from=777700&to=777800`);
    expect(close.body.items[0]?.steps).toEqual(Array.from({ length: 101 }, (_unused, index) => 777_700 + index));
    expect((await get<Curves>(`/api/v1/runs/${run}/metrics?series=nothing`)).body.items).toEqual([]);
  });
});
