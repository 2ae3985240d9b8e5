/** Real kill -9 of the server, its host and its tasks at random moments. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent } from '@minori/contract';
import { createTestDatabase, createTestScope, type TestDatabase, type TestScope } from '@minori/database/testing';
import { ensureEngine } from '@minori/engine-env';
import { isFinal } from '@minori/run-engine';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { NewRootRun } from './driver.ts';
import type { RunRow } from './rows.ts';
import { readEvents, readRuns } from './store.ts';
import { rootRun, search, type TrialSpec } from './testing/drivers.ts';

const FIXTURE = new URL('./testing/server-fixture.ts', import.meta.url).pathname;
/** `./minori test full` asks for more. */
const KILLS = process.env['MINORI_TEST_FULL'] === '1' ? 20 : 3;

let database: TestDatabase;
let who: TestScope;
let home: string;
let python: string;

beforeAll(async () => {
  database = await createTestDatabase();
  who = await createTestScope(database.db);
  home = await mkdtemp(join(tmpdir(), 'minori-kill-'));
  ({ python } = await ensureEngine());
});
afterAll(async () => {
  await database.drop();
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

interface Server {
  readonly child: ChildProcess;
  readonly hostPid: number | null;
  enqueue(run: NewRootRun): Promise<number>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** What a client has seen: it keeps it over every death of the server. */
const seen: RunEvent[] = [];
const servers = new Set<ChildProcess>();

// A test that failed leaves its server; one that lives on would hold this process's output open for ever.
afterEach(() => {
  for (const server of servers) server.kill('SIGKILL');
});

async function startServer(): Promise<Server> {
  const child = spawn(process.execPath, [FIXTURE, database.url, home, python], { stdio: ['pipe', 'pipe', 'inherit'] });
  servers.add(child);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(() => servers.delete(child));
  const answers = Promise.withResolvers<number | null>();
  let enqueued = Promise.withResolvers<number>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as { event?: RunEvent; ready?: true; host?: number | null; enqueued?: number };
    if (said.event) seen.push(said.event);
    else if (said.ready) answers.resolve(said.host ?? null);
    else if (said.enqueued !== undefined) enqueued.resolve(said.enqueued);
  });
  return {
    child,
    hostPid: await answers.promise,
    async enqueue(run) {
      enqueued = Promise.withResolvers();
      child.stdin.write(`${JSON.stringify({ enqueue: run })}\n`);
      return await enqueued.promise;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async close() {
      child.stdin.write(`${JSON.stringify({ close: { leaveHosts: false } })}\n`);
      await exited;
    },
  };
}

/** Fails with what the runs say: a wait without an end would outlive its test, and the whole suite with it. */
async function until(rootId: number, condition: (rows: RunRow[]) => boolean, seconds = 45): Promise<RunRow[]> {
  for (const deadline = Date.now() + seconds * 1000; ;) {
    const rows = await readRuns(database.db, rootId);
    if (condition(rows)) return rows;
    if (Date.now() > deadline) {
      const attempts = await database.db.selectFrom('run_attempt').selectAll().orderBy('id').execute();
      const told = rows.map(({ id, kind, name, status, failure }) => ({ id, kind, name, status, failure }));
      throw new Error(`after ${seconds} s: ${JSON.stringify({ runs: told, attempts }, null, 1)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const trials = (host: 'python' | 'node', count: number): TrialSpec[] =>
  Array.from({ length: count }, (_, index) => ({
    host,
    task: index % 3 === 2 ? 'normal' : 'sleep',
    input: { seconds: 0.3, steps: 20 },
  }));

/** Everything that the runs promise, whatever was killed. */
async function expectTruth(rootId: number, expected: number): Promise<void> {
  const rows = await readRuns(database.db, rootId);
  expect(rows.filter((row) => row.kind === 'trial').map((row) => [row.status, row.failure])).toEqual(
    Array.from({ length: expected }, () => ['succeeded', null]),
  );
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete' });
  const events = await readEvents(database.db, rootId, 0, 100_000);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  // Whatever a client had seen is there, as it was.
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  for (const event of seen.filter((other) => other.root_id === rootId)) expect(bySeq.get(event.seq)).toEqual(event);
  // Each run ended once, and each result counts once.
  const ends = events.filter((event) => event.type === 'status' && isFinal(event.payload['to'] as RunRow['status']));
  expect(ends.map((event) => event.run_id).toSorted((a, b) => a - b)).toEqual(rows.map((row) => row.id));
  const attempts = await database.db
    .selectFrom('run_attempt')
    .selectAll()
    .where(
      'run_id',
      'in',
      rows.map((row) => row.id),
    )
    .execute();
  expect(attempts.filter((attempt) => attempt.status === 'succeeded')).toHaveLength(expected);
  expect(attempts.every((attempt) => attempt.ended_at !== null)).toBe(true);
  // A task's telemetry is neither lost nor doubled by reading its spool again.
  const normal = rows.filter((row) => row.name === 'normal');
  for (const row of normal) {
    const { points } = await database.db
      .selectFrom('metric_chunk')
      .select((eb) => eb.fn.sum<number>('count').as('points'))
      .where('run_id', '=', row.id)
      .executeTakeFirstOrThrow();
    expect(Number(points)).toBe(20);
  }
}

const random = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * ms));

test(
  'the server is killed at random moments: everything that was seen is there, and all ends well',
  { timeout: 60_000 + KILLS * 15_000 },
  async () => {
    let server = await startServer();
    const rootId = await server.enqueue(rootRun(who, search(trials('python', 4 + KILLS), trials('node', 4 + KILLS))));
    for (let kill = 0; kill < KILLS; kill += 1) {
      await random(1200);
      await server.kill();
      await random(500);
      server = await startServer();
    }
    await until(rootId, (rows) => rows.every((row) => isFinal(row.status)), 45 + KILLS * 10);
    await expectTruth(rootId, 2 * (4 + KILLS));
    await server.close();
  },
);

test('the engine is killed: its tasks are tried again', { timeout: 60_000 + KILLS * 20_000 }, async () => {
  const server = await startServer();
  const rootId = await server.enqueue(rootRun(who, search(trials('python', 6))));
  await until(rootId, (rows) => rows.some((row) => row.kind === 'trial' && row.status === 'running'));
  if (server.hostPid === null) throw new Error('no engine');
  process.kill(server.hostPid, 'SIGKILL');
  await until(rootId, (rows) => rows.every((row) => isFinal(row.status)));
  await expectTruth(rootId, 6);
  await server.close();
});

test.each(['python', 'node'] as const)('a task of the %s host is killed: it is tried again', async (host) => {
  const server = await startServer();
  const rootId = await server.enqueue(rootRun(who, search([{ host, task: 'sleep', input: { seconds: 3 } }])));
  const rows = await until(rootId, (rows) => rows.some((row) => row.kind === 'trial' && row.status === 'running'));
  const running = rows.find((row) => row.kind === 'trial');
  const attempt = await database.db
    .selectFrom('run_attempt')
    .selectAll()
    .where('run_id', '=', running?.id ?? 0)
    .executeTakeFirstOrThrow();
  process.kill(attempt.pid ?? 0, 'SIGKILL');
  await until(rootId, (rows) => rows.every((row) => isFinal(row.status)));
  await expectTruth(rootId, 1);
  expect(
    await database.db
      .selectFrom('run_attempt')
      .select(['status', 'cause', 'signal'])
      .where('run_id', '=', running?.id ?? 0)
      .orderBy('number')
      .execute(),
  ).toMatchObject([
    { status: 'lost', cause: 'lost_worker', signal: 'SIGKILL' },
    { status: 'succeeded', cause: null },
  ]);
  await server.close();
});
