/**
 * Calendars. A grid turns a time into a tick (0, 1, 2, … without holes for a complete series) and back.
 * Names are pandas' offset aliases: MS/ME, QS/QE(-MON), YS/YE(-MON), W-SUN…, D, B, h, min, s, ms, with a
 * multiple in front (15min); `int` for counts.
 */
const SECOND = 1000;
export const DAY = 86_400_000;
export const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] as const;
export const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;

export interface Grid {
  readonly freq: string;
  /** Tick of the last mark at or before t; ticks of neighbours differ by 1. */
  tick(t: number): number;
  /** Time of a tick. */
  time(tick: number): number;
}

export const monthOf = (t: number): number => {
  const date = new Date(t);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
const monthStart = (month: number): number => Date.UTC(Math.floor(month / 12), month - Math.floor(month / 12) * 12, 1);
const monthEnd = (month: number): number => monthStart(month + 1) - DAY;
export const dayOf = (t: number): number => Math.floor(t / DAY);
/** 1970-01-01 was a Thursday; Sunday = 0. */
export const weekdayOf = (t: number): number => (((dayOf(t) + 4) % 7) + 7) % 7;

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
export const businessGrid: Grid = {
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

export const UNIT: Readonly<Record<string, number>> = { D: DAY, h: 3600 * SECOND, min: 60 * SECOND, s: SECOND, ms: 1 };

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
