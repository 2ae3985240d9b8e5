/** One server's life: take the home, listen at once, set up what is behind, serve, stop. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { ProblemError } from '@minori/contract';
import { minoriCache } from '@minori/contract/home';
import { connect, migrate, openDatabase } from '@minori/database';
import { createNodeHost } from '@minori/executor';
import { createApp } from './app.ts';
import { createIngestDriver, uploadsInUse } from './datasets/ingest-driver.ts';
import { sweepUploads } from './datasets/uploads.ts';
import { createDispatcher } from './dispatch/index.ts';
import type { Dispatcher } from './dispatch/index.ts';
import { createForecastCloner, createJudge, forecastDrivers } from './forecast/index.ts';
import type { RunTask } from './forecast/index.ts';
import { allowedHosts } from './http/guards.ts';
import { WEB_DIST } from './http/web-app.ts';
import { createAuth, readSecret } from './identity/auth.ts';
import { ensureFirstPerson, issueFirstAdminLink, needsAdmin } from './identity/users.ts';
import { createSurveyDriver } from './images/survey-driver.ts';
import { createGpuReader } from './monitor/gpu.ts';
import { createMonitor } from './monitor/monitor.ts';
import { withNotification } from './notifications/store.ts';
import type { ServeOptions } from './options.ts';
import { systemClock } from './platform/clock.ts';
import { readConfig } from './platform/config.ts';
import { lockHome, openHome, removeConnection, sweepTemporary, writeConnection } from './platform/home.ts';
import { openLog } from './platform/log.ts';
import { localeOf, SAY } from './platform/messages.ts';
import { createStreams } from './platform/streams.ts';
import { VERSION } from './platform/version.ts';
import { createSetupApp } from './setup/app.ts';
import { createDatabaseProgress } from './setup/database-progress.ts';
import { openEngine } from './setup/engine.ts';
import { listen } from './setup/listener.ts';
import { createSetup } from './setup/steps.ts';
import type { SetupState, StepId } from './setup/steps.ts';
import { createTerminal } from './setup/terminal.ts';
import { buildWebApp } from './setup/web-build.ts';
import { recordInstance } from './system/instance.ts';
import { createThemeFeed } from './themes/events.ts';
import { createImportDriver } from './themes/import-driver.ts';
import { createNearIndex } from './themes/near.ts';
import { sweepOrphans } from './themes/orphans.ts';

export interface Running {
  readonly url: string;
  /** Ends everything that was started, latest first. Safe to call twice. */
  stop(): Promise<void>;
}

const TEMPORARY_IDLE_MS = 60_000;
const SWEEP_MS = 3_600_000;
const freeMemory = () => process.availableMemory();

/**
 * Resolves when the API answers; the engine may still be installing then. `signal` ends what still
 * installs or starts; `onIdle` is told when a temporary server has nobody left to serve.
 * @throws ProblemError and DatabaseSetupError, MigrationError: codes that problems.{ja,en}.json words
 */
