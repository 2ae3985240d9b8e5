/** What a further trial of a family shall try: the sampler's proposal, and whom the trial is compared with. */
import { ProblemError, samplerAskInput, samplerAskResult, trialResult } from '@minori/contract';
import { hyperbandRungs, spaceOf } from '@minori/planner';
import type { InteractiveResult, InteractiveTask, RunRow, RunTree } from '../../dispatch/index.ts';
import type { CandidateSpec, TrialSpec } from '../documents.ts';
import { sampledTrials } from '../history.ts';
import type { StudyTrial } from '../history.ts';

/** Runs a task at once, beside the queue. */
export type RunTask = (task: InteractiveTask) => Promise<InteractiveResult>;

export interface Question {
  readonly candidate: CandidateSpec;
  readonly study: readonly StudyTrial[];
  readonly tree: RunTree;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** The host is not there (any more): the same question is answered alike later. */
const LATER = new Set(['engine_not_ready', 'worker_lost', 'killed', 'stopped', 'lease_expired']);

/** Depends on the seed, the trial's number and what the study has been told. Null: ask again later. */
export async function askTrial(runTask: RunTask, question: Question): Promise<TrialSpec | null> {
  const { candidate, study, tree } = question;
  const { search } = candidate;
  if (search === null) throw new Error(`${candidate.family} has nothing to search`);
  const proposal = await propose(runTask, question);
  if (proposal === null) return null;
  const { rival, rungs } = comparison(candidate, study, tree);
  return {
    ...specOf(candidate, study.length, { ...candidate.params, ...proposal.params }),
    attributes: proposal.attributes,
    rival,
    rungs,
  };
}

/** A family's first trial: its defaults, so that every family shows itself at its usual. */
export function firstTrial(candidate: CandidateSpec): TrialSpec {
  const defaults = Object.entries(candidate.search === null ? {} : spaceOf(candidate.family)).flatMap(
    ([name, dimension]) => (dimension.default === null ? [] : [[name, dimension.default] as const]),
  );
  const params = { ...Object.fromEntries(defaults), ...candidate.params };
  const rungs = candidate.search?.pruner === 'hyperband' ? hyperbandRungs(0, []) : null;
  return { ...specOf(candidate, 0, params), rungs };
}

function specOf(candidate: CandidateSpec, number: number, params: Record<string, unknown>): TrialSpec {
  const { family, estimated_memory_bytes: bytes } = candidate;
  return { family, params, number, memory_bytes: Math.ceil(bytes), attributes: {}, rival: null, rungs: null };
}

async function propose(
  runTask: RunTask,
  { candidate, study, seed, signal }: Question,
): Promise<{ params: Record<string, unknown>; attributes: Record<string, unknown> } | null> {
  const input = samplerAskInput.parse({
    seed,
    space: spaceOf(candidate.family),
    history: sampledTrials(study),
    config: candidate.search?.sampler,
    count: 1,
  });
  try {
    const answer = await runTask({ host: 'python', kind: 'sampler.ask', input, seed, signal });
    await answer.dispose();
    const [proposal] = samplerAskResult.parse(answer.value).proposals;
    if (proposal === undefined) throw new Error('the sampler proposed nothing');
    return proposal;
  } catch (error) {
    if (signal.aborted || (error instanceof ProblemError && LATER.has(error.code))) return null;
    throw error;
  }
}

/** The best trial so far, and for trainings what the earlier ones had lost at each rung. */
function comparison(
  { search }: CandidateSpec,
  study: readonly StudyTrial[],
  tree: RunTree,
): Pick<TrialSpec, 'rival' | 'rungs'> {
  const best = bestOf(study);
  const rival = best === undefined ? null : [...best.intermediate];
  if (search?.pruner !== 'hyperband') return { rival: search?.pruner === 'none' ? null : rival, rungs: null };
  const past = study.map(({ runId }) => (runId === null ? [] : rungsOf(tree.get(runId))));
  return { rival, rungs: hyperbandRungs(study.length, past) };
}

/** Most windows, then the lowest error; of equal ones the first. */
export function bestOf(study: readonly StudyTrial[]): StudyTrial | undefined {
  return study
    .filter(({ state, value }) => state === 'complete' && value !== null)
    .toSorted((a, b) => windowsOf(b) - windowsOf(a) || (a.value ?? 0) - (b.value ?? 0) || a.number - b.number)[0];
}

const windowsOf = ({ intermediate }: StudyTrial): number => intermediate.filter((error) => error !== null).length;

function rungsOf(trial: RunRow | undefined): [number, number][] {
  return trialResult.safeParse(trial?.result).data?.rungs ?? [];
}
