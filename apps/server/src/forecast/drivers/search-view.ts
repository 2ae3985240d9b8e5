/** What a search sees of itself before it decides: from its rows and its studies alone. */
import { endingSeconds, familyOf, NEURAL_START_SECONDS } from '@minori/planner';
import type { Gain, Tunable, Waiting } from '@minori/planner';
import type { Plan } from '@minori/contract';
import { isFinal } from '@minori/run-engine';
import type { AdvanceContext, RunRow, RunTree } from '../../dispatch/index.ts';
import { candidateSpec } from '../documents.ts';
import type { CandidateSpec, SearchSpec } from '../documents.ts';
import type { StudyTrial } from '../history.ts';

/** What is kept of a budget for its end while there is no forecast yet. */
const WITHOUT_FORECAST_SECONDS = 0.3;

export const isOpen = (run: RunRow): boolean => !isFinal(run.status);

export interface Family {
  readonly run: RunRow;
  readonly spec: CandidateSpec;
  readonly study: readonly StudyTrial[];
}

export interface View {
  readonly windows: RunRow | undefined;
  readonly families: readonly Family[];
  /** Children that are not ended. */
  readonly open: readonly RunRow[];
  /** Children at work: a trial is open or not told yet, or a person holds them. */
  readonly busy: readonly RunRow[];
  /** Trials that wait for a slot. */
  readonly queued: readonly RunRow[];
  /** Trials that hold one. */
  readonly running: number;
  readonly waiting: readonly Waiting[];
  readonly tunable: readonly Tunable[];
  /** Trials of the whole search that are left; null = time ends it. */
  readonly trialsLeft: number | null;
  /** One trial after the other, so that each knows of all before it: what was proposed can be proposed again. */
  readonly inTurn: boolean;
  readonly gains: readonly Gain[];
  readonly reserve: number;
  readonly timeIsUp: boolean;
  /** A trial has succeeded: there is something to deliver. */
  readonly made: boolean;
  readonly progress: number;
}

export function viewOf(
  { plan }: SearchSpec,
  tree: RunTree,
  studies: ReadonlyMap<number, readonly StudyTrial[]>,
  { budget }: Pick<AdvanceContext, 'budget'>,
  pace: number,
): View {
  const children = tree.children(tree.root.id);
  const families = children
    .filter(({ kind }) => kind === 'candidate')
    .map((run): Family => ({ run, spec: candidateSpec.parse(run.spec), study: studies.get(run.id) ?? [] }));
  const started = new Set(families.map(({ spec }) => spec.family));
  const trials = families.flatMap(({ run }) => tree.children(run.id)).filter(isOpen);
  const queued = trials.filter(({ status }) => status === 'queued');
  const ending = endingSeconds(plan, plan.candidates.length, budget?.seconds ?? null, pace);
  const made = families.flatMap(({ run }) => tree.children(run.id)).some(({ status }) => status === 'succeeded');
  // Without a first forecast there would be nothing to end with: it may have all of the time.
  const reserve = made ? ending : Math.min(ending, WITHOUT_FORECAST_SECONDS);
  const asked = families.reduce((sum, { study }) => sum + study.length, 0);
  const byTrials = plan.trials !== null;
  const networksWarm = families.some(({ spec, study }) => isNetwork(spec.family) && study.some(isTold));
  return {
    windows: children.find(({ kind }) => kind === 'ingest'),
    families,
    open: children.filter(isOpen),
    busy: children.filter((run) => isBusy(run, tree, studies)),
    queued,
    running: trials.length - queued.length,
    waiting: plan.candidates
      .filter(({ family }) => !started.has(family))
      .map(({ family, kind, estimated_seconds: estimatedSeconds }) => ({
        family,
        estimatedSeconds,
        startSeconds: networksWarm || !isNetwork(family) ? 0 : NEURAL_START_SECONDS,
        baseline: kind === 'baseline',
        network: isNetwork(family),
      })),
    tunable: tunableOf(families, byTrials),
    trialsLeft: plan.trials === null ? null : plan.trials - asked,
    inTurn: byTrials && plan.slots === 1,
    gains: gainsOf(families),
    reserve,
    timeIsUp: budget !== null && budget.remaining <= reserve,
    made,
    progress: progressOf(plan, families, tree, budget === null ? 0 : Math.min(1, budget.used / budget.seconds)),
  };
}

