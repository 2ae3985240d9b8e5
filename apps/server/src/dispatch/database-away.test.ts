/** PostgreSQL is killed under a running search: the tasks go on, and nothing that they said is lost. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minoriCache } from '@minori/contract/home';
import { connect, type Db, migrate, startPostgres } from '@minori/database';
import { createTestScope, type TestScope } from '@minori/database/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, createBench, failures } from './testing/bench.ts';
import { rootRun, search } from './testing/drivers.ts';

const KILLS = process.env['MINORI_TEST_FULL'] === '1' ? 20 : 3;

let home: string;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let db: Db;
let who: TestScope;
let bench: Bench;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'minori-away-'));
  postgres = await startPostgres({ home, cache: minoriCache() });
  db = connect(postgres.appUrl, { onError: () => undefined });
  await migrate(db);
  who = await createTestScope(db);
  bench = await createBench(db);
});
afterAll(async () => {
  await bench.close();
  await db.destroy();
  await postgres.stop();
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

/** Asks until the database answers. */
async function answer<T>(question: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await question();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

test('a database that is killed stops the reading, not the tasks', { timeout: 90_000 + KILLS * 15_000 }, async () => {
  const slow = { task: 'normal', input: { steps: 200 } };
  const sleep = { task: 'sleep', input: { seconds: 1.5 } };
  const root = await bench.dispatcher.enqueue(rootRun(who, search([sleep, slow, sleep], [slow, sleep, slow, sleep])));
  for (let kill = 0; kill < KILLS; kill += 1) {
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 700));
    // Its keeper has started another one.
    await answer(async () => await db.selectFrom('project').select('id').execute());
    process.kill(postgres.pid, 'SIGKILL');
  }
  await expect
    .poll(
      async () =>
        await answer(
          async () =>
            (await db.selectFrom('training_runs').select('status').where('id', '=', root.id).executeTakeFirst())
              ?.status,
        ),
      { timeout: 60_000 + KILLS * 15_000, interval: 200 },
    )
    .toBe('succeeded');
  const rows = await db.selectFrom('training_runs').selectAll().where('root_id', '=', root.id).execute();
  expect(failures(rows)).toEqual([]);
  const trials = rows.filter((row) => row.kind === 'trial');
  const attempts = await db
    .selectFrom('run_attempt')
    .select(['run_id', 'status'])
    .where(
      'run_id',
      'in',
      rows.map((row) => row.id),
    )
    .execute();
  expect(attempts).toEqual(expect.arrayContaining(trials.map((row) => ({ run_id: row.id, status: 'succeeded' }))));
  expect(attempts).toHaveLength(trials.length);
  const points = await db
    .selectFrom('metric_chunk')
    .select((eb) => ['run_id', eb.fn.sum<number>('count').as('points')])
    .groupBy('run_id')
    .execute();
  expect(points.map((row) => Number(row.points))).toEqual([200, 200, 200]);
  const events = await bench.dispatcher.readEvents(root.id, 0, 10_000);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  // The listener heard every event once, in order, the outage notwithstanding.
  await expect.poll(() => bench.heard.length).toBe(events.length);
  expect(bench.heard).toEqual(events);
});
