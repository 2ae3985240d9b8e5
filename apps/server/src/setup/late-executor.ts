/** An executor whose engine is still being installed: `down` until it is there, then the executor itself. */
import type { HostKind } from '@minori/contract';
import { ProblemError } from '@minori/contract';
import type { Executor, HostState } from '@minori/executor';

export interface LateExecutor extends Executor {
  /** From now on everything goes to this one; listeners so far are its listeners. */
  become(executor: Executor): void;
}

type Subscription = (executor: Executor) => () => void;

export function createLateExecutor(kind: HostKind): LateExecutor {
  let inner: Executor | null = null;
  const waiting = new Map<symbol, Subscription>();
  const attached = new Map<symbol, () => void>();
  const absent: HostState = { kind, state: 'down', pid: null, host_id: null, mode: null, versions: {}, detail: null };
  const here = (): Executor => {
    if (inner === null) throw new ProblemError('engine_not_ready', 503, { host: kind });
    return inner;
  };

  return {
    kind,
    state: () => inner?.state() ?? absent,
    start: async () => inner?.start(),
    want: () => inner?.want?.(),
    on(event, listener) {
      const id = Symbol(event);
      const subscribe = (executor: Executor) => executor.on(event, listener);
      if (inner) attached.set(id, subscribe(inner));
      else waiting.set(id, subscribe);
      return () => {
        waiting.delete(id);
        attached.get(id)?.();
        attached.delete(id);
      };
    },
    submit: (task) => here().submit(task),
    stop: async (attemptId, grace) => inner?.stop(attemptId, grace),
    list: async () => (inner === null ? [] : inner.list()),
    traces: (attemptId, folder) => here().traces(attemptId, folder),
    adopt: (attemptId, folder) => here().adopt(attemptId, folder),
    bury: (attemptId, folder) => here().bury(attemptId, folder),
    close: async (options) => inner?.close(options),
    become(executor) {
      inner = executor;
      for (const [id, subscribe] of waiting) attached.set(id, subscribe(executor));
      waiting.clear();
    },
  };
}
