/** A search of made-up tasks: the dispatcher's tests need trees, not forecasts. */
import type { HostKind, TaskLimits } from '@minori/contract';
import type { Driver, NewRootRun, NewRun } from '../driver.ts';
import type { RunRow, RunTree } from '../rows.ts';

export interface TrialSpec {
  readonly host?: HostKind;
  /** Part after `selftest.`. */
  readonly task: string;
  readonly input?: Record<string, unknown>;
  readonly limits?: Partial<TaskLimits>;
}

const LIMITS: TaskLimits = { memory_bytes: null, threads: 1, seconds: null, grace_seconds: 0.3 };

const trialOf = (run: RunRow) => run.spec as unknown as TrialSpec;
const isOpen = (run: RunRow) => run.finished_at === null;

function finishAbove(run: RunRow, tree: RunTree) {
  const children = tree.children(run.id);
  if (children.some(isOpen)) return {};
  const good = children.filter((child) => child.status === 'succeeded');
  if (good.length === 0) return { cancel: true } as const;
  return { finish: { metrics: { children: good.length } } };
}

/** Settled runs by id, as the hook saw them: one entry per call. */
export interface Seen {
  readonly settled: { id: number; status: string }[];
  readonly changed: { id: number; from: string | null; to: string }[];
}

export function selftestDrivers(seen: Seen = { settled: [], changed: [] }): Driver[] {
  const watch: Pick<Driver, 'settled' | 'changed'> = {
    settled: async (run, settlement) => void seen.settled.push({ id: run.id, status: settlement.status }),
    changed: async (run, from) => void seen.changed.push({ id: run.id, from, to: run.status }),
  };
  const leaf: Pick<Driver, 'task'> = {
    task: async (run, context) => {
      const { host = 'node', task, input = {}, limits } = trialOf(run);
      return {
        host,
        kind: `selftest.${task}`,
        input: { ...input, attempt: context.attempt, smaller: context.smaller },
        limits: { ...LIMITS, ...limits },
      };
    },
  };
  return [
    {
      kind: 'search',
      track: 'data',
      shape: 'composite',
      advance: async (run, tree) => finishAbove(run, tree),
      ...watch,
    },
    {
      kind: 'candidate',
      track: 'data',
      shape: 'composite',
      advance: async (run, tree) => finishAbove(run, tree),
      ...watch,
    },
    {
      kind: 'trial',
      track: 'data',
      shape: 'leaf',
      ...leaf,
      digest: async (_run, ending) => ({
        metrics: { cpu: ending.cpu_seconds },
        result: { ...ending.result, digested: true },
      }),
      ...watch,
    },
    { kind: 'ingest', track: 'data', shape: 'leaf', slot: 'interactive', ...leaf, ...watch },
    {
      // Gives each free slot one more trial until `trials` have been made.
      kind: 'tuning',
      track: 'data',
      shape: 'composite',
      advance: async (run, tree, context) => {
        const { trials, trial } = run.spec as unknown as { trials: number; trial: TrialSpec };
        const children = tree.children(run.id);
        const open = children.filter(isOpen).length;
        const more = context.stopping
          ? 0
          : Math.min(
              trials - children.length,
              context.slots.free - children.filter((c) => c.status === 'queued').length,
            );
        if (more <= 0) return open > 0 || (!context.stopping && children.length < trials) ? {} : finishAbove(run, tree);
        return {
          spawn: Array.from({ length: more }, (_, index) => ({
            kind: 'trial' as const,
            name: `trial ${children.length + index}`,
            spec: { ...trial },
          })),
          decision: { code: 'slots_free', free: context.slots.free },
          progress: children.length / trials,
        };
      },
      ...watch,
    },
  ];
}

export interface Who {
  readonly userId: string;
  readonly projectId: number;
}

export function rootRun(
  who: Who,
  run: Pick<NewRun, 'kind' | 'spec' | 'children'>,
  more: Partial<NewRootRun> = {},
): NewRootRun {
  return {
    name: run.kind,
    track: 'data',
    run_id: '20260101-000000-abcdef',
    project_id: who.projectId,
    owner_id: who.userId,
    experiment_id: null,
    dataset_id: null,
    dataset_version: null,
    budget_seconds: null,
    seed: 1,
    ...run,
    ...more,
  };
}

export const trial = (spec: TrialSpec): NewRun => ({ kind: 'trial', name: spec.task, spec: { ...spec } });

/** A search of candidates of trials. */
export const search = (...candidates: TrialSpec[][]): Pick<NewRun, 'kind' | 'spec' | 'children'> => ({
  kind: 'search',
  spec: {},
  children: candidates.map((trials, index) => ({
    kind: 'candidate',
    name: `candidate ${index}`,
    spec: {},
    children: trials.map(trial),
  })),
});
