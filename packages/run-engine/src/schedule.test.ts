import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  admit,
  pickNext,
  queuePositions,
  type RootUse,
  startingCharge,
  surplusTasks,
  type WaitingTask,
} from './schedule.ts';

const SLOTS = { batch: 2, interactive: 1 };
const task = (runId: number, rootId: number, more: Partial<WaitingTask> = {}): WaitingTask => ({
  runId,
  rootId,
  lane: 'batch',
  position: runId,
  weight: 1,
  ...more,
});

describe('the queue', () => {
  test('lets trees in first come, first served, and numbers those that wait', () => {
    const waiting = [
      { id: 3, queuedAt: 30, lane: 'batch' as const },
      { id: 1, queuedAt: 10, lane: 'batch' as const },
      { id: 2, queuedAt: 20, lane: 'batch' as const },
      { id: 9, queuedAt: 40, lane: 'interactive' as const },
    ];
    expect(admit(waiting, [{ id: 7, lane: 'batch' }], SLOTS).map((root) => root.id)).toEqual([1, 9]);
    expect([...queuePositions(waiting)]).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [9, 1],
    ]);
  });

  test('never lets in more than there are slots', () => {
    const root = fc.record({
      id: fc.nat(1000),
      queuedAt: fc.nat(50),
      lane: fc.constantFrom('batch' as const, 'interactive' as const),
    });
    fc.assert(
      fc.property(fc.uniqueArray(root, { selector: (r) => r.id }), fc.nat(3), (waiting, active) => {
        const running = Array.from({ length: active }, (_, i) => ({ id: -i - 1, lane: 'batch' as const }));
        const let_in = admit(waiting, running, SLOTS);
        const batch = let_in.filter((r) => r.lane === 'batch').length;
        expect(batch).toBeLessThanOrEqual(Math.max(0, SLOTS.batch - active));
        expect(batch).toBe(
          Math.min(waiting.filter((r) => r.lane === 'batch').length, Math.max(0, SLOTS.batch - active)),
        );
      }),
    );
  });
});

describe('the next task', () => {
  const roots: RootUse[] = [
    { rootId: 1, cpuSeconds: 10, running: 0 },
    { rootId: 2, cpuSeconds: 3, running: 0 },
  ];

  test('is of the tree that has used the least', () => {
    expect(
      pickNext({ waiting: [task(11, 1), task(21, 2)], roots, slots: SLOTS, busy: { batch: 0, interactive: 0 } })?.runId,
    ).toBe(21);
  });
  test('is in the order of its tree', () => {
    expect(
      pickNext({
        waiting: [task(12, 1, { position: 2 }), task(11, 1, { position: 5 })],
        roots,
        slots: SLOTS,
        busy: { batch: 0, interactive: 0 },
      })?.runId,
    ).toBe(12);
  });
  test('is nobody when all slots are taken, but for the interactive lane', () => {
    const waiting = [task(11, 1), task(31, 3, { lane: 'interactive' })];
    expect(pickNext({ waiting, roots, slots: SLOTS, busy: { batch: 2, interactive: 0 } })?.runId).toBe(31);
    expect(pickNext({ waiting: [task(11, 1)], roots, slots: SLOTS, busy: { batch: 2, interactive: 0 } })).toBeNull();
  });
  test('waits for room when it is heavy, and nothing slips past it', () => {
    const waiting = [task(21, 2, { weight: 2 }), task(11, 1)];
    expect(pickNext({ waiting, roots, slots: SLOTS, busy: { batch: 1, interactive: 0 } })).toBeNull();
    expect(pickNext({ waiting, roots, slots: SLOTS, busy: { batch: 0, interactive: 0 } })?.runId).toBe(21);
    expect(
      pickNext({ waiting: [task(21, 2, { weight: 9 })], roots, slots: SLOTS, busy: { batch: 0, interactive: 0 } })
        ?.runId,
    ).toBe(21);
  });
});

describe('a tree whose own slots are held by long tasks of another', () => {
  const held: RootUse[] = [
    { rootId: 1, cpuSeconds: 60, running: 2 },
    { rootId: 2, cpuSeconds: 60, running: 0 },
  ];
  const busy = { batch: 2, interactive: 0 };

  test('starts beside them, up to what is its own', () => {
    expect(pickNext({ waiting: [task(21, 2)], roots: held, slots: SLOTS, busy })?.runId).toBe(21);
    const started = held.map((root) => ({ ...root, running: root.rootId === 1 ? 2 : 1 }));
    const more = { waiting: [task(22, 2), task(11, 1)], roots: started, slots: SLOTS };
    expect(pickNext({ ...more, busy: { batch: 3, interactive: 0 } })).toBeNull();
  });
  test('and the newest of those wait', () => {
    const tasks = [
      { runId: 11, rootId: 1, weight: 1, order: 1 },
      { runId: 12, rootId: 1, weight: 1, order: 2 },
    ];
    expect(surplusTasks(tasks, 2)).toEqual([]);
    expect(surplusTasks([...tasks, { runId: 21, rootId: 2, weight: 1, order: 3 }], 2)).toEqual([12]);
    const third = { runId: 13, rootId: 1, weight: 1, order: 3 };
    expect(surplusTasks([...tasks, third, { runId: 21, rootId: 2, weight: 1, order: 4 }], 3)).toEqual([13]);
    const heavy = { runId: 11, rootId: 1, weight: 2, order: 1 };
    expect(surplusTasks([heavy, { runId: 21, rootId: 2, weight: 1, order: 2 }], 2)).toEqual([11]);
  });
  test('but not when nobody holds more than its own', () => {
    const even = held.map((root) => ({ ...root, running: 1 }));
    expect(pickNext({ waiting: [task(21, 2), task(11, 1)], roots: even, slots: SLOTS, busy })).toBeNull();
    const third = [...even, { rootId: 3, cpuSeconds: 0, running: 0 }];
    expect(pickNext({ waiting: [task(31, 3)], roots: third, slots: SLOTS, busy })).toBeNull();
  });
});

