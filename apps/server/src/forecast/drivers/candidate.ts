/** One family of a search: its trial is judged here as soon as the windows are there. */
import { join } from 'node:path';
import { trialResult, windowsResult } from '@minori/contract';
import type { RunOutcome, TrialResult } from '@minori/contract';
import type { Tx } from '@minori/database';
import { versionFolder } from '../../datasets/files.ts';
import type { AdvanceContext, Decision, Driver, RunRow, RunTree } from '../../dispatch/index.ts';
import type { Home } from '../../platform/home.ts';
import { candidateResult, candidateSpec, searchSpec, trialSpec } from '../documents.ts';
import type { CandidateResult } from '../documents.ts';
import { tellTrial } from '../history.ts';
import type { Judge } from '../judge-client.ts';
import type { JudgedTrial } from '../judge-protocol.ts';
import { changeMirror, openMirror } from '../mirror.ts';
import { insertScores, metricsOf } from '../scores.ts';

const FINAL = new Set(['succeeded', 'failed', 'cancelled']);
/** How soon to look again whether the windows are there; they end beside the first trials. */
const WINDOWS_AGAIN_SECONDS = 0.1;

export function createCandidateDriver({ home, judge }: { home: Home; judge: Judge }): Driver {
  return {
    kind: 'candidate',
    track: 'forecast',
    shape: 'composite',
    async advance(run, tree, ctx) {
      const trial = tree.children(run.id).find(({ kind }) => kind === 'trial');
      if (trial === undefined) return { cancel: true };
      if (trial.status === 'failed')
        return {
          fail: { cause: trial.failure_cause ?? 'bug', code: 'trial_failed', params: {}, detail: '', ...trial.failure },
        };
      if (trial.status === 'cancelled') return { cancel: true };
      if (trial.status !== 'succeeded') return {};
      const windows = tree.children(tree.root.id).find(({ kind }) => kind === 'ingest');
      if (windows !== undefined && !FINAL.has(windows.status)) return { wakeAfterSeconds: WINDOWS_AGAIN_SECONDS };
      return await finish(
        { home, judge },
        { run, trial, tree, windows: windows?.status === 'succeeded' ? windows : null },
        ctx,
      );
    },
    async changed(run, from, tx) {
      if (from === null) await openMirror(tx, run, candidateSpec.parse(run.spec));
      else await changeMirror(tx, run, candidateResult.safeParse(run.result).data ?? null);
    },
  };
}

interface Subject {
  readonly run: RunRow;
  readonly trial: RunRow;
  readonly tree: RunTree;
  readonly windows: RunRow | null;
}

async function finish(
  deps: { home: Home; judge: Judge },
  { run, trial, tree, windows }: Subject,
  ctx: AdvanceContext,
): Promise<Decision> {
  const { family, params } = trialSpec.parse(trial.spec);
  const made = trialResult.parse(trial.result);
  const judged = windows === null ? null : await judgeTrial(deps, { trial, windows, made, tree }, ctx);
  const value = judged?.all.mase ?? null;
  // A window with holes is none.
  const byOrigin =
    judged?.byOrigin.map(({ mase }, origin) => (judged.missingByOrigin[origin] === 0 ? mase : null)) ?? [];
  const metrics = judged === null ? {} : metricsOf(judged.all);
  const result: CandidateResult = {
    family,
    trial_id: trial.id,
    params,
    seconds: made.seconds_total,
    fallbacks: made.fallback_count,
    judged:
      judged === null
        ? null
        : {
            metrics,
            coverage: { ...judged.coverage },
            by_origin: byOrigin,
            by_step: judged.byStep.map(({ mase }) => mase),
            missing: judged.missing,
          },
  };
  return {
    finish: {
      outcome: outcomeOf(made, ctx),
      metrics: { ...metrics, seconds: made.seconds_total },
      result,
    },
    write: async (tx: Tx) => {
      await tellTrial(tx, trial, { value, intermediate: byOrigin, seconds: made.seconds_total });
      if (judged !== null) await insertScores(tx, run.id, judged);
    },
  };
}

/** A trial that ran into its deadline has fewer windows than were asked for. */
function outcomeOf(made: TrialResult, { stopping }: AdvanceContext): RunOutcome {
  if (made.stopped) return stopping ?? 'out_of_budget';
  return made.origins_done < made.origins ? 'out_of_budget' : 'complete';
}

async function judgeTrial(
  { home, judge }: { home: Home; judge: Judge },
  { trial, windows, made, tree }: { trial: RunRow; windows: RunRow; made: TrialResult; tree: RunTree },
  ctx: AdvanceContext,
): Promise<JudgedTrial | null> {
  const windowsFolder = ctx.folderOf(windows.id);
  const trialFolder = ctx.folderOf(trial.id);
  if (windowsFolder === null || trialFolder === null || made.files.backtest === null) return null;
  const truth = windowsResult.parse(windows.result);
  const { dataset } = searchSpec.parse(tree.root.spec);
  return await judge.judge({
    windowsFolder,
    actualPath: truth.actual_path,
    scalePath: truth.scale_path,
    trialFolder,
    predictionsPath: made.files.backtest,
    series: truth.series,
    origins: truth.origins,
    horizon: truth.h,
    levels: made.levels,
    profileFile: join(versionFolder(home, dataset.sha256), 'profile.json'),
  });
}
