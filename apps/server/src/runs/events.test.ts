/** Event streams over real sockets: complete, in order, resumable, and over when they have to be. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunEvent } from '@minori/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newRunId } from '../platform/run-id.ts';
import { systemClock } from '../platform/clock.ts';
import { openEvents } from '../testing/sse.ts';
import { createTestServer, multipart } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { followTree } from './follow.ts';
import type { EventSource } from './follow.ts';

let server: TestServer;
let alice: Person;
let url: string;
const listener = createServer((request, response) => server.app.routing(request, response));

beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.deps.streams.closeAll();
  listener.closeAllConnections();
  listener.close();
  await server.close();
});

/** A run whose events are written by hand; the dispatcher leaves paused runs alone. */
async function pausedRun(person = alice): Promise<number> {
  const row = await server.db
    .insertInto('training_runs')
    .values({
      project_id: person.projectId,
      owner_id: person.id,
      run_id: newRunId(systemClock),
      kind: 'search',
      track: 'forecast',
      status: 'paused',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}
async function append(root: number, count: number): Promise<void> {
  for (let index = 0; index < count; index++)
    await sql`select fn_append_run_event(${root}, ${root}, 'decision', ${JSON.stringify({ index })}::jsonb)`.execute(
      server.db,
    );
}

describe('one tree', () => {
  test('is told from the beginning, from a cursor, and from Last-Event-ID', async () => {
    const run = await pausedRun();
    await append(run, 5);
    const at = `${url}/api/v1/runs/${run}/events`;
    const all = await openEvents(at, alice.headers);
    expect((await all.take(5)).map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5']);
    const after = await openEvents(`${at}?after=3`, alice.headers);
    expect((await after.take(2)).map(({ id }) => id)).toEqual(['4', '5']);
    const resumed = await openEvents(`${at}?after=0`, { ...alice.headers, 'last-event-id': '4' });
    const [event] = await resumed.take(1);
    expect(event).toMatchObject({
      id: '5',
      event: 'run',
      data: { root_id: run, seq: 5, run_id: run, type: 'decision', payload: { index: 4 } },
    });
    for (const stream of [all, after, resumed]) stream.close();
  });

  test('is told live, each event once and in order, through a real run', async () => {
    const sample = `unique_id,ds,y\n${Array.from({ length: 40 }, (_unused, day) => `a,2025-01-${String((day % 28) + 1).padStart(2, '0')},${day}`).join('\n')}\n`;
    const body = multipart('days.csv', sample);
    const upload = await server.json<{ id: string }>({
      method: 'POST',
      url: '/api/v1/uploads',
      payload: body.payload,
      headers: { ...alice.headers, ...body.headers },
    });
    const lists = await openEvents(`${url}/api/v1/events?topics=runs`, alice.headers);
    const making = server.json({
      method: 'POST',
      url: '/api/v1/datasets',
      headers: alice.headers,
      payload: { upload_id: upload.body.id, mapping: { kind: 'long', unique_id: ['unique_id'], ds: ['ds'], y: 'y' } },
    });
    const [first] = await lists.take(1);
    if (!first) throw new Error('the stream ended');
    const { root_id: root } = first.data as { root_id: number };
    expect(first).toMatchObject({ event: 'runs', data: { topic: 'runs', status: expect.any(String) as string } });
    const stream = await openEvents(`${url}/api/v1/runs/${root}/events`, alice.headers);
    const seen: RunEvent[] = [];
    while (
      !seen.some((event) => event.type === 'status' && ['succeeded', 'failed'].includes(String(event.payload['to'])))
    )
      seen.push(...(await stream.take(1)).map(({ data }) => data as RunEvent));
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_event, index) => index + 1));
    await making;
    stream.close();
    lists.close();
  });
});