export async function serve(
  options: ServeOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  onIdle: () => void,
): Promise<Running> {
  // Whatever was taken is given back in the opposite order, at the end or when the start fails half-way.
  const undo: (() => unknown)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= unwind(undo));
  try {
    const url = await start(options, env, signal, undo, onIdle);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: ServeOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  undo: (() => unknown)[],
  onIdle: () => void,
): Promise<string> {
  const clock = systemClock;
  const home = await openHome(options.home);
  undo.push(await lockHome(home));
  await sweepTemporary(home);
  const config = await readConfig(options.home, env);
  const logFile = openLog(home.logs, config.logging);
  undo.push(() => logFile.close());
  const { log } = logFile;
  const locale = localeOf(env);
  const terminal = createTerminal(options.announce ? process.stderr : process.stdout, locale);

  const setup = createSetup();
  const server = {
    ...config.server,
    host: options.host ?? config.server.host,
    port: options.port ?? config.server.port,
  };
  const base = {
    log,
    hosts: allowedHosts(server.host, server.allowed_hosts),
    trustedProxies: server.trusted_proxies,
    dist: WEB_DIST,
    setup,
  };
  const waiting = await createSetupApp({ ...base, secure: server.tls.cert !== null, version: VERSION });
  const listener = await listen(server, options.insecure, waiting.routing, () => clock.now());
  undo.push(() => listener.close());
  const { url, secure } = listener;
  if (options.announce) process.stdout.write(`MINORI_READY ${JSON.stringify({ url })}\n`);
  terminal.say(SAY[locale].listening(url));
  terminal.follow(setup);
  log.info({ url, pid: process.pid, version: VERSION }, 'listening');

  void step(setup, 'web', () => buildWebApp(WEB_DIST, signal)).catch((error: unknown) =>
    log.error({ err: error }, 'the web app could not be built'),
  );

  const database = await step(setup, 'database', () =>
    openDatabase({
      home: home.root,
      cache: minoriCache(env),
      databaseUrl: config.database.url ?? undefined,
      ...(env['MINORI_PYTHON'] === undefined ? {} : { python: env['MINORI_PYTHON'] }),
      onProgress: createDatabaseProgress(setup),
      onChange(change) {
        log.warn({ change }, 'the database went down or came back');
        if (change === 'restarted') setup.done('database');
        else setup.failed('database', new ProblemError('database_unavailable', 503));
      },
    }),
  );
  undo.push(() => database.stop());
  signal.throwIfAborted();
  const db = connect(database.appUrl, {
    max: config.database.max_connections,
    statementTimeout: config.database.statement_timeout_seconds * 1000,
    name: 'minori-server',
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  undo.push(() => db.destroy());
  await step(setup, 'migrations', () => migrate(db));
  await ensureFirstPerson({ db, clock });
  signal.throwIfAborted();

  await recordInstance(db, VERSION, new Date(clock.now()));
  const sweep = async () => {
    await sweepUploads({ home, clock, config: config.uploads }, await uploadsInUse(db));
    const orphans = await sweepOrphans({ db, home, clock });
    if (orphans > 0) log.info({ files: orphans }, 'files of pictures that no row names were removed');
  };
  const tidy = () =>
    void sweep().catch((error: unknown) => log.warn({ err: error }, 'what is left over could not be removed'));
  tidy();
  const sweeper = setInterval(tidy, SWEEP_MS);
  undo.push(() => clearInterval(sweeper));

  const { python, neural, vision } = await openEngine({ home, setup, log, env, signal });
  const node = createNodeHost({
    home: home.root,
    modules: {
      ingest: import.meta.resolve('@minori/ingest/tasks'),
      images: import.meta.resolve('@minori/images/tasks'),
    },
    log,
  });
  await node.start();
  const themeFeed = createThemeFeed(db);
  const nearIndex = createNearIndex();
  const judge = createJudge();
  undo.push(() => judge.close());
  const runTask: RunTask = async (task) => await dispatcher.runInteractive(task);
  const dispatcher: Dispatcher = await createDispatcher({
    db,
    home: home.root,
    executors: { python, neural, vision, node },
    drivers: [
      createIngestDriver({ db, home }),
      createImportDriver({ db, home, themeFeed, nearIndex }),
      createSurveyDriver({ db, home, themeFeed }),
      ...forecastDrivers({ db, home, judge, runTask }),
    ].map(withNotification),
    slots: availableParallelism(),
    clock,
    log,
  });
  undo.push(() => dispatcher.close({ leaveHosts: false }));
  const monitor = createMonitor({
    db,
    log,
    now: () => clock.now(),
    gpu: createGpuReader(),
    tasks: () => dispatcher.state().attempts,
  });
  undo.push(() => monitor.close());
  undo.push(dispatcher.subscribe((event) => event.type === 'attempt' && monitor.begun(event.root_id)));
  signal.throwIfAborted();

  const streams = createStreams();
  const connectionToken = randomBytes(32).toString('base64url');
  const auth = createAuth({ db, secret: await readSecret(home), url, secure });
  const app = await createApp({
    ...base,
    secure,
    version: VERSION,
    home,
    db,
    clock,
    auth,
    connectionToken,
    setup,
    streams,
    uploads: config.uploads,
    allowedRoots: config.images.allowed_roots,
    database,
    dispatcher,
    monitor,
    judge,
    themeFeed,
    nearIndex,
    cloners: [createForecastCloner({ db, dispatcher, home, clock, freeMemory })],
    freeMemory,
    startedAt: new Date(clock.now()),
  });
  undo.push(() => app.close());
  undo.push(() => streams.closeAll());
  listener.use(app.routing);
  setup.setNeedsAdmin(await needsAdmin(db));
  if (setup.status().needs_admin && !options.temporary)
    terminal.say(SAY[locale].firstAdmin(`${url}/setup/?token=${await issueFirstAdminLink({ db, clock })}`));

  // Last: whoever waits for this file finds everything else said and done.
  await writeConnection(home, {
    url,
    token: connectionToken,
    databaseUrl: database.databaseUrl,
    mlflowUrl: null,
    pid: process.pid,
  });
  undo.push(() => removeConnection(home));

  if (options.temporary) {
    const watch = setInterval(() => {
      if (listener.idleFor(clock.now()) >= TEMPORARY_IDLE_MS && dispatcher.state().running === 0) onIdle();
    }, 1000);
    undo.push(() => clearInterval(watch));
  }
  return url;
}

/** Runs a step of the set-up and shows how it went. */
async function step<T>(setup: SetupState, id: StepId, work: () => Promise<T>): Promise<T> {
  setup.start(id);
  try {
    const result = await work();
    setup.done(id);
    return result;
  } catch (error) {
    setup.failed(id, error);
    throw error;
  }
}

async function unwind(undo: (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (let next = undo.pop(); next !== undefined; next = undo.pop()) {
    try {
      await next();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'the server did not stop cleanly');
}
