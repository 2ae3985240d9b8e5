/**
 * One event stream for all tabs of a browser. Runs in a SharedWorker, or in the page where there
 * is none. Knows topics and cursors; nothing of what the messages mean.
 */
import type { StreamMessage } from '@minori/contract';

export type StreamState = 'connecting' | 'open' | 'lost';
export type ToHub =
  | { type: 'topics'; topics: Record<string, number | null> }
  | { type: 'alive' }
  | { type: 'restart' }
  | { type: 'bye' };
export type FromHub =
  | { type: 'message'; message: StreamMessage }
  | { type: 'state'; state: StreamState }
  /** The stream stood still (sleep, restarted server): what it does not replay must be fetched again. */
  | { type: 'resync' };

export interface Port {
  send(message: FromHub): void;
}
export interface Source {
  close(): void;
}
export interface HubDeps {
  open(url: string, on: { open(): void; data(text: string): void; error(): void }): Source;
  now(): number;
  later(ms: number, run: () => void): () => void;
}

const SETTLE = 60;
const FIRST_RETRY = 500;
const LAST_RETRY = 10_000;
/** A tab that was not heard of for so long is gone; background tabs may speak once a minute only. */
const TAB_SILENCE = 180_000;

export const topicsUrl = (topics: ReadonlyMap<string, number | null>): string =>
  `/api/v1/events?topics=${[...topics]
    .map(([topic, seq]) => encodeURIComponent(seq === null ? topic : `${topic}@${seq}`))
    .toSorted()
    .join(',')}`;

/** Topics whose messages are numbered without holes can be resumed. */
function cursorOf(message: StreamMessage): { topic: string; seq: number } | null {
  if (message.topic === 'run') return { topic: `run:${message.event.root_id}`, seq: message.event.seq };
  if (message.topic === 'theme') return { topic: `theme:${message.event.theme_id}`, seq: message.event.seq };
  return null;
}

export function createHub(deps: HubDeps) {
  const ports = new Map<Port, { topics: Record<string, number | null>; heard: number }>();
  /** Newest seq of each numbered topic that has passed through here. */
  const cursors = new Map<string, number>();
  let source: Source | null = null;
  let shown = '';
  let state: StreamState = 'connecting';
  let retry = FIRST_RETRY;
  let cancelRetry: (() => void) | null = null;
  let cancelSettle: (() => void) | null = null;
  let wasOpen = false;

  const broadcast = (message: FromHub) => {
    for (const port of ports.keys()) port.send(message);
  };
  const setState = (next: StreamState) => {
    if (state === next) return;
    state = next;
    broadcast({ type: 'state', state });
  };
  const union = (): Map<string, number | null> => {
    const all = new Map<string, number | null>();
    for (const { topics } of ports.values())
      for (const [topic, seq] of Object.entries(topics)) {
        // Tabs may stand at different points: replay from the oldest, each drops what it has seen.
        const known = all.get(topic);
        const from = seq === null ? (cursors.get(topic) ?? null) : seq;
        all.set(topic, known === undefined || known === null ? from : from === null ? known : Math.min(known, from));
      }
    return all;
  };
  const names = (topics: ReadonlyMap<string, unknown>) => [...topics.keys()].toSorted().join(',');

  function receive(text: string) {
    let message: StreamMessage;
    try {
      message = JSON.parse(text) as StreamMessage;
    } catch {
      return;
    }
    const passed = cursorOf(message);
    if (passed !== null) {
      const { topic, seq } = passed;
      cursors.set(topic, Math.max(cursors.get(topic) ?? 0, seq));
      for (const { topics } of ports.values()) {
        const at = topics[topic];
        if (at !== undefined && (at === null || at < seq)) topics[topic] = seq;
      }
    }
    broadcast({ type: 'message', message });
  }

  function reconnect() {
    cancelRetry?.();
    cancelRetry = null;
    source?.close();
    source = null;
    const topics = union();
    shown = names(topics);
    if (topics.size === 0) return;
    // A lost stream stays lost for the reader until it is open again, however often it is tried.
    if (state !== 'lost') setState('connecting');
    const mine = deps.open(topicsUrl(topics), {
      open() {
        if (source !== mine) return;
        retry = FIRST_RETRY;
        setState('open');
        if (wasOpen) broadcast({ type: 'resync' });
        wasOpen = true;
      },
      data(text) {
        if (source === mine) receive(text);
      },
      error() {
        if (source !== mine) return;
        source = null;
        mine.close();
        setState('lost');
        cancelRetry = deps.later(retry, reconnect);
        retry = Math.min(retry * 2, LAST_RETRY);
      },
    });
    source = mine;
  }
  /** Topics change in bursts while a page mounts. */
  function settle() {
    cancelSettle?.();
    cancelSettle = deps.later(SETTLE, () => {
      cancelSettle = null;
      if (names(union()) !== shown || (source === null && cancelRetry === null)) {
        wasOpen = false;
        reconnect();
      }
    });
  }

  return {
    add(port: Port) {
      ports.set(port, { topics: {}, heard: deps.now() });
      port.send({ type: 'state', state });
    },
    receive(port: Port, message: ToHub) {
      const entry = ports.get(port) ?? { topics: {}, heard: 0 };
      entry.heard = deps.now();
      ports.set(port, entry);
      if (message.type === 'topics') {
        entry.topics = { ...message.topics };
        settle();
      } else if (message.type === 'bye') {
        ports.delete(port);
        settle();
      } else if (message.type === 'restart') {
        retry = FIRST_RETRY;
        reconnect();
      }
    },
    /** Called on a timer; a long hole between two calls means that the machine slept. */
    sweep(sleptMs: number) {
      const now = deps.now();
      for (const [port, entry] of ports) if (now - entry.heard > TAB_SILENCE + sleptMs) ports.delete(port);
      if (sleptMs > 0 && ports.size > 0) reconnect();
      else settle();
    },
  };
}
export type Hub = ReturnType<typeof createHub>;

const SWEEP = 15_000;
export const browserHub = (): Hub => {
  const hub = createHub({
    open(url, on) {
      const stream = new EventSource(url);
      stream.addEventListener('open', () => on.open());
      stream.addEventListener('error', () => on.error());
      const data = (event: MessageEvent<string>) => on.data(event.data);
      for (const name of ['message', 'run', 'runs', 'resources', 'setup', 'theme']) stream.addEventListener(name, data);
      return stream;
    },
    now: () => Date.now(),
    later(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  });
  let last = Date.now();
  setInterval(() => {
    const gap = Date.now() - last - SWEEP;
    last = Date.now();
    hub.sweep(gap > SWEEP ? gap : 0);
  }, SWEEP);
  return hub;
};
