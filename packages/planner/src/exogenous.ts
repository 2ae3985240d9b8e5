/** Which columns beside the values are used, and what becomes of those whose future is not known. */
import type { ExogenousColumn, Plan, PlanProblem, Profile, Reason } from '@minori/contract';
import { familyOf } from './catalog.ts';
import type { PlanRequest } from './validate.ts';

type Columns = Plan['exogenous'];

export interface ExogenousChoice {
  readonly columns: Columns;
  readonly reasons: readonly Reason[];
  readonly problems: readonly PlanProblem[];
}

const names = (columns: readonly ExogenousColumn[]): string[] => columns.map(({ name }) => name);

/**
 * All columns that came with the data, by their role. One that is known ahead needs its values for the time
 * that is forecast; without them it serves like one that is known only so far. Words can only tell series apart.
 * @param families those of the plan
 */
export function chooseExogenous(
  profile: Pick<Profile, 'exogenous' | 'future_rows' | 'series_count'>,
  { baseline }: Pick<PlanRequest, 'baseline'>,
  horizon: number,
  families: readonly string[],
): ExogenousChoice {
  // What people forecast themselves is compared with, not learned from.
  const offered = profile.exogenous.filter(({ name }) => name !== baseline?.column);
  const usable = offered.filter(({ role, type }) => role === 'stat' || type === 'number');
  const words = offered.filter((column) => !usable.includes(column));
  const role = (wanted: ExogenousColumn['role']): ExogenousColumn[] => usable.filter((one) => one.role === wanted);
  const needed = profile.series_count * horizon;
  const ahead = role('futr');
  const known = profile.future_rows >= needed;
  const columns: Columns = {
    futr: known ? names(ahead) : [],
    hist: names([...role('hist'), ...(known ? [] : ahead)]),
    stat: names(role('stat')),
  };
  const methods = families.filter((family) => takes(family, columns)).length;
  const used = Object.values(columns).flat();
  const reasons: Reason[] = [];
  if (used.length > 0 && methods > 0) reasons.push({ code: 'columns_used', params: { columns: used, methods } });
  if (used.length > 0 && methods === 0) reasons.push({ code: 'columns_unused', params: { columns: used } });
  if (words.length > 0) reasons.push({ code: 'columns_words', params: { columns: names(words) } });
  const missing = { columns: names(ahead), needed, rows: profile.future_rows };
  const problems: PlanProblem[] =
    known || ahead.length === 0
      ? []
      : [{ severity: 'warning', code: 'future_values_missing', field: null, params: missing }];
  return { columns, reasons, problems };
}

/** Of the plan's columns those that a family can use; null when that is none. */
export function columnsFor(family: string, columns: Columns): Columns | null {
  const able = familyOf(family)?.exogenous ?? [];
  const part = (role: 'futr' | 'hist' | 'stat'): string[] => (able.includes(role) ? columns[role] : []);
  const used = { futr: part('futr'), hist: part('hist'), stat: part('stat') };
  return Object.values(used).some((list) => list.length > 0) ? used : null;
}

const takes = (family: string, columns: Columns): boolean => columnsFor(family, columns) !== null;
