/** The search itself: gives slots to families and their trials, keeps the budget, and ends with a forecast and a verdict. */
import { join } from 'node:path';
import { allocate, ENOUGH_SHARE, slowdownOf } from '@minori/planner';
import type { Allocation } from '@minori/planner';
import { ProblemError, windowsResult } from '@minori/contract';
import type { RunOutcome, WindowsResult } from '@minori/contract';
import type { Db } from '@minori/database';
import type { AdvanceContext, Decision, Driver, RunRow, RunTree, Spawn } from '../../dispatch/index.ts';
import type { Home } from '../../platform/home.ts';
import { searchSpec } from '../documents.ts';
import type { CandidateSpec, SearchResult, SearchSpec, TrialSpec } from '../documents.ts';
import { finishSearch } from '../finish.ts';
import type { EndedSearch, Fallback } from '../finish.ts';
import { readStudies } from '../history.ts';
import type { StudyTrial } from '../history.ts';
import type { Judge } from '../judge-client.ts';
import { askTrial, firstTrial } from './ask.ts';
import type { RunTask } from './ask.ts';
import { viewOf } from './search-view.ts';
import type { View } from './search-view.ts';
import { windowsTask } from './windows.ts';

export interface SearchDeps {
  readonly db: Db;
  readonly home: Home;
  readonly judge: Judge;
  readonly runTask: RunTask;
}

/** The sampler's host is away: how soon it is asked again. */
const ASK_AGAIN_SECONDS = 1;

type NotStarted = SearchResult['not_started'];

export function createSearchDriver(deps: SearchDeps): Driver {
  return {
    kind: 'search',
    track: 'forecast',
    shape: 'composite',
    waitsFor: 'python',
    advance: async (run, tree, ctx) => await advance(deps, run, tree, ctx),
  };
}

async function advance(deps: SearchDeps, run: RunRow, tree: RunTree, ctx: AdvanceContext): Promise<Decision> {
  deps.judge.warm();
  const spec = searchSpec.parse(run.spec);
  const view = viewOf(spec, tree, await readStudies(deps.db, run.id), ctx, deps.judge.pace());
  if (ctx.stopping === null && !ctx.overrun) {
    if (view.timeIsUp) {
      const stop = endAll(view, 'out_of_budget');
      if (stop.length > 0) return { stop };
    } else {
      const next = await startNext(deps, { run, tree, spec, view }, ctx);
      if (next !== null) return next;
    }
  }
  if (view.busy.length > 0) return { progress: view.progress };
  // Families that could have had more trials end with what they have.
  if (view.open.length > 0) return { stop: endAll(view, ctx.stopping ?? 'complete') };
  return await end(deps, { run, tree, spec, view }, ctx);
}

/** Only what is at work is cut short by an end that comes early; never the windows while nothing else could be delivered. */
function endAll({ open, busy, made, windows }: View, outcome: RunOutcome): { run_id: number; outcome: RunOutcome }[] {
  return open
    .filter((run) => made || run.id !== windows?.id)
    .map((run) => ({ run_id: run.id, outcome: busy.includes(run) ? outcome : 'complete' }));
}

/** What the free slots get, or null when nothing (more) is to be started. */
async function startNext(deps: SearchDeps, search: Ending, ctx: AdvanceContext): Promise<Decision | null> {
  const { view } = search;
  const windows: Spawn[] =
    view.windows === undefined ? [{ kind: 'ingest', name: 'windows', position: 0, spec: {} }] : [];
  const { spawn, decision, later } = await spawnTrials(deps, search, roomOf(search, ctx, windows.length), ctx);
  const late = ctx.budget === null ? [] : tooLate(search, ctx.budget.remaining);
  const nothing = windows.length + spawn.length + late.length === 0;
  if (nothing && view.busy.length === 0 && !later) return null;
  return {
    spawn: [...windows, ...spawn],
    ...(late.length === 0 ? {} : { stop: late.map((run_id) => ({ run_id, outcome: 'out_of_budget' as RunOutcome })) }),
    ...(decision === null || spawn.length === 0 ? {} : { decision }),
    progress: view.progress,
    ...wake(view, ctx, later),
  };
}

function roomOf({ spec, view }: Ending, { slots }: AdvanceContext, others: number): number {
  const { queued, running } = view;
  if (view.inTurn) return view.busy.some(({ kind }) => kind === 'candidate') ? 0 : 1;
  // One trial always waits in line: without it, a tree that holds no slot would not be heard when one gets free.
  return Math.max(1 - queued.length, Math.min(slots.free, spec.plan.slots - running) - queued.length - others);
}

