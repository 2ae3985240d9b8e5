/** The search's own windows: what came true after each origin, the denominator of MASE, and a forecast of last resort. */
import { windowsInput } from '@minori/contract';
import type { Driver, InteractiveTask } from '../../dispatch/index.ts';
import { versionParquet } from '../../datasets/files.ts';
import type { Home } from '../../platform/home.ts';
import { searchSpec } from '../documents.ts';
import type { SearchSpec } from '../documents.ts';

const MEMORY_BYTES = 3 * 2 ** 30;
const SECONDS = 600;

type WindowsTask = Pick<InteractiveTask, 'kind' | 'input'> & { readonly host: 'node'; readonly limits: typeof LIMITS };
const LIMITS = { memory_bytes: MEMORY_BYTES, threads: 1, seconds: SECONDS, grace_seconds: 0.5 } as const;

export function createWindowsDriver({ home }: { home: Home }): Driver {
  return {
    kind: 'ingest',
    track: 'forecast',
    shape: 'leaf',
    onPause: 'finish',
    task: async (_run, { tree }) => windowsTask(home, searchSpec.parse(tree.root.spec)),
  };
}

export function windowsTask(home: Home, { plan, dataset, own }: SearchSpec): WindowsTask {
  const input = windowsInput.parse({
    operation: 'windows',
    parquet: versionParquet(home, dataset.sha256),
    h: plan.horizon,
    origins: plan.origins,
    season: plan.season,
    min_train: plan.min_train,
    own: own === null ? null : { parquet: versionParquet(home, own.sha256), column: own.column },
    // Only time can run out before there is any other.
    last_resort: plan.budget_seconds === null ? null : { freq: plan.freq, levels: plan.levels },
  });
  return { host: 'node', kind: 'ingest.windows', input, limits: LIMITS };
}
