/** The head of a delimited text: small, forgiving, only for what is shown and guessed first. */

export type Delimiter = ',' | ';' | '\t' | '|';
const DELIMITERS: readonly Delimiter[] = [',', '\t', ';', '|'];

export interface HeadRecord {
  readonly cells: string[];
  /** Line the record starts on, 1 = first. */
  readonly line: number;
}

/**
 * Records of `text`, empty lines left out. `whole`: the text ends where the file ends; otherwise the
 * last, perhaps torn record is dropped.
 */
export function parseHead(text: string, delimiter: Delimiter, whole: boolean, limit: number): HeadRecord[] {
  const records: HeadRecord[] = [];
  let cells: string[] = [];
  let line = 1;
  let start = 1;
  let at = 0;
  const end = text.length;
  while (at < end && records.length < limit) {
    let cell = '';
    if (text[at] === '"') {
      let from = at + 1;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote < 0) {
          cell += text.slice(from);
          at = end;
          break;
        }
        cell += text.slice(from, quote);
        if (text[quote + 1] === '"') {
          cell += '"';
          from = quote + 2;
          continue;
        }
        at = quote + 1;
        break;
      }
      for (let i = cell.indexOf('\n'); i >= 0; i = cell.indexOf('\n', i + 1)) line++;
    }
    let stop = at;
    while (stop < end && text[stop] !== delimiter && text[stop] !== '\n' && text[stop] !== '\r') stop++;
    cell += text.slice(at, stop);
    cells.push(cell);
    at = stop;
    if (text[at] === delimiter) {
      at++;
      if (at < end) continue;
      cells.push('');
    }
    if (at >= end && !whole) break;
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    if (cells.length > 1 || cells[0] !== '') records.push({ cells, line: start });
    cells = [];
    line++;
    start = line;
  }
  return records;
}

/** The delimiter that cuts the most records into the same number (> 1) of cells. */
export function sniffDelimiter(text: string, whole: boolean): Delimiter {
  let best: Delimiter = ',';
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const records = parseHead(text, delimiter, whole, 200);
    const width = modalWidth(records);
    if (width < 2) continue;
    const same = records.filter((record) => record.cells.length === width).length / records.length;
    const score = same + Math.min(width, 50) / 1000;
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

/** The number of cells that most records have; the larger of two equals. */
export function modalWidth(records: readonly HeadRecord[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  let width = 0;
  let most = 0;
  for (const [cells, count] of counts) {
    if (count > most || (count === most && cells > width)) {
      width = cells;
      most = count;
    }
  }
  return width;
}
