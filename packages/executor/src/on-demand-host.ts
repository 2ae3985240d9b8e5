/** A host that takes memory only while it is needed: it starts when a task waits for it and goes when it was idle. */
import { type Executor, type ExecutorEvents, type HostState, listeners } from './executor.ts';
import type { ExecutorLog } from './log.ts';

export interface OnDemandOptions {
  readonly kind: Executor['kind'];
  /** Makes the host anew for each of its lives. */
  readonly create: () => Executor;
  readonly log: ExecutorLog;
  /** Seconds without a living task after which it goes; default 120. */
  readonly idleSeconds?: number;
}

const IDLE_SECONDS = 120;
/** Looks at an idle host so often within that time. */
const LOOKS = 4;

export function createOnDemandHost({ kind, create, log, idleSeconds = IDLE_SECONDS }: OnDemandOptions): Executor {
  const heard = listeners((error) => log.error({ err: error }, `a listener of the ${kind} host failed`));
  const absent: HostState = { kind, state: 'down', pid: null, host_id: null, mode: null, versions: {}, detail: null };
  let inner: Executor | null = null;
  let usedAt = performance.now();
  let closed = false;
  let leaving: Promise<void> | null = null;
  let coming: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  /** The host of now, made when there is none. */
  function here(): Executor {
    if (inner) return inner;
    const made = create();
    const tell =
      <E extends keyof ExecutorEvents>(event: E) =>
      (...args: Parameters<ExecutorEvents[E]>) => {
        if (inner === made) heard.tell(event, ...args);
      };
    made.on('wake', tell('wake'));
    made.on('ready', tell('ready'));
    made.on('gone', tell('gone'));
    inner = made;
    return made;
  }

  async function bringUp(): Promise<void> {
    // The one that goes has the same socket.
    await leaving;
    if (closed) return;
    usedAt = performance.now();
    timer ??= setInterval(() => void letGo(), (idleSeconds * 1000) / LOOKS).unref();
    await here().start();
  }

  async function letGo(): Promise<void> {
    const host = inner;
    if (!host || leaving || closed || host.state().state !== 'ready') return;
    const living = await host.list().catch(() => null);
    if (living === null || living.length > 0) usedAt = performance.now();
    if (inner !== host || performance.now() - usedAt < idleSeconds * 1000) return;
    inner = null;
    if (timer) clearInterval(timer);
    timer = null;
    leaving = host
      .close({ leave: false })
      .catch((error: unknown) => log.warn({ err: error }, `the idle ${kind} host did not end well`))
      .finally(() => (leaving = null));
  }

  return {
    kind,
    on: heard.on,
    state: () => inner?.state() ?? absent,
    start: bringUp,
    want() {
      usedAt = performance.now();
      if (closed || coming || (inner !== null && inner.state().state !== 'down')) return;
      coming = bringUp()
        .catch((error: unknown) => log.error({ err: error }, `the ${kind} host does not start`))
        .finally(() => (coming = null));
    },
    async submit(task) {
      usedAt = performance.now();
      await here().submit(task);
    },
    stop: async (attemptId, grace) => inner?.stop(attemptId, grace),
    list: async () => (inner === null ? [] : inner.list()),
    traces: (attemptId, folder) => here().traces(attemptId, folder),
    adopt: (attemptId, folder) => here().adopt(attemptId, folder),
    bury: (attemptId, folder) => here().bury(attemptId, folder),
    async close(options) {
      closed = true;
      if (timer) clearInterval(timer);
      await leaving;
      // One that an earlier server has left behind ends here, too.
      await (inner ?? create()).close(options);
    },
  };
}
