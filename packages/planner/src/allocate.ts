/** Who gets the next free slot. Anytime: cheapest first, and nothing that cannot end in time. */
import type { Reason } from '@minori/contract';

export interface Waiting {
  readonly family: string;
  /** By the cost model, wall seconds. */
  readonly estimatedSeconds: number;
  /** Baselines are what everything is measured against: they are started even when time is short. */
  readonly baseline: boolean;
  /** Networks let methods go first that take somewhat longer and are usually the better ones for it. */
  readonly network?: boolean;
  /** Until its host has come up, on top; 0 when absent. */
  readonly startSeconds?: number;
}

/** A family that has had its first trial and could have another one. */
export interface Tunable {
  readonly family: string;
  /** Of its next trial, wall seconds. */
  readonly estimatedSeconds: number;
  /** Trials that it can still get. */
  readonly left: number;
  /** Trials at work now. */
  readonly running: number;
  /** Share by which each further trial lowered the family's own best error, oldest first; 0 = not at all. */
  readonly gains: readonly number[];
  /** Its best error as a multiple of the best of all, 1 = it leads; null before it has one. */
  readonly lead: number | null;
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
  /** A family's first trial, or another one with other settings. */
  readonly further: boolean;
  readonly reason: Reason;
}

export interface AllocateInput {
  readonly candidates: readonly Waiting[];
  readonly tunable?: readonly Tunable[];
  /** Trials of the whole search that are left; null = time ends it. */
  readonly trialsLeft?: number | null;
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
/** So many times as long may a method take that goes before a network. */
const NETWORK_WAITS = 4;
/** The newest tell how busy the machine is now; others may have had it for themselves again since. */
const NEWEST = 5;
/** A forecast and the newest windows are there after so much of a trial; what its time cuts off are the oldest. */
export const ENOUGH_SHARE = 0.7;

/** The next candidate and why; pure. */
export function allocate(input: AllocateInput): Allocation {
  const { trialsLeft = null } = input;
  if (trialsLeft !== null && trialsLeft <= 0) return none('trials_used', { left: 0 });
  const first = firstTrial(input);
  return first.family === null ? (furtherTrial(input) ?? first) : first;
}

const none = (code: string, params: Record<string, unknown> = {}): Allocation => ({
  family: null,
  further: false,
  reason: { code, params },
});

function firstTrial({ candidates, elapsed, remaining, reserve, gains }: AllocateInput): Allocation {
  const started = (family: string, code: string, params: Record<string, unknown>): Allocation => ({
    family,
    further: false,
    reason: { code, params },
  });
  const [next] = candidates.toSorted(byCost);
  if (next === undefined) return none('all_started');
  const slowdown = slowdownOf(gains);
  const { startSeconds = 0 } = next;
  const seconds = next.estimatedSeconds * slowdown + startSeconds;
  const params = { family: next.family, seconds: round(seconds), elapsed: round(elapsed), slowdown: round(slowdown) };
  if (remaining === null) return started(next.family, 'cheapest_next', params);
  const left = remaining - reserve;
  if (left <= 0) return none('budget_used', { remaining: round(remaining), reserve: round(reserve) });
  if (seconds <= left) return started(next.family, 'cheapest_next', { ...params, left: round(left) });
  // How busy the machine will be is a guess: a family is not left out for it that shows enough of itself anyway.
  if (slowdown > 1 && next.estimatedSeconds + startSeconds <= left && seconds * ENOUGH_SHARE <= left)
    return started(next.family, 'may_be_cut', { ...params, left: round(left) });
  // Without one simple forecast there would be nothing to deliver, so the first may try its luck.
  if (next.baseline && gains.every(({ gain }) => gain === null))
    return started(next.family, 'first_forecast', { ...params, left: round(left) });
  return none('cannot_end_in_time', { ...params, left: round(left) });
}

/** What a family without further trials is thought to gain by one, and how many trials that thought is worth. */
const USUAL_GAIN = 0.05;
const USUAL_WEIGHT = 2;
/** Only the latest tell what is still to be gained. */
const RECENT = 5;
/** What a family gains that does not lead is of use to blends, though of less. */
const BEHIND = 0.1;
/** Standing of a family whose trials have all failed so far. */
const UNKNOWN_LEAD = 1.5;

/** The family that is thought to lower the error most per second; null when none can have a trial now. */
function furtherTrial({ tunable = [], remaining, reserve, elapsed }: AllocateInput): Allocation | null {
  const left = remaining === null ? Number.POSITIVE_INFINITY : remaining - reserve;
  const [best] = tunable
    .filter(({ left: trials, estimatedSeconds }) => trials > 0 && estimatedSeconds <= left)
    .map((family) => ({ ...family, worth: worthOf(family) }))
    .toSorted((a, b) => b.worth - a.worth || (a.family < b.family ? -1 : 1));
  if (best === undefined) return null;
  const params = { family: best.family, seconds: round(best.estimatedSeconds), elapsed: round(elapsed) };
  return { family: best.family, further: true, reason: { code: 'tuning_next', params } };
}

function worthOf({ gains, lead, running, estimatedSeconds }: Tunable): number {
  const recent = gains.slice(-RECENT);
  const total = recent.reduce((sum, gain) => sum + gain, USUAL_GAIN * USUAL_WEIGHT);
  const gain = total / (recent.length + USUAL_WEIGHT);
  const overall = Math.max(0, 1 - (lead ?? UNKNOWN_LEAD) * (1 - gain));
  return (overall + BEHIND * gain) / Math.max(estimatedSeconds, 0.01) / (1 + running);
}

/** How much longer trials take here than the cost model thinks: the median of what was seen last, 1 to 10. */
export function slowdownOf(gains: readonly Gain[]): number {
  const ratios = gains
    .filter(({ estimatedSeconds, gain }) => estimatedSeconds >= TELLING_SECONDS && gain !== null)
    .slice(-NEWEST)
    .map(({ seconds, estimatedSeconds }) => seconds / estimatedSeconds)
    .sort((a, b) => a - b);
  const middle = ratios[Math.floor(ratios.length / 2)] ?? 1;
  return Math.min(SLOWEST, Math.max(1, middle));
}

const placeOf = ({ estimatedSeconds, network = false }: Waiting): number =>
  estimatedSeconds * (network ? NETWORK_WAITS : 1);

function byCost(a: Waiting, b: Waiting): number {
  return placeOf(a) - placeOf(b) || Number(b.baseline) - Number(a.baseline) || (a.family < b.family ? -1 : 1);
}

const round = (value: number): number => Math.round(value * 100) / 100;
