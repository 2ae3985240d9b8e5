import type { OnProgress } from '@minori/database';
import type { SetupState } from './steps.ts';

const SHARE = { download: 0.1, unpack: 0.6, initialize: 0.7, start: 0.9, recover: 0.95 } as const;

/** The database's steps as a share of its part of the set-up. */
export function createDatabaseProgress(setup: SetupState): OnProgress {
  return (step) => setup.progress('database', SHARE[step], step);
}
