/** Wishes at any moment, of any run, on real tasks, and servers that come and go: every tree comes to a true end, by legal steps only. */
import type { RunAction, RunStatus } from '@minori/contract';
import { createTestDatabase, createTestScope, type TestDatabase, type TestScope } from '@minori/database/testing';
import { isFinal, isLegal } from '@minori/run-engine';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Bench, createBench } from './testing/bench.ts';
import { rootRun, search, type TrialSpec } from './testing/drivers.ts';

const ROUNDS = process.env['MINORI_TEST_FULL'] === '1' ? 20 : 3;
const WISHES = 12;
const by = { kind: 'person', id: 'tester' } as const;

let database: TestDatabase;
let who: TestScope;
let bench: Bench;

beforeAll(async () => {
  database = await createTestDatabase();
  who = await createTestScope(database.db);
});
afterAll(async () => await database.drop());
afterEach(async () => await bench.close());

/** A small generator, so that a failing round can be had again. */
function dice(seed: number) {
  let state = seed;
  return (sides: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const TASKS: readonly TrialSpec[] = [
  { task: 'echo' },
  { task: 'sleep', input: { seconds: 0.2 } },
  { task: 'checkpoint' },
  { task: 'hang' },
  { task: 'crash' },
  { task: 'signal', input: { signal: 'SIGTERM' } },
];
const ACTIONS: readonly RunAction[] = ['stop', 'cancel', 'pause', 'resume'];

test.each(Array.from({ length: ROUNDS }, (_, round) => round))('round %i', { timeout: 120_000 }, async (round) => {
  const roll = dice(round + 1);
  const pick = <T>(from: readonly T[]): T => from[roll(from.length)] as T;
  bench = await createBench(database.db);
  const trials = () => Array.from({ length: 1 + roll(3) }, () => pick(TASKS));
  const roots = [];
  for (let tree = 0; tree < 3; tree += 1)
    roots.push(await bench.dispatcher.enqueue(rootRun(who, search(trials(), trials()))));
  const ids = roots.map((root) => root.id);
  const everything = async () =>
    await database.db.selectFrom('training_runs').selectAll().where('root_id', 'in', ids).execute();

  for (let wish = 0; wish < WISHES; wish += 1) {
    await new Promise((resolve) => setTimeout(resolve, roll(250)));
    const open = (await everything()).filter((row) => !isFinal(row.status));
    if (open.length === 0) break;
    if (roll(8) === 0) {
      await bench.restart({ leaveHosts: roll(2) === 0 });
      continue;
    }
    // Too late, or not possible now: that is an answer, too.
    await bench.dispatcher.control(pick(open).id, pick(ACTIONS), by).catch((error: unknown) => {
      expect(error).toMatchObject({ status: 409 });
    });
  }
  for (const root of await everything()) {
    if (root.parent_id === null && !isFinal(root.status))
      await bench.dispatcher.control(root.id, 'cancel', by).catch(() => undefined);
  }
  for (const id of ids) await bench.ended(id);

  const rows = await everything();
  expect(bench.seen.settled.map((entry) => entry.id).toSorted((a, b) => a - b)).toEqual(
    rows.map((row) => row.id).toSorted((a, b) => a - b),
  );
  for (const { from, to } of bench.seen.changed)
    if (from !== null) expect(isLegal(from as RunStatus, to as RunStatus), `${from} -> ${to}`).toBe(true);
  const attempts = await database.db
    .selectFrom('run_attempt')
    .selectAll()
    .where(
      'run_id',
      'in',
      rows.map((row) => row.id),
    )
    .execute();
  expect(attempts.filter((attempt) => attempt.ended_at === null)).toEqual([]);
  for (const row of rows.filter((other) => other.kind === 'trial')) {
    const good = attempts.filter((attempt) => attempt.run_id === row.id && attempt.status === 'succeeded').length;
    expect(good).toBe(row.status === 'succeeded' ? 1 : 0);
  }
  await expect
    .poll(() => bench.dispatcher.state())
    .toMatchObject({ running: 0, waiting: 0, busySlots: 0, attempts: [] });
  expect(await bench.executors.node.list()).toEqual([]);
});
