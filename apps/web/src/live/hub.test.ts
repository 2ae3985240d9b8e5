import type { StreamMessage } from '@minori/contract';
import { expect, test } from 'vitest';
import { createHub, type FromHub, topicsUrl } from './hub.ts';

function bench() {
  const opened: { url: string; closed: boolean; on: { open(): void; data(text: string): void; error(): void } }[] = [];
  const timers: { at: number; run: () => void }[] = [];
  let clock = 0;
  const hub = createHub({
    open(url, on) {
      const entry = { url, closed: false, on };
      opened.push(entry);
      return { close: () => (entry.closed = true) };
    },
    now: () => clock,
    later(ms, run) {
      const timer = { at: clock + ms, run };
      timers.push(timer);
      return () => {
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
      };
    },
  });
  const pass = (ms: number) => {
    clock += ms;
    for (;;) {
      const index = timers.findIndex((timer) => timer.at <= clock);
      if (index < 0) return;
      timers.splice(index, 1)[0]?.run();
    }
  };
  const tab = () => {
    const heard: FromHub[] = [];
    const port = { send: (message: FromHub) => heard.push(message) };
    hub.add(port);
    return { port, heard };
  };
  const runEvent = (seq: number): string =>
    JSON.stringify({
      topic: 'run',
      event: { root_id: 7, seq, run_id: 7, type: 'progress', payload: {}, created_at: '2026-01-01T00:00:00Z' },
    } satisfies StreamMessage);
  return { hub, opened, pass, tab, runEvent };
}

test('two tabs share one stream over the union of their topics', () => {
  const { hub, opened, pass, tab } = bench();
  const [a, b] = [tab(), tab()];
  hub.receive(a.port, { type: 'topics', topics: { runs: null } });
  hub.receive(b.port, { type: 'topics', topics: { runs: null, 'run:7': 3 } });
  pass(100);
  expect(opened.map((o) => o.url)).toEqual(['/api/v1/events?topics=run%3A7%403,runs']);
});

test('a lost stream goes on after the last event that passed through', () => {
  const { hub, opened, pass, tab, runEvent } = bench();
  const a = tab();
  hub.receive(a.port, { type: 'topics', topics: { 'run:7': 3 } });
  pass(100);
  opened[0]?.on.open();
  opened[0]?.on.data(runEvent(4));
  opened[0]?.on.data(runEvent(5));
  opened[0]?.on.error();
  expect(a.heard.at(-1)).toEqual({ type: 'state', state: 'lost' });
  pass(600);
  expect(opened[1]?.url).toBe('/api/v1/events?topics=run%3A7%405');
  opened[1]?.on.open();
  expect(a.heard.at(-1)).toEqual({ type: 'resync' });
});

test('retries wait longer and longer, and end when nobody listens', () => {
  const { hub, opened, pass, tab } = bench();
  const a = tab();
  hub.receive(a.port, { type: 'topics', topics: { runs: null } });
  pass(100);
  for (const wait of [500, 1000, 2000]) {
    opened.at(-1)?.on.error();
    const before = opened.length;
    pass(wait - 1);
    expect(opened.length).toBe(before);
    pass(1);
    expect(opened.length).toBe(before + 1);
  }
  hub.receive(a.port, { type: 'bye' });
  pass(100);
  expect(opened.at(-1)?.closed).toBe(true);
});

test('a lost stream counts as lost until it is open again', () => {
  const { hub, opened, pass, tab } = bench();
  const a = tab();
  hub.receive(a.port, { type: 'topics', topics: { runs: null } });
  pass(100);
  opened[0]?.on.open();
  opened[0]?.on.error();
  const states = () => a.heard.flatMap((message) => (message.type === 'state' ? [message.state] : []));
  pass(500);
  opened[1]?.on.error();
  pass(1000);
  expect(states()).toEqual(['connecting', 'open', 'lost']);
  opened[2]?.on.open();
  expect(states().at(-1)).toBe('open');
});

test('a machine that slept opens the stream anew', () => {
  const { hub, opened, pass, tab } = bench();
  const a = tab();
  hub.receive(a.port, { type: 'topics', topics: { runs: null } });
  pass(100);
  opened[0]?.on.open();
  hub.sweep(600_000);
  expect(opened).toHaveLength(2);
  expect(opened[0]?.closed).toBe(true);
});

test('topics become one address', () => {
  expect(
    topicsUrl(
      new Map([
        ['b', null],
        ['run:1', 0],
      ]),
    ),
  ).toBe('/api/v1/events?topics=b,run%3A1%400');
});
