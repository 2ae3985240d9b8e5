/** A whole server for tests: real database, real ingest tasks, the engine where it is asked for; answers `inject` and, if asked, a socket. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@minori/database/testing';
import { ensureEngine } from '@minori/engine-env';
import { createNodeHost, createOnDemandHost, createPythonHost } from '@minori/executor';
import type { Executor } from '@minori/executor';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { createApp } from '../app.ts';
import type { AppDeps } from '../app.ts';
import { createIngestDriver } from '../datasets/ingest-driver.ts';
import { createDispatcher } from '../dispatch/index.ts';
import type { Dispatcher } from '../dispatch/index.ts';
import { createForecastCloner, createJudge, forecastDrivers } from '../forecast/index.ts';
import type { RunTask } from '../forecast/index.ts';
import { allowedHosts } from '../http/guards.ts';
import { createAuth } from '../identity/auth.ts';
import { createUser, ensureFirstPerson, firstAdmin } from '../identity/users.ts';
import type { Scope } from '../identity/scope.ts';
import { scopeFor } from '../identity/principal.ts';
import { createSurveyDriver } from '../images/survey-driver.ts';
import { createMonitor } from '../monitor/monitor.ts';
import { systemClock } from '../platform/clock.ts';
import { REPOSITORY } from '../platform/config.ts';
import { openHome } from '../platform/home.ts';
import { createStreams } from '../platform/streams.ts';
import { createLateExecutor } from '../setup/late-executor.ts';
import { createSetup } from '../setup/steps.ts';
import { createThemeFeed } from '../themes/events.ts';
import { createImportDriver } from '../themes/import-driver.ts';
import { createNearIndex } from '../themes/near.ts';

const freeMemory = () => 4 * 1024 ** 3;
export const PASSWORD = 'correct horse battery';
export const HOST = '127.0.0.1:8501';

export interface Person {
  readonly id: string;
  readonly username: string;
  /** Their own project. */
  readonly projectId: number;
  /** Headers that make a request theirs. */
  readonly headers: Record<string, string>;
  scope(): Promise<Scope>;
}

export type TestServer = Awaited<ReturnType<typeof createTestServer>>;