/** Runs tasks of random lengths for a while, those that wait not at all; the CPU seconds each tree got. */
function simulate(
  slots: number,
  trees: { id: number; from: number; lengths: readonly number[] }[],
  seconds: number,
): Map<number, number> {
  const TICK = 0.05;
  const used = new Map(trees.map((tree) => [tree.id, 0]));
  const charge = new Map<number, number>();
  let running: { runId: number; rootId: number; left: number }[] = [];
  let made = 0;
  // Usage records tell of running tasks, too.
  const cpu = (id: number) => used.get(id) ?? 0;
  for (let now = 0; now < seconds; now += TICK) {
    const here = trees.filter((tree) => tree.from <= now);
    for (const tree of here) {
      if (charge.has(tree.id)) continue;
      const level = startingCharge(
        here
          .filter((other) => charge.has(other.id))
          .map((other) => ({ cpuSeconds: cpu(other.id) - (charge.get(other.id) ?? 0) })),
      );
      charge.set(tree.id, cpu(tree.id) - level);
    }
    for (;;) {
      const next = pickNext({
        waiting: here.map((tree) => task(tree.id * 1e6 + made, tree.id)),
        roots: here.map((tree) => ({
          rootId: tree.id,
          cpuSeconds: cpu(tree.id) - (charge.get(tree.id) ?? 0),
          running: running.filter((r) => r.rootId === tree.id).length,
        })),
        slots: { batch: slots, interactive: 1 },
        busy: { batch: running.length, interactive: 0 },
      });
      if (!next) break;
      made += 1;
      const { lengths } = trees.find((tree) => tree.id === next.rootId) ?? { lengths: [1] };
      running.push({ runId: made, rootId: next.rootId, left: lengths[made % lengths.length] ?? 1 });
    }
    const surplus = new Set(
      surplusTasks(
        running.map(({ runId, rootId }) => ({ runId, rootId, weight: 1, order: runId })),
        slots,
      ),
    );
    for (const spent of running.filter(({ runId }) => !surplus.has(runId))) {
      spent.left -= TICK;
      used.set(spent.rootId, cpu(spent.rootId) + TICK);
    }
    running = running.filter(({ left }) => left > 0);
  }
  return used;
}

const lengths = fc.array(fc.double({ min: 0.1, max: 5, noNaN: true }), { minLength: 1, maxLength: 5 });

test('two trees on two slots each get 40 to 60 % of the CPU, whatever their tasks', () => {
  fc.assert(
    fc.property(lengths, lengths, (first, second) => {
      const used = simulate(
        2,
        [
          { id: 1, from: 0, lengths: first },
          { id: 2, from: 0, lengths: second },
        ],
        100,
      );
      const [a, b] = [used.get(1) ?? 0, used.get(2) ?? 0];
      expect(a / (a + b)).toBeGreaterThan(0.4);
      expect(a / (a + b)).toBeLessThan(0.6);
    }),
    { numRuns: 40 },
  );
});

test('a tree that comes later neither starves the others nor waits', () => {
  fc.assert(
    fc.property(lengths, lengths, (first, second) => {
      const before = simulate(2, [{ id: 1, from: 0, lengths: first }], 100).get(1) ?? 0;
      const used = simulate(
        2,
        [
          { id: 1, from: 0, lengths: first },
          { id: 2, from: 100, lengths: second },
        ],
        200,
      );
      const [a, b] = [(used.get(1) ?? 0) - before, used.get(2) ?? 0];
      expect(a / (a + b)).toBeGreaterThan(0.4);
      expect(a / (a + b)).toBeLessThan(0.6);
    }),
    { numRuns: 20 },
  );
});

test('a tree that comes while another is in the middle of long tasks gets its half at once', () => {
  const trees = [
    { id: 1, from: 0, lengths: [200] },
    { id: 2, from: 20, lengths: [0.5] },
  ];
  const used = simulate(2, trees, 60);
  expect(used.get(1)).toBeCloseTo(20 * 2 + 40, 0);
  expect(used.get(2)).toBeCloseTo(40, 0);
});