interface Spawned {
  readonly spawn: Spawn[];
  readonly decision: Record<string, unknown> | null;
  /** The sampler could not be asked now. */
  readonly later: boolean;
}

async function spawnTrials(
  deps: SearchDeps,
  { run, tree, spec, view }: Ending,
  room: number,
  ctx: AdvanceContext,
): Promise<Spawned> {
  const spawn: Spawn[] = [];
  let { waiting, tunable, trialsLeft } = view;
  let decision: Record<string, unknown> | null = null;
  /** Trials that this turn has thought of: the next proposal has to know of them. */
  const proposed = new Map<string, StudyTrial[]>();
  for (let position = view.families.length + 1; spawn.length < room; position++) {
    const allocation = allocate(allocateInput(view, ctx, { waiting, tunable, trialsLeft }));
    const { family, further, reason } = allocation;
    decision = { code: reason.code, params: reason.params };
    if (family === null) break;
    if (further) {
      const known = view.families.find((one) => one.spec.family === family);
      if (known === undefined) throw new Error(`${family} has not begun`);
      const study = [...known.study, ...(proposed.get(family) ?? [])];
      const question = { candidate: known.spec, study, tree, seed: run.seed, signal: ctx.signal };
      const trial = await askTrial(deps.runTask, question);
      if (trial === null) return { spawn, decision: null, later: true };
      spawn.push({ parent_id: known.run.id, ...trialRun(trial) });
      proposed.set(family, [...(proposed.get(family) ?? []), asRunning(trial)]);
      tunable = tunable.map((one) =>
        one.family === family ? { ...one, left: one.left - 1, running: one.running + 1 } : one,
      );
    } else {
      spawn.push(candidateRun(spec, family, position));
      waiting = waiting.filter((candidate) => candidate.family !== family);
    }
    if (trialsLeft !== null) trialsLeft -= 1;
  }
  return { spawn, decision, later: false };
}

function asRunning({ number, params, attributes }: TrialSpec): StudyTrial {
  return { runId: null, number, state: 'running', params, attributes, value: null, intermediate: [], seconds: null };
}

function allocateInput(
  view: View,
  { budget }: AdvanceContext,
  left: Pick<View, 'waiting' | 'tunable' | 'trialsLeft'>,
): Parameters<typeof allocate>[0] {
  return {
    candidates: left.waiting,
    tunable: left.tunable,
    trialsLeft: left.trialsLeft,
    elapsed: budget?.used ?? 0,
    remaining: budget?.remaining ?? null,
    reserve: view.reserve,
    gains: view.gains,
  };
}

/** Looks again when the rest of the budget is needed for the end, or when the sampler may be back. */
function wake({ reserve }: View, { budget }: AdvanceContext, later: boolean): Pick<Decision, 'wakeAfterSeconds'> {
  const end = budget === null ? Number.POSITIVE_INFINITY : Math.max(0.05, budget.remaining - reserve);
  const seconds = later ? Math.min(ASK_AGAIN_SECONDS, end) : end;
  return Number.isFinite(seconds) ? { wakeAfterSeconds: seconds } : {};
}

/** Trials still in line that cannot end any more. */
function tooLate({ tree, view }: Ending, remaining: number): number[] {
  const { queued, gains, reserve, families } = view;
  const slowdown = slowdownOf(gains);
  const nothingYet = families.every(({ study }) => study.every(({ state }) => state !== 'complete'));
  return queued
    .filter((trial) => {
      const spec = families.find(({ run }) => run.id === trial.parent_id)?.spec;
      if (spec === undefined || tree.get(trial.id) === undefined) return false;
      const onlyHope = spec.family_kind === 'baseline' && nothingYet;
      const seconds = spec.estimated_seconds * Math.max(1, slowdown * ENOUGH_SHARE);
      return !onlyHope && seconds > remaining - reserve;
    })
    .map(({ id }) => id);
}

function candidateRun({ plan, dataset, request }: SearchSpec, family: string, position: number): Spawn {
  const planned = plan.candidates.find((candidate) => candidate.family === family);
  if (planned === undefined) throw new Error(`${family} is not planned`);
  const candidate: CandidateSpec = {
    family,
    family_kind: planned.kind,
    params: planned.params,
    estimated_seconds: planned.estimated_seconds,
    estimated_memory_bytes: planned.estimated_memory_bytes,
    search: planned.search,
    horizon: plan.horizon,
    optimization: {
      trials: planned.search?.trials ?? 1,
      sampler: planned.search?.sampler.name ?? null,
      pruner: planned.search?.pruner ?? null,
      origins: plan.origins,
      min_train: plan.min_train,
      season: plan.season,
      freq: plan.freq,
      levels: plan.levels,
      budget_seconds: plan.budget_seconds,
      threads: plan.threads,
      seed: plan.seed,
      mode: request.mode,
    },
    table_name: dataset.key,
    loto: dataset.preset,
    unique_ids: dataset.unique_ids,
  };
  return {
    kind: 'candidate',
    name: family,
    position,
    spec: { ...candidate },
    children: [trialRun(firstTrial(candidate))],
  };
}

