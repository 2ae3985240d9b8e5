/** Finds the calendar that the times of a dataset lie on, or nearly lie on. */
import { businessGrid, DAY, dayOf, MONTHS, monthOf, UNIT, WEEKDAYS, weekdayOf } from './grid.ts';
import { bounds, type Panel } from './panel.ts';

/** A series with fewer steps does not tell its own frequency. */
const FEW_STEPS = 4;
/** Share of steps that have to lie on the grid. */
const ENOUGH = 0.9;
/** A step of so many times the usual one is a slip of the pen and says nothing of the rhythm. */
const LEAP = 100;
/** Points there are of those there would be without gaps. */
const COVER = 0.4;

interface Facts {
  midnight: boolean;
  monthStart: boolean;
  monthEnd: boolean;
  /** Day of the month that all times share, or 0. */
  sameDay: number;
  noWeekend: boolean;
}

function factsOf(panel: Panel): Facts {
  const facts: Facts = { midnight: true, monthStart: true, monthEnd: true, sameDay: -1, noWeekend: true };
  const seen = new Set<number>();
  for (const t of panel.t) {
    if (seen.has(t)) continue;
    seen.add(t);
    if (t % DAY !== 0) return { midnight: false, monthStart: false, monthEnd: false, sameDay: 0, noWeekend: false };
    const date = new Date(t);
    const day = date.getUTCDate();
    if (day !== 1) facts.monthStart = false;
    if (new Date(t + DAY).getUTCDate() !== 1) facts.monthEnd = false;
    if (facts.sameDay === -1) facts.sameDay = day;
    else if (facts.sameDay !== day) facts.sameDay = 0;
    const weekday = weekdayOf(t);
    if (weekday === 0 || weekday === 6) facts.noWeekend = false;
    if (seen.size > 2_000_000) break;
  }
  return facts;
}

export interface Detection {
  /** Alias, or null when the times follow no calendar. */
  readonly freq: string | null;
  /** A calendar they nearly follow: one point per month or week on changing days. */
  readonly near: string | null;
  /** All times have to move to the grid's marks (every 25th -> the month's first). */
  readonly snap: boolean;
  /** Series whose own step is another one, with that step in ticks of the unit looked at. */
  readonly others: readonly number[];
  /** Share of steps that lie on the grid. */
  readonly regular: number;
}

const NONE: Detection = { freq: null, near: null, snap: false, others: [], regular: 0 };

/** Times of one step, per series and over all. */
interface Steps {
  readonly counts: Map<number, number>;
  readonly total: number;
  /** Most frequent step of each series; 0 when it has too few to tell. */
  readonly modes: Float64Array;
}

function stepsOf(panel: Panel, unit: (t: number) => number): Steps {
  const counts = new Map<number, number>();
  const modes = new Float64Array(panel.ids.length);
  let total = 0;
  const own = new Map<number, number>();
  for (let s = 0; s < panel.ids.length; s++) {
    const [from, to] = bounds(panel, s);
    own.clear();
    for (let i = from + 1; i < to; i++) {
      const step = unit(panel.t[i] ?? 0) - unit(panel.t[i - 1] ?? 0);
      own.set(step, (own.get(step) ?? 0) + 1);
    }
    let most = to - from > FEW_STEPS ? 0 : Number.POSITIVE_INFINITY;
    for (const [step, count] of own) {
      total += count;
      counts.set(step, (counts.get(step) ?? 0) + count);
      if (count > most || (count === most && step < (modes[s] ?? 0))) {
        most = count;
        modes[s] = step;
      }
    }
  }
  return { counts, total, modes };
}

function modeOf(counts: ReadonlyMap<number, number>): number {
  let mode = 0;
  let most = 0;
  for (const [step, count] of counts) {
    if (count > most || (count === most && step < mode)) {
      mode = step;
      most = count;
    }
  }
  return mode;
}

const shareOf = ({ counts, total }: Steps, fits: (step: number) => boolean): number => {
  let fit = 0;
  for (const [step, count] of counts) if (fits(step)) fit += count;
  return total === 0 ? 0 : fit / total;
};

/** Steps must nearly all be multiples of the usual one, and gaps must not outnumber the points; one wrong year may. */
function regularity(steps: Steps, mode: number): { share: number; cover: number } {
  const multiple = (step: number): boolean => step > 0 && Math.abs(step / mode - Math.round(step / mode)) < 1e-9;
  let expected = 0;
  let counted = 0;
  for (const [step, count] of steps.counts) {
    if (step > LEAP * mode) continue;
    expected += (step / mode) * count;
    counted += count;
  }
  const cover = expected === 0 || counted < steps.total * ENOUGH ? 0 : counted / expected;
  return { share: shareOf(steps, multiple), cover };
}

