/** One ingest operation from its input to its result; outputs lie in the folder. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  TaskFailure,
  type BuildResult,
  type CheckResult,
  type IngestInput,
  type Preview,
  type SeriesResult,
  type WindowsResult,
} from '@minori/contract';
import { PROFILE, storeVersion } from './build.ts';
import { openDuck, type Duck } from './duck.ts';
import { bySeverity } from './findings.ts';
import { filesOf, prepare } from './prepare.ts';
import { previewFile } from './preview.ts';
import { readSeries } from './series.ts';
import { writeWindows } from './windows.ts';

const GIGABYTE = 1024 ** 3;

export interface IngestDeps {
  /** Absolute; an empty or new folder of this task. */
  readonly folder: string;
  readonly threads: number;
  /** Bytes the process may use; DuckDB gets half of it, 1 GiB at most. null = unlimited. */
  readonly memoryBytes: number | null;
  readonly report: (fraction: number, phase: string) => void;
}

export type IngestResult<I extends IngestInput> = I extends { operation: 'preview' }
  ? Preview
  : I extends { operation: 'check' }
    ? CheckResult
    : I extends { operation: 'build' }
      ? BuildResult
      : I extends { operation: 'windows' }
        ? WindowsResult
        : SeriesResult;

/** Throws TaskFailure `unresolved_findings` when a build meets errors that nobody decided about. */
export async function runIngest<I extends IngestInput>(input: I, deps: IngestDeps): Promise<IngestResult<I>> {
  mkdirSync(deps.folder, { recursive: true });
  let duck: Duck | null = null;
  const readable =
    input.operation === 'windows' || input.operation === 'series'
      ? [input.parquet, ...(input.operation === 'windows' && input.own ? [input.own.parquet] : [])]
      : filesOf(input.path, input.operation === 'preview' ? null : input.append_to);
  const open = async (): Promise<Duck> => {
    duck ??= await openDuck({
      folder: deps.folder,
      readable,
      threads: Math.min(2, deps.threads),
      memoryBytes: Math.max(GIGABYTE / 4, Math.min(GIGABYTE, (deps.memoryBytes ?? 2 * GIGABYTE) / 2)),
    });
    return duck;
  };
  try {
    return (await operate(input, deps, open)) as IngestResult<I>;
  } finally {
    (duck as Duck | null)?.close();
    for (const name of ['source.utf8.csv', 'source.sheet.csv', 'spill'])
      rmSync(join(deps.folder, name), { recursive: true, force: true });
  }
}

async function operate(
  input: IngestInput,
  deps: IngestDeps,
  duck: () => Promise<Duck>,
): Promise<Preview | CheckResult | BuildResult | WindowsResult | SeriesResult> {
  const { folder, report } = deps;
  switch (input.operation) {
    case 'preview':
      return previewFile(input, input.source, { folder, duck });
    case 'windows':
      return writeWindows(await duck(), input, folder);
    case 'series':
      return readSeries(await duck(), input);
    case 'check':
    case 'build': {
      const { ledger, prepared } = await prepare({
        file: input,
        mapping: input.mapping,
        fixes: input.fixes,
        appendTo: input.append_to,
        folder,
        duck,
        report,
      });
      const findings = bySeverity(ledger.findings);
      if (input.operation === 'check') {
        if (prepared !== null) writeFileSync(join(folder, PROFILE), JSON.stringify(prepared.profile));
        return {
          findings,
          profile_path: prepared === null ? null : PROFILE,
          rows: prepared?.profile.rows ?? 0,
          series: prepared?.profile.series_count ?? 0,
        };
      }
      if (prepared === null || ledger.open().length > 0)
        throw new TaskFailure('bad_data', 'unresolved_findings', { findings });
      report(0.9, 'writing');
      return storeVersion(await duck(), prepared, ledger, folder);
    }
  }
}
