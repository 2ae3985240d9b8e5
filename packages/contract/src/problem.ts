/** problem+json (RFC 9457) with a stable `code` that the UI and the CLI translate. */
import { z } from 'zod';

export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** Stable, snake_case; texts in texts/problems.{ja,en}.json. */
  code: z.string(),
  params: z.record(z.string(), z.unknown()),
  /** Where in the request, when that is known. */
  errors: z.array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() })).optional(),
  instance: z.string().optional(),
});
export type Problem = z.infer<typeof problem>;

/** CLI exit code 3 (refused by validation) for these statuses, 1 otherwise. */
export const VALIDATION_STATUSES: readonly number[] = [400, 409, 413, 415, 422];

export class ProblemError extends Error {
  readonly code: string;
  readonly status: number;
  readonly params: Record<string, unknown>;
  constructor(code: string, status: number, params: Record<string, unknown> = {}) {
    super(code);
    this.name = 'ProblemError';
    this.code = code;
    this.status = status;
    this.params = params;
  }
}
