/** What a server is to a search: hosts, and a dispatcher that goes on with what it finds. */
import { join } from 'node:path';
import type { Db } from '@minori/database';
import { createNodeHost, createOnDemandHost, createPythonHost } from '@minori/executor';
import type { Executor } from '@minori/executor';
import type { Logger } from 'pino';
import { createIngestDriver } from '../../datasets/ingest-driver.ts';
import { createDispatcher } from '../../dispatch/index.ts';
import type { Dispatcher } from '../../dispatch/index.ts';
import { systemClock } from '../../platform/clock.ts';
import { REPOSITORY } from '../../platform/config.ts';
import type { Home } from '../../platform/home.ts';
import { createLateExecutor } from '../../setup/late-executor.ts';
import { forecastDrivers } from '../index.ts';
import type { RunTask } from '../index.ts';
import type { Judge } from '../judge-client.ts';

export interface ForecastServerOptions {
  readonly db: Db;
  readonly home: Home;
  /** Interpreter of the engine. */
  readonly python: string;
  readonly slots: number;
  readonly log: Logger;
  readonly judge: Judge;
  readonly runTask: RunTask;
  /** False: it is opened before its Python host is there, as a server that has just been started. */
  readonly warm?: boolean;
  /** See forecastDrivers. */
  readonly leastTrialBytes?: number;
}

export interface ForecastServer {
  readonly dispatcher: Dispatcher;
  readonly python: Executor;
}

export async function openForecastServer(options: ForecastServerOptions): Promise<ForecastServer> {
  const { db, home, slots, log, judge, runTask, warm = true, ...limits } = options;
  const host = { home: home.root, python: options.python, engineSource: join(REPOSITORY, 'engine', 'src'), log };
  const python = createPythonHost(host);
  const neural = createOnDemandHost({
    kind: 'neural',
    create: () => createPythonHost({ ...host, kind: 'neural' }),
    log,
  });
  const modules = { ingest: import.meta.resolve('@minori/ingest/tasks') };
  const node = createNodeHost({ home: home.root, modules, log });
  const starting = python.start();
  await Promise.all([node.start(), ...(warm ? [starting] : [])]);
  const dispatcher = await createDispatcher({
    db,
    home: home.root,
    executors: { python, neural, vision: createLateExecutor('vision'), node },
    drivers: [createIngestDriver({ db, home }), ...forecastDrivers({ db, home, judge, runTask, ...limits })],
    slots,
    clock: systemClock,
    log,
  });
  return { dispatcher, python };
}
