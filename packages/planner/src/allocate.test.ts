import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocate, slowdownOf } from './allocate.ts';
import type { Gain, Tunable, Waiting } from './allocate.ts';

const waiting = (family: string, estimatedSeconds: number, baseline = false): Waiting => ({
  family,
  estimatedSeconds,
  baseline,
});
const ended = (seconds: number, estimatedSeconds: number, gain: number | null = 0.1): Gain => ({
  family: 'x',
  seconds,
  estimatedSeconds,
  gain,
});
const base = { elapsed: 0, remaining: 30, reserve: 1, gains: [] };

test('the cheapest goes first', () => {
  const answer = allocate({
    ...base,
    candidates: [waiting('ets', 2), waiting('naive', 0.1, true), waiting('theta', 0.5)],
  });
  expect(answer).toMatchObject({ family: 'naive', reason: { code: 'cheapest_next' } });
});

test('a network waits for methods that take up to four times as long', () => {
  const network = { ...waiting('mlp', 3), network: true };
  const first = (ets: number) =>
    allocate({ ...base, remaining: 60, candidates: [network, waiting('ets', ets)] }).family;
  expect(first(11)).toBe('ets');
  expect(first(13)).toBe('mlp');
});

test('what cannot end before the reserve is not started', () => {
  expect(allocate({ ...base, candidates: [waiting('ets', 5)], remaining: 5.5 })).toMatchObject({
    family: null,
    reason: { code: 'cannot_end_in_time' },
  });
  expect(allocate({ ...base, candidates: [waiting('ets', 5)], remaining: 0.5 })).toMatchObject({
    family: null,
    reason: { code: 'budget_used' },
  });
});

test('a slow machine is noticed', () => {
  const gains = [ended(2, 1), ended(4, 1), ended(6, 2)];
  expect(slowdownOf(gains)).toBe(3);
  expect(allocate({ ...base, gains, candidates: [waiting('ets', 5)], remaining: 10 }).family).toBeNull();
  const most = allocate({ ...base, gains, candidates: [waiting('ets', 5)], remaining: 14 });
  expect(most).toMatchObject({ family: 'ets', reason: { code: 'may_be_cut' } });
  // It was busy once and is not any more.
  expect(slowdownOf([...gains, ...Array.from({ length: 5 }, () => ended(1, 1))])).toBe(1);
  expect(slowdownOf([ended(2, 0.2)])).toBe(1);
});

test('a host that has to come up first takes its time, too', () => {
  const network = { ...waiting('nlinear', 2), network: true, startSeconds: 7 };
  expect(allocate({ ...base, candidates: [network], remaining: 9.5 }).family).toBeNull();
  expect(allocate({ ...base, candidates: [network], remaining: 10.5 }).family).toBe('nlinear');
});

test('the first simple forecast tries its luck', () => {
  expect(allocate({ ...base, candidates: [waiting('naive', 9, true)], remaining: 5 })).toMatchObject({
    family: 'naive',
    reason: { code: 'first_forecast' },
  });
});

test('without a budget everything is started, then nothing', () => {
  expect(allocate({ ...base, remaining: null, candidates: [waiting('ets', 1e6)] }).family).toBe('ets');
  expect(allocate({ ...base, candidates: [] }).reason.code).toBe('all_started');
});

test('a schedule that follows the allocator keeps the budget when the estimates hold', () => {
  const candidate = fc.record({
    estimatedSeconds: fc.double({ min: 0.05, max: 40, noNaN: true }),
    baseline: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(candidate, { maxLength: 12 }),
      fc.double({ min: 1, max: 60, noNaN: true }),
      fc.integer({ min: 1, max: 4 }),
      (list, budget, slots) => {
        let queue = list.map((one, index) => ({ ...one, family: `f${index}` }));
        const ends: number[] = Array.from({ length: slots }, () => 0);
        const gains: Gain[] = [];
        for (;;) {
          const slot = ends.indexOf(Math.min(...ends));
          const now = ends[slot] ?? 0;
          const input = { candidates: queue, elapsed: now, remaining: budget - now, reserve: 0.5, gains };
          const { family, reason, further } = allocate(input);
          expect(allocate(input)).toEqual({ family, reason, further });
          if (family === null) break;
          const chosen = queue.find((one) => one.family === family);
          const seconds = chosen?.estimatedSeconds ?? 0;
          if (reason.code === 'cheapest_next') expect(now + seconds).toBeLessThanOrEqual(budget - 0.5 + 1e-9);
          ends[slot] = now + seconds;
          gains.push({ family, estimatedSeconds: seconds, seconds, gain: 0 });
          queue = queue.filter((one) => one.family !== family);
        }
      },
    ),
  );
});

const tunable = (family: string, over: Partial<Tunable> = {}): Tunable => ({
  family,
  estimatedSeconds: 1,
  left: 10,
  running: 0,
  gains: [],
  lead: 1,
  ...over,
});
const further = (...families: Tunable[]) => allocate({ ...base, candidates: [], tunable: families });

test('first trials come before further ones; further ones need time and trials left', () => {
  const input = { ...base, candidates: [waiting('ets', 2)], tunable: [tunable('trees')] };
  expect(allocate(input)).toMatchObject({ family: 'ets', further: false });
  expect(allocate({ ...input, candidates: [waiting('ets', 200)] })).toMatchObject({ family: 'trees', further: true });
  expect(allocate({ ...input, trialsLeft: 0 })).toMatchObject({ family: null, reason: { code: 'trials_used' } });
  expect(further(tunable('trees', { left: 0 })).family).toBeNull();
  expect(further(tunable('trees', { estimatedSeconds: 40 })).reason.code).toBe('all_started');
});

test('further trials go where the error falls most per second', () => {
  expect(further(tunable('slow', { estimatedSeconds: 10 }), tunable('quick')).family).toBe('quick');
  expect(further(tunable('a', { gains: [0, 0, 0, 0, 0] }), tunable('b', { gains: [0.1, 0.2] })).family).toBe('b');
  expect(further(tunable('behind', { lead: 2 }), tunable('leads')).family).toBe('leads');
  expect(further(tunable('a', { running: 1 }), tunable('b')).family).toBe('b');
  expect(further(tunable('failed', { lead: null }), tunable('b', { lead: 1.1 })).family).toBe('b');
});
