/** What every verb works with: who speaks, in which language, to which home. */
import { minoriHome } from '@minori/contract/home';
import { createTexts, languageOf, type Language, type Texts } from './texts.ts';

export interface GlobalOptions {
  readonly home?: string;
  readonly json?: boolean;
  readonly lang?: Language;
}

export interface Session {
  readonly home: string;
  readonly json: boolean;
  readonly texts: Texts;
  /** One document or table, for people and pipes: stdout. */
  print(text: string): void;
  /** Progress and remarks: stderr. */
  note(text: string): void;
  /** Replaces the progress line on a terminal; said once per change elsewhere. */
  progress(text: string): void;
}

export function openSession(options: GlobalOptions): Session {
  const env = options.home === undefined ? process.env : { ...process.env, MINORI_HOME: options.home };
  const terminal = process.stderr.isTTY === true;
  let last = '';
  const clear = (): void => {
    if (terminal && last !== '') process.stderr.write('\r\u001b[2K');
    last = '';
  };
  return {
    home: minoriHome(env),
    json: options.json === true,
    texts: createTexts(options.lang ?? languageOf(process.env)),
    print(text) {
      clear();
      process.stdout.write(`${text}\n`);
    },
    note(text) {
      clear();
      process.stderr.write(`${text}\n`);
    },
    progress(text) {
      if (text === last) return;
      if (terminal) process.stderr.write(`\r\u001b[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      else process.stderr.write(`${text}\n`);
      last = text;
    },
  };
}

/** Columns padded to their widest cell; full-width characters count two. */
export function table(rows: readonly (readonly string[])[]): string {
  const width = (text: string): number => {
    let sum = 0;
    for (const char of text)
      sum += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(char)
        ? 2
        : 1;
    return sum;
  };
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, width(cell))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
