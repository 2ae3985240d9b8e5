/** What the dispatcher asks of whatever runs tasks; the Python host and the Node host are two of these. */
import type { HostKind, TaskDocument } from '@minori/contract';
import type { AttemptTraces } from '@minori/run-engine';

export interface HostState {
  readonly kind: HostKind;
  /** `down`: not there (not installed yet, or it died and is being started again). */
  readonly state: 'down' | 'starting' | 'ready';
  readonly pid: number | null;
  readonly host_id: string | null;
  /** How a task gets its process; null before the host is ready. */
  readonly mode: 'fork' | 'spawn' | null;
  /** Library -> version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Technical reason of `down`. */
  readonly detail: string | null;
}

export interface ExecutorEvents {
  /** New records lie in the attempt's spool; `ended`: its last one is among them. */
  readonly wake: (attemptId: number, ended: boolean) => void;
  /** Tasks are taken from now on (again). */
  readonly ready: () => void;
  /** The host died, and its tasks with it; their spools have no end yet. */
  readonly gone: () => void;
}

export interface Executor {
  readonly kind: HostKind;
  state(): HostState;
  /** Answers once the host takes tasks or has failed to start; a host that dies later comes back by itself. */
  start(): Promise<void>;
  /** A task waits for it: a host that is only there on demand starts now. Others are up or coming anyway. */
  want?(): void;
  /** Returns the function that ends the listening. */
  on<E extends keyof ExecutorEvents>(event: E, listener: ExecutorEvents[E]): () => void;
  /** Writes task.json into the task's folder and starts it. Idempotent by attempt id. Throws when the host is not there. */
  submit(task: TaskDocument): Promise<void>;
  /** SIGTERM to the task's process group now, SIGKILL after the grace. Does not wait for the end. */
  stop(attemptId: number, graceSeconds: number): Promise<void>;
  /** Attempt ids whose process lives. */
  list(): Promise<readonly number[]>;
  /** What is left of an attempt of an earlier server or host. */
  traces(attemptId: number, folder: string): Promise<Omit<AttemptTraces, 'host' | 'status'>>;
  /** Watches over a task that an earlier server started. */
  adopt(attemptId: number, folder: string): Promise<void>;
  /** Ends what may be left of an attempt nobody watches, and writes its `exited` record. */
  bury(attemptId: number, folder: string): Promise<void>;
  /** `leave`: tasks live on for one lease; otherwise every task is ended first. */
  close(options: { leave: boolean }): Promise<void>;
}

/** A list of listeners; a listener that throws does not keep the others from hearing. */
export function listeners(report: (error: unknown) => void) {
  const heard: { [E in keyof ExecutorEvents]: Set<ExecutorEvents[E]> } = {
    wake: new Set(),
    ready: new Set(),
    gone: new Set(),
  };
  return {
    on<E extends keyof ExecutorEvents>(event: E, listener: ExecutorEvents[E]): () => void {
      heard[event].add(listener);
      return () => heard[event].delete(listener);
    },
    tell<E extends keyof ExecutorEvents>(event: E, ...args: Parameters<ExecutorEvents[E]>): void {
      for (const listener of heard[event]) {
        try {
          (listener as (...values: Parameters<ExecutorEvents[E]>) => void)(...args);
        } catch (error) {
          report(error);
        }
      }
    },
  };
}
