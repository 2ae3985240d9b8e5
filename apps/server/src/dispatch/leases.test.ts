/** Two servers on one database: each tree has one master at a time. */
import { randomUUID } from 'node:crypto';
import { createTestDatabase, createTestScope, type TestDatabase, type TestScope } from '@minori/database/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBench, failures } from './testing/bench.ts';
import { rootRun, search } from './testing/drivers.ts';

let database: TestDatabase;
let who: TestScope;
const by = { kind: 'person', id: 'tester' } as const;

beforeAll(async () => {
  database = await createTestDatabase({ max: 10 });
  who = await createTestScope(database.db);
});
afterAll(async () => await database.drop());

test('a server keeps its hands off what another one works on', async () => {
  const first = await createBench(database.db);
  const root = await first.dispatcher.enqueue(rootRun(who, search([{ task: 'hang' }])));
  await first.until(root.id, (rows) => rows.some((row) => row.kind === 'trial' && row.status === 'running'));
  const second = await createBench(database.db);
  expect(second.dispatcher.state()).toMatchObject({ running: 0, waiting: 0 });
  await expect(second.dispatcher.control(root.id, 'cancel', by)).rejects.toMatchObject({
    code: 'run_is_elsewhere',
    status: 409,
  });
  await first.dispatcher.control(root.id, 'cancel', by);
  await first.ended(root.id);
  await Promise.all([first.close(), second.close()]);
});

test('what a server leaves for good is taken over when its lease has run out', async () => {
  const first = await createBench(database.db);
  const root = await first.dispatcher.enqueue(rootRun(who, search([{ task: 'sleep', input: { seconds: 2 } }])));
  await first.until(root.id, (rows) => rows.some((row) => row.kind === 'trial' && row.status === 'running'));
  await first.close();
  const later = Date.now() + 3_600_000;
  const second = await createBench(database.db, { clock: { now: () => Math.max(later, Date.now()) } });
  const rows = await second.ended(root.id);
  expect(failures(rows)).toEqual([]);
  expect(rows[0]).toMatchObject({ status: 'succeeded' });
  await second.close();
});

test('a server that was thought dead writes nothing any more', async () => {
  const first = await createBench(database.db);
  const root = await first.dispatcher.enqueue(rootRun(who, search([{ task: 'hang' }])));
  await first.until(root.id, (rows) => rows.some((row) => row.kind === 'trial' && row.status === 'running'));
  const later = Date.now() + 3_600_000;
  const second = await createBench(database.db, { clock: { now: () => Math.max(later, Date.now()) } });
  await expect(first.dispatcher.control(root.id, 'cancel', by)).rejects.toMatchObject({ code: 'run_is_elsewhere' });
  await second.dispatcher.control(root.id, 'cancel', by);
  await second.ended(root.id);
  await expect.poll(() => first.dispatcher.state().running).toBe(0);
  // Its task has no master any more.
  await expect.poll(async () => await first.executors.node.list(), { timeout: 30_000 }).toEqual([]);
  await Promise.all([first.close(), second.close()]);
});

test('a server that hears late ends a task that the next one has written off already', async () => {
  const first = await createBench(database.db);
  const root = await first.dispatcher.enqueue(rootRun(who, search([{ task: 'hang' }])));
  await first.until(root.id, (rows) => rows.some((row) => row.kind === 'trial' && row.status === 'running'));
  expect(await first.executors.node.list()).toHaveLength(1);
  // All that the next server writes, before the first one reads any of it.
  await database.db.transaction().execute(async (tx) => {
    const trees = tx.selectFrom('training_runs').select('id').where('root_id', '=', root.id);
    await tx
      .updateTable('run_attempt')
      .set({ ended_at: new Date(), ended_by: 'parent_death' })
      .where('run_id', 'in', trees)
      .execute();
    await tx.updateTable('training_runs').set({ lease_token: randomUUID() }).where('id', '=', root.id).execute();
  });
  await expect(first.dispatcher.control(root.id, 'cancel', by)).rejects.toMatchObject({ code: 'run_is_elsewhere' });
  await expect.poll(async () => await first.executors.node.list(), { timeout: 10_000 }).toEqual([]);
  await first.close();
});
