/**
 * Which calendar a dataset follows. A grid turns a time into a tick (0, 1, 2, … without holes for a
 * complete series) and back; detection finds the grid that the times lie on.
 * Names are pandas' offset aliases: MS/ME, QS/QE(-MON), YS/YE(-MON), W-SUN…, D, B, h, min, s, ms, with a
 * multiple in front (15min); `int` for counts.
 */
import { bounds, type Panel } from './panel.ts';

const SECOND = 1000;
const DAY = 86_400_000;
/** A series with fewer steps does not tell its own frequency. */
const FEW_STEPS = 4;
/** Share of steps that have to lie on the grid. */
const ENOUGH = 0.9;
/** Points there are of those there would be without gaps. */
const COVER = 0.4;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] as const;
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;

export interface Grid {
  readonly freq: string;
  /** Tick of the last mark at or before t; ticks of neighbours differ by 1. */
  tick(t: number): number;
  /** Time of a tick. */
  time(tick: number): number;
}

const monthOf = (t: number): number => {
  const date = new Date(t);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
const monthStart = (month: number): number => Date.UTC(Math.floor(month / 12), month - Math.floor(month / 12) * 12, 1);
const monthEnd = (month: number): number => monthStart(month + 1) - DAY;
const dayOf = (t: number): number => Math.floor(t / DAY);
/** 1970-01-01 was a Thursday; Sunday = 0. */
const weekdayOf = (t: number): number => (((dayOf(t) + 4) % 7) + 7) % 7;

/** A grid of `step` months, marks at the months ≡ `phase` (mod step). */
function monthGrid(freq: string, step: number, phase: number, end: boolean): Grid {
  return {
    freq,
    tick: (t) => {
      const month = monthOf(t);
      const before = end && t < monthEnd(month) ? month - 1 : month;
      return Math.floor((before - phase) / step);
    },
    time: (tick) => (end ? monthEnd(tick * step + phase) : monthStart(tick * step + phase)),
  };
}

function fixedGrid(freq: string, step: number, phase: number): Grid {
  return { freq, tick: (t) => Math.floor((t - phase) / step), time: (tick) => tick * step + phase };
}

/** Monday to Friday. */
const businessGrid: Grid = {
  freq: 'B',
  tick: (t) => {
    const monday = dayOf(t) + 3;
    const week = Math.floor(monday / 7);
    return week * 5 + Math.min(4, monday - week * 7);
  },
  time: (tick) => {
    const week = Math.floor(tick / 5);
    return (week * 7 + (tick - week * 5) - 3) * DAY;
  },
};

const UNIT: Readonly<Record<string, number>> = { D: DAY, h: 3600 * SECOND, min: 60 * SECOND, s: SECOND, ms: 1 };

/** Grid of an alias; `origin` is a time that lies on it (its phase, for multiples). null for an unknown alias. */
export function gridOf(freq: string, origin: number): Grid | null {
  if (freq === 'int') return fixedGrid(freq, 1, 0);
  const match = /^(\d*)(MS|ME|QS|QE|YS|YE|W|D|B|h|min|s|ms)(?:-([A-Z]{3}))?$/u.exec(freq);
  if (!match) return null;
  const count = Number(match[1] || 1);
  const unit = match[2] ?? '';
  const anchor = match[3];
  if (count < 1) return null;
  const months = { M: 1, Q: 3, Y: 12 }[unit[0] ?? ''];
  if (months !== undefined && unit.length === 2 && unit !== 'ms') {
    const at = anchor === undefined ? (unit[1] === 'S' ? 0 : 11) : MONTHS.indexOf(anchor as (typeof MONTHS)[number]);
    if (at < 0) return null;
    const step = months * count;
    const phase = months === 1 || count > 1 ? ((monthOf(origin) % step) + step) % step : at % step;
    return monthGrid(freq, step, phase, unit[1] === 'E');
  }
  if (unit === 'W') {
    const weekday = anchor === undefined ? 0 : WEEKDAYS.indexOf(anchor as (typeof WEEKDAYS)[number]);
    if (weekday < 0) return null;
    // The first such weekday since 1970-01-01 (Thursday); a multiple counts from the origin's week.
    const phase = ((weekday - 4 + 7) % 7) * DAY;
    return fixedGrid(
      freq,
      7 * DAY * count,
      count === 1 ? phase : Math.floor((origin - phase) / (7 * DAY)) * 7 * DAY + phase,
    );
  }
  if (unit === 'B') return count === 1 ? businessGrid : null;
  const step = (UNIT[unit] ?? 0) * count;
  return step === 0 ? null : fixedGrid(freq, step, ((origin % step) + step) % step);
}

/** Steps of a season that people expect of a frequency; 1 = none. */
export function usualSeasons(freq: string): number[] {
  const match = /^(\d*)([A-Za-z]+)/u.exec(freq);
  const count = Number(match?.[1] || 1);
  const whole = (steps: number): number[] =>
    Number.isInteger(steps / count) && steps / count > 1 ? [steps / count] : [];
  switch (match?.[2]) {
    case 'MS':
    case 'ME':
      return whole(12);
    case 'QS':
    case 'QE':
      return whole(4);
    case 'W':
      return whole(52);
    case 'D':
      return whole(7);
    case 'B':
      return [5];
    case 'h':
      return [...whole(24), ...whole(168)];
    case 'min':
      return [...whole(60 * 24), ...whole(60)];
    case 's':
      return whole(60);
    default:
      return [];
  }
}

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

/** Steps must nearly all be multiples of the usual one, and gaps must not outnumber the points. */
function regularity(steps: Steps, mode: number): { share: number; cover: number } {
  const multiple = (step: number): boolean => step > 0 && Math.abs(step / mode - Math.round(step / mode)) < 1e-9;
  let expected = 0;
  for (const [step, count] of steps.counts) expected += (step / mode) * count;
  return { share: shareOf(steps, multiple), cover: expected === 0 ? 0 : steps.total / expected };
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
