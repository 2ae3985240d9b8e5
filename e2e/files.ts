/** The tables that the walks bring along, as people have them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Monthly sales of a shop: a level, a trend and a season, the same on every machine. */
export const sales = (month: number, shop: number): number =>
  Math.round(800 + 150 * shop + 4 * month + 120 * Math.sin((Math.PI * (month + 2 * shop)) / 6) + ((month * 37) % 23));

const FULL_WIDTH = (text: string): string =>
  text.replaceAll(/\d/g, (digit) => String.fromCodePoint((digit.codePointAt(0) ?? 0) + 0xfee0));

let codes: Map<string, number[]> | null = null;
/** Bytes of a text in Shift_JIS, from what the platform can decode. */
export function shiftJis(text: string): Uint8Array {
  if (codes === null) {
    codes = new Map();
    const decoder = new TextDecoder('shift_jis');
    for (let lead = 0x81; lead <= 0x9f; lead += 1)
      for (let trail = 0x40; trail <= 0xfc; trail += 1) {
        const letter = decoder.decode(Uint8Array.of(lead, trail));
        if ([...letter].length === 1 && !codes.has(letter)) codes.set(letter, [lead, trail]);
      }
  }
  const known = codes;
  return Uint8Array.from(
    [...text].flatMap((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      const bytes = code < 0x80 ? [code] : known.get(letter);
      if (bytes === undefined) throw new Error(`not in Shift_JIS's first plane: ${letter}`);
      return bytes;
    }),
  );
}

/** One month per row, one shop per column, as a spreadsheet in Japan writes it. */
export function wideTable(folder: string, name: string, from: number, months: number): string {
  const rows = Array.from({ length: months }, (_, at) => {
    const month = from + at;
    const time = `${2018 + Math.floor(month / 12)}年${(month % 12) + 1}月`;
    // Thousands in commas, and now and then full-width figures.
    const cells = [0, 1, 2].map((shop) => sales(month, shop));
    const [first = 0, second = 0, third = 0] = cells;
    return `${time},${at % 7 === 0 ? FULL_WIDTH(String(first)) : first},"${second.toLocaleString('en-US')}",${third}`;
  });
  const path = join(folder, name);
  writeFileSync(path, shiftJis(`${['年月,東京店,大阪店,福岡店', ...rows].join('\r\n')}\r\n`));
  return path;
}

/** One sale per row. Row 14 is a second value for the month of row 13, and April 2021 is left out. */
export function faultyTable(folder: string, name: string, months = 84): string {
  const rows = Array.from({ length: months }, (_, month) => {
    const time = `${2018 + Math.floor(month / 12)}/${(month % 12) + 1}/1`;
    return `${time},本店,${sales(month, 0)}`;
  });
  rows.splice(39, 1);
  rows.splice(12, 0, `2018/12/1,本店,${sales(11, 0) + 40}`);
  const path = join(folder, name);
  writeFileSync(path, `\u{feff}${['日付,店舗,売上', ...rows].join('\n')}\n`);
  return path;
}

/** Many series, so that a search takes long enough to be paused, killed and resumed. */
export function panel(folder: string, name: string, series: number, months = 120): string {
  const rows = ['unique_id,ds,y'];
  for (let shop = 0; shop < series; shop += 1)
    for (let month = 0; month < months; month += 1)
      rows.push(
        `shop-${String(shop).padStart(3, '0')},${2014 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01,${sales(month, shop)}`,
      );
  const path = join(folder, name);
  writeFileSync(path, rows.join('\n'));
  return path;
}
