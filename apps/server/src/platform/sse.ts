/** One open event stream: messages in order, at the client's pace, ended from either side. */
import type { SSEMessage } from '@fastify/sse';
import type { FastifyReply } from 'fastify';
import type { Streams } from './streams.ts';

/** A client that takes nothing for so long is gone, whatever its socket says. */
const STALLED_MS = 30_000;
const RECONNECT_MS = 1000;

/**
 * Sends what `messages` yields until it ends, the client leaves or the person's streams are closed.
 * `messages` gets a signal that fires then.
 */
export async function stream(
  reply: FastifyReply,
  streams: Streams,
  userId: string,
  messages: (signal: AbortSignal) => AsyncIterable<SSEMessage>,
): Promise<void> {
  const ending = new AbortController();
  const remove = streams.add(userId, () => ending.abort());
  reply.sse.onClose(() => ending.abort());
  const ended = new Promise<void>((resolve) =>
    ending.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  try {
    // At once, so that the client knows it is connected; and a restarted server is found soon.
    reply.sse.sendHeaders();
    reply.raw.write(`retry: ${RECONNECT_MS}\n\n`);
    for await (const message of messages(ending.signal)) {
      if (ending.signal.aborted || !reply.sse.isConnected) break;
      const stalled = setTimeout(() => reply.raw.destroy(), STALLED_MS);
      await Promise.race([reply.sse.send(message), ended]);
      clearTimeout(stalled);
    }
  } finally {
    ending.abort();
    remove();
  }
}

/** Lets one waiting reader sleep until somebody rings; a ring while nobody waits is kept. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or when the signal fires. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(signal) {
      if (!rung && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      wake = undefined;
      rung = false;
    },
  };
}
