import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskDocument } from '@minori/contract';
import { createTestDatabase, createTestScope, type TestDatabase, type TestScope } from '@minori/database/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, createBench, failures, statuses } from './testing/bench.ts';
import { rootRun, search, trial } from './testing/drivers.ts';

let database: TestDatabase;
let who: TestScope;
let bench: Bench;

beforeAll(async () => {
  database = await createTestDatabase();
  who = await createTestScope(database.db);
});
afterAll(async () => await database.drop());
beforeEach(async () => {
  bench = await createBench(database.db);
});
afterEach(async () => await bench.close());

const by = { kind: 'person', id: 'tester' } as const;

describe('a tree', () => {
  test('runs to its end: rows, events without holes, hooks once', async () => {
    const root = await bench.dispatcher.enqueue(
      rootRun(
        who,
        search([{ task: 'normal', input: { steps: 3 } }], [{ task: 'echo', input: { x: 1 } }, { task: 'normal' }]),
      ),
    );
    const rows = await bench.ended(root.id);
    expect(failures(rows)).toEqual([]);
    expect(statuses(rows)).toEqual(rows.map(() => 'succeeded'));
    expect(rows.find((row) => row.name === 'echo')?.result).toMatchObject({ x: 1, digested: true });
    expect(rows[0]).toMatchObject({ outcome: 'complete', metrics: { children: 2 }, lease_token: null });
    const events = await bench.dispatcher.readEvents(root.id, 0, 1000);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    await expect.poll(() => bench.heard.length).toBe(events.length);
    expect(bench.heard.map((event) => event.seq)).toEqual(events.map((event) => event.seq));
    expect(bench.seen.settled.map((entry) => entry.id).toSorted((a, b) => a - b)).toEqual(rows.map((row) => row.id));
    const metrics = await database.db
      .selectFrom('metric_chunk')
      .selectAll()
      .where(
        'run_id',
        'in',
        rows.map((row) => row.id),
      )
      .execute();
    expect(metrics.map((chunk) => chunk.count).toSorted()).toEqual([3, 5]);
    const logs = await database.db
      .selectFrom('logs')
      .select('message')
      .where(
        'run_id',
        'in',
        rows.map((row) => row.id),
      )
      .execute();
    expect(logs).toHaveLength(2);
    const artifacts = await database.db
      .selectFrom('model_artifacts')
      .select(['name', 'path'])
      .where(
        'run_id',
        'in',
        rows.map((row) => row.id),
      )
      .execute();
    expect(artifacts.map((artifact) => artifact.name)).toEqual(['note', 'note']);
  });

  test('spawns by free slots', async () => {
    const root = await bench.dispatcher.enqueue(
      rootRun(who, { kind: 'tuning', spec: { trials: 5, trial: { task: 'echo' } } }),
    );
    const rows = await bench.ended(root.id);
    expect(failures(rows)).toEqual([]);
    expect(rows).toHaveLength(6);
    expect(rows[0]).toMatchObject({ status: 'succeeded', metrics: { children: 5 } });
  });

  test('keeps failures apart: a bug fails one trial, a lost worker is tried again', async () => {
    const root = await bench.dispatcher.enqueue(
      rootRun(
        who,
        search([
          { task: 'crash' },
          { task: 'fails', input: { cause: 'bad_data', code: 'series_too_short' } },
          { task: 'signal', input: { signal: 'SIGTERM' } },
          { task: 'echo' },
        ]),
      ),
    );
    const rows = await bench.ended(root.id);
    const of = (name: string) => rows.find((row) => row.name === name);
    expect(of('crash')).toMatchObject({ status: 'failed', failure_cause: 'bug' });
    expect(of('fails')).toMatchObject({
      status: 'failed',
      failure_cause: 'bad_data',
      failure: { code: 'series_too_short' },
    });
    expect(of('echo')).toMatchObject({ status: 'succeeded' });
    expect(rows[0]).toMatchObject({ status: 'succeeded' });
    const attempts = await database.db
      .selectFrom('run_attempt')
      .select(['number', 'status', 'cause'])
      .where('run_id', '=', of('signal')?.id ?? 0)
      .orderBy('number')
      .execute();
    expect(attempts).toEqual([1, 2, 3].map((number) => ({ number, status: 'lost', cause: 'lost_worker' })));
    expect(of('signal')).toMatchObject({ status: 'failed', failure_cause: 'lost_worker' });
  });

  test('memory is tried once more, smaller, and then called what it is', async () => {
    const memory = { task: 'memory', input: { step_bytes: 64 << 20 }, limits: { memory_bytes: 256 << 20 } };
    const root = await bench.dispatcher.enqueue(rootRun(who, search([memory, { task: 'echo' }])));
    const rows = await bench.ended(root.id);
    const failed = rows.find((row) => row.name === 'memory');
    expect(failed).toMatchObject({ status: 'failed', failure_cause: 'out_of_memory' });
    expect(rows.find((row) => row.name === 'echo')).toMatchObject({ status: 'succeeded' });
    const attempts = await database.db
      .selectFrom('run_attempt')
      .select(['id', 'cause'])
      .where('run_id', '=', failed?.id ?? 0)
      .orderBy('number')
      .execute();
    expect(attempts.map((attempt) => attempt.cause)).toEqual(['out_of_memory', 'out_of_memory']);
    const asked = attempts.map(async ({ id }) => {
      const task = JSON.parse(
        await readFile(join(bench.home, 'spool', String(id), 'task.json'), 'utf8'),
      ) as TaskDocument;
      return task.input['smaller'];
    });
    expect(await Promise.all(asked)).toEqual([false, true]);
  });

  test('a single task is a tree, too, and an interactive one does not wait for batch slots', async () => {
    const busy = await bench.dispatcher.enqueue(rootRun(who, search([{ task: 'hang' }, { task: 'hang' }])));
    await bench.until(
      busy.id,
      (rows) => rows.filter((row) => row.kind === 'trial' && row.status === 'running').length === 2,
    );
    const root = await bench.dispatcher.enqueue(
      rootRun(who, { kind: 'ingest', spec: { task: 'echo', input: { quick: true } } }),
    );
    expect((await bench.ended(root.id))[0]).toMatchObject({ status: 'succeeded', result: { quick: true } });
    await bench.dispatcher.control(busy.id, 'cancel', by);
    await bench.ended(busy.id);
  });
});

