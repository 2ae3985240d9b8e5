/** Which dispatcher may write a tree. A lease that has run out is anybody's; the row decides, not the clock alone. */

export interface Lease {
  readonly token: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number | null;
}

/** Three renewals fit into one lease: a slow database must miss two in a row before it is lost. */
export const LEASE_SECONDS = 30;
export const RENEW_SECONDS = 10;

export type LeaseState = 'mine' | 'free' | 'other';

/** `mine` lists this home's tokens, those of earlier servers included: a lock keeps a home to one server. */
export function leaseState(lease: Lease, mine: readonly string[], now: number): LeaseState {
  if (lease.token === null) return 'free';
  if (mine.includes(lease.token)) return 'mine';
  return lease.expiresAt === null || lease.expiresAt <= now ? 'free' : 'other';
}
