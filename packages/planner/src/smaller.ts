/** What to do about a trial that ran out of memory (specification 001, 5.3): the same family with less at once. */
import { spaceOf } from './catalog.ts';

export interface Smaller {
  readonly params: Record<string, unknown>;
  /** Settings that differ from what was asked, as `name value`; empty: there is nothing that could be smaller. */
  readonly changed: readonly string[];
}

/** Trees: so many leaves and no far lags, which are columns of the table that they learn from. */
const FEW_LEAVES = 8;
const NEAR_LAGS = 'short';

/** Networks see the fewest windows at once, trees learn from fewer columns. Pure, so that a replay does the same. */
export function smallerParams(family: string, params: Readonly<Record<string, unknown>>): Smaller {
  const space = spaceOf(family);
  const small: Record<string, unknown> = {};
  const batches = space['windows_batch'];
  if (batches?.type === 'categorical')
    small['windows_batch'] = Math.min(...batches.choices.filter((size) => typeof size === 'number'));
  if (space['leaves'] !== undefined) {
    const { leaves } = params;
    small['leaves'] = typeof leaves === 'number' ? Math.min(leaves, FEW_LEAVES) : FEW_LEAVES;
  }
  if (space['lags'] !== undefined) small['lags'] = NEAR_LAGS;
  const changed = Object.entries(small).filter(([name, value]) => params[name] !== value);
  return { params: { ...params, ...small }, changed: changed.map(([name, value]) => `${name} ${String(value)}`) };
}
