/** One family of a search: its trials are judged here as soon as the windows are there, and told to its study. */
import { join } from 'node:path';
import { trialResult, windowsResult } from '@minori/contract';
import type { RunOutcome, TrialResult } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { isFinal } from '@minori/run-engine';
import { versionFolder } from '../../datasets/files.ts';
import type { AdvanceContext, Decision, Driver, RunRow, RunTree } from '../../dispatch/index.ts';
import type { Home } from '../../platform/home.ts';
import { candidateResult, candidateSpec, searchSpec, trialSpec } from '../documents.ts';
import type { CandidateResult } from '../documents.ts';
import { readStudies, tellTrial } from '../history.ts';
import type { Told } from '../history.ts';
import type { Judge } from '../judge-client.ts';
import type { JudgedTrial } from '../judge-protocol.ts';
import { changeMirror, openMirror } from '../mirror.ts';
import { metricsOf, replaceScores } from '../scores.ts';
import { memoryNotesOf, usedParams } from './trial.ts';

export interface CandidateDeps {
  readonly db: Db;
  readonly home: Home;
  readonly judge: Judge;
}

/** How soon to look again whether the windows are there; they end beside the first trials. */
const WINDOWS_AGAIN_SECONDS = 0.1;
/** Between two trials it waits for the search, which wakes it; this is for the case that nobody does. */
const IDLE_SECONDS = 60;
/** So many failures and no forecast: other settings would fail as well. */
const MOST_FAILURES = 2;

export function createCandidateDriver(deps: CandidateDeps): Driver {
  return {
    kind: 'candidate',
    track: 'forecast',
    shape: 'composite',
    advance: async (run, tree, ctx) => await advance(deps, run, tree, ctx),
    async changed(run, from, tx) {
      if (from === null) await openMirror(tx, run, candidateSpec.parse(run.spec));
      else await changeMirror(tx, run, candidateResult.safeParse(run.result).data ?? null);
    },
  };
}

async function advance(deps: CandidateDeps, run: RunRow, tree: RunTree, ctx: AdvanceContext): Promise<Decision> {
  const trials = tree.children(run.id).filter(({ kind }) => kind === 'trial');
  const best = candidateResult.safeParse(run.result).data ?? null;
  const told = new Set(
    ((await readStudies(deps.db, tree.root.id)).get(run.id) ?? [])
      .filter(({ state }) => state !== 'running')
      .map(({ runId }) => runId),
  );
  const untold = trials.find(({ id, status }) => status === 'succeeded' && !told.has(id));
  if (untold !== undefined) {
    const windows = tree.children(tree.root.id).find(({ kind }) => kind === 'ingest');
    if (windows !== undefined && !isFinal(windows.status)) return { wakeAfterSeconds: WINDOWS_AGAIN_SECONDS };
    const subject = { run, trial: untold, tree, windows: windows?.status === 'succeeded' ? windows : null };
    return await tell(deps, subject, best, ctx);
  }
  if (trials.some(({ status }) => !isFinal(status))) return {};
  const { search } = candidateSpec.parse(run.spec);
  const failed = trials.filter(({ status }) => status === 'failed');
  const over = search === null || ctx.stopping !== null || ctx.overrun;
  if (best !== null && over) return { finish: { outcome: outcomeOf(best, tree, ctx), result: best } };
  if (best === null && (over || failed.length >= MOST_FAILURES)) return withoutForecast(failed.at(0));
  // The search decides whether there is another trial.
  return { wakeAfterSeconds: IDLE_SECONDS };
}

function withoutForecast(failed: RunRow | undefined): Decision {
  if (failed === undefined) return { cancel: true };
  return {
    fail: { cause: failed.failure_cause ?? 'bug', code: 'trial_failed', params: {}, detail: '', ...failed.failure },
  };
}

interface Subject {
  readonly run: RunRow;
  readonly trial: RunRow;
  readonly tree: RunTree;
  readonly windows: RunRow | null;
}

/** Judges one trial, tells its study, and keeps it when it is the best so far. */
async function tell(
  deps: CandidateDeps,
  subject: Subject,
  best: CandidateResult | null,
  ctx: AdvanceContext,
): Promise<Decision> {
  const { run, trial } = subject;
  const made = trialResult.parse(trial.result);
  if (made.pruned) {
    const told: Told = { state: 'pruned', value: null, intermediate: made.errors, seconds: made.seconds_total };
    return { interim: {}, write: async (tx: Tx) => await tellTrial(tx, trial, told) };
  }
  const judged = await judgeTrial(deps, subject, made, ctx);
  const result = resultOf(trial, made, judged);
  const value = judged?.all.mase ?? null;
  const told: Told = {
    state: value === null && best !== null ? 'failed' : 'complete',
    value,
    intermediate: result.judged?.by_origin ?? [],
    seconds: made.seconds_total,
  };
  const better = made.files.forecast !== null && (best === null || isBetter(result, best));
  return {
    interim: better ? { result, metrics: { ...result.judged?.metrics, seconds: made.seconds_total } } : {},
    write: async (tx: Tx) => {
      await tellTrial(tx, trial, told);
      if (better && judged !== null) await replaceScores(tx, run.id, judged);
    },
  };
}

function resultOf(trial: RunRow, made: TrialResult, judged: JudgedTrial | null): CandidateResult {
  const spec = trialSpec.parse(trial.spec);
  return {
    family: spec.family,
    trial_id: trial.id,
    params: usedParams(spec, made),
    notes: memoryNotesOf(made),
    seconds: made.seconds_total,
    fallbacks: made.fallback_count,
    judged:
      judged === null
        ? null
        : {
            metrics: metricsOf(judged.all),
            coverage: { ...judged.coverage },
            // A window with holes is none.
            by_origin: judged.byOrigin.map(({ mase }, origin) => (judged.missingByOrigin[origin] === 0 ? mase : null)),
            by_step: judged.byStep.map(({ mase }) => mase),
            missing: judged.missing,
          },
  };
}

/** More windows count before a lower error: few may have been the easy ones. */
function isBetter(result: CandidateResult, best: CandidateResult): boolean {
  const windows = ({ judged }: CandidateResult): number =>
    judged?.by_origin.filter((error) => error !== null).length ?? 0;
  const error = ({ judged }: CandidateResult): number => judged?.metrics['mase'] ?? Number.POSITIVE_INFINITY;
  return windows(result) > windows(best) || (windows(result) === windows(best) && error(result) < error(best));
}

/** Its best trial's: one that ran into its deadline has fewer windows than were asked for. */
function outcomeOf(best: CandidateResult, tree: RunTree, { stopping }: AdvanceContext): RunOutcome {
  const made = trialResult.parse(tree.get(best.trial_id)?.result);
  if (made.stopped) return stopping ?? 'out_of_budget';
  return made.origins_done < made.origins ? 'out_of_budget' : 'complete';
}

async function judgeTrial(
  { home, judge }: CandidateDeps,
  { trial, windows, tree }: Subject,
  made: TrialResult,
  ctx: AdvanceContext,
): Promise<JudgedTrial | null> {
  if (windows === null) return null;
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
