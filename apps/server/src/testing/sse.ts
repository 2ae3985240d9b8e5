/** Reads an event stream over a real socket, as a browser or a program does. */
export interface SseEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

export interface SseReader {
  readonly status: number;
  /** The next events, waiting for them. */
  take(count: number): Promise<SseEvent[]>;
  /** Resolves when the server has ended the stream. */
  ended(): Promise<void>;
  close(): void;
}

export async function openEvents(url: string, headers: Record<string, string>): Promise<SseReader> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const events: SseEvent[] = [];
  let over = false;
  let wake = () => {};
  const reading = (async () => {
    let text = '';
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const event = parse(text.slice(0, end));
          text = text.slice(end + 2);
          if (event) events.push(event);
        }
        wake();
      }
    } catch (error) {
      if (!abort.signal.aborted && !(error instanceof TypeError)) throw error;
    } finally {
      over = true;
      wake();
    }
  })();
  return {
    status: response.status,
    async take(count) {
      while (events.length < count && !over)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return events.splice(0, count);
    },
    ended: () => reading,
    close: () => abort.abort(),
  };
}

function parse(block: string): SseEvent | null {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = fields.get('data');
  return data === undefined
    ? null
    : { id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data: JSON.parse(data) };
}
