/** What every host promises, whatever runs its tasks. Called once per host by its test file. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostKind, TaskDocument, TaskEvent, TaskLimits } from '@minori/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Executor } from '../executor.ts';
import { isAlive, processFacts } from '../process-facts.ts';
import { readSpool, SPOOL_START } from '../spool.ts';

export interface HostUnderTest {
  readonly kind: HostKind;
  /** A host as a starting server makes it; called again for the "next server". */
  create(home: string): Executor;
  /** Seconds a host of this kind may take to be ready. */
  readonly startMs: number;
}

let lastAttempt = 0;

export function taskIn(
  home: string,
  kind: string,
  input: Record<string, unknown> = {},
  limits: Partial<TaskLimits> = {},
): TaskDocument {
  lastAttempt += 1;
  return {
    protocol: 1,
    attempt_id: lastAttempt,
    run_id: 1,
    kind,
    slot: 'batch',
    folder: join(home, 'spool', String(lastAttempt)),
    seed: 1,
    limits: { memory_bytes: null, threads: 1, seconds: null, grace_seconds: 0.3, ...limits },
    input,
  };
}

/** Reads an attempt's spool as its records come, until one satisfies `until`. */
export async function records(
  host: Executor,
  task: TaskDocument,
  until: (event: TaskEvent) => boolean,
): Promise<TaskEvent[]> {
  const all: TaskEvent[] = [];
  let position = SPOOL_START;
  let woken = Promise.withResolvers<void>();
  const off = host.on('wake', (attemptId) => attemptId === task.attempt_id && woken.resolve());
  try {
    for (;;) {
      woken = Promise.withResolvers<void>();
      const batch = await readSpool(task.folder, position);
      position = batch.position;
      all.push(...batch.records);
      if (batch.records.some(until)) return all;
      if (!batch.more) await woken.promise;
    }
  } finally {
    off();
  }
}

const isEnd = (event: TaskEvent): boolean => event.type === 'exited';

export function ofType<T extends TaskEvent['type']>(
  events: readonly TaskEvent[],
  type: T,
): Extract<TaskEvent, { type: T }>[] {
  return events.filter((event): event is Extract<TaskEvent, { type: T }> => event.type === type);
}

async function run(host: Executor, task: TaskDocument): Promise<TaskEvent[]> {
  const done = records(host, task, isEnd);
  await host.submit(task);
  return await done;
}