function trialRun(trial: TrialSpec): Omit<Spawn, 'parent_id'> {
  return { kind: 'trial', name: `${trial.family} ${trial.number}`, spec: { ...trial } };
}

interface Ending {
  readonly run: RunRow;
  readonly tree: RunTree;
  readonly spec: SearchSpec;
  readonly view: View;
}

async function end(deps: SearchDeps, { run, tree, spec, view }: Ending, ctx: AdvanceContext): Promise<Decision> {
  const notStarted: NotStarted = view.waiting.map(({ family }) => ({ family, ...whyNot(view, ctx) }));
  const outcome = outcomeOf(view, ctx, notStarted);
  const search = { run, tree, spec, windows: view.windows, notStarted, outcome };
  if (view.families.some(({ run: { status } }) => status === 'succeeded')) return await finishSearch(deps, search, ctx);
  if (!mayFallBack(view, ctx)) return nothingMade(view, ctx);
  const fallback = await lastResort(deps, search, ctx);
  if (fallback === null) return nothingMade(view, ctx);
  try {
    return await finishSearch(deps, { ...search, fallback }, ctx);
  } finally {
    await fallback.dispose();
  }
}

/** What time, memory or lost processes took away can be stood in for; what the data or we did wrong cannot. */
function mayFallBack({ families }: View, { budget, stopping }: AdvanceContext): boolean {
  if (budget === null || stopping === 'stopped') return false;
  const failed = families.filter(({ run: { status } }) => status === 'failed');
  return failed.length < families.length || failed.some(({ run }) => !OWN_FAULTS.has(run.failure_cause ?? 'bug'));
}
const OWN_FAULTS = new Set(['bad_data', 'bug', 'no_disk']);

/** The windows have it; where they came to nothing they are made once more, beside the tree and its budget. */
async function lastResort(
  { home, runTask }: SearchDeps,
  { windows, spec }: Pick<EndedSearch, 'windows' | 'spec'>,
  ctx: AdvanceContext,
): Promise<Fallback | null> {
  const folder = windows === undefined ? null : ctx.folderOf(windows.id);
  const made = windowsResult.safeParse(windows?.result).data;
  if (folder !== null && made !== undefined) return fallbackOf(folder, made, async () => undefined);
  try {
    const { value, folder: own, dispose } = await runTask({ ...windowsTask(home, spec), signal: ctx.signal });
    return fallbackOf(own, windowsResult.parse(value), dispose);
  } catch (error) {
    if (ctx.signal.aborted || error instanceof ProblemError) return null;
    throw error;
  }
}

function fallbackOf(folder: string, made: WindowsResult, dispose: () => Promise<void>): Fallback | null {
  const { last_resort: files, series } = made;
  if (files === null) return null;
  return { forecast: join(folder, files.forecast_path), times: join(folder, files.times_path), series, dispose };
}

function whyNot(view: View, ctx: AdvanceContext): Allocation['reason'] {
  if (ctx.stopping === 'stopped') return { code: 'stopped', params: {} };
  return allocate(allocateInput(view, ctx, { waiting: view.waiting, tunable: [], trialsLeft: view.trialsLeft })).reason;
}

function outcomeOf({ families }: View, { stopping }: AdvanceContext, notStarted: NotStarted): RunOutcome {
  if (stopping !== null) return stopping;
  const cut = families.some(({ run }) => run.outcome === 'out_of_budget');
  return cut || notStarted.length > 0 ? 'out_of_budget' : 'complete';
}

function nothingMade({ families }: View, { stopping }: AdvanceContext): Decision {
  const failed = families.find(({ run: { status } }) => status === 'failed')?.run;
  if (failed !== undefined) {
    const failure = failed.failure as { code?: string; params?: Record<string, unknown>; detail?: string } | null;
    return {
      fail: {
        cause: failed.failure_cause ?? 'bug',
        code: 'no_forecast',
        params: { model: failed.name, reason: failure?.code ?? 'unknown' },
        detail: failure?.detail ?? '',
      },
    };
  }
  if (stopping === 'stopped') return { cancel: true };
  return { fail: { cause: 'time_limit', code: 'no_forecast_in_time', params: {}, detail: '' } };
}
