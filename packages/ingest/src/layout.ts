/**
 * A mapping resolved against a file's columns: which column gives what, as SQL over `raw`, whose
 * columns c0, c1, … are NULL where nothing stands. Names and times are trimmed later, once per text.
 */
import type { Mapping } from '@minori/contract';
import { trimmed } from './duck.ts';
import type { Ledger } from './findings.ts';
import { presetColumns } from './presets.ts';

export type ExogenousRole = 'hist' | 'futr' | 'stat';
export interface Exogenous {
  readonly name: string;
  readonly role: ExogenousRole;
  readonly column: number;
}

export interface Layout {
  /** Columns of the file that are needed, ascending. */
  readonly columns: readonly number[];
  /** SQL of the series name; null for wide tables, where `cells` names the series. */
  readonly id: string | null;
  /** SQL of the time's text; null where `cells` names the times. */
  readonly ds: string | null;
  /** Value column of a long table. */
  readonly y: number | null;
  /** Value columns of a wide or across table, each with the series or the time it stands for. */
  readonly cells: readonly { readonly column: number; readonly label: string }[];
  readonly exogenous: readonly Exogenous[];
  /** Second reading of the time for people, when `ds` is a count (the date of a draw). */
  readonly label: string | null;
  readonly dsColumn: string;
  readonly yColumn: string;
  readonly idColumn: string | null;
  /** How texts of digits in the time column are read, when the mapping knows it. */
  readonly numeric: 'index' | null;
}

/** null when columns are missing or doubly used; the ledger then says which. */
export function resolveMapping(mapping: Mapping, names: readonly string[], ledger: Ledger): Layout | null {
  const wanted = mapping.kind === 'preset' ? [] : usedColumns(mapping);
  const missing = wanted.filter((name) => !names.includes(name));
  const preset = mapping.kind === 'preset' ? presetColumns(mapping.preset, names) : null;
  if (missing.length > 0 || (mapping.kind === 'preset' && preset === null)) {
    ledger.add({
      code: 'missing_column',
      severity: 'error',
      column: missing[0] ?? null,
      count: Math.max(1, missing.length),
      params: {
        needed: missing.slice(0, 20).join(', ') || (mapping.kind === 'preset' ? mapping.preset : ''),
        names: names.slice(0, 50),
      },
    });
    return null;
  }
  const at = (name: string): number => names.indexOf(name);
  const text = (columns: readonly string[], glue: string): string | null => {
    if (columns.length === 0) return null;
    if (columns.length === 1) return `c${at(columns[0] ?? '')}`;
    const parts = columns.map((name) => trimmed(`c${at(name)}`));
    return `case when ${parts.map((part) => `${part} is null`).join(' or ')} then null else concat_ws('${glue}', ${parts.join(', ')}) end`;
  };
  const done = (layout: Omit<Layout, 'columns'>, used: readonly string[]): Layout => ({
    ...layout,
    columns: [...new Set(used.map(at))].toSorted((a, b) => a - b),
  });
  const none = { label: null, numeric: null, exogenous: [], cells: [], y: null } as const;
  switch (mapping.kind) {
    case 'long':
      return done(
        {
          ...none,
          id: text(mapping.unique_id, ' / '),
          ds: dateParts(mapping.ds.map(at)),
          y: at(mapping.y),
          exogenous: mapping.exogenous.map((name) => ({ name, role: roleOf(name), column: at(name) })),
          dsColumn: mapping.ds.join(', '),
          yColumn: mapping.y,
          idColumn: mapping.unique_id.join(', ') || null,
        },
        wanted,
      );
    case 'wide':
      return done(
        {
          ...none,
          id: null,
          ds: dateParts(mapping.ds.map(at)),
          cells: mapping.series.map((name) => ({ column: at(name), label: name })),
          dsColumn: mapping.ds.join(', '),
          yColumn: mapping.series.length === 1 ? (mapping.series[0] ?? '') : '',
          idColumn: null,
        },
        wanted,
      );
    case 'across':
      return done(
        {
          ...none,
          id: text(mapping.unique_id, ' / ') ?? `'y'`,
          ds: null,
          cells: mapping.times.map((name) => ({ column: at(name), label: name })),
          dsColumn: '',
          yColumn: '',
          idColumn: mapping.unique_id.join(', ') || null,
        },
        wanted,
      );
    case 'preset': {
      if (preset === null) return null;
      const drawn = mapping.ds === 'draw';
      return done(
        {
          ...none,
          id: null,
          ds: `c${at(drawn ? preset.draw : preset.date)}`,
          cells: preset.series.map(({ column, unique_id }) => ({ column: at(column), label: unique_id })),
          label: drawn ? `c${at(preset.date)}` : null,
          dsColumn: drawn ? preset.draw : preset.date,
          yColumn: '',
          idColumn: null,
          numeric: drawn ? 'index' : null,
        },
        [preset.draw, preset.date, ...preset.series.map(({ column }) => column)],
      );
    }
  }
}

function usedColumns(mapping: Exclude<Mapping, { kind: 'preset' }>): string[] {
  if (mapping.kind === 'long') return [...mapping.unique_id, ...mapping.ds, mapping.y, ...mapping.exogenous];
  if (mapping.kind === 'wide') return [...mapping.ds, ...mapping.series];
  return [...mapping.unique_id, ...mapping.times];
}

/** One column as it is; year, month (and day) columns as 2025/1/5, without their 年月日. */
function dateParts(columns: readonly number[]): string {
  if (columns.length === 1) return `c${columns[0]}`;
  const parts = columns.map((column) => `rtrim(${trimmed(`c${column}`)}, '年月日')`);
  return `case when ${parts.map((part) => `${part} is null`).join(' or ')} then null else concat_ws('/', ${parts.join(', ')}) end`;
}

function roleOf(name: string): ExogenousRole {
  if (name.startsWith('futr_')) return 'futr';
  return name.startsWith('stat_') ? 'stat' : 'hist';
}
