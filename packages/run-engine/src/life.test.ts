/**
 * Random lives of whole trees: events, wishes, crashes of tasks, hosts and servers, spools read
 * twice and out of order. Whatever happens, no change is illegal, every run ends, and no result
 * is lost or counted twice.
 */
import type { FailureCause, RunAction, RunOutcome, RunStatus, TaskEvent } from '@minori/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AttemptFacts, endOfLeaf, NO_RECORDS, recoverAttempt, takeRecords } from './attempts.ts';
import { type Actor, assertMove, isActive, isFinal } from './transitions.ts';
import { endingOf, planAction, settle, type TreeRun } from './tree.ts';

interface Attempt {
  readonly runId: number;
  readonly facts: AttemptFacts;
  readonly spool: readonly TaskEvent[];
  readonly alive: boolean;
  /** The host, or recovery, has not written its end yet although it is dead. */
  readonly unburied: boolean;
}

interface World {
  runs: TreeRun[];
  outcome: Map<number, RunOutcome>;
  open: Map<number, Attempt>;
  past: Map<number, (FailureCause | null)[]>;
  /** Results that were settled, by run: the true measure of "lost" and "twice". */
  settled: Map<number, number>;
  /** Runs whose process gave a result that a reader could have seen. */
  gave: Set<number>;
  entered: Map<number, number>;
}

const LEAVES = [11, 12, 21, 22, 23];

function newWorld(): World {
  const run = (
    id: number,
    parentId: number | null,
    shape: TreeRun['shape'],
    onPause: TreeRun['onPause'] = 'stop',
  ): TreeRun => ({
    id,
    parentId,
    shape,
    status: 'queued',
    stopRequested: false,
    failing: false,
    live: false,
    onPause,
  });
  const runs = [run(1, null, 'composite'), run(10, 1, 'composite'), run(20, 1, 'composite')];
  for (const id of LEAVES) runs.push(run(id, id < 20 ? 10 : 20, 'leaf', id === 23 ? 'finish' : 'stop'));
  return {
    runs,
    outcome: new Map(),
    open: new Map(),
    past: new Map(),
    settled: new Map(),
    gave: new Set(),
    entered: new Map(),
  };
}

const get = (world: World, id: number): TreeRun => {
  const run = world.runs.find((other) => other.id === id);
  if (!run) throw new Error(`no run ${id}`);
  return run;
};

function put(world: World, id: number, change: Partial<TreeRun>): void {
  world.runs = world.runs.map((run) => (run.id === id ? { ...run, ...change } : run));
}

function move(world: World, id: number, to: RunStatus, actor: Actor): void {
  const { status } = get(world, id);
  assertMove(status, to, actor);
  put(world, id, { status: to });
  if (isFinal(to)) world.entered.set(id, (world.entered.get(id) ?? 0) + 1);
}

function settleAll(world: World): void {
  for (;;) {
    const changes = settle(world.runs);
    if (changes.length === 0) return;
    for (const { runId, to } of changes) if (to) move(world, runId, to, 'dispatcher');
  }
}

function wish(world: World, id: number, action: RunAction, actor: Actor, outcome?: RunOutcome): void {
  const plan = planAction(world.runs, id, action, outcome);
  if (!plan.ok) return;
  for (const change of plan.changes) {
    if (change.to) move(world, change.runId, change.to, actor);
    if (change.stopRequested) put(world, change.runId, { stopRequested: true });
    if (change.outcome) world.outcome.set(change.runId, change.outcome);
  }
  settleAll(world);
}

const record = (attempt: Attempt, event: Record<string, unknown>): Attempt => ({
  ...attempt,
  spool: [...attempt.spool, { seq: attempt.spool.length + 1, at: 0, ...event } as TaskEvent],
});

const exit = (endedBy: string, signal: string | null, code: number | null) => ({
  type: 'exited',
  exit_code: code,
  signal,
  ended_by: endedBy,
  cpu_seconds: 1,
  max_rss_bytes: 1,
});

/** What the process of an attempt does next. */
function act(world: World, attempt: Attempt, deed: number): void {
  if (!attempt.alive) return;
  const says = (event: Record<string, unknown>) => void world.open.set(attempt.runId, record(attempt, event));
  const dies = (event: Record<string, unknown>) =>
    void world.open.set(attempt.runId, { ...record(attempt, event), alive: false });
  if (attempt.spool.length === 0) return says({ type: 'started', pid: 1, pid_started: '1' });
  const hasResult = attempt.spool.some((event) => event.type === 'result');
  const ending = endingOf(get(world, attempt.runId));
  if (hasResult) return dies(deed % 3 === 0 ? exit('itself', 'SIGSEGV', null) : exit('itself', null, 0));
  if (ending !== 'none') {
    // Told to end: some give a result within the grace, the others just die.
    if (ending === 'grace' && deed % 2 === 0) return giveResult(world, attempt);
    return dies(exit('stop', 'SIGTERM', null));
  }
  switch (deed % 6) {
    case 0:
      return says({ type: 'progress', fraction: 0.5, phase: 'x' });
    case 1:
    case 2:
      return giveResult(world, attempt);
    case 3: {
      const failed = record(attempt, { type: 'failed', cause: 'bad_data', code: 'x', params: {}, detail: '' });
      world.open.set(attempt.runId, { ...record(failed, exit('itself', null, 1)), alive: false });
      return;
    }
    case 4:
      return dies(exit('itself', 'SIGKILL', null));
    default:
      return dies(exit('itself', null, 0));
  }
}

