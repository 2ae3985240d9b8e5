/** A search that is disturbed by kill -9 at random moments ends as the undisturbed one: the same proposals, the same forecast. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ForecastRequestInput } from '@minori/contract';
import { summarizeSpool } from '@minori/executor';
import { isFinal } from '@minori/run-engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRuns } from '../dispatch/store.ts';
import { artifactsFolder } from './finish.ts';
import { createForecastBench, panelCsv } from './testing/bench.ts';
import type { ForecastBench } from './testing/bench.ts';
import type { FixtureAnswer, FixtureCommand } from './testing/server-fixture.ts';

const FULL = process.env['MINORI_TEST_FULL'] === '1';
const TRIALS = FULL ? 40 : 12;
/** Both have settings to search; the second one's trials take a moment, so that the sampler is what is tried. */
const MODELS = FULL ? ['lightgbm_recursive', 'tsb'] : ['tsb'];
const FIXTURE = new URL('./testing/server-fixture.ts', import.meta.url).pathname;

type Victim = 'server' | 'host' | 'task';
const VICTIMS: readonly Victim[] = FULL
  ? ['server', 'host', 'task', 'server', 'task', 'host', 'server', 'task', 'server']
  : ['server', 'host', 'task'];

/** Two servers in turn take longer to begin on a busy machine than the usual limit. */
const SETUP_MS = 300_000;
/** Of one whole search on a busy machine. */
const SEARCH_SECONDS = FULL ? 900 : 240;

let bench: ForecastBench;
let request: ForecastRequestInput;
/** The one that is killed and begun again. */
let server: Server;
const servers = new Set<ChildProcess>();

beforeAll(async () => {
  bench = await createForecastBench({ slots: 1 });
  const dataset = await bench.addCsv('small.csv', panelCsv(2, 48));
  // Two dispatchers on one database would take the runs from each other.
  await bench.leave();
  request = { dataset_id: dataset, horizon: 4, trials: TRIALS, models: MODELS, seed: 7 };
  server = await startServer();
}, SETUP_MS);
afterAll(async () => {
  await server.close();
  for (const child of servers) child.kill('SIGKILL');
  await bench.close();
});

interface Server {
  /** Of the host that forks the trials; null while it is away. */
  hostPid(): Promise<number | null>;
  start(): Promise<number>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

async function startServer(): Promise<Server> {
  const { userId } = bench.scope;
  const args = [FIXTURE, bench.databaseUrl, bench.home.root, bench.python, userId, String(bench.projectId)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  servers.add(child);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(() => servers.delete(child));
  let answer = Promise.withResolvers<FixtureAnswer>();
  createInterface({ input: child.stdout }).on('line', (line) => answer.resolve(JSON.parse(line) as FixtureAnswer));
  void exited.then(() => answer.reject(new Error('the server has ended')));
  const say = (command: FixtureCommand) => child.stdin.write(`${JSON.stringify(command)}\n`);
  const ask = async (command: FixtureCommand): Promise<FixtureAnswer> => {
    answer = Promise.withResolvers();
    say(command);
    return await answer.promise;
  };
  await answer.promise;
  return {
    hostPid: async () => (await ask({ host: true })).host ?? null,
    start: async () => (await ask({ start: request })).started ?? 0,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async close() {
      say({ close: true });
      await exited;
    },
  };
}

/** The tree's rows once they satisfy the condition; the search that is killed may end on the way. */
async function until(root: number, condition: (rows: Awaited<ReturnType<typeof readRuns>>) => boolean) {
  for (const deadline = Date.now() + SEARCH_SECONDS * 1000; ;) {
    const rows = await readRuns(bench.db, root);
    if (condition(rows)) return rows;
    if (Date.now() > deadline) {
      const open = rows.filter(({ status }) => !isFinal(status)).map(({ name, status }) => `${name} ${status}`);
      throw new Error(`after ${SEARCH_SECONDS} s, ${rows.length - open.length} ended: ${open.join(', ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ended = async (root: number) => await until(root, ([row]) => row !== undefined && isFinal(row.status));

/** Family, number, state and parameters of every trial in the order of asking, and the forecast's digest. */
async function outcomeOf(root: number) {
  const trials = await bench.db
    .selectFrom('optimization_history as h')
    .innerJoin('training_runs as c', 'c.id', 'h.run_id')
    .select(['c.name', 'h.trial_number', 'h.state', 'h.params', 'h.value'])
    .where('c.root_id', '=', root)
    .orderBy('h.id')
    .execute();
  const forecast = await readFile(join(artifactsFolder(bench.home, root), 'forecast.csv'));
  return { trials, forecast: createHash('sha256').update(forecast).digest('hex') };
}

/** Process id of the task of a trial that is at work; null when none is at this moment. */
async function taskPid(root: number): Promise<number | null> {
  const attempt = await bench.db
    .selectFrom('run_attempt as a')
    .innerJoin('training_runs as r', 'r.id', 'a.run_id')
    .select('a.id')
    .where('r.root_id', '=', root)
    .where('r.kind', '=', 'trial')
    .where('a.ended_at', 'is', null)
    .executeTakeFirst();
  if (attempt === undefined) return null;
  const { started, ended: over } = await summarizeSpool(join(bench.home.spool, String(attempt.id)));
  return over ? null : (started?.pid ?? null);
}

async function killTask(root: number): Promise<void> {
  for (;;) {
    const pid = await taskPid(root);
    try {
      if (pid !== null) return void process.kill(pid, 'SIGKILL');
    } catch {
      // It had just ended by itself: the next one.
    }
    if ((await readRuns(bench.db, root)).every(({ status }) => isFinal(status))) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function kill(victim: Victim, root: number): Promise<void> {
  if (victim === 'task') return await killTask(root);
  if (victim === 'host') {
    const pid = await server.hostPid();
    // Null: it is only just coming back from the last time.
    if (pid !== null) process.kill(pid, 'SIGKILL');
    return;
  }
  await server.kill();
  server = await startServer();
}

test(
  `${TRIALS} trials on one slot, with ${VICTIMS.length} kills -9 on the way`,
  { timeout: 2 * SEARCH_SECONDS * 1000 },
  async () => {
    const undisturbed = await server.start();
    const began = performance.now();
    await ended(undisturbed);
    process.stdout.write(`${TRIALS} trials undisturbed: ${Math.round((performance.now() - began) / 100) / 10} s\n`);
    const expected = await outcomeOf(undisturbed);
    expect(expected.trials).toHaveLength(TRIALS);
    const proposals = expected.trials.filter(({ trial_number: number }) => number > 0);
    expect(new Set(proposals.map(({ params }) => JSON.stringify(params))).size).toBe(proposals.length);
    expect(proposals.length).toBeGreaterThanOrEqual(TRIALS - 5 - MODELS.length);

    const root = await server.start();
    const again = performance.now();
    const points = VICTIMS.map(() => 1 + Math.floor(Math.random() * (TRIALS - 3))).toSorted((a, b) => a - b);
    for (const [index, victim] of VICTIMS.entries()) {
      const point = points[index] ?? 1;
      await until(
        root,
        (rows) => rows.filter(({ kind, status }) => kind === 'trial' && isFinal(status)).length >= point,
      );
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
      await kill(victim, root);
      const seconds = Math.round((performance.now() - again) / 1000);
      process.stdout.write(`${victim} killed after ${point} trials, ${seconds} s\n`);
    }
    const [search] = await ended(root);
    expect(search).toMatchObject({ status: 'succeeded', failure: null });
    expect(await outcomeOf(root), `killed after ${points.join(', ')} trials`).toEqual(expected);
  },
);