export function hostConformance(under: HostUnderTest): void {
  describe(`${under.kind} host`, () => {
    let home: string;
    let host: Executor;
    const task = (kind: string, input?: Record<string, unknown>, limits?: Partial<TaskLimits>) =>
      taskIn(home, `selftest.${kind}`, input, limits);
    const result = async (document: TaskDocument) => ofType(await run(host, document), 'result')[0]?.value;
    const end = async (document: TaskDocument) => ofType(await run(host, document), 'exited')[0];

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'minori-host-'));
      host = under.create(home);
      await host.start();
      expect(host.state()).toMatchObject({ kind: under.kind, state: 'ready' });
    }, under.startMs);
    afterAll(async () => {
      await host.close({ leave: false });
      await rm(home, { recursive: true });
    });

    test('runs a task: records are numbered without holes, outputs lie in the folder', async () => {
      const document = task('normal', { steps: 3 });
      const events = await run(host, document);
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
      expect(events[0]).toMatchObject({ type: 'started' });
      expect(ofType(events, 'progress').map((event) => event.fraction)).toEqual([1 / 3, 2 / 3, 1]);
      expect(ofType(events, 'metric')).toHaveLength(3);
      expect(ofType(events, 'log')).toHaveLength(1);
      expect(ofType(events, 'partial')[0]?.value).toEqual({ ready: true });
      expect(ofType(events, 'result')[0]?.value).toEqual({ steps: 3 });
      expect(events.at(-1)).toMatchObject({ type: 'exited', exit_code: 0, signal: null, ended_by: 'itself' });
      const [artifact] = ofType(events, 'artifact');
      expect(artifact).toMatchObject({ name: 'note', path: 'note.txt', media_type: 'text/plain' });
      expect((await readFile(join(document.folder, 'note.txt'))).length).toBe(artifact?.bytes);
    });

    test('takes the same attempt once', async () => {
      const document = task('sleep', { seconds: 0.3 });
      const done = records(host, document, isEnd);
      await Promise.all([host.submit(document), host.submit(document)]);
      await host.submit(document);
      expect(await host.list()).toEqual([document.attempt_id]);
      expect(ofType(await done, 'started')).toHaveLength(1);
      expect(await host.list()).toEqual([]);
    });

    test('does not take a folder that another task has left for its own', async () => {
      const old = task('echo', { mine: false });
      await run(host, old);
      const document = { ...task('echo', { mine: true }), folder: old.folder };
      await host.submit(document);
      const [answer] = ofType(await records(host, document, isEnd), 'result');
      expect(answer?.value).toMatchObject({ mine: true });
    });

    test('ends a task that hangs when its time is over', async () => {
      expect(await end(task('hang', {}, { seconds: 0.3 }))).toMatchObject({ ended_by: 'time_limit' });
    });

    test('kills a task that ignores SIGTERM after its grace', async () => {
      const document = task('stubborn');
      const begun = records(host, document, (event) => event.type === 'progress');
      const done = records(host, document, isEnd);
      await host.submit(document);
      await begun;
      await host.stop(document.attempt_id, 0.2);
      expect((await done).at(-1)).toMatchObject({ ended_by: 'stop', signal: 'SIGKILL' });
    });

    test('hears a result that is given within the grace', async () => {
      const document = task('checkpoint');
      const begun = records(host, document, (event) => event.type === 'progress');
      const done = records(host, document, isEnd);
      await host.submit(document);
      await begun;
      await host.stop(document.attempt_id, 30);
      const events = await done;
      expect(ofType(events, 'result')[0]?.value).toEqual({ stopped: true });
      expect(events.at(-1)).toMatchObject({ ended_by: 'stop', exit_code: 0 });
    });

    test('is not confused by what a task prints', async () => {
      expect(await result(task('prints', { lines: 200 }))).toEqual({ lines: 200 });
    });

    test('survives a flood: log lines are left out and counted, nothing else is lost', async () => {
      const events = await run(host, task('flood', { events: 100_000, bytes: 20 }));
      const lines = ofType(events, 'log');
      const leftOut = lines.map((line) => Number(/^(\d+) log lines left out$/.exec(line.message)?.[1] ?? 0));
      const notes = leftOut.filter((count) => count > 0).length;
      expect(lines.length - notes + leftOut.reduce((sum, count) => sum + count, 0)).toBe(100_000);
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
      expect(ofType(events, 'result')[0]?.value).toEqual({ events: 100_000 });
    });

    test('lets memory beyond the limit cost one task', async () => {
      const events = await run(host, task('memory', { step_bytes: 64 << 20 }, { memory_bytes: 1 << 30 }));
      expect(ofType(events, 'result')).toHaveLength(0);
      const steps = ofType(events, 'progress');
      expect(steps.length).toBeGreaterThan(2);
      // A host may grant what its own runtime takes on top.
      expect(steps.length).toBeLessThanOrEqual(24);
      const [failed] = ofType(events, 'failed');
      const [exited] = ofType(events, 'exited');
      expect(failed?.cause === 'out_of_memory' || exited?.signal !== null).toBe(true);
      expect(exited?.max_rss_bytes).toBeGreaterThan(100 << 20);
      expect(await result(task('echo', { alive: true }))).toMatchObject({ alive: true });
    });

    test.each([0, 3])('reports an exit without a result, code %i', async (code) => {
      const events = await run(host, task('silent', { exit_code: code }));
      expect(events.map((event) => event.type).filter((type) => type !== 'usage')).toEqual(['started', 'exited']);
      expect(events.at(-1)).toMatchObject({ exit_code: code, signal: null, ended_by: 'itself' });
    });

    test.each(['SIGSEGV', 'SIGKILL', 'SIGABRT'])('reports a death by %s', async (signal) => {
      expect(await end(task('signal', { signal }))).toMatchObject({ exit_code: null, signal, ended_by: 'itself' });
    });

    test('passes on a failure with its cause, and any other error as a bug', async () => {
      const known = await run(
        host,
        task('fails', { cause: 'bad_data', code: 'series_too_short', params: { rows: 3 } }),
      );
      expect(ofType(known, 'failed')[0]).toMatchObject({
        cause: 'bad_data',
        code: 'series_too_short',
        params: { rows: 3 },
      });
      const bug = await run(host, task('crash', { message: 'wires crossed' }));
      expect(ofType(bug, 'failed')[0]).toMatchObject({ cause: 'bug', code: 'unexpected_error' });
      expect(ofType(bug, 'failed')[0]?.detail).toContain('wires crossed');
    });

    test('measures the CPU that a task used', async () => {
      const exited = await end(task('spin', { seconds: 0.5 }));
      expect(exited?.cpu_seconds).toBeGreaterThan(0.3);
    });

    test('leaves nothing of a task behind', async () => {
      const events = await run(host, task('family'));
      const grandchild = Number(ofType(events, 'result')[0]?.value['grandchild']);
      const deadline = performance.now() + 5000;
      while ((await processFacts(grandchild)) && performance.now() < deadline)
        await new Promise((r) => setTimeout(r, 10));
      expect(await processFacts(grandchild)).toBeNull();
    });

    test('runs tasks beside each other', async () => {
      const pair = [task('sleep', { seconds: 0.5 }), task('sleep', { seconds: 0.5 })];
      const ends = pair.map(async (document) => await run(host, document));
      await Promise.all(
        pair.map(async (document) => await records(host, document, (event) => event.type === 'progress')),
      );
      expect((await host.list()).toSorted()).toEqual(pair.map((document) => document.attempt_id).toSorted());
      await Promise.all(ends);
    });

    test(
      'a task outlives a server that leaves it, and the next server hears its end',
      async () => {
        const document = task('sleep', { seconds: 1 });
        const begun = records(host, document, (event) => event.type === 'progress');
        await host.submit(document);
        await begun;
        await host.close({ leave: true });

        host = under.create(home);
        await host.start();
        expect(await host.traces(document.attempt_id, document.folder)).toMatchObject({
          processLives: true,
          spoolEnded: false,
          spoolBegun: true,
        });
        const done = records(host, document, isEnd);
        await host.adopt(document.attempt_id, document.folder);
        expect(await host.list()).toEqual([document.attempt_id]);
        expect(ofType(await done, 'result')[0]?.value).toEqual({ slept: 1 });
        expect(await host.traces(document.attempt_id, document.folder)).toMatchObject({
          processLives: false,
          spoolEnded: true,
        });
      },
      under.startMs + 30_000,
    );

    test(
      'writes the end of a task that nobody saw die',
      async () => {
        const document = task('hang');
        const begun = records(host, document, (event) => event.type === 'started');
        await host.submit(document);
        const [started] = ofType(await begun, 'started');
        if (!started) throw new Error('no started record');
        await host.close({ leave: true });
        process.kill(-started.pid, 'SIGKILL');
        while (await isAlive(started.pid, started.pid_started)) await new Promise((r) => setTimeout(r, 5));

        host = under.create(home);
        await host.start();
        await host.bury(document.attempt_id, document.folder);
        const [exited] = ofType(await records(host, document, isEnd), 'exited');
        expect(exited).toBeDefined();
      },
      under.startMs + 30_000,
    );

    test(
      'ends its tasks with the server when it is told to',
      async () => {
        const document = task('hang');
        const begun = records(host, document, (event) => event.type === 'progress');
        await host.submit(document);
        const [started] = ofType(await begun, 'started');
        if (!started) throw new Error('no started record');
        await host.close({ leave: false });
        expect(await isAlive(started.pid, started.pid_started)).toBe(false);
        expect(ofType((await readSpool(document.folder, SPOOL_START)).records, 'exited')[0]).toMatchObject({
          ended_by: 'stop',
        });

        host = under.create(home);
        await host.start();
        expect(await result(task('echo', { again: 1 }))).toMatchObject({ again: 1 });
      },
      under.startMs + 30_000,
    );
  });
}
