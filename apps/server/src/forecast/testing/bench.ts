/** A dispatcher with both real hosts and a real database, and data sets to forecast. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forecastRequest, forecastResult } from '@minori/contract';
import type { AcceptedFix, ForecastRequestInput, ForecastResult, Mapping, Plan } from '@minori/contract';
import { createTestDatabase, createTestScope } from '@minori/database/testing';
import { ensureEngine } from '@minori/engine-env';
import { pino } from 'pino';
import { ingestOutcome } from '../../datasets/ingest-driver.ts';
import type { RunRow } from '../../dispatch/index.ts';
import type { Scope } from '../../identity/scope.ts';
import { systemClock } from '../../platform/clock.ts';
import { REPOSITORY } from '../../platform/config.ts';
import { openHome } from '../../platform/home.ts';
import { newRunId } from '../../platform/run-id.ts';
import { createJudge } from '../index.ts';
import type { EvidenceDeps } from '../evidence.ts';
import type { RunTask } from '../index.ts';
import { readResult } from '../result.ts';
import { planFor, startForecast } from '../service.ts';
import { openForecastServer } from './server.ts';

export type ForecastBench = Awaited<ReturnType<typeof createForecastBench>>;
type Question = Omit<ForecastRequestInput, 'dataset_id'>;

const LONG: Mapping = { kind: 'long', unique_id: ['unique_id'], ds: ['ds'], y: 'y', exogenous: [] };
export const SAMPLES = join(REPOSITORY, 'samples');

interface BenchOptions {
  readonly slots?: number;
  readonly warm?: boolean;
  readonly leastTrialBytes?: number;
}

export async function createForecastBench({ slots = 2, warm = true, ...limits }: BenchOptions = {}) {
  const database = await createTestDatabase({ max: 10 });
  const { db } = database;
  const folder = await mkdtemp(join(tmpdir(), 'minori-fc-'));
  const home = await openHome(join(folder, 'home'));
  const { userId, projectId } = await createTestScope(db);
  const log = pino({ level: process.env['MINORI_TEST_LOG'] ?? 'silent' });
  const { python: interpreter } = await ensureEngine();
  const judge = createJudge();
  const runTask: RunTask = async (task) => await now.dispatcher.runInteractive(task);
  const now = await openForecastServer({ db, home, python: interpreter, slots, log, judge, runTask, warm, ...limits });
  const deps: EvidenceDeps = {
    db,
    judge,
    get dispatcher() {
      return now.dispatcher;
    },
    home,
    clock: systemClock,
    freeMemory: () => process.availableMemory(),
  };
  const scope: Scope = {
    userId,
    username: userId,
    role: 'editor',
    via: 'session',
    projects: new Map([[projectId, 'admin']]),
  };

  const rowsOf = async (rootId: number): Promise<RunRow[]> =>
    await db.selectFrom('training_runs').selectAll().where('root_id', '=', rootId).orderBy('id').execute();

  /** Resolves when `is` holds for the tree's rows, looking after each of its events. */
  async function until(rootId: number, is: (rows: RunRow[]) => boolean): Promise<RunRow[]> {
    let ring = Promise.withResolvers<void>();
    const off = now.dispatcher.subscribe(() => ring.resolve(), rootId);
    try {
      for (;;) {
        ring = Promise.withResolvers<void>();
        const rows = await rowsOf(rootId);
        if (is(rows)) return rows;
        await ring.promise;
      }
    } finally {
      off();
    }
  }
  const ended = async (rootId: number): Promise<RunRow[]> =>
    await until(rootId, (rows) => rows[0]?.finished_at !== null);

  return {
    db,
    judge,
    projectId,
    deps,
    home,
    scope,
    get dispatcher() {
      return now.dispatcher;
    },
    databaseUrl: database.url,
    python: interpreter,
    /** The server ends, so that another process may be it; only `close` comes after that. */
    async leave(): Promise<void> {
      await now.dispatcher.close({ leaveHosts: false });
    },
    until,
    ended,
    /** A file becomes a dataset; its id. */
    async addDataset(path: string, mapping: Mapping, fixes: AcceptedFix[] = []): Promise<number> {
      const { id } = await now.dispatcher.enqueue({
        kind: 'ingest',
        track: 'data',
        name: path,
        spec: {
          path,
          name: path.split('/').at(-1) ?? path,
          upload_id: null,
          mapping,
          fixes,
          target: { kind: 'new', name: path.split('/').at(-1) ?? path },
        },
        run_id: newRunId(systemClock),
        project_id: projectId,
        owner_id: userId,
        experiment_id: null,
        dataset_id: null,
        dataset_version: null,
        budget_seconds: null,
        seed: 0,
      });
      const [run] = await ended(id);
      if (run?.status !== 'succeeded') throw new Error(`${path}: ${JSON.stringify(run?.failure)}`);
      return ingestOutcome.parse(run.result).dataset_id;
    },
    /** The one sample that most tests ask of: 144 months, one series. */
    async addAirPassengers(): Promise<number> {
      return await this.addDataset(join(SAMPLES, 'air-passengers.csv'), LONG);
    },
    async addCsv(name: string, text: string, mapping: Mapping = LONG): Promise<number> {
      const path = join(folder, name);
      await writeFile(path, text);
      return await this.addDataset(path, mapping);
    },
    async start(datasetId: number, question: Question): Promise<number> {
      const run = await startForecast(deps, scope, forecastRequest.parse({ dataset_id: datasetId, ...question }));
      return run.id;
    },
    /** Starts a search whose plan is not what the planner would make. */
    async startAltered(datasetId: number, question: Question, alter: (plan: Plan) => Plan): Promise<number> {
      const request = forecastRequest.parse({ dataset_id: datasetId, ...question });
      const planned = await planFor(deps, scope, request, 'editor');
      const spec = { ...planned.spec, plan: alter(planned.plan) };
      const root = await now.dispatcher.enqueue({
        kind: 'search',
        track: 'forecast',
        name: 'altered',
        spec,
        run_id: newRunId(systemClock),
        project_id: projectId,
        owner_id: userId,
        experiment_id: null,
        dataset_id: spec.dataset.id,
        dataset_version: spec.dataset.version,
        budget_seconds: spec.plan.budget_seconds,
        seed: spec.plan.seed,
      });
      return root.id;
    },
    /** What a page gets, held against its contract. */
    resultOf: async (root: number): Promise<ForecastResult> =>
      forecastResult.parse(await readResult(deps, scope, String(root))),
    async close(): Promise<void> {
      await now.dispatcher.close({ leaveHosts: false });
      await judge.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The first day of the month that comes `months` after January of `year`. */
export const monthFrom = (year: number, months: number): string =>
  `${year + Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}-01`;

export function panelCsv(series: number, months: number): string {
  const lines = ['unique_id,ds,y'];
  for (let s = 0; s < series; s++)
    for (let month = 0; month < months; month++) {
      const wave = 10 * Math.sin((2 * Math.PI * (month + s)) / 12);
      const noise = ((((s + 1) * 7919 + (month + 1) * 104_729) % 1000) / 1000 - 0.5) * 6;
      lines.push(
        `s${String(s).padStart(4, '0')},${monthFrom(2000, month)},${(100 + 0.3 * month + wave + noise).toFixed(3)}`,
      );
    }
  return `${lines.join('\n')}\n`;
}
