/** What a task that runs in a Node child process sees; the host's side lies in packages/executor. */
import type { FailureCause, TaskLimits } from './engine.ts';

export interface NodeTask {
  readonly input: Record<string, unknown>;
  /** Absolute folder of the attempt; outputs go here. */
  readonly folder: string;
  readonly seed: number;
  readonly limits: TaskLimits;
}

export interface TaskIo {
  /** `fraction` 0..1 or null; `phase` is a stable word the UI translates. */
  progress(fraction: number | null, phase: string, done?: number, total?: number): void;
  log(level: 'debug' | 'info' | 'warning' | 'error', message: string): void;
  metric(series: string, steps: number[], values: (number | null)[]): void;
  /** What may be shown already although the task goes on. */
  partial(value: Record<string, unknown>): void;
  /** Names a finished file; `path` is relative to the folder. Hashes and fsyncs it first. */
  artifact(name: string, path: string, mediaType: string): Promise<void>;
  /** Aborts when the host asks the task to end (SIGTERM); a result within the grace still counts. */
  readonly signal: AbortSignal;
}

export type NodeTaskFunction = (task: NodeTask, io: TaskIo) => Promise<Record<string, unknown>>;

/** Task kind (`ingest.build`) -> function. A package's `./tasks` module exports one as `tasks`. */
export type NodeTasks = Record<string, NodeTaskFunction>;

/** A failure with a known cause; every other error a task throws is a `bug`. */
export class TaskFailure extends Error {
  readonly failureCause: FailureCause;
  readonly code: string;
  readonly params: Record<string, unknown>;
  readonly detail: string;
  constructor(failureCause: FailureCause, code: string, params: Record<string, unknown> = {}, detail = '') {
    super(`${failureCause}: ${code}`);
    this.name = 'TaskFailure';
    this.failureCause = failureCause;
    this.code = code;
    this.params = params;
    this.detail = detail;
  }
}