describe('people', () => {
  const begin = async () => {
    const root = await bench.dispatcher.enqueue(
      rootRun(who, search([{ task: 'echo' }, { task: 'hang' }, { task: 'hang' }, { task: 'echo' }])),
    );
    await bench.until(
      root.id,
      (rows) =>
        rows.filter((row) => row.name === 'hang' && row.status === 'running').length > 0 &&
        rows.some((row) => row.status === 'succeeded'),
    );
    return root;
  };

  test('stop keeps what is finished', async () => {
    const root = await begin();
    await bench.dispatcher.control(root.id, 'stop', by);
    const rows = await bench.ended(root.id);
    expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'stopped' });
    expect(rows.filter((row) => row.name === 'hang').map((row) => [row.status, row.outcome])).toEqual([
      ['cancelled', 'stopped'],
      ['cancelled', 'stopped'],
    ]);
    expect(rows.some((row) => row.name === 'echo' && row.status === 'succeeded')).toBe(true);
  });

  test('cancel ends everything', async () => {
    const root = await begin();
    await bench.dispatcher.control(root.id, 'cancel', by);
    const rows = await bench.ended(root.id);
    expect(rows[0]).toMatchObject({ status: 'cancelled' });
    expect(rows.filter((row) => row.name === 'hang').every((row) => row.status === 'cancelled')).toBe(true);
    await expect.poll(() => bench.dispatcher.state()).toMatchObject({ busySlots: 0, running: 0 });
  });

  test('pause frees the slots, resume goes on, one trial can be stopped alone', async () => {
    const root = await begin();
    await bench.dispatcher.control(root.id, 'pause', by);
    const paused = await bench.until(root.id, (rows) => rows[0]?.status === 'paused');
    expect(paused.every((row) => ['paused', 'succeeded'].includes(row.status))).toBe(true);
    await expect.poll(() => bench.dispatcher.state().busySlots).toBe(0);
    await bench.dispatcher.control(root.id, 'resume', by);
    const resumed = await bench.until(root.id, (rows) =>
      rows.some((row) => row.name === 'hang' && row.status === 'running'),
    );
    for (const row of resumed.filter((other) => other.name === 'hang'))
      await bench.dispatcher.control(row.id, 'stop', by);
    const rows = await bench.ended(root.id);
    expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete', metrics: { children: 1 } });
    expect(rows.filter((row) => row.name === 'echo').map((row) => row.status)).toEqual(['succeeded', 'succeeded']);
  });

  test('are told when a wish comes too late', async () => {
    const root = await bench.dispatcher.enqueue(rootRun(who, search([{ task: 'echo' }])));
    await bench.ended(root.id);
    await expect(bench.dispatcher.control(root.id, 'pause', by)).rejects.toMatchObject({
      code: 'action_not_possible',
      status: 409,
    });
    await expect(bench.dispatcher.control(999_999_999, 'pause', by)).rejects.toMatchObject({
      code: 'run_not_found',
      status: 404,
    });
  });
});

