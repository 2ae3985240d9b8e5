/** Forecasting as the server composes it: drivers for the dispatcher, routes, cloner. */
import type { Db } from '@minori/database';
import type { Driver } from '../dispatch/index.ts';
import type { Home } from '../platform/home.ts';
import type { RunTask } from './drivers/ask.ts';
import { createCandidateDriver } from './drivers/candidate.ts';
import { createReproduceDriver } from './drivers/reproduce.ts';
import { createSearchDriver } from './drivers/search.ts';
import { createTrialDriver } from './drivers/trial.ts';
import { createWindowsDriver } from './drivers/windows.ts';
import { createJudge } from './judge-client.ts';
import type { Judge } from './judge-client.ts';

export { forecastRoutes } from './routes.ts';
export { createForecastCloner } from './service.ts';
export { createJudge };
export type { Judge, RunTask };

export interface ForecastDriverDeps {
  readonly db: Db;
  readonly home: Home;
  readonly judge: Judge;
  /** Asks the sampler. */
  readonly runTask: RunTask;
  /** Bytes that every trial may take, whatever the plan thinks of it; a gibibyte when absent. */
  readonly leastTrialBytes?: number;
}

/** All drivers of a forecast tree. */
export function forecastDrivers(deps: ForecastDriverDeps): Driver[] {
  return [
    createSearchDriver(deps),
    createCandidateDriver(deps),
    createTrialDriver(deps),
    createWindowsDriver(deps),
    createReproduceDriver(deps),
  ];
}
