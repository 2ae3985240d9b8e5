/**
 * What a feature gives the dispatcher so that its runs live: the dispatcher knows statuses,
 * attempts, slots and budgets; a driver knows what the work is.
 */
import type { FailureCause, HostKind, RunFailure, RunKind, RunOutcome, TaskLimits, Track } from '@minori/contract';
import type { Tx } from '@minori/database';
import type { RunRow, RunTree } from './rows.ts';

/** A run that does not exist yet; children are made in the same transaction as their parent. */
export interface NewRun {
  readonly kind: RunKind;
  readonly name: string;
  /** Order among siblings and in the queue of the tree, lowest first; siblings made so far when absent. */
  readonly position?: number;
  readonly spec: Record<string, unknown>;
  /** The parent's when absent. */
  readonly seed?: number;
  readonly tags?: readonly string[];
  readonly children?: readonly NewRun[];
}

export interface NewRootRun extends NewRun {
  readonly track: Track;
  /** `YYYYMMDD-HHMMSS-<6hex>`, the RunContext. */
  readonly run_id: string;
  readonly project_id: number;
  readonly owner_id: string;
  readonly experiment_id: number | null;
  readonly dataset_id: number | null;
  readonly dataset_version: number | null;
  /** Wall seconds from start to verdict, pauses not counted; null = no budget. */
  readonly budget_seconds: number | null;
  readonly seed: number;
}

/** What a leaf asks of a host. */
export interface NewTask {
  readonly host: HostKind;
  /** `<feature>.<verb>`. */
  readonly kind: string;
  readonly input: Record<string, unknown>;
  readonly limits: TaskLimits;
}

export interface PastAttempt {
  readonly number: number;
  /** Absolute; a checkpoint of a paused attempt lies here. */
  readonly folder: string;
  readonly cause: FailureCause | null;
}

export interface TaskContext {
  readonly tree: RunTree;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Oldest first. */
  readonly past: readonly PastAttempt[];
  /** The last attempt ran out of memory: ask for less. */
  readonly smaller: boolean;
  readonly budget: BudgetView | null;
}

export interface BudgetView {
  readonly seconds: number;
  /** Seconds used, pauses not counted. */
  readonly used: number;
  /** Never below 0. */
  readonly remaining: number;
}

/** How a leaf's last attempt ended, before anything is written. */
export interface TaskEnding {
  /** Value of the `result` record. */
  readonly result: Record<string, unknown>;
  /** Absolute folder with the task's outputs; stays until the run is deleted. */
  readonly folder: string;
  readonly attempt: number;
  readonly cpu_seconds: number;
  readonly wall_seconds: number;
}

/** What a driver makes of a result; written with the change of status. */
export interface Digest {
  /** Merged into the run's metrics. */
  readonly metrics?: Record<string, number | null>;
  /** Replaces the run's result. */
  readonly result?: Record<string, unknown>;
  /** Handed to `settled` as it is. */
  readonly data?: unknown;
}

/** A run's true end, as `settled` sees it. */
export interface Settlement {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly outcome: RunOutcome | null;
  readonly failure: RunFailure | null;
  /** Only of a leaf that succeeded. */
  readonly ending: TaskEnding | null;
  readonly data: unknown;
}

export interface AdvanceContext {
  readonly now: Date;
  /** The root's. */
  readonly budget: BudgetView | null;
  /** Batch slots of this machine: all, and those that no task holds now. */
  readonly slots: { readonly total: number; readonly free: number };
  /** A stop was asked or the budget is over: keep what is finished, start nothing new but what ends the tree. */
  readonly stopping: RunOutcome | null;
  /** Past the budget's tolerance: only `finish`, `fail` or `cancel` are heard now. */
  readonly overrun: boolean;
  /** Folder of the attempt that succeeded, or null. */
  folderOf(runId: number): string | null;
  /** Aborts when the answer is no longer wanted (cancelled, server closes). */
  readonly signal: AbortSignal;
}

export interface Spawn extends NewRun {
  /** A composite of the same tree that is not ended; the run that advances when absent. */
  readonly parent_id?: number;
}

/** What a composite wants next. Everything in one answer is written in one transaction. */
export interface Decision {
  readonly spawn?: readonly Spawn[];
  /** Runs of the tree to be ended early; `pruned` and `stopped` keep a result given within the grace. */
  readonly stop?: readonly { readonly run_id: number; readonly outcome: RunOutcome }[];
  /** Ends the run; `outcome` defaults to `ctx.stopping ?? 'complete'`. Children that have not ended are stopped first, and the run is asked again then. */
  readonly finish?: { readonly outcome?: RunOutcome } & Digest;
  readonly fail?: RunFailure;
  readonly cancel?: true;
  /** What there is so far, of a run that goes on: metrics are merged, the result is replaced. What is above is asked next. */
  readonly interim?: Pick<Digest, 'metrics' | 'result'>;
  /** 0..1, of this run. */
  readonly progress?: number;
  /** Why (code + numbers): becomes a `decision` event. */
  readonly decision?: Record<string, unknown>;
  /** Ask again after so many seconds even if nothing happens. */
  readonly wakeAfterSeconds?: number;
  /** Rows of the feature's own, in the same transaction. */
  readonly write?: (tx: Tx) => Promise<void>;
}

export interface Driver {
  readonly kind: RunKind;
  readonly track: Track;
  /** A leaf runs one task; a composite lives by its children. */
  readonly shape: 'leaf' | 'composite';
  /** Of a root: the host without which nothing could begin; it waits in the queue for it, and its time does not run. */
  readonly waitsFor?: HostKind;
  /** Of a root: `interactive` is admitted beside the searches (ingest). Of a leaf: which slot its task takes. */
  readonly slot?: 'batch' | 'interactive';
  /** What a pause does to a task that runs: end it (and run it again after resume) or wait for its end. */
  readonly onPause?: 'stop' | 'finish';
  /** Slots the task takes (its threads); 1 when absent. */
  weight?(run: RunRow): number;
  /** Leaf: the task's document. A TaskFailure or ProblemError fails the run with its code, any other error is a `bug`. */
  task?(run: RunRow, ctx: TaskContext): Promise<NewTask>;
  /** Leaf: heavy work on the result (files, judge in a worker), outside any transaction, while the run is `finishing`. May run again after a crash. */
  digest?(run: RunRow, ending: TaskEnding, signal: AbortSignal): Promise<Digest>;
  /** Composite: called when its turn has come, a child has ended, a slot is free, a stop was asked, the budget is over, or its timer rang; never twice at once for one tree. */
  advance?(run: RunRow, tree: RunTree, ctx: AdvanceContext): Promise<Decision>;
  /** Same transaction as the run's last change of status; once per run. `run` is the row after the change. */
  settled?(run: RunRow, settlement: Settlement, tx: Tx): Promise<void>;
  /** Same transaction as every change of status, creation included (`from` null): mirrors such as nf_model_runs. */
  changed?(run: RunRow, from: RunRow['status'] | null, tx: Tx): Promise<void>;
}
