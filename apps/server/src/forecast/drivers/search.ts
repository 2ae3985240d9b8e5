/** The search itself: gives slots to families, keeps the budget, and ends with a forecast and a verdict. */
import { allocate, endingSeconds, slowdownOf } from '@minori/planner';
import type { Gain, Waiting } from '@minori/planner';
import type { Plan, RunOutcome } from '@minori/contract';
import type { AdvanceContext, Decision, Driver, RunRow, RunTree, Spawn } from '../../dispatch/index.ts';
import type { Home } from '../../platform/home.ts';
import { candidateResult, candidateSpec, searchSpec } from '../documents.ts';
import type { CandidateSpec, SearchResult, SearchSpec, TrialSpec } from '../documents.ts';
import type { Judge } from '../judge-client.ts';
import { finishSearch } from '../finish.ts';

export interface SearchDeps {
  readonly home: Home;
  readonly judge: Judge;
}

const FINAL = new Set(['succeeded', 'failed', 'cancelled']);
const isOpen = (run: RunRow): boolean => !FINAL.has(run.status);
type NotStarted = SearchResult['not_started'];

export function createSearchDriver(deps: SearchDeps): Driver {
  return {
    kind: 'search',
    track: 'forecast',
    shape: 'composite',
    advance: async (run, tree, ctx) => await advance(deps, run, tree, ctx),
  };
}

async function advance(deps: SearchDeps, run: RunRow, tree: RunTree, ctx: AdvanceContext): Promise<Decision> {
  deps.judge.warm();
  const spec = searchSpec.parse(run.spec);
  const view = viewOf(spec, tree, ctx);
  if (ctx.stopping === null && !ctx.overrun) {
    if (view.timeIsUp) {
      if (view.open.length > 0)
        return { stop: view.open.map(({ id }) => ({ run_id: id, outcome: 'out_of_budget' as const })) };
    } else {
      const next = startNext(spec, view, ctx);
      if (next !== null) return next;
    }
  }
  if (view.open.length > 0) return { progress: view.progress };
  return await end(deps, { run, tree, spec, view }, ctx);
}

interface View {
  readonly windows: RunRow | undefined;
  readonly candidates: readonly RunRow[];
  /** Children that are not ended. */
  readonly open: readonly RunRow[];
  /** Candidates whose trial waits for a slot. */
  readonly queued: readonly RunRow[];
  readonly waiting: readonly Waiting[];
  readonly gains: readonly Gain[];
  readonly reserve: number;
  readonly timeIsUp: boolean;
  readonly progress: number;
}

function viewOf({ plan }: SearchSpec, tree: RunTree, { budget }: AdvanceContext): View {
  const children = tree.children(tree.root.id);
  const candidates = children.filter(({ kind }) => kind === 'candidate');
  const started = new Set(candidates.map((candidate) => candidateSpec.parse(candidate.spec).family));
  const reserve = endingSeconds({ series: plan.series, horizon: plan.horizon });
  const open = children.filter(isOpen);
  return {
    windows: children.find(({ kind }) => kind === 'ingest'),
    candidates,
    open,
    queued: candidates.filter(
      (candidate) => isOpen(candidate) && tree.children(candidate.id).some(({ status }) => status === 'queued'),
    ),
    waiting: plan.candidates
      .filter(({ family }) => !started.has(family))
      .map(({ family, kind, estimated_seconds: estimatedSeconds }) => ({
        family,
        estimatedSeconds,
        baseline: kind === 'baseline',
      })),
    gains: gainsOf(candidates),
    reserve,
    timeIsUp: budget !== null && budget.remaining <= reserve,
    progress: progressOf(plan, candidates, tree, budget === null ? 0 : Math.min(1, budget.used / budget.seconds)),
  };
}

/** Share of the planned work that is done, or of the budget that is used, whichever is nearer to the end. */
function progressOf(plan: Plan, candidates: readonly RunRow[], tree: RunTree, used: number): number {
  const seconds = (family: string): number =>
    plan.candidates.find((candidate) => candidate.family === family)?.estimated_seconds ?? 0;
  const total = plan.candidates.reduce((sum, candidate) => sum + candidate.estimated_seconds, 0);
  const done = candidates.reduce((sum, candidate) => {
    const share = isOpen(candidate) ? (tree.children(candidate.id)[0]?.progress ?? 0) : 1;
    return sum + share * seconds(candidateSpec.parse(candidate.spec).family);
  }, 0);
  return Math.min(0.99, Math.max(used, total > 0 ? done / total : 0));
}

