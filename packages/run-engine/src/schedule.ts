/** Whose turn it is: a few trees at once, equal shares of the CPU, and a queue everybody can see. */

export interface WaitingRoot {
  readonly id: number;
  /** Milliseconds since 1970; the queue is first come, first served. */
  readonly queuedAt: number;
  readonly lane: Lane;
}

/** Interactive trees (ingest) are admitted beside the batch ones, so that an upload never waits for a search. */
export type Lane = 'batch' | 'interactive';

export interface ActiveRoot {
  readonly id: number;
  readonly lane: Lane;
}

export type LaneLimits = Readonly<Record<Lane, number>>;

const inOrder = (a: WaitingRoot, b: WaitingRoot): number => a.queuedAt - b.queuedAt || a.id - b.id;

/** Roots that may begin now, in order. */
export function admit(
  waiting: readonly WaitingRoot[],
  active: readonly ActiveRoot[],
  limits: LaneLimits,
): readonly WaitingRoot[] {
  const free = { ...limits };
  for (const root of active) free[root.lane] -= 1;
  return waiting.toSorted(inOrder).filter((root) => {
    free[root.lane] -= 1;
    return free[root.lane] >= 0;
  });
}

/** Root id -> place in the queue, 1 = next. */
export function queuePositions(waiting: readonly WaitingRoot[]): Map<number, number> {
  const places: Record<Lane, number> = { batch: 0, interactive: 0 };
  return new Map(waiting.toSorted(inOrder).map((root) => [root.id, (places[root.lane] += 1)]));
}

export interface WaitingTask {
  readonly runId: number;
  readonly rootId: number;
  readonly lane: Lane;
  /** Order within its tree. */
  readonly position: number;
  /** Slots it takes. */
  readonly weight: number;
}

export interface RootUse {
  readonly rootId: number;
  /** CPU seconds charged so far, see `chargeOf`. */
  readonly cpuSeconds: number;
  /** Slots its tasks hold now. */
  readonly running: number;
}

export interface PickInput {
  readonly waiting: readonly WaitingTask[];
  readonly roots: readonly RootUse[];
  readonly slots: LaneLimits;
  readonly busy: LaneLimits;
}

/**
 * The task that starts next, or null. The tree that has used the least goes first; what its tasks
 * will use is not known yet, so every slot that it holds counts as one second.
 * A heavy task keeps its turn: nothing lighter slips past it, or it would wait for ever.
 * Tasks are not taken back: a tree that finds its own slots held by another one's long tasks starts
 * beside them, and `surplusTasks` says which of those wait meanwhile.
 */
export function pickNext(input: PickInput): WaitingTask | null {
  for (const lane of ['interactive', 'batch'] as const) {
    const candidates = input.waiting
      .filter((task) => task.lane === lane)
      .toSorted(
        (a, b) =>
          shareOf(input, a.rootId) - shareOf(input, b.rootId) ||
          a.rootId - b.rootId ||
          a.position - b.position ||
          a.runId - b.runId,
      );
    const free = input.slots[lane] - input.busy[lane];
    const [next] = candidates;
    if (next && free > 0 && Math.min(next.weight, input.slots[lane]) <= free) return next;
    if (lane === 'interactive' || free > 0) continue;
    const owed = candidates.find((task) => {
      const room = freeSlots(input, task.rootId);
      // A task that is heavier than its tree's own slots would never begin otherwise.
      return room > 0 && (task.weight <= room || heldBy(input, task.rootId) === 0);
    });
    if (owed) return owed;
  }
  return null;
}

/** Slots that are a tree's own while `trees` want some. */
const ownSlots = (slots: number, trees: number): number => Math.max(1, Math.floor(slots / Math.max(1, trees)));

/**
 * Batch slots that a tree may fill now: the free ones, or what is missing to its own where another
 * tree holds more than that tree's own.
 */
export function freeSlots({ waiting, roots, slots, busy }: PickInput, rootId: number): number {
  const wanting = new Set([rootId, ...waiting.filter(({ lane }) => lane === 'batch').map((task) => task.rootId)]);
  for (const root of roots) if (root.running > 0) wanting.add(root.rootId);
  const own = ownSlots(slots.batch, wanting.size);
  const isOwed = roots.some((root) => root.rootId !== rootId && root.running > own);
  return Math.max(0, slots.batch - busy.batch, isOwed ? own - heldBy({ roots }, rootId) : 0);
}

const heldBy = ({ roots }: Pick<PickInput, 'roots'>, rootId: number): number =>
  roots.find((root) => root.rootId === rootId)?.running ?? 0;

export interface HeldTask {
  readonly runId: number;
  readonly rootId: number;
  readonly weight: number;
  /** Order of their starts, over all trees. */
  readonly order: number;
}

/**
 * Batch tasks that are to wait where they are: while more is held than there are slots, each tree goes on with
 * the oldest tasks that fit into its own slots, and slots that are left over go to the oldest of the others.
 */
export function surplusTasks(held: readonly HeldTask[], slots: number): number[] {
  const sum = (tasks: readonly HeldTask[]): number => tasks.reduce((total, { weight }) => total + weight, 0);
  if (sum(held) <= slots) return [];
  const own = ownSlots(slots, new Set(held.map(({ rootId }) => rootId)).size);
  const kept = new Map<number, number>();
  const beyond = held
    .toSorted((a, b) => a.order - b.order)
    .filter(({ rootId, weight }) => {
      const total = (kept.get(rootId) ?? 0) + weight;
      kept.set(rootId, total);
      return total > own;
    });
  let left = slots - sum(held.filter((task) => !beyond.includes(task)));
  return beyond
    .filter(({ weight }) => {
      if (weight > left) return true;
      left -= weight;
      return false;
    })
    .map(({ runId }) => runId);
}

function shareOf(input: PickInput, rootId: number): number {
  const use = input.roots.find((root) => root.rootId === rootId);
  return use ? use.cpuSeconds + use.running : 0;
}

/**
 * Where a tree that joins begins: level with the poorest that is there, so that a newcomer neither
 * starves the others until it has caught up nor has to wait for its turn.
 */
export function startingCharge(others: readonly Pick<RootUse, 'cpuSeconds'>[]): number {
  return others.length === 0 ? 0 : Math.min(...others.map((root) => root.cpuSeconds));
}
