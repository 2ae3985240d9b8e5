/** Which run_id a verb works under, and the file that tells the next program of it. */
import { writeFileSync } from 'node:fs';
import { runContextId } from '@minori/contract';
import { UsageError } from './problems.ts';

/** `AUTO_ML_RUN_ID` when it is set: a pipeline's tasks and data sets then share one context. */
export function givenRunId(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const value = env['AUTO_ML_RUN_ID'];
  if (value === undefined || value === '') return undefined;
  if (!runContextId.safeParse(value).success) throw new UsageError('run_id_malformed', { value });
  return value;
}

/** `--output-info FILE`: JSON with `run_id` and what else the verb made. */
export function writeOutputInfo(file: string | undefined, info: Readonly<Record<string, unknown>>): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(info, null, 2)}\n`);
}