function gainsOf(candidates: readonly RunRow[]): Gain[] {
  let best: number | null = null;
  return candidates
    .filter((candidate) => !isOpen(candidate))
    .toSorted((a, b) => (a.finished_at?.getTime() ?? 0) - (b.finished_at?.getTime() ?? 0))
    .map((candidate): Gain => {
      const { family, estimated_seconds: estimatedSeconds } = candidateSpec.parse(candidate.spec);
      const result = candidate.status === 'succeeded' ? candidateResult.safeParse(candidate.result).data : undefined;
      const error = result?.judged?.metrics['mase'] ?? null;
      const gain = result === undefined ? null : best === null || error === null ? 0 : Math.max(0, 1 - error / best);
      if (error !== null) best = best === null ? error : Math.min(best, error);
      return { family, estimatedSeconds, seconds: result?.seconds ?? 0, gain };
    });
}

/** What the free slots get, or null when nothing (more) is to be started. */
function startNext(spec: SearchSpec, view: View, ctx: AdvanceContext): Decision | null {
  const { plan } = spec;
  const spawn: Spawn[] = [];
  if (view.windows === undefined) spawn.push({ kind: 'ingest', name: 'windows', position: 0, spec: {} });
  const remaining = ctx.budget?.remaining ?? null;
  const running = view.open.filter(({ kind }) => kind === 'candidate').length - view.queued.length;
  // One trial always waits in line: without it, a tree that holds no slot would not be heard when one gets free.
  let room = Math.max(
    1 - view.queued.length,
    Math.min(ctx.slots.free, plan.slots - running) - view.queued.length - spawn.length,
  );
  let waiting = view.waiting;
  let decision: Record<string, unknown> | null = null;
  let position = view.candidates.length + 1;
  while (room > 0) {
    const { family, reason } = allocate({
      candidates: waiting,
      elapsed: ctx.budget?.used ?? 0,
      remaining,
      reserve: view.reserve,
      gains: view.gains,
    });
    decision = { code: reason.code, params: reason.params };
    if (family === null) break;
    waiting = waiting.filter((candidate) => candidate.family !== family);
    spawn.push(candidateRun(spec, family, position));
    position += 1;
    room -= 1;
  }
  const late = ctx.budget === null ? [] : tooLate(view, ctx.budget.remaining);
  if (spawn.length === 0 && late.length === 0)
    return view.open.length === 0 ? null : { progress: view.progress, ...wake(view, ctx) };
  return {
    spawn,
    ...(late.length === 0 ? {} : { stop: late.map((run_id) => ({ run_id, outcome: 'out_of_budget' as RunOutcome })) }),
    ...(decision === null || spawn.every(({ kind }) => kind === 'ingest') ? {} : { decision }),
    progress: view.progress,
    ...wake(view, ctx),
  };
}

/** Looks again when the rest of the budget is needed for the end. */
function wake({ reserve }: View, { budget }: AdvanceContext): Pick<Decision, 'wakeAfterSeconds'> {
  return budget === null ? {} : { wakeAfterSeconds: Math.max(0.05, budget.remaining - reserve) };
}

/** Candidates still in line that cannot end any more. */
function tooLate({ queued, gains, reserve, candidates }: View, remaining: number): number[] {
  const slowdown = slowdownOf(gains);
  return queued
    .filter((candidate) => {
      const spec = candidateSpec.parse(candidate.spec);
      const onlyHope = spec.family_kind === 'baseline' && candidates.every(({ status }) => status !== 'succeeded');
      return !onlyHope && spec.estimated_seconds * slowdown > remaining - reserve;
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
    horizon: plan.horizon,
    optimization: {
      trials: 1,
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
  const trial: TrialSpec = {
    family,
    params: planned.params,
    number: 0,
    memory_bytes: Math.ceil(planned.estimated_memory_bytes),
  };
  return {
    kind: 'candidate',
    name: family,
    position,
    spec: { ...candidate },
    children: [{ kind: 'trial', name: `${family} 0`, spec: { ...trial } }],
  };
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
  if (view.candidates.every(({ status }) => status !== 'succeeded')) return nothingMade(view, ctx);
  return await finishSearch(deps, { run, tree, spec, windows: view.windows, notStarted, outcome }, ctx);
}

function whyNot(view: View, ctx: AdvanceContext): { code: string; params: Record<string, unknown> } {
  if (ctx.stopping === 'stopped') return { code: 'stopped', params: {} };
  const { reason } = allocate({
    candidates: view.waiting,
    elapsed: ctx.budget?.used ?? 0,
    remaining: ctx.budget?.remaining ?? null,
    reserve: view.reserve,
    gains: view.gains,
  });
  return { code: reason.code, params: reason.params };
}

function outcomeOf({ candidates }: View, { stopping }: AdvanceContext, notStarted: NotStarted): RunOutcome {
  if (stopping !== null) return stopping;
  const cut = candidates.some((candidate) => candidate.outcome === 'out_of_budget');
  return cut || notStarted.length > 0 ? 'out_of_budget' : 'complete';
}

function nothingMade({ candidates }: View, { stopping }: AdvanceContext): Decision {
  const failed = candidates.find(({ status }) => status === 'failed');
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
