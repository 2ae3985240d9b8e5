/** A database whose answers come late and in any order: what was read before is never taken for what is there now. */
import type { Db } from '@minori/database';
import { createTestDatabase, createTestScope, type TestDatabase, type TestScope } from '@minori/database/testing';
import type { KyselyPlugin, QueryId } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvents } from './store.ts';
import { type Bench, createBench, failures } from './testing/bench.ts';
import { rootRun, search } from './testing/drivers.ts';
import { createTreeReader } from './tree-reader.ts';

let database: TestDatabase;
let who: TestScope;
let bench: Bench;

beforeAll(async () => {
  database = await createTestDatabase();
  who = await createTestScope(database.db);
});
afterAll(async () => {
  await bench?.close();
  await database.drop();
});

/** Holds answers back until `wait` lets them go: of every query, or of those that `about` names a table of a join of. */
function holding(wait: () => Promise<void>, about?: string): KyselyPlugin {
  const held = new WeakSet<QueryId>();
  return {
    transformQuery({ node, queryId }) {
      if (about === undefined || (node.kind === 'SelectQueryNode' && JSON.stringify(node.joins ?? []).includes(about)))
        held.add(queryId);
      return node;
    },
    async transformResult({ result, queryId }) {
      if (held.has(queryId)) await wait();
      return result;
    },
  };
}

test('a task that is on its way is followed from its first record on', { timeout: 60_000 }, async () => {
  let turn = 0;
  // The open attempts of a tree: what is read of them is old when it comes.
  const late = database.db.withPlugin(
    holding(async () => {
      turn += 1;
      await new Promise((resolve) => setTimeout(resolve, (turn * 7919) % 61));
    }, 'training_runs'),
  ) as Db;
  const said: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void said.push((JSON.parse(line) as { msg: string }).msg) });
  bench = await createBench(late, { slots: 4, log });
  const nap = { task: 'sleep', input: { seconds: 0.3 } } as const;
  const root = await bench.dispatcher.enqueue(rootRun(who, search([nap, nap, nap, nap], [nap, nap, nap, nap])));
  const rows = await bench.ended(root.id);
  expect(failures(rows)).toEqual([]);
  expect(said.filter((message) => message.startsWith('recovering'))).toEqual([]);
  const events = await readEvents(database.db, root.id, 0, 10_000);
  for (const { id } of rows.filter(({ kind }) => kind === 'trial'))
    expect(
      events.filter(({ run_id, type }) => run_id === id && type === 'status').map(({ payload }) => payload['to']),
    ).toEqual(['preparing', 'running', 'finishing', 'succeeded']);
});

test('a tree that is written while it is read comes whole', async () => {
  const { db } = database;
  const { id: root } = await db
    .selectFrom('training_runs')
    .select('id')
    .where('parent_id', 'is', null)
    .executeTakeFirstOrThrow();
  const reader = createTreeReader();
  const names = async (from: Db) => (await reader.read(from, root)).map(({ name }) => name);
  await names(db);
  const ids = (await db.selectFrom('training_runs').select('id').where('root_id', '=', root).execute()).map(
    (row) => row.id,
  );
  const rename = async (name: string, which: readonly number[]) =>
    void (await db
      .updateTable('training_runs')
      .set({ name })
      .where('id', 'in', [...which])
      .execute());
  await rename('first', ids.slice(0, 1));
  let written = false;
  const meddled = db.withPlugin(
    holding(async () => {
      if (!written) await rename('second', ids).then(() => (written = true));
    }),
  ) as Db;
  expect(new Set(await names(meddled))).toEqual(new Set(['second']));
});
