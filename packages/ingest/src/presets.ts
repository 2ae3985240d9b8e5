/** Files whose columns are known: Japanese lottery draws, one draw per row. */
import type { PresetName } from '@minori/contract';

export interface PresetColumns {
  readonly draw: string;
  readonly date: string;
  /** Column -> series, in the file's order. */
  readonly series: readonly { readonly column: string; readonly unique_id: string }[];
}

/** How many numbers a draw of each game has, without and with bonus numbers. */
const GAMES: readonly { readonly preset: PresetName; readonly numbers: number; readonly bonus: number }[] = [
  { preset: 'loto7', numbers: 7, bonus: 2 },
  { preset: 'loto6', numbers: 6, bonus: 1 },
  { preset: 'miniloto', numbers: 5, bonus: 1 },
  { preset: 'bingo5', numbers: 8, bonus: 0 },
  { preset: 'numbers4', numbers: 4, bonus: 0 },
  { preset: 'numbers3', numbers: 3, bonus: 0 },
];

const DRAW = /^(?:開催回|回別|回号|回|抽せん回|抽選回)$/u;
const DATE = /^(?:日付|抽せん日|抽選日|開催日)$/u;
const NUMBER = /^第?\s*([1-8])\s*数字$/u;
const BONUS = /^(?:BONUS|ボーナス)\s*(?:数字)?\s*([12]?)$/iu;

function columnsOf(names: readonly string[]): (PresetColumns & { numbers: number; bonus: number }) | null {
  const plain = names.map((name) => name.normalize('NFKC').trim());
  const draw = names[plain.findIndex((name) => DRAW.test(name))];
  const date = names[plain.findIndex((name) => DATE.test(name))];
  if (draw === undefined || date === undefined) return null;
  const series: { column: string; unique_id: string }[] = [];
  let numbers = 0;
  let bonus = 0;
  names.forEach((column, i) => {
    const text = plain[i] ?? '';
    const number = NUMBER.exec(text);
    const extra = BONUS.exec(text);
    if (number) {
      numbers++;
      series.push({ column, unique_id: `N${number[1]}` });
    } else if (extra) {
      bonus++;
      series.push({ column, unique_id: `BONUS${extra[1]}` });
    }
  });
  return { draw, date, series, numbers, bonus };
}

/** The columns of a preset in a file with these names; null when it is another file. */
export function presetColumns(preset: PresetName, names: readonly string[]): PresetColumns | null {
  const game = GAMES.find((candidate) => candidate.preset === preset);
  const found = columnsOf(names);
  return game && found && found.numbers === game.numbers && found.bonus === game.bonus ? found : null;
}

export function guessPreset(names: readonly string[]): PresetName | null {
  return GAMES.find(({ preset }) => presetColumns(preset, names))?.preset ?? null;
}
