/** Why an attempt ended: facts of the process in, one named cause out. */
import type { ExitedEvent, FailureCause, RunFailure, TaskEvent } from '@minori/contract';

export type FailedRecord = Extract<TaskEvent, { type: 'failed' }>;

export type Exit = Pick<ExitedEvent, 'exit_code' | 'signal' | 'ended_by' | 'max_rss_bytes'>;

export interface ExitFacts {
  /** Null when nobody is left who could have seen the end. */
  readonly exit: Exit | null;
  readonly failed: Pick<FailedRecord, 'cause' | 'code' | 'params' | 'detail'> | null;
  readonly memoryLimit: number | null;
  /** The kernel killed something for memory while the attempt lived. */
  readonly kernelKilledForMemory: boolean;
}

/** Share of the memory limit above which a violent death is laid to memory. */
const NEAR_LIMIT = 0.75;

/**
 * The failure of an attempt that has given no result; null when it was ended because somebody
 * asked for it (stop, cancel, pause), which is no failure.
 */
export function failureOf(facts: ExitFacts): RunFailure | null {
  const { exit, failed } = facts;
  if (exit === null) return failure('lost_worker', 'worker_lost', {});
  switch (exit.ended_by) {
    case 'stop':
      return null;
    case 'time_limit':
      return failure('time_limit', 'time_limit', {});
    case 'lease':
      return failure('lost_worker', 'lease_expired', {});
    case 'parent_death':
      return failure('lost_worker', 'worker_lost', {});
    case 'itself':
      if (failed) return { cause: failed.cause, code: failed.code, params: failed.params, detail: failed.detail };
      return deathOf(exit, facts);
    default:
      return exit.ended_by satisfies never;
  }
}

/** A shell reports a death by signal n as exit code 128 + n. */
const SIGNAL_BY_CODE: Readonly<Record<number, string>> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  134: 'SIGABRT',
  135: 'SIGBUS',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
};

function deathOf(exit: Exit, facts: ExitFacts): RunFailure {
  const signal = exit.signal ?? (exit.exit_code === null ? undefined : SIGNAL_BY_CODE[exit.exit_code]);
  const nearLimit = facts.memoryLimit !== null && exit.max_rss_bytes >= NEAR_LIMIT * facts.memoryLimit;
  const memory = { max_rss_bytes: exit.max_rss_bytes, memory_bytes: facts.memoryLimit };
  if (signal === undefined) {
    if (exit.exit_code === 0) return failure('bug', 'no_result', {});
    if (exit.exit_code === null) return failure('lost_worker', 'worker_lost', {});
    return nearLimit
      ? failure('out_of_memory', 'out_of_memory', memory)
      : failure('bug', 'exit_code', { exit_code: exit.exit_code });
  }
  switch (signal) {
    case 'SIGKILL':
      return facts.kernelKilledForMemory || nearLimit
        ? failure('out_of_memory', 'out_of_memory', memory)
        : failure('lost_worker', 'killed', { signal });
    case 'SIGTERM':
    case 'SIGINT':
    case 'SIGHUP':
    case 'SIGQUIT':
      return failure('lost_worker', 'killed', { signal });
    case 'SIGXCPU':
      return failure('time_limit', 'time_limit', { signal });
    case 'SIGXFSZ':
      return failure('no_disk', 'no_disk', { signal });
    default:
      // An allocator that gets nothing under RLIMIT_DATA aborts or faults instead of saying so.
      return nearLimit ? failure('out_of_memory', 'out_of_memory', memory) : failure('bug', 'crashed', { signal });
  }
}

const failure = (cause: FailureCause, code: string, params: Record<string, unknown>): RunFailure => ({
  cause,
  code,
  params,
  detail: '',
});

export type Retry = 'again' | 'smaller' | 'no';

const MOST_LOST_ATTEMPTS = 3;

/**
 * Whether a run is tried again. `past` has the causes of all its attempts, the one that has just
 * ended included; attempts ended on request have null and never count.
 */
export function retryOf(cause: FailureCause, past: readonly (FailureCause | null)[]): Retry {
  const times = past.filter((other) => other === cause).length;
  switch (cause) {
    case 'lost_worker':
      return times < MOST_LOST_ATTEMPTS ? 'again' : 'no';
    case 'out_of_memory':
      return times < 2 ? 'smaller' : 'no';
    case 'time_limit':
    case 'bad_data':
    case 'bug':
    case 'no_disk':
    case 'unavailable':
      return 'no';
    default:
      return cause satisfies never;
  }
}
