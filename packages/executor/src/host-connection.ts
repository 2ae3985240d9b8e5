/** One connection to a Python host: commands out, replies in order, unasked messages between them. */
import { connect, type Socket } from 'node:net';
import { type HostAttempt, type HostCommand, type HostMessage, hostMessage } from '@minori/contract';

type Reply = Extract<HostMessage, { message: 'reply' }>;
export type Unasked = Exclude<HostMessage, { message: 'reply' }>;

export interface HostConnection {
  /** Attempts that the reply carries. Throws with the host's own word when it refuses, or when the connection is lost. */
  ask(command: HostCommand): Promise<readonly HostAttempt[]>;
  close(): void;
}

/** A host answers within this, unless it is importing a large library just then. */
const REPLY_MS = 60_000;
const MOST_UNREAD_BYTES = 4 << 20;

export class HostRefusal extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`the host refused: ${code}`);
    this.name = 'HostRefusal';
    this.code = code;
  }
}

/** Rejects when nobody listens on the socket. `onClose` is called once, also after `close()`. */
export async function connectHost(
  socketPath: string,
  onMessage: (message: Unasked) => void,
  onClose: (error: Error | null) => void,
): Promise<HostConnection> {
  const socket = await open(socketPath);
  const waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void; timer: NodeJS.Timeout }[] = [];
  let rest = '';
  let failure: Error | null = null;

  const fail = (error: Error) => {
    failure ??= error;
    socket.destroy();
  };
  const take = (line: string) => {
    const parsed = hostMessage.safeParse(JSON.parse(line));
    if (!parsed.success) throw new Error(`unknown message of the host: ${line.slice(0, 200)}`);
    if (parsed.data.message !== 'reply') return onMessage(parsed.data);
    const asked = waiting.shift();
    if (!asked) throw new Error('the host replied to nothing');
    clearTimeout(asked.timer);
    asked.resolve(parsed.data);
  };
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    rest += text;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    try {
      if (rest.length > MOST_UNREAD_BYTES) throw new Error('the host sends a line without an end');
      for (const line of lines) if (line !== '') take(line);
    } catch (error) {
      fail(error as Error);
    }
  });
  socket.on('error', fail);
  socket.on('close', () => {
    for (const asked of waiting.splice(0)) {
      clearTimeout(asked.timer);
      asked.reject(failure ?? new Error('the connection to the host is closed'));
    }
    onClose(failure);
  });

  return {
    async ask(command) {
      const reply = await new Promise<Reply>((resolve, reject) => {
        if (socket.destroyed) return reject(failure ?? new Error('the connection to the host is closed'));
        const timer = setTimeout(() => fail(new Error(`the host did not answer ${command.command}`)), REPLY_MS);
        waiting.push({ resolve, reject, timer });
        socket.write(`${JSON.stringify(command)}\n`);
      });
      if (!reply.ok) throw new HostRefusal(reply.error ?? 'refused');
      return reply.attempts ?? [];
    },
    close: () => socket.destroy(),
  };
}

async function open(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.removeAllListeners('error');
  return socket;
}
