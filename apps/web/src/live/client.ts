/** The page's side of the event stream: subscribe to topics, hear messages, know the state. */
import type { StreamMessage } from '@minori/contract';
import { browserHub, type FromHub, type StreamState, type ToHub } from './hub.ts';

type Listener = (message: StreamMessage) => void;

interface Line {
  send(message: ToHub): void;
}

const listeners = new Set<Listener>();
const stateListeners = new Set<() => void>();
const resyncListeners = new Set<() => void>();
const wanted = new Map<string, { count: number; seq: number | null }>();
let state: StreamState = 'connecting';
let line: Line | null = null;
let announced = false;

function hear(message: FromHub): void {
  if (message.type === 'message') {
    if (message.message.topic === 'run') {
      const entry = wanted.get(`run:${message.message.event.root_id}`);
      if (entry !== undefined) entry.seq = Math.max(entry.seq ?? 0, message.message.event.seq);
    }
    for (const listener of listeners) listener(message.message);
  } else if (message.type === 'state') {
    state = message.state;
    for (const listener of stateListeners) listener();
  } else for (const listener of resyncListeners) listener();
}

function connect(): Line {
  if (typeof SharedWorker !== 'undefined') {
    const worker = new SharedWorker(new URL('./shared-worker.ts', import.meta.url), { type: 'module', name: 'minori' });
    worker.port.onmessage = (event: MessageEvent<FromHub>) => hear(event.data);
    return { send: (message) => worker.port.postMessage(message) };
  }
  const hub = browserHub();
  const port = { send: hear };
  hub.add(port);
  return { send: (message) => hub.receive(port, message) };
}

function announce(): void {
  if (announced) return;
  announced = true;
  queueMicrotask(() => {
    announced = false;
    if (line === null) {
      line = connect();
      setInterval(() => line?.send({ type: 'alive' }), 20_000);
      addEventListener('pagehide', () => line?.send({ type: 'bye' }));
      addEventListener('pageshow', (event) => {
        if (event.persisted) announce();
      });
    }
    line.send({ type: 'topics', topics: Object.fromEntries([...wanted].map(([topic, { seq }]) => [topic, seq])) });
  });
}

/** Asks for a topic until the returned function is called; `seq` is what the caller has seen already. */
export function subscribe(topic: string, seq: number | null): () => void {
  const entry = wanted.get(topic) ?? { count: 0, seq };
  entry.count += 1;
  if (seq !== null && (entry.seq === null || seq > entry.seq)) entry.seq = seq;
  wanted.set(topic, entry);
  announce();
  return () => {
    entry.count -= 1;
    if (entry.count === 0) {
      wanted.delete(topic);
      announce();
    }
  };
}

export function onMessage(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export function onResync(listener: () => void): () => void {
  resyncListeners.add(listener);
  return () => resyncListeners.delete(listener);
}
export const streamState = (): StreamState => state;
export function onState(listener: () => void): () => void {
  stateListeners.add(listener);
  return () => stateListeners.delete(listener);
}
/** After signing in or out the stream must carry the new session. */
export function restartStream(): void {
  line?.send({ type: 'restart' });
}
