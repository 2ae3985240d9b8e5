/** What the node host finds in this package: one task per ingest operation. */
import { ingestInput, TaskFailure, type NodeTaskFunction, type NodeTasks } from '@minori/contract';
import { isOutOfMemory } from './duck.ts';
import { runIngest } from './run.ts';

const ARTIFACTS: readonly [string, string][] = [
  ['data_path', 'application/vnd.apache.parquet'],
  ['profile_path', 'application/json'],
  ['actual_path', 'application/octet-stream'],
  ['scale_path', 'application/octet-stream'],
  ['own_path', 'application/octet-stream'],
];

const task =
  (operation: string): NodeTaskFunction =>
  async ({ input, folder, limits }, io) => {
    const parsed = ingestInput.safeParse({ ...input, operation });
    if (!parsed.success)
      throw new TaskFailure('bad_data', 'bad_ingest_input', {
        issues: parsed.error.issues.map(({ path, code }) => ({ path: path.join('.'), code })),
      });
    let result: Record<string, unknown>;
    try {
      result = await runIngest(parsed.data, {
        folder,
        threads: limits.threads,
        memoryBytes: limits.memory_bytes,
        report: (fraction, phase) => io.progress(fraction, phase),
      });
    } catch (error) {
      throw isOutOfMemory(error) ? new TaskFailure('out_of_memory', 'ingest_out_of_memory', {}, String(error)) : error;
    }
    for (const [key, mediaType] of ARTIFACTS) {
      const path = result[key];
      if (typeof path === 'string') await io.artifact(path, path, mediaType);
    }
    const extras = result['extra_paths'];
    if (Array.isArray(extras))
      for (const path of extras as string[]) await io.artifact(path, path, 'application/vnd.apache.parquet');
    return result;
  };

export const tasks: NodeTasks = {
  'ingest.preview': task('preview'),
  'ingest.check': task('check'),
  'ingest.build': task('build'),
  'ingest.windows': task('windows'),
  'ingest.series': task('series'),
};
