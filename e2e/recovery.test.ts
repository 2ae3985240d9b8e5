/** kill -9 of everything, one after the other, at random moments of a running search. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, removeHome, ROOT, startProduct, until, type Product } from './product.ts';

const ROUNDS = process.env['MINORI_TEST_FULL'] === '1' ? 20 : 3;
const VICTIMS = ['server', 'host', 'child', 'database'] as const;
type Victim = (typeof VICTIMS)[number];

interface Event {
  seq: number;
  run_id: number;
  type: string;
  payload: Record<string, unknown>;
}
interface RunFacts {
  id: number;
  status: string;
  kind: string;
  name: string;
}

/** Reads a tree's events as any program would, and goes on after every break. */
function follow(product: () => Product, rootId: number): { events: Event[]; stop(): void } {
  const events: Event[] = [];
  const ended = new AbortController();
  void (async () => {
    while (!ended.signal.aborted) {
      try {
        const answer = await product().call(`/api/v1/runs/${rootId}/events`, {
          headers: { 'last-event-id': String(events.at(-1)?.seq ?? 0) },
          signal: ended.signal,
        });
        let buffer = '';
        for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
          buffer += chunk;
          for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
            const data = /^data: ?(.*)$/m.exec(buffer.slice(0, end))?.[1];
            buffer = buffer.slice(end + 2);
            if (data !== undefined) events.push(JSON.parse(data) as Event);
          }
        }
      } catch {
        // the server is gone; ask the next one
      }
      await delay(100);
    }
  })();
  return { events, stop: () => ended.abort() };
}

const tree = (pid: number): number[] => {
  const children = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const below = (parent: number): number[] =>
    children.filter(([, of]) => of === parent).flatMap(([child]) => [child].concat(below(child)));
  return below(pid);
};
const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
};

function hostPid(home: string): number | undefined {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .find((pid) => {
      const command = commandOf(pid);
      return (
        command.includes('minori_engine.host') &&
        command.includes(home) &&
        !commandOf(Number(/\nPPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)).includes(
          'minori_engine.host',
        )
      );
    });
}

function kill(victim: Victim, product: Product): boolean {
  const pid =
    victim === 'server'
      ? product.connection.pid
      : victim === 'host'
        ? hostPid(product.home)
        : victim === 'child'
          ? tree(hostPid(product.home) ?? -1)[0]
          : Number(readFileSync(join(product.home, 'pg', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  if (pid === undefined || !Number.isInteger(pid)) return false;
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** One home goes through it all. */
let product: Product;
let dataset: { id: number };
beforeAll(async () => {
  product = await startProduct({ home: makeFolder() });
  const added = await product.cli('--json', 'dataset', 'add', join(ROOT, 'samples', 'monthly-shops.csv'));
  expect(added.code, added.stderr).toBe(0);
  dataset = JSON.parse(added.stdout) as { id: number };
});
afterAll(async () => {
  await product?.stop();
  if (product !== undefined) await removeHome(product.home);
});

describe.each(VICTIMS)('kill -9 of the %s', (victim) => {
  test(
    `${ROUNDS} times at random moments: nothing seen is lost, and the run ends truly`,
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const root = await product.json<RunFacts>('/api/v1/forecasts', {
          dataset_id: dataset.id,
          horizon: 6,
          trials: 7,
          seed: round,
        });
        const watcher = follow(() => product, root.id);
        await until('the run works', () => watcher.events.some((event) => event.type === 'attempt'));
        const finishedBefore = new Map<number, string>();
        await delay(Math.random() * 1500);
        for (const run of (await product.json<{ children: RunFacts[] }>(`/api/v1/runs/${root.id}`)).children) {
          if (run.status === 'succeeded') finishedBefore.set(run.id, run.name);
        }
        kill(victim, product);
        if (victim === 'server') {
          const port = Number(new URL(product.connection.url).port);
          await product.kill();
          product = await startProduct({ home: product.home, port });
        }
        const ended = await until(
          'the run ends',
          async () => {
            const { run } = await product.json<{ run: RunFacts }>(`/api/v1/runs/${root.id}`);
            return ['succeeded', 'failed', 'cancelled'].includes(run.status) ? run : null;
          },
          120,
        );
        expect(ended.status).toBe('succeeded');
        // A run that had ended before the kill is read while the database may still be on its way back.
        const detail = await until('the run can be read', () =>
          product.json<{ children: RunFacts[]; seq: number }>(`/api/v1/runs/${root.id}`),
        );
        for (const [id, name] of finishedBefore) {
          expect(detail.children.find((run) => run.id === id)?.status, `${name} was finished before the kill`).toBe(
            'succeeded',
          );
        }
        await until('the watcher has caught up', () => (watcher.events.at(-1)?.seq ?? 0) >= detail.seq);
        watcher.stop();
        expect(watcher.events.map((event) => event.seq)).toEqual(watcher.events.map((_, at) => at + 1));

        // A fresh reader sees the very same story.
        const replay = follow(() => product, root.id);
        await until('the replay is complete', () => replay.events.length >= detail.seq);
        replay.stop();
        expect(replay.events).toEqual(watcher.events);
        const succeeded = replay.events
          .filter((event) => event.type === 'status' && event.payload['to'] === 'succeeded')
          .map((event) => event.run_id);
        expect(new Set(succeeded).size).toBe(succeeded.length);
      }
    },
    ROUNDS * 60_000 + 60_000,
  );
});
