/** Who gets the next free slot. Anytime: cheapest first, and nothing that cannot end in time. */
import type { Reason } from '@minori/contract';

export interface Waiting {
  readonly family: string;
  /** By the cost model, wall seconds. */
  readonly estimatedSeconds: number;
  /** Baselines are what everything is measured against: they are started even when time is short. */
  readonly baseline: boolean;
}

export interface Gain {
  readonly family: string;
  readonly estimatedSeconds: number;
  /** Wall seconds it really took. */
  readonly seconds: number;
  /** Share by which it lowered the best error so far; 0 when it did not, null when it failed. */
  readonly gain: number | null;
}

export interface Allocation {
  /** Null: nothing is started now. */
  readonly family: string | null;
  readonly reason: Reason;
}

export interface AllocateInput {
  readonly candidates: readonly Waiting[];
  /** Wall seconds since Start, pauses not counted. */
  readonly elapsed: number;
  /** Wall seconds of the budget that are left; null = no budget. */
  readonly remaining: number | null;
  /** Wall seconds that judging, verdict and files need at the end. */
  readonly reserve: number;
  /** What has ended so far, oldest first. */
  readonly gains: readonly Gain[];
}

/** Trials that were expected to be shorter are mostly start-up and say nothing about the machine's speed. */
const TELLING_SECONDS = 0.5;
const SLOWEST = 10;

/** The next candidate and why; pure. */
export function allocate({ candidates, elapsed, remaining, reserve, gains }: AllocateInput): Allocation {
  const none = (code: string, params: Record<string, unknown> = {}): Allocation => ({
    family: null,
    reason: { code, params },
  });
  const [next] = candidates.toSorted(byCost);
  if (next === undefined) return none('all_started');
  const slowdown = slowdownOf(gains);
  const seconds = next.estimatedSeconds * slowdown;
  const params = { family: next.family, seconds: round(seconds), elapsed: round(elapsed), slowdown: round(slowdown) };
  if (remaining === null) return { family: next.family, reason: { code: 'cheapest_next', params } };
  const left = remaining - reserve;
  if (left <= 0) return none('budget_used', { remaining: round(remaining), reserve: round(reserve) });
  if (seconds <= left)
    return { family: next.family, reason: { code: 'cheapest_next', params: { ...params, left: round(left) } } };
  // Without one simple forecast there would be nothing to deliver, so the first may try its luck.
  if (next.baseline && gains.every(({ gain }) => gain === null))
    return { family: next.family, reason: { code: 'first_forecast', params: { ...params, left: round(left) } } };
  return none('cannot_end_in_time', { ...params, left: round(left) });
}

/** How much longer trials take here than the cost model thinks: the median of what was seen, 1 to 10. */
export function slowdownOf(gains: readonly Gain[]): number {
  const ratios = gains
    .filter(({ estimatedSeconds, gain }) => estimatedSeconds >= TELLING_SECONDS && gain !== null)
    .map(({ seconds, estimatedSeconds }) => seconds / estimatedSeconds)
    .sort((a, b) => a - b);
  const middle = ratios[Math.floor(ratios.length / 2)] ?? 1;
  return Math.min(SLOWEST, Math.max(1, middle));
}

function byCost(a: Waiting, b: Waiting): number {
  return (
    a.estimatedSeconds - b.estimatedSeconds || Number(b.baseline) - Number(a.baseline) || (a.family < b.family ? -1 : 1)
  );
}

const round = (value: number): number => Math.round(value * 100) / 100;
