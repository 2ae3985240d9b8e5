/** How a verb ends: every error that reaches `main` becomes one sentence and one exit code. */
import { ProblemError, VALIDATION_STATUSES } from '@minori/contract';

export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

/** A mistake in how the verb was called: exit code 2. */
export class UsageError extends Error {
  readonly code: string;
  readonly params: Record<string, unknown>;
  constructor(code: string, params: Record<string, unknown> = {}) {
    super(code);
    this.name = 'UsageError';
    this.code = code;
    this.params = params;
  }
}

/** What was asked cannot be done with this data or these settings: exit code 3. */
export class RefusedError extends Error {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'RefusedError';
    this.lines = lines;
  }
}

/** It was tried and did not work: exit code 1. */
export class FailedError extends Error {
  readonly code: string;
  readonly params: Record<string, unknown>;
  constructor(code: string, params: Record<string, unknown> = {}) {
    super(code);
    this.name = 'FailedError';
    this.code = code;
    this.params = params;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof RefusedError) return EXIT.refused;
  if (error instanceof ProblemError) {
    if (error.code === 'run_ambiguous') return EXIT.usage;
    return VALIDATION_STATUSES.includes(error.status) ? EXIT.refused : EXIT.failed;
  }
  return EXIT.failed;
}