function isBusy(run: RunRow, tree: RunTree, studies: ReadonlyMap<number, readonly StudyTrial[]>): boolean {
  if (!isOpen(run)) return false;
  if (run.kind !== 'candidate' || run.status === 'paused' || run.status === 'pausing') return true;
  const untold = (studies.get(run.id) ?? []).some(({ state }) => state === 'running');
  return untold || tree.children(run.id).some(isOpen);
}

const isNetwork = (family: string): boolean => familyOf(family)?.host === 'neural';
const isTold = ({ state }: StudyTrial): boolean => state !== 'running';

const GOING = new Set(['queued', 'preparing', 'running']);
const valueOf = ({ state, value }: StudyTrial): number | null => (state === 'complete' ? value : null);

/** By trials nothing may depend on the clock, so the plan's seconds count; by time those that were seen. */
function tunableOf(families: readonly Family[], byTrials: boolean): Tunable[] {
  const best = lowest(families.flatMap(({ study }) => study.map(valueOf)));
  return families
    .filter(({ run, spec }) => spec.search !== null && GOING.has(run.status) && !run.stop_requested)
    .map(({ spec, study }): Tunable => {
      const own = lowest(study.map(valueOf));
      const seen = study.flatMap(({ state, seconds }) => (state === 'complete' && seconds !== null ? [seconds] : []));
      const usual = seen.length === 0 ? spec.estimated_seconds : seen.reduce((a, b) => a + b, 0) / seen.length;
      return {
        family: spec.family,
        estimatedSeconds: byTrials ? spec.estimated_seconds : usual,
        left: (spec.search?.trials ?? 1) - study.length,
        running: study.filter(({ state }) => state === 'running').length,
        gains: gainsWithin(study),
        lead: own === null || best === null || best === 0 ? null : own / best,
      };
    });
}

/** Share by which each told trial after the first lowered the best error. */
function gainsWithin(study: readonly StudyTrial[]): number[] {
  let best: number | null = null;
  const gains: number[] = [];
  for (const trial of study) {
    if (trial.state === 'running') continue;
    const value = valueOf(trial);
    if (best !== null && best > 0) gains.push(value === null ? 0 : Math.max(0, 1 - value / best));
    if (value !== null) best = best === null ? value : Math.min(best, value);
  }
  return gains;
}

const lowest = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
};

/** Of the first trials: what the estimates are worth here. Later ones have other settings, and cost what those cost. */
function gainsOf(families: readonly Family[]): Gain[] {
  return families.flatMap(({ spec, study: [first] }): Gain[] => {
    if (first === undefined || first.state === 'running') return [];
    const { family, estimated_seconds: estimatedSeconds } = spec;
    return [{ family, estimatedSeconds, seconds: first.seconds ?? 0, gain: first.state === 'complete' ? 0 : null }];
  });
}

/** Share of the planned work that is done, or of the budget that is used, whichever is nearer to the end. */
function progressOf(plan: Plan, families: readonly Family[], tree: RunTree, used: number): number {
  const planned = plan.candidates.map(({ family, estimated_seconds: seconds }) => ({ family, seconds }));
  const total = planned.reduce((sum, { seconds }) => sum + seconds, 0);
  const done = families.reduce((sum, { run, spec }) => {
    const [first] = tree.children(run.id);
    return sum + (isOpen(run) ? (first?.progress ?? 0) : 1) * spec.estimated_seconds;
  }, 0);
  const trials = families.reduce((sum, { study }) => sum + study.filter(({ state }) => state !== 'running').length, 0);
  const share = plan.trials !== null ? trials / plan.trials : total > 0 ? done / total : 0;
  return Math.min(0.99, Math.max(used, share));
}