function giveResult(world: World, attempt: Attempt): void {
  world.gave.add(attempt.runId);
  world.open.set(attempt.runId, record(attempt, { type: 'result', value: { by: attempt.runId } }));
}

/** Reads a spool as a reader does that may begin too early and get things out of order. */
function read(world: World, attempt: Attempt, from: number, shuffle: boolean): void {
  const begin = Math.max(0, Math.min(from, attempt.facts.seq));
  const batch = attempt.spool.slice(begin);
  world.open.set(attempt.runId, {
    ...attempt,
    facts: takeRecords(attempt.facts, shuffle ? batch.toReversed() : batch),
  });
}

/** What the dispatcher does whenever it looks at the tree. */
function look(world: World, actor: Actor): void {
  for (const id of LEAVES) {
    const attempt = world.open.get(id);
    const run = get(world, id);
    if (!attempt || isFinal(run.status)) continue;
    put(world, id, { live: attempt.facts.exit === null });
    if (attempt.facts.started && run.status === 'preparing') move(world, id, 'running', 'task');
    const { status } = get(world, id);
    if (attempt.facts.exit === null) {
      if (attempt.facts.result && (status === 'running' || status === 'pausing')) move(world, id, 'finishing', 'task');
      continue;
    }
    const past = world.past.get(id) ?? [];
    const end = endOfLeaf({ status, facts: attempt.facts, memoryLimit: null, kernelKilledForMemory: false, past });
    put(world, id, { live: false });
    world.open.delete(id);
    world.past.set(id, [...past, end.failure?.cause ?? null]);
    if (end.next === 'digest') {
      if (status !== 'finishing') move(world, id, 'finishing', 'task');
      world.settled.set(id, (world.settled.get(id) ?? 0) + 1);
      move(world, id, 'succeeded', 'dispatcher');
    } else if (end.next === 'cancelled') {
      if (get(world, id).status === 'running' || get(world, id).status === 'preparing')
        move(world, id, 'cancelling', 'dispatcher');
      move(world, id, 'cancelled', 'dispatcher');
    } else move(world, id, end.next, actor);
  }
  settleAll(world);
  // The composites' driver: an end as soon as all below has ended.
  for (const id of [10, 20, 1]) {
    const run = get(world, id);
    const below = world.runs.filter((other) => other.parentId === id);
    const parent = run.parentId === null ? null : get(world, run.parentId);
    const asked = isActive(run.status) || (run.status === 'queued' && parent !== null && isActive(parent.status));
    if (
      !asked ||
      run.status === 'pausing' ||
      run.status === 'cancelling' ||
      !below.every((other) => isFinal(other.status))
    )
      continue;
    const good = below.some((other) => other.status === 'succeeded');
    if (run.status === 'queued') move(world, id, 'preparing', 'dispatcher');
    if (good) {
      if (get(world, id).status !== 'finishing') move(world, id, 'finishing', 'dispatcher');
      move(world, id, 'succeeded', 'dispatcher');
    } else wish(world, id, 'cancel', 'dispatcher');
  }
}

function schedule(world: World, choice: number): void {
  const root = get(world, 1);
  if (root.status === 'queued') move(world, 1, 'preparing', 'dispatcher');
  const state = get(world, 1).status;
  if (state !== 'preparing' && state !== 'running' && state !== 'finishing') return;
  const ready = LEAVES.filter((id) => {
    const run = get(world, id);
    const parent = get(world, run.parentId ?? 1);
    return (
      run.status === 'queued' &&
      (parent.status === 'queued' ||
        (isActive(parent.status) && parent.status !== 'pausing' && parent.status !== 'cancelling'))
    );
  });
  const id = ready[choice % Math.max(1, ready.length)];
  if (id === undefined || world.open.size >= 2) return;
  for (const above of [1, get(world, id).parentId ?? 1]) {
    if (get(world, above).status === 'queued') move(world, above, 'preparing', 'dispatcher');
    if (get(world, above).status === 'preparing')
      move(world, above, get(world, above).stopRequested ? 'finishing' : 'running', 'dispatcher');
  }
  move(world, id, 'preparing', 'dispatcher');
  put(world, id, { live: true });
  world.open.set(id, { runId: id, facts: NO_RECORDS, spool: [], alive: true, unburied: false });
}

function killHost(world: World): void {
  for (const [id, attempt] of world.open)
    if (attempt.alive) world.open.set(id, { ...attempt, alive: false, unburied: true });
}