/** Finds the grid. Times of a series must be ascending and different. */
export function detectFrequency(panel: Panel, kind: 'timestamp' | 'integer'): Detection {
  if (panel.ids.length === 0) return NONE;
  if (kind === 'integer') {
    const steps = stepsOf(panel, (t) => t);
    if (steps.total === 0) return { ...NONE, freq: 'int', regular: 1 };
    const mode = modeOf(steps.counts);
    const { cover } = regularity(steps, 1);
    return mode === 1 && cover >= COVER ? { ...NONE, freq: 'int', regular: 1, others: othersOf(steps, 1) } : NONE;
  }
  const facts = factsOf(panel);
  if (!facts.midnight) return subDaily(panel);
  if (facts.monthStart || facts.monthEnd || (facts.sameDay > 0 && longEnough(panel))) {
    const found = monthly(panel, facts);
    if (found.freq !== null) return found;
  }
  return daily(panel, facts);
}

const longEnough = (panel: Panel): boolean => panel.t.length > panel.ids.length;

function othersOf(steps: Steps, mode: number): number[] {
  const others: number[] = [];
  steps.modes.forEach((own, s) => {
    if (own !== 0 && own !== mode) others.push(s);
  });
  return others;
}

function monthly(panel: Panel, facts: Facts): Detection {
  const steps = stepsOf(panel, monthOf);
  const mode = steps.total === 0 ? 1 : modeOf(steps.counts);
  const { share, cover } = steps.total === 0 ? { share: 1, cover: 1 } : regularity(steps, mode);
  if (share < ENOUGH || cover < COVER) return { ...NONE, regular: share };
  const side = facts.monthEnd && !facts.monthStart ? 'E' : 'S';
  const first = monthOf(panel.t[0] ?? 0);
  const month = MONTHS[((first % 12) + 12) % 12] ?? 'JAN';
  let freq = mode === 1 ? `M${side}` : `${mode}M${side}`;
  if (mode === 12)
    freq = (side === 'S' && month === 'JAN') || (side === 'E' && month === 'DEC') ? `Y${side}` : `Y${side}-${month}`;
  if (mode === 3) {
    const phase = ((first % 3) + 3) % 3;
    const anchored = side === 'S' ? phase === 0 : phase === 2;
    const name = MONTHS[side === 'S' ? phase : phase + 9];
    freq = anchored ? `Q${side}` : `Q${side}-${name}`;
  }
  return {
    freq,
    near: null,
    snap: !facts.monthStart && !facts.monthEnd,
    others: othersOf(steps, mode),
    regular: share,
  };
}

function daily(panel: Panel, facts: Facts): Detection {
  const steps = stepsOf(panel, dayOf);
  if (steps.total === 0) return { ...NONE, freq: 'D', regular: 1 };
  const mode = modeOf(steps.counts);
  const { share, cover } = regularity(steps, mode);
  if (mode === 1 && facts.noWeekend && steps.total >= 9) {
    const business = stepsOf(panel, businessGrid.tick);
    const fit = regularity(business, 1);
    if (fit.cover >= 0.8) return { freq: 'B', near: null, snap: false, others: othersOf(business, 1), regular: 1 };
  }
  if (share >= ENOUGH && cover >= COVER) {
    if (mode % 7 !== 0)
      return {
        freq: mode === 1 ? 'D' : `${mode}D`,
        near: null,
        snap: false,
        others: othersOf(steps, mode),
        regular: share,
      };
    const weekday = commonWeekday(panel);
    if (weekday !== null) {
      const weeks = mode / 7;
      return {
        freq: `${weeks === 1 ? '' : weeks}W-${WEEKDAYS[weekday]}`,
        near: null,
        snap: false,
        others: othersOf(steps, mode),
        regular: share,
      };
    }
  }
  return { ...NONE, near: nearly(panel), regular: share };
}

/** The weekday that nearly all times have. */
function commonWeekday(panel: Panel): number | null {
  const counts = new Int32Array(7);
  for (const t of panel.t) {
    const weekday = weekdayOf(t);
    counts[weekday] = (counts[weekday] ?? 0) + 1;
  }
  const best = counts.indexOf(Math.max(...counts));
  return (counts[best] ?? 0) >= panel.t.length * ENOUGH ? best : null;
}

/** One point in nearly each month, or in each week, on days that change. */
function nearly(panel: Panel): string | null {
  const months = stepsOf(panel, monthOf);
  if (months.total >= 2 && shareOf(months, (step) => step === 1) >= 0.9) return 'MS';
  const week = (t: number): number => Math.floor((dayOf(t) + 3) / 7);
  const weeks = stepsOf(panel, week);
  return weeks.total >= 2 && shareOf(weeks, (step) => step === 1) >= 0.9 ? 'W-MON' : null;
}

function subDaily(panel: Panel): Detection {
  const steps = stepsOf(panel, (t) => t);
  if (steps.total === 0) return { ...NONE, freq: 'h', regular: 1 };
  const mode = modeOf(steps.counts);
  const { share, cover } = regularity(steps, mode);
  if (share < ENOUGH || cover < COVER) return { ...NONE, regular: share };
  const unit = (['D', 'h', 'min', 's', 'ms'] as const).find((name) => mode % (UNIT[name] ?? 1) === 0) ?? 'ms';
  const count = mode / (UNIT[unit] ?? 1);
  return {
    freq: `${count === 1 ? '' : count}${unit}`,
    near: null,
    snap: false,
    others: othersOf(steps, mode),
    regular: share,
  };
}
