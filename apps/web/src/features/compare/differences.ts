/** What runs have in common and where they part. Pure. */
import type { ForecastResult, Run } from '@minori/contract';

export interface Row {
  /** `Data`, `Model`, …: sections of the parameters. */
  section: string;
  name: string;
  /** One per run, in their order; undefined where a run has no such value. */
  values: unknown[];
  differs: boolean;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** All parameters of all runs, in the order in which they are first met. */
export function parameterRows(runs: readonly Pick<Run, 'parameters'>[]): Row[] {
  const names = new Map<string, { section: string; name: string }>();
  for (const { parameters } of runs)
    for (const [section, values] of Object.entries(parameters))
      for (const name of Object.keys(values)) names.set(`${section}\0${name}`, { section, name });
  return [...names.values()].map(({ section, name }) => {
    const values = runs.map(({ parameters }) => parameters[section]?.[name]);
    return { section, name, values, differs: values.some((value) => !same(value, values[0])) };
  });
}

/** Of lists: what one run has and not all others; null where they are no lists, or have nothing in common. */
export function ownOf(values: readonly unknown[], index: number): { items: unknown[]; shared: number } | null {
  const lists = values.filter((value) => Array.isArray(value));
  const mine = values[index];
  if (lists.length < values.length || !Array.isArray(mine)) return null;
  const items = mine.filter((item) => !lists.every((list) => list.includes(item)));
  return items.length === mine.length ? null : { items, shared: mine.length - items.length };
}

/** Sections in their order, without those that hold nothing. */
export function bySection(rows: readonly Row[]): [string, Row[]][] {
  const sections = new Map<string, Row[]>();
  for (const row of rows) sections.set(row.section, [...(sections.get(row.section) ?? []), row]);
  return [...sections];
}

/** Errors are only measured alike on the same data, steps ahead and windows. */
export function comparable(runs: readonly Run[], results: readonly (ForecastResult | undefined)[]): boolean {
  const ground = (run: Run, result: ForecastResult | undefined) =>
    JSON.stringify([
      run.parameters['Data']?.['sha256'],
      result?.horizon,
      run.parameters['CrossValidation']?.['origins'],
    ]);
  const first = runs[0];
  return first === undefined || runs.every((run, i) => ground(run, results[i]) === ground(first, results[0]));
}

export interface ModelRow {
  model: string;
  label: string | null;
  /** MASE per run; null where it has none. */
  values: (number | null)[];
}
/** Every method that any of the runs judged, by its smallest error. */
export function modelRows(results: readonly (ForecastResult | undefined)[]): ModelRow[] {
  const labels = new Map<string, string | null>();
  for (const result of results) for (const { model, label } of result?.leaderboard ?? []) labels.set(model, label);
  const least = ({ values }: ModelRow) => Math.min(...values.map((value) => value ?? Number.POSITIVE_INFINITY));
  return [...labels]
    .map(([model, label]) => ({
      model,
      label,
      values: results.map((result) => result?.leaderboard.find((row) => row.model === model)?.mase ?? null),
    }))
    .filter(({ values }) => values.some((value) => value !== null))
    .toSorted((a, b) => {
      const [x, y] = [least(a), least(b)];
      return x === y ? 0 : x - y;
    });
}

/** Index of the smallest value; null when all are equal or fewer than two are known. */
export function leastOf(values: readonly (number | null | undefined)[]): number | null {
  const known = values.flatMap((value, index) => (typeof value === 'number' ? [{ value, index }] : []));
  if (known.length < 2) return null;
  const least = known.reduce((a, b) => (b.value < a.value ? b : a));
  return known.every(({ value }) => value === least.value) ? null : least.index;
}

/** Ids of an address: whole numbers, each once, at most so many. */
export function idsOf(text: string | undefined, most: number): number[] {
  const ids = (text ?? '').split(',').flatMap((part) => {
    const id = Number(part);
    return Number.isInteger(id) && id > 0 ? [id] : [];
  });
  return [...new Set(ids)].slice(0, most);
}
