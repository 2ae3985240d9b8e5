/** People's own numbers in place of the model's: what is drafted, and what of it has to be sent. Pure. */

/** Step (from 0) -> own number; null takes an earlier one back. */
export type Draft = ReadonlyMap<number, number | null>;

export interface Move {
  how: 'percent' | 'add';
  amount: number;
  /** First and last step, from 0. */
  from: number;
  to: number;
}

/** Figures of a number that somebody types; more would only look exact. */
const FIGURES = 7;

/** Moves a stretch of the model's values by a share or by an amount; what was drafted elsewhere stays. */
export function moved(draft: Draft, values: readonly number[], { how, amount, from, to }: Move): Draft {
  const next = new Map(draft);
  for (const [step, value] of values.entries()) {
    if (step < from || step > to) continue;
    const changed = how === 'percent' ? value * (1 + amount / 100) : value + amount;
    next.set(step, Number(changed.toPrecision(FIGURES)));
  }
  return next;
}

/** One cell as it was typed; an emptied one goes back to the model's value. */
export const typed = (draft: Draft, step: number, value: number | null): Draft => new Map(draft).set(step, value);

/** The steps whose number in force changes, with that number. */
export function changesOf(
  draft: Draft,
  adjusted: readonly (number | null)[],
): { step: number; value: number | null }[] {
  return [...draft]
    .filter(([step, value]) => value !== (adjusted[step] ?? null))
    .map(([step, value]) => ({ step, value }))
    .toSorted((a, b) => a.step - b.step);
}
