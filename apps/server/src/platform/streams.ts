/** Open event streams by person, so that ending an identity or the server ends them too. */
export interface Streams {
  /** Registers a stream; call the answer when it has closed. */
  add(userId: string, close: () => void): () => void;
  closeOf(userId: string): void;
  closeAll(): void;
  count(): number;
}

export function createStreams(): Streams {
  const open = new Map<symbol, { userId: string; close: () => void }>();
  return {
    add(userId, close) {
      const id = Symbol('stream');
      open.set(id, { userId, close });
      return () => void open.delete(id);
    },
    closeOf(userId) {
      for (const stream of open.values()) if (stream.userId === userId) stream.close();
    },
    closeAll() {
      for (const stream of open.values()) stream.close();
    },
    count: () => open.size,
  };
}
