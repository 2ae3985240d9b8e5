/** Wrong passwords per account: whoever changes address with every guess is still stopped. */
import { ProblemError } from '@minori/contract';
import type { Clock } from '../platform/clock.ts';

const WINDOW_MS = 15 * 60_000;
const MAX_FAILURES = 10;
const MAX_ACCOUNTS = 10_000;

export interface Attempts {
  /** @throws ProblemError too_many_attempts 429 {retry_after} */
  check(account: string): void;
  failed(account: string): void;
  succeeded(account: string): void;
}

export function createAttempts(clock: Clock): Attempts {
  const failures = new Map<string, { count: number; until: number }>();
  const current = (account: string) => {
    const entry = failures.get(account);
    if (entry && entry.until <= clock.now()) failures.delete(account);
    return failures.get(account);
  };
  return {
    check(account) {
      const entry = current(account);
      if (entry && entry.count >= MAX_FAILURES)
        throw new ProblemError('too_many_attempts', 429, {
          retry_after: Math.ceil((entry.until - clock.now()) / 1000),
        });
    },
    failed(account) {
      const count = (current(account)?.count ?? 0) + 1;
      failures.delete(account);
      failures.set(account, { count, until: clock.now() + WINDOW_MS });
      // The oldest goes: names that nobody has must not fill the memory.
      const oldest = failures.keys().next().value;
      if (failures.size > MAX_ACCOUNTS && oldest !== undefined) failures.delete(oldest);
    },
    succeeded(account) {
      failures.delete(account);
    },
  };
}
