/** Hyperband per rung (Li et al. 2018): at some shares of a training only the better third may go on. */

export interface Rung {
  /** Share of the training, 0..1. */
  readonly share: number;
  /** Lowest loss so far above which the training is given up there; null = it goes on. */
  readonly limit: number | null;
}

const REDUCTION = 3;
/** A training is looked at fifteen times, so the first rung is its second look. */
export const RUNG_SHARES = [1 / 9, 1 / 3] as const;
/** Fewer losses at a rung say nothing about what is good there. */
const FEWEST_LOSSES = 3;

/**
 * Rungs of trial `number`. Trials take turns in three brackets: judged at both rungs, at the later
 * one only, at none. Pure, so a search that is resumed gives up what the undisturbed one would have.
 * @param past per earlier trial [share, loss] at the rungs that it reached
 */
export function hyperbandRungs(number: number, past: readonly (readonly (readonly [number, number])[])[]): Rung[] {
  const bracket = number % REDUCTION;
  return RUNG_SHARES.map((share, index) => ({ share, limit: index < bracket ? null : limitAt(share, past) }));
}

function limitAt(share: number, past: readonly (readonly (readonly [number, number])[])[]): number | null {
  const losses = past
    .flatMap((reached) => reached.filter(([at]) => at === share).map(([, loss]) => loss))
    .filter((loss) => Number.isFinite(loss))
    .toSorted((a, b) => a - b);
  if (losses.length < FEWEST_LOSSES) return null;
  return losses[Math.ceil(losses.length / REDUCTION) - 1] ?? null;
}
