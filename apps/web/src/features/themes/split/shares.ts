import type { Split } from '@minori/contract';
import { SPLITS } from '../queries.ts';

/**
 * Percent of the three splits after one of them was set: what it takes or leaves comes from train, or,
 * when train itself is set, from valid and then test. Each stays within 0 and 100.
 */
export function shareTaken(
  held: Readonly<Record<Split, number>>,
  changed: Split,
  value: number,
): Record<Split, number> {
  const next = { ...held, [changed]: Math.min(100, Math.max(0, value)) };
  const givers = changed === 'train' ? (['valid', 'test'] as const) : (['train', ...SPLITS.slice(1)] as const);
  for (const giver of givers) {
    const over = next.train + next.valid + next.test - 100;
    if (giver === changed || over === 0) continue;
    next[giver] = Math.min(100, Math.max(0, next[giver] - over));
  }
  return next;
}