describe('the multiplexed stream', () => {
  test('carries trees from their cursors, and resumes all of them at once', async () => {
    const [one, two] = [await pausedRun(), await pausedRun()];
    await append(one, 3);
    await append(two, 2);
    const topics = encodeURIComponent(`run:${one}@1,run:${two}`);
    const first = await openEvents(`${url}/api/v1/events?topics=${topics}`, alice.headers);
    const events = await first.take(4);
    expect(
      events.map(({ data }) => (data as { event: RunEvent }).event).map(({ root_id, seq }) => [root_id, seq]),
    ).toEqual([
      [one, 2],
      [one, 3],
      [two, 1],
      [two, 2],
    ]);
    const last = events.at(-1)?.id ?? '';
    first.close();
    await append(one, 1);
    const again = await openEvents(`${url}/api/v1/events?topics=${topics}`, {
      ...alice.headers,
      'last-event-id': last,
    });
    const [next] = await again.take(1);
    expect(next?.data).toMatchObject({ topic: 'run', event: { root_id: one, seq: 4 } });
    again.close();
  });

  test('carries set-up and machine use', async () => {
    const stream = await openEvents(`${url}/api/v1/events?topics=setup,resources`, alice.headers);
    const topics = new Set((await stream.take(3)).map(({ event }) => event));
    expect(topics).toEqual(new Set(['setup', 'resources']));
    stream.close();
  });

  test('refuses a topic that does not exist', async () => {
    expect(await server.json({ url: '/api/v1/events?topics=passwords', headers: alice.headers })).toMatchObject({
      status: 400,
      body: { code: 'topic_unknown' },
    });
  });

  test('says nothing of other people', async () => {
    const bob = await server.person('bob');
    const stream = await openEvents(`${url}/api/v1/events?topics=runs,setup`, bob.headers);
    await stream.take(1);
    const mine = await openEvents(`${url}/api/v1/events?topics=runs`, alice.headers);
    const spec = {
      path: '/nonexistent',
      name: 'x.csv',
      upload_id: null,
      mapping: { kind: 'long', unique_id: [], ds: ['ds'], y: 'y' },
      fixes: [],
      target: { kind: 'new', name: 'x' },
    };
    const row = await server.dispatcher.enqueue({
      kind: 'ingest',
      track: 'data',
      name: 'x',
      spec,
      run_id: newRunId(systemClock),
      project_id: alice.projectId,
      owner_id: alice.id,
      experiment_id: null,
      dataset_id: null,
      dataset_version: null,
      budget_seconds: null,
      seed: 0,
    });
    const ends = new Set<string>();
    while (!ends.has('failed'))
      for (const { data } of await mine.take(1)) ends.add((data as { status: string }).status);
    server.deps.setup.setNeedsAdmin(true);
    // What comes next for bob is the set-up; alice's run never came.
    expect((await stream.take(1)).map(({ event }) => event)).toEqual(['setup']);
    expect(row.id).toBeGreaterThan(0);
    stream.close();
    mine.close();
  });
});

describe('a stream ends', () => {
  test('when its person is disabled', async () => {
    const carol = await server.person('carol');
    const stream = await openEvents(`${url}/api/v1/events?topics=runs`, carol.headers);
    expect(server.deps.streams.count()).toBe(1);
    await server.json({
      method: 'PATCH',
      url: `/api/v1/users/${carol.id}`,
      payload: { disabled: true },
      headers: server.adminHeaders,
    });
    await stream.ended();
    expect((await openEvents(`${url}/api/v1/events?topics=runs`, carol.headers)).status).toBe(401);
  });

  test('when its person leaves the project', async () => {
    const dave = await server.person('dave');
    const member = `/api/v1/projects/${alice.projectId}/members/${dave.id}`;
    await server.json({ method: 'PUT', url: member, payload: { role: 'viewer' }, headers: alice.headers });
    const run = await pausedRun();
    const stream = await openEvents(`${url}/api/v1/runs/${run}/events`, dave.headers);
    expect(stream.status).toBe(200);
    await server.json({ method: 'DELETE', url: member, headers: alice.headers });
    await stream.ended();
    expect((await openEvents(`${url}/api/v1/runs/${run}/events`, dave.headers)).status).toBe(404);
  });

  test('when the client goes, and nothing of it stays', async () => {
    const stream = await openEvents(`${url}/api/v1/events?topics=runs,resources`, alice.headers);
    const before = server.deps.streams.count();
    stream.close();
    await expect.poll(() => server.deps.streams.count()).toBe(before - 1);
  });

  test('when the server stops', async () => {
    const stream = await openEvents(`${url}/api/v1/events?topics=runs`, alice.headers);
    server.deps.streams.closeAll();
    await stream.ended();
  });
});

test('a reader that keeps up reads the table once, a slow one again, and neither misses anything', async () => {
  const stored: RunEvent[] = [];
  const heard = new Set<(event: RunEvent) => void>();
  const reads: number[] = [];
  const source: EventSource = {
    subscribe(told) {
      heard.add(told);
      return () => void heard.delete(told);
    },
    async readEvents(_root, after, limit) {
      reads.push(after);
      return stored.filter(({ seq }) => seq > after).slice(0, limit);
    },
  };
  const add = (count: number) => {
    for (let index = 0; index < count; index++) {
      const event: RunEvent = {
        root_id: 1,
        seq: stored.length + 1,
        run_id: 1,
        type: 'progress',
        payload: {},
        created_at: '',
      };
      stored.push(event);
      for (const told of heard) told(event);
    }
  };
  add(150);
  const ending = new AbortController();
  const seen: number[] = [];
  for await (const event of followTree(source, 1, 0, ending.signal)) {
    seen.push(event.seq);
    if (event.seq === 10) add(700);
    if (event.seq === 850) add(1);
    if (event.seq === 851) ending.abort();
  }
  expect(seen).toEqual(Array.from({ length: 851 }, (_unused, index) => index + 1));
  expect(heard.size).toBe(0);
  expect(reads.length).toBeLessThan(10);
});