export async function createTestServer(change: Partial<AppDeps> = {}, { engine = false } = {}) {
  const database = await createTestDatabase({ max: 10 });
  const { db } = database;
  const folder = await mkdtemp(join(tmpdir(), 'minori-server-'));
  const home = await openHome(join(folder, 'home'));
  const clock = change.clock ?? systemClock;
  const log = pino({ level: process.env['MINORI_TEST_LOG'] ?? 'silent' });
  await ensureFirstPerson({ db, clock });
  const node = createNodeHost({
    home: home.root,
    modules: {
      ingest: import.meta.resolve('@minori/ingest/tasks'),
      images: import.meta.resolve('@minori/images/tasks'),
    },
    log,
  });
  await node.start();
  const { python, vision } = engine
    ? await startEngine(home.root, log)
    : { python: createLateExecutor('python'), vision: createLateExecutor('vision') };
  const themeFeed = createThemeFeed(db);
  const nearIndex = createNearIndex();
  const judge = createJudge();
  const runTask: RunTask = async (task) => await dispatcher.runInteractive(task);
  const dispatcher: Dispatcher = await createDispatcher({
    db,
    home: home.root,
    executors: { python, neural: createLateExecutor('neural'), vision, node },
    drivers: [
      createIngestDriver({ db, home }),
      createImportDriver({ db, home, themeFeed, nearIndex }),
      createSurveyDriver({ db, home, themeFeed }),
      ...forecastDrivers({ db, home, judge, runTask }),
    ],
    slots: 2,
    clock,
    log,
  });
  const monitor = createMonitor({
    db,
    log,
    now: () => clock.now(),
    gpu: { latest: () => null, close: () => {} },
    tasks: () => dispatcher.state().attempts,
    everyMs: 100,
  });
  const auth = createAuth({ db, secret: randomBytes(32).toString('hex'), url: `http://${HOST}`, secure: false });
  const connectionToken = randomBytes(16).toString('hex');
  const streams = createStreams();
  const setup = createSetup();
  const deps: AppDeps = {
    log,
    hosts: allowedHosts('127.0.0.1', []),
    trustedProxies: [],
    secure: false,
    dist: join(folder, 'dist'),
    setup,
    version: '0.0.0-test',
    home,
    db,
    clock,
    auth,
    connectionToken,
    streams,
    uploads: { max_bytes: 50 * 1024 ** 2, keep_hours: 24 },
    allowedRoots: [],
    database: {
      kind: 'external',
      appUrl: database.url,
      schema: 'public',
      tools: () => Promise.reject(new Error('no tools in this test')),
    },
    dispatcher,
    monitor,
    judge,
    themeFeed,
    nearIndex,
    cloners: [createForecastCloner({ db, dispatcher, home, clock, freeMemory })],
    freeMemory,
    startedAt: new Date(clock.now()),
    ...change,
  };
  const app = await createApp(deps);
  const admin = await firstAdmin(db);
  const adminHeaders = { authorization: `Bearer ${connectionToken}`, host: HOST };

  return {
    app,
    deps,
    db,
    home,
    dispatcher,
    auth,
    adminHeaders,
    adminId: admin.id,
    /** A person with an API key. */
    async person(username: string, role: 'admin' | 'editor' | 'viewer' = 'editor'): Promise<Person> {
      const adminScope = await scopeFor(db, admin.id, 'connection');
      if (adminScope === null) throw new Error('the first admin has no scope');
      const { user } = await createUser({ db, clock }, adminScope, { username, role, password: PASSWORD });
      const { key } = await auth.api.createApiKey({ body: { name: 'test', userId: user.id } });
      const own = await db.selectFrom('project').select('id').where('created_by', '=', user.id).executeTakeFirst();
      return {
        id: user.id,
        username,
        projectId: own?.id ?? 0,
        headers: { 'x-api-key': key, host: HOST },
        async scope() {
          const scope = await scopeFor(db, user.id, 'api_key');
          if (scope === null) throw new Error(`${username} has no scope`);
          return scope;
        },
      };
    },
    async json<T = Record<string, unknown>>(
      options: InjectOptions,
    ): Promise<{ status: number; body: T; headers: Record<string, unknown> }> {
      const answer = await app.inject({ ...options, headers: { host: HOST, ...options.headers } });
      return {
        status: answer.statusCode,
        body: (answer.body === '' ? null : answer.json()) as T,
        headers: answer.headers,
      };
    },
    async close() {
      streams.closeAll();
      await app.close();
      monitor.close();
      await dispatcher.close({ leaveHosts: false });
      await judge.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function startEngine(home: string, log: Logger): Promise<{ python: Executor; vision: Executor }> {
  const { python } = await ensureEngine();
  const options = { home, python, engineSource: join(REPOSITORY, 'engine', 'src'), log };
  const host = createPythonHost(options);
  await host.start();
  const create = () => createPythonHost({ ...options, kind: 'vision' });
  return { python: host, vision: createOnDemandHost({ kind: 'vision', create, log }) };
}

/** A multipart body with one file. */
export function multipart(
  name: string,
  content: string | Buffer,
  field = 'file',
): { payload: Buffer; headers: Record<string, string> } {
  const boundary = `minori-${randomUUID()}`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return {
    payload: Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from(`\r\n--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

/** A small monthly panel as CSV. */
export function monthlyCsv(series = ['a', 'b'], months = 48): string {
  const rows = series.flatMap((name, offset) =>
    Array.from(
      { length: months },
      (_unused, month) =>
        `${name},${2020 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01,${100 + month + 5 * (month % 12) + offset}`,
    ),
  );
  return `unique_id,ds,y\n${rows.join('\n')}\n`;
}
