/** A finding about the question, as the contract has it. */
import type { PlanProblem } from '@minori/contract';

export function problem(
  severity: PlanProblem['severity'],
  code: string,
  field: string | null,
  params: Record<string, unknown> = {},
): PlanProblem {
  return { severity, code, field, params };
}
