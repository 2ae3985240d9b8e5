/** Equal searches share the machine equally, a third waits, a preview does not; and clocks may jump. */
import { createTestDatabase, createTestScope, type TestDatabase, type TestScope } from '@minori/database/testing';
import { ensureEngine } from '@minori/engine-env';
import { isFinal } from '@minori/run-engine';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Bench, createBench, failures } from './testing/bench.ts';
import { rootRun, search } from './testing/drivers.ts';

let database: TestDatabase;
let who: TestScope;
let bench: Bench;
let python: string;
const by = { kind: 'person', id: 'tester' } as const;

beforeAll(async () => {
  database = await createTestDatabase();
  who = await createTestScope(database.db);
  ({ python } = await ensureEngine());
});
afterAll(async () => await database.drop());
afterEach(async () => await bench.close());

test(
  'two equal searches get 40 to 60 % of the CPU each, a third waits, a preview answers',
  { timeout: 240_000 },
  async () => {
    bench = await createBench(database.db, { python });
    const spin = {
      kind: 'tuning' as const,
      spec: { trials: 16, trial: { host: 'python', task: 'spin', input: { seconds: 0.3 } } },
    };
    const [a, b, c] = [
      await bench.dispatcher.enqueue(rootRun(who, spin)),
      await bench.dispatcher.enqueue(rootRun(who, spin)),
      await bench.dispatcher.enqueue(rootRun(who, spin)),
    ];
    await bench.until(b.id, (rows) => rows.some((row) => row.status === 'running'));
    await expect.poll(() => [...bench.dispatcher.queuePositions()]).toEqual([[c.id, 1]]);
    const preview = await bench.dispatcher.runInteractive({ host: 'node', kind: 'selftest.echo', input: { x: 1 } });
    await preview.dispose();
    const engine = await bench.dispatcher.runInteractive({ host: 'python', kind: 'selftest.echo', input: { x: 2 } });
    await engine.dispose();
    expect(engine.value).toMatchObject({ x: 2 });
    // Nobody has made room for them.
    expect(bench.dispatcher.state()).toMatchObject({ running: 2, waiting: 1 });

    const [first] = await Promise.race([bench.ended(a.id), bench.ended(b.id)]);
    const shares = await database.db
      .selectFrom('training_runs')
      .select(['id', 'cpu_seconds'])
      .where('id', 'in', [a.id, b.id])
      .execute();
    const total = shares.reduce((sum, row) => sum + row.cpu_seconds, 0);
    expect(first).toBeDefined();
    for (const { cpu_seconds: seconds } of shares) {
      expect(seconds / total).toBeGreaterThan(0.4);
      expect(seconds / total).toBeLessThan(0.6);
    }
    await bench.dispatcher.control(c.id, 'cancel', by);
    for (const { id } of [a, b, c]) expect(failures(await bench.ended(id))).toEqual([]);
  },
);

test(
  'a search that comes while both slots are held by long trials of another gets its half at once',
  { timeout: 240_000 },
  async () => {
    bench = await createBench(database.db, { python });
    const long = { host: 'python', task: 'spin', input: { seconds: 10 } } as const;
    const a = await bench.dispatcher.enqueue(rootRun(who, search([long, long])));
    await bench.until(
      a.id,
      (rows) => rows.filter((row) => row.kind === 'trial' && row.status === 'running').length === 2,
    );
    const cpuOf = async (id: number) =>
      (
        await database.db
          .selectFrom('training_runs')
          .select('cpu_seconds')
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
      ).cpu_seconds;
    // Readings come now and then: what was used since an old one would count as used beside the other search.
    const old = await cpuOf(a.id);
    await expect.poll(() => cpuOf(a.id), { timeout: 5000 }).not.toBe(old);
    const before = await cpuOf(a.id);
    // One trial: between two of them, while a process starts, both slots are the other search's again, by design.
    const b = await bench.dispatcher.enqueue(
      rootRun(who, search([{ host: 'python', task: 'spin', input: { seconds: 7 } }])),
    );
    expect(failures(await bench.ended(b.id))).toEqual([]);
    const [first, second] = [(await cpuOf(a.id)) - before, await cpuOf(b.id)];
    expect(second / (first + second)).toBeGreaterThan(0.4);
    expect(second / (first + second)).toBeLessThan(0.6);
    expect(failures(await bench.ended(a.id))).toEqual([]);
  },
);

test('a wall clock that jumps, and a machine that sleeps, cost no budget and no lease', async () => {
  let wall = 0;
  let slept = 0;
  bench = await createBench(database.db, {
    clock: { now: () => Date.now() + wall },
    monotonic: () => performance.now() + slept,
  });
  const root = await bench.dispatcher.enqueue(
    rootRun(who, search([{ task: 'sleep', input: { seconds: 1.5 } }, { task: 'echo' }]), { budget_seconds: 60 }),
  );
  await bench.until(root.id, (rows) => rows.some((row) => row.name === 'sleep' && row.status === 'running'));
  wall = 86_400_000;
  await bench.until(root.id, (rows) => rows.some((row) => row.name === 'echo' && row.status === 'succeeded'));
  wall = -86_400_000;
  slept = 8 * 3_600_000;
  const rows = await bench.ended(root.id);
  expect(failures(rows)).toEqual([]);
  expect(rows[0]).toMatchObject({ status: 'succeeded', outcome: 'complete' });
  expect(rows[0]?.active_seconds).toBeLessThan(30);
});

test('the budget stands still while a run is paused', async () => {
  let passed = 0;
  bench = await createBench(database.db, { monotonic: () => performance.now() + passed });
  const root = await bench.dispatcher.enqueue(rootRun(who, search([{ task: 'hang' }]), { budget_seconds: 20 }));
  await bench.until(root.id, (rows) => rows.some((row) => row.kind === 'trial' && row.status === 'running'));
  await bench.dispatcher.control(root.id, 'pause', by);
  await bench.until(root.id, (rows) => rows[0]?.status === 'paused');
  const before = bench.dispatcher.activeSeconds(root.id);
  for (let hours = 0; hours < 5; hours += 1) passed += 3_600_000;
  expect(bench.dispatcher.activeSeconds(root.id)).toBe(before);
  await bench.dispatcher.control(root.id, 'resume', by);
  await bench.until(root.id, (rows) => rows.some((row) => row.kind === 'trial' && row.status === 'running'));
  // Now time goes on: in stretches, as a clock that is looked at does.
  const timer = setInterval(() => (passed += 4000), 50);
  const rows = await bench.ended(root.id);
  clearInterval(timer);
  expect(rows[0]).toMatchObject({ status: 'cancelled', outcome: 'out_of_budget' });
  expect(rows.every((row) => isFinal(row.status))).toBe(true);
  expect(rows[0]?.active_seconds).toBeGreaterThanOrEqual(20);
});
