/** The search's own windows: what came true after each origin, and the denominator of MASE. */
import { windowsInput } from '@minori/contract';
import type { Driver } from '../../dispatch/index.ts';
import { versionParquet } from '../../datasets/files.ts';
import type { Home } from '../../platform/home.ts';
import { searchSpec } from '../documents.ts';

const MEMORY_BYTES = 3 * 2 ** 30;
const SECONDS = 600;

export function createWindowsDriver({ home }: { home: Home }): Driver {
  return {
    kind: 'ingest',
    track: 'forecast',
    shape: 'leaf',
    onPause: 'finish',
    async task(_run, { tree }) {
      const { plan, dataset, own } = searchSpec.parse(tree.root.spec);
      const input = windowsInput.parse({
        operation: 'windows',
        parquet: versionParquet(home, dataset.sha256),
        h: plan.horizon,
        origins: plan.origins,
        season: plan.season,
        min_train: plan.min_train,
        own: own === null ? null : { parquet: versionParquet(home, own.sha256), column: own.column },
      });
      return {
        host: 'node',
        kind: 'ingest.windows',
        input,
        limits: { memory_bytes: MEMORY_BYTES, threads: 1, seconds: SECONDS, grace_seconds: 0.5 },
      };
    },
  };
}
