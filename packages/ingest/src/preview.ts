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
/** The answer is one record of the task's spool, which holds less than 1 MiB. */
const SHOWN_BYTES = 150_000;
const MANY_COLUMNS = 500;

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
  const rows: string[][] = [];
  const lines: number[] = [];
  let bytes = 0;
  for (const { cells, line } of source.records.slice(0, SHOWN_ROWS)) {
    const row = source.names.slice(0, SHOWN_COLUMNS).map((_, i) => (cells[i] ?? '').slice(0, SHOWN_CHARACTERS));
    bytes += Buffer.byteLength(row.join(','));
    if (bytes > SHOWN_BYTES) break;
    rows.push(row);
    lines.push(line);
  }
  const [samples, characters] = source.columns.length > MANY_COLUMNS ? [1, 20] : [5, 60];
  return {
    bytes: source.bytes,
    source: source.options,
    sheets: source.sheets,
    columns: source.columns.map((column) => ({
      name: column.name,
      type: column.type,
      samples: column.samples.slice(0, samples).map((text) => text.slice(0, characters)),
      empty: column.empty,
    })),
    rows,
    lines,
    row_estimate: source.rowEstimate,
    mapping: mapping && (override ? { ...mapping, source: override } : mapping),
    findings: bySeverity(ledger.findings),
  };
}