describe('the queue', () => {
  test('lets as many trees in as there are slots; the next one waits, visibly, and can be cancelled', async () => {
    const hang = () => rootRun(who, search([{ task: 'hang' }]));
    const [a, b, c, d] = [
      await bench.dispatcher.enqueue(hang()),
      await bench.dispatcher.enqueue(hang()),
      await bench.dispatcher.enqueue(hang()),
      await bench.dispatcher.enqueue(hang()),
    ];
    const running = async (id: number, count: number) =>
      await bench.until(
        id,
        (rows) => rows.filter((row) => row.kind === 'trial' && row.status === 'running').length === count,
      );
    await running(a.id, 1);
    await running(b.id, 1);
    await expect
      .poll(() => [...bench.dispatcher.queuePositions()])
      .toEqual([
        [c.id, 1],
        [d.id, 2],
      ]);
    await bench.dispatcher.control(c.id, 'cancel', by);
    await bench.ended(c.id);
    await bench.dispatcher.control(a.id, 'cancel', by);
    await bench.ended(a.id);
    await running(d.id, 1);
    for (const root of [b, d]) await bench.dispatcher.control(root.id, 'cancel', by);
    for (const root of [b, d]) await bench.ended(root.id);
  });
});

describe('a preview', () => {
  test('answers with its value, or its own problem', async () => {
    const answer = await bench.dispatcher.runInteractive({ host: 'node', kind: 'selftest.echo', input: { a: 1 } });
    expect(answer.value).toMatchObject({ a: 1 });
    await answer.dispose();
    await expect(
      bench.dispatcher.runInteractive({
        host: 'node',
        kind: 'selftest.fails',
        input: { code: 'file_empty', params: { rows: 0 } },
      }),
    ).rejects.toMatchObject({ code: 'file_empty', status: 422, params: { rows: 0 } });
    await expect(
      bench.dispatcher.runInteractive({ host: 'node', kind: 'selftest.hang', input: {}, limits: { seconds: 0.2 } }),
    ).rejects.toMatchObject({ code: 'time_limit' });
    await expect(
      bench.dispatcher.runInteractive({ host: 'python', kind: 'selftest.echo', input: {} }),
    ).rejects.toMatchObject({ code: 'engine_not_ready', status: 503 });
    const abort = new AbortController();
    const hanging = bench.dispatcher.runInteractive({
      host: 'node',
      kind: 'selftest.hang',
      input: {},
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 100);
    await expect(hanging).rejects.toThrow();
  });
});

describe('a restart', () => {
  test('adopts what lives on, and loses and doubles nothing', async () => {
    const root = await bench.dispatcher.enqueue(
      rootRun(who, search([{ task: 'sleep', input: { seconds: 1 } }, { task: 'echo' }])),
    );
    await bench.until(
      root.id,
      (rows) =>
        rows.some((row) => row.name === 'sleep' && row.status === 'running') &&
        rows.some((row) => row.name === 'echo' && row.status === 'succeeded'),
    );
    await bench.restart({ leaveHosts: true });
    const rows = await bench.ended(root.id);
    expect(statuses(rows)).toEqual(rows.map(() => 'succeeded'));
    const attempts = await database.db
      .selectFrom('run_attempt')
      .select(['number', 'status'])
      .where(
        'run_id',
        'in',
        rows.map((row) => row.id),
      )
      .execute();
    expect(attempts).toEqual([
      { number: 1, status: 'succeeded' },
      { number: 1, status: 'succeeded' },
    ]);
    const events = await bench.dispatcher.readEvents(root.id, 0, 1000);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  });

  test('after a deliberate stop of the tasks their runs go on, and no attempt counts as a failure', async () => {
    const root = await bench.dispatcher.enqueue(rootRun(who, search([{ task: 'sleep', input: { seconds: 1 } }])));
    await bench.until(root.id, (rows) => rows.some((row) => row.name === 'sleep' && row.status === 'running'));
    await bench.restart({ leaveHosts: false });
    const rows = await bench.ended(root.id);
    expect(rows[0]).toMatchObject({ status: 'succeeded' });
    const attempts = await database.db
      .selectFrom('run_attempt')
      .select(['number', 'status', 'cause'])
      .where(
        'run_id',
        'in',
        rows.map((row) => row.id),
      )
      .orderBy('number')
      .execute();
    expect(attempts).toEqual([
      { number: 1, status: 'stopped', cause: null },
      { number: 2, status: 'succeeded', cause: null },
    ]);
  });
});

describe('the budget', () => {
  /** Lets the budget's clock run as fast as it may: in the longest stretches that it counts. */
  async function passTime(rootId: number) {
    const timer = setInterval(() => (passed += 4000), 20);
    return await bench.ended(rootId).finally(() => clearInterval(timer));
  }
  let passed = 0;
  beforeEach(async () => {
    await bench.close();
    bench = await createBench(database.db, { monotonic: () => performance.now() + passed });
  });

  test('ends a search: what is finished is kept', async () => {
    const root = await bench.dispatcher.enqueue(
      rootRun(who, search([{ task: 'echo' }, { task: 'hang' }]), { budget_seconds: 20 }),
    );
    await bench.until(root.id, (rows) => rows.some((row) => row.name === 'echo' && row.status === 'succeeded'));
    const rows = await passTime(root.id);
    expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'out_of_budget' });
    expect(rows[0]?.active_seconds).toBeGreaterThanOrEqual(20);
    expect(rows.find((row) => row.name === 'hang')).toMatchObject({ status: 'cancelled', outcome: 'out_of_budget' });
  });

  test('cuts off what does not end within the tolerance', async () => {
    const stubborn = trial({ task: 'stubborn', limits: { grace_seconds: 1000 } });
    const root = await bench.dispatcher.enqueue(
      rootRun(who, { kind: 'search', spec: {}, children: [stubborn] }, { budget_seconds: 20 }),
    );
    await bench.until(root.id, (rows) => rows.some((row) => row.kind === 'trial' && row.status === 'running'));
    expect((await passTime(root.id))[0]).toMatchObject({ status: 'cancelled', outcome: 'out_of_budget' });
  });
});