/** A server that starts: it remembers nothing but the rows, and looks after what is left. */
function recover(world: World): void {
  for (const [id, attempt] of world.open) {
    const spoolEnded = attempt.spool.some((event) => event.type === 'exited');
    const step = recoverAttempt({
      host: 'python',
      status: attempt.facts.started ? 'running' : 'starting',
      hostSays: attempt.alive ? 'running' : 'unknown',
      processLives: attempt.alive,
      spoolEnded,
      spoolBegun: attempt.spool.length > 0,
    });
    if (step === 'lost') world.open.set(id, { ...record(attempt, exit('parent_death', null, null)), unburied: false });
    if (step === 'submit') {
      // Written off: the run waits again as if nothing had been.
      world.open.delete(id);
      put(world, id, { live: false });
      const { status } = get(world, id);
      if (status === 'preparing') move(world, id, 'queued', 'recovery');
      else if (status === 'finishing') move(world, id, 'cancelled', 'recovery');
    }
    expect(step).not.toBe('none');
    if (step === 'adopt') expect(attempt.alive).toBe(true);
  }
  settleAll(world);
}

type Step =
  | { readonly do: 'schedule' | 'act' | 'read'; readonly n: number; readonly early: number; readonly shuffle: boolean }
  | { readonly do: 'look' | 'kill_host' | 'restart' | 'budget' }
  | { readonly do: 'wish'; readonly id: number; readonly action: RunAction };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom('schedule' as const, 'act' as const, 'read' as const),
      n: fc.nat(1000),
      early: fc.nat(5),
      shuffle: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('look' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('kill_host' as const, 'restart' as const, 'budget' as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('wish' as const),
      id: fc.constantFrom(1, 10, 20, ...LEAVES),
      action: fc.constantFrom('stop' as const, 'cancel' as const, 'pause' as const, 'resume' as const),
    }),
  },
);

function take(world: World, step: Step): void {
  const attempts = [...world.open.values()];
  switch (step.do) {
    case 'schedule':
      return schedule(world, step.n);
    case 'act': {
      const attempt = attempts[step.n % Math.max(1, attempts.length)];
      return attempt && act(world, attempt, step.n);
    }
    case 'read': {
      const attempt = attempts[step.n % Math.max(1, attempts.length)];
      return attempt && read(world, attempt, attempt.facts.seq - step.early, step.shuffle);
    }
    case 'look':
      return look(world, 'dispatcher');
    case 'kill_host':
      return killHost(world);
    case 'restart':
      return recover(world);
    case 'budget':
      return isActive(get(world, 1).status) ? wish(world, 1, 'stop', 'dispatcher', 'out_of_budget') : undefined;
    case 'wish':
      return wish(world, step.id, step.action, 'person');
  }
}

/** What holds at every moment. */
function check(world: World): void {
  for (const run of world.runs.filter((other) => other.shape === 'composite')) {
    const below = world.runs.filter((other) => other.parentId === run.id).map((other) => other.status);
    if (isFinal(run.status)) expect(below.filter((status) => !isFinal(status))).toEqual([]);
    if (run.status === 'paused') expect(below.filter((status) => !isFinal(status) && status !== 'paused')).toEqual([]);
  }
  for (const id of world.open.keys()) expect(isActive(get(world, id).status)).toBe(true);
}

/** Nobody interferes any more: everything must come to its end by itself. */
function drain(world: World): void {
  for (let round = 0; round < 400 && !world.runs.every((run) => isFinal(run.status)); round += 1) {
    for (const run of world.runs.filter((other) => other.status === 'paused')) wish(world, run.id, 'resume', 'person');
    schedule(world, round);
    recover(world);
    for (const attempt of world.open.values()) act(world, attempt, round);
    for (const attempt of world.open.values()) read(world, attempt, 0, false);
    look(world, 'dispatcher');
  }
}

test('random lives end truly', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
      const world = newWorld();
      for (const step of steps) {
        take(world, step);
        check(world);
      }
      drain(world);
      for (const run of world.runs) {
        expect(isFinal(run.status), `run ${run.id} is ${run.status}`).toBe(true);
        // Each run ends once.
        expect(world.entered.get(run.id)).toBe(1);
      }
      expect(world.open.size).toBe(0);
      for (const id of LEAVES) {
        const { status } = get(world, id);
        // A result counts once, and only for a run that succeeded; none that was given is lost but by a cancel.
        expect(world.settled.get(id) ?? 0).toBe(status === 'succeeded' ? 1 : 0);
        if (world.gave.has(id) && status !== 'succeeded') expect(status).toBe('cancelled');
      }
    }),
    { numRuns: 2000 },
  );
}, 120_000);

test('without any wish or crash every leaf is tried until it has an end of its own', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 }), (deeds) => {
      const world = newWorld();
      for (let round = 0; round < 300 && !world.runs.every((run) => isFinal(run.status)); round += 1) {
        schedule(world, round);
        for (const attempt of world.open.values()) act(world, attempt, deeds[round % deeds.length] ?? 0);
        for (const attempt of world.open.values()) read(world, attempt, attempt.facts.seq, false);
        look(world, 'dispatcher');
      }
      for (const id of LEAVES) {
        const past = world.past.get(id) ?? [];
        expect(past.filter((cause) => cause === 'lost_worker').length).toBeLessThanOrEqual(3);
        expect(past.length).toBeLessThanOrEqual(3);
      }
    }),
  );
});
