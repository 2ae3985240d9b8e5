/** Collecting findings and looking up what was decided about them. */
import type { AcceptedFix, Finding, FindingCode, Fix, Severity } from '@minori/contract';

const SHOWN = 20;

export interface FindingInput {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly column?: string | null;
  readonly rows?: readonly number[];
  readonly series?: readonly string[];
  readonly count: number;
  readonly params?: Record<string, unknown>;
  readonly fixes?: readonly Fix[];
}

export type FixChoice = Pick<AcceptedFix, 'id' | 'params'>;

export interface Ledger {
  readonly findings: Finding[];
  /** Adds a finding; answers what is to be done about it: the accepted fix, else the recommended one. */
  add(input: FindingInput): FixChoice | null;
  /** The fix somebody accepted for a code, whether or not a finding was made yet. */
  accepted(code: FindingCode, column?: string): FixChoice | null;
  /** Errors that nobody decided about. */
  open(): Finding[];
  /** Every fix that was applied. */
  applied(): AcceptedFix[];
}

export const fix = (id: Fix['id'], params: Fix['params'] = {}, recommended = false): Fix => ({
  id,
  params,
  recommended,
});

const sameParams = (a: Fix['params'], b: Fix['params']): boolean => {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
};

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Errors first, each kind in the order of its discovery. */
export const bySeverity = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);

export function createLedger(fixes: readonly AcceptedFix[]): Ledger {
  const findings: Finding[] = [];
  const accepted = (code: FindingCode, column?: string): FixChoice | null =>
    fixes.find(
      (candidate) => candidate.code === code && (candidate.column === undefined || candidate.column === column),
    ) ?? null;
  return {
    findings,
    accepted,
    add(input) {
      const offered = input.fixes ?? [];
      const chosen = accepted(input.code, input.column ?? undefined);
      const valid =
        chosen === null
          ? undefined
          : offered.find((offer) => offer.id === chosen.id && sameParams(offer.params, chosen.params));
      const recommended = offered.find((offer) => offer.recommended);
      const applied = valid ?? (input.severity === 'error' ? undefined : recommended);
      findings.push({
        code: input.code,
        severity: input.severity,
        column: input.column ?? null,
        rows: [...(input.rows ?? [])].slice(0, SHOWN),
        series: [...(input.series ?? [])].slice(0, SHOWN),
        count: input.count,
        params: input.params ?? {},
        fixes: [...offered],
        applied: applied ? { id: applied.id, params: applied.params } : null,
      });
      // Without a decision the check goes on with the recommended fix, so that all findings show at once.
      const used = applied ?? recommended ?? null;
      return used ? { id: used.id, params: used.params } : null;
    },
    open: () => findings.filter(({ severity, applied }) => severity === 'error' && applied === null),
    applied: () =>
      findings.flatMap(({ code, column, applied }) =>
        applied === null
          ? []
          : [{ code, ...(column === null ? {} : { column }), id: applied.id, params: applied.params }],
      ),
  };
}
