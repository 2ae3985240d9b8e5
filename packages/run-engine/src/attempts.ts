/** One try at a leaf: what its records add up to, and what that means for the run. */
import type { FailureCause, HostKind, RunFailure, RunStatus, TaskEvent } from '@minori/contract';
import { failureOf, retryOf, type Exit, type FailedRecord } from './causes.ts';

export interface AttemptFacts {
  /** Last record taken into account. */
  readonly seq: number;
  readonly started: boolean;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly failed: Pick<FailedRecord, 'cause' | 'code' | 'params' | 'detail'> | null;
  readonly exit: Exit | null;
}

export const NO_RECORDS: AttemptFacts = { seq: 0, started: false, result: null, failed: null, exit: null };

/** Records that are new after `seq`, in order, each once: a spool may be read twice or from before. */
export function newRecords(records: readonly TaskEvent[], seq: number): TaskEvent[] {
  const fresh: TaskEvent[] = [];
  let last = seq;
  for (const record of records.toSorted((a, b) => a.seq - b.seq)) {
    if (record.seq <= last) continue;
    fresh.push(record);
    last = record.seq;
  }
  return fresh;
}

/** The first result, the first failure and the first end count; what comes after an end is ignored. */
export function takeRecords(facts: AttemptFacts, records: readonly TaskEvent[]): AttemptFacts {
  let { started, result, failed, exit, seq } = facts;
  for (const record of newRecords(records, facts.seq)) {
    seq = record.seq;
    if (exit !== null) continue;
    if (record.type === 'started') started = true;
    else if (record.type === 'result') result ??= record.value;
    else if (record.type === 'failed') failed ??= record;
    else if (record.type === 'exited') exit = record;
  }
  return { seq, started, result, failed, exit };
}

export interface LeafEnd {
  /** `digest`: the result is there, the driver's work on it is next. */
  readonly next: 'digest' | 'queued' | 'paused' | 'failed' | 'cancelled';
  /** Of the attempt: null when it gave a result or was ended on request. */
  readonly failure: RunFailure | null;
}

export interface LeafEndInput {
  readonly status: RunStatus;
  readonly facts: AttemptFacts;
  readonly memoryLimit: number | null;
  readonly kernelKilledForMemory: boolean;
  /** Causes of the earlier attempts, oldest first. */
  readonly past: readonly (FailureCause | null)[];
}

/**
 * What the end of its attempt means for a leaf. A result counts however the process died after it,
 * unless the run is being cancelled; a run that is paused or stopped is not failed by its own end.
 */
export function endOfLeaf(input: LeafEndInput): LeafEnd {
  const { status, facts } = input;
  if (status === 'cancelling') return { next: 'cancelled', failure: null };
  if (facts.result !== null) return { next: 'digest', failure: null };
  const failure = failureOf({
    exit: facts.exit,
    failed: facts.failed,
    memoryLimit: input.memoryLimit,
    kernelKilledForMemory: input.kernelKilledForMemory,
  });
  // `finishing` without a result means that a stop was asked: there is nothing to keep.
  if (status === 'finishing') return { next: 'cancelled', failure };
  if (failure === null) return { next: status === 'pausing' ? 'paused' : 'queued', failure: null };
  const retry = retryOf(failure.cause, [...input.past, failure.cause]);
  if (retry === 'no') return { next: 'failed', failure };
  return { next: status === 'pausing' ? 'paused' : 'queued', failure };
}

export interface AttemptTraces {
  readonly host: HostKind;
  readonly status: 'starting' | 'running' | 'ended';
  /** What the host says about it; `unknown` also when the host is a new one. */
  readonly hostSays: 'running' | 'exited' | 'unknown';
  /** The process of that pid and start time is there. */
  readonly processLives: boolean;
  /** Its spool has an `exited` record. */
  readonly spoolEnded: boolean;
  /** Its spool has any record. */
  readonly spoolBegun: boolean;
}

/**
 * What a starting server does with an attempt it finds.
 * `adopt`: it lives, read on. `finish`: its end is in the spool, read it. `submit`: no host has
 * ever seen it, so the same attempt may go out (again). `lost`: nobody lives who could write the
 * end, so recovery writes it; whether the run is retried or fails is `endOfLeaf`'s.
 */
export type RecoveryStep = 'adopt' | 'finish' | 'submit' | 'lost' | 'none';

export function recoverAttempt(traces: AttemptTraces): RecoveryStep {
  if (traces.status === 'ended') return 'none';
  if (traces.spoolEnded) return 'finish';
  if (traces.hostSays === 'running' || traces.processLives) return 'adopt';
  if (traces.status === 'starting' && !traces.spoolBegun && traces.hostSays === 'unknown') return 'submit';
  return 'lost';
}
