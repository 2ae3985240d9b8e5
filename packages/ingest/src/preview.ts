/** The head of a file, as a person should see it at once. */
import type { Preview } from '@minori/contract';
import type { Duck } from './duck.ts';
import { bySeverity, createLedger } from './findings.ts';
import { guessMapping } from './guess.ts';
import { openSource, type SourceFile, type SourceOverride } from './source.ts';
import { statSync } from 'node:fs';

const SHOWN_ROWS = 50;
const SHOWN_COLUMNS = 100;
const SHOWN_CHARACTERS = 200;

export interface PreviewDeps {
  readonly folder: string;
  readonly duck: () => Promise<Duck>;
}

export async function previewFile(file: SourceFile, override: SourceOverride, deps: PreviewDeps): Promise<Preview> {
  const ledger = createLedger([]);
  const source = await openSource({
    file,
    override,
    folder: deps.folder,
    full: false,
    ledger,
    duck: deps.duck,
    report: () => {},
  });
  if (source === null) {
    return {
      bytes: statSync(file.path).size,
      source: null,
      sheets: [],
      columns: [],
      rows: [],
      lines: [],
      row_estimate: 0,
      mapping: null,
      findings: bySeverity(ledger.findings),
    };
  }
  const mapping = guessMapping(source.columns);
  if (mapping === null) {
    const dated = source.columns.some(({ type }) => type === 'date');
    ledger.add({
      code: 'missing_column',
      severity: 'error',
      count: 1,
      params: { needed: dated ? 'y' : 'ds', names: source.names.slice(0, 50) },
    });
  }
  const shown = source.records.slice(0, SHOWN_ROWS);
  return {
    bytes: source.bytes,
    source: source.options,
    sheets: source.sheets,
    columns: source.columns.map(({ name, type, samples, empty }) => ({ name, type, samples, empty })),
    rows: shown.map(({ cells }) =>
      source.names.slice(0, SHOWN_COLUMNS).map((_, i) => (cells[i] ?? '').slice(0, SHOWN_CHARACTERS)),
    ),
    lines: shown.map(({ line }) => line),
    row_estimate: source.rowEstimate,
    mapping: mapping && (override ? { ...mapping, source: override } : mapping),
    findings: bySeverity(ledger.findings),
  };
}
