/**
 * The forecast that is delivered when time ran out before any method had one: the last season once more, or the
 * last value. Its intervals are the past errors of just that, so nothing has to be assumed of the data.
 */
import { isoTime } from './dates.ts';
import { DAY, gridOf } from './grid.ts';

export interface LastResortQuestion {
  readonly h: number;
  /** Steps; 1 = none. */
  readonly season: number;
  /** Percent. */
  readonly levels: readonly number[];
}

/**
 * One series y[from..to), NaN where nothing is known: (h, 1 + 2 * levels) as a trial's forecast, never NaN.
 * A season must have been seen whole; else the last value goes on, and 0 where there is none. Errors of one
 * season ahead are widened by the root of the seasons ahead, as those of a random walk grow.
 */
export function lastResort(
  y: Float64Array,
  from: number,
  to: number,
  { h, season, levels }: LastResortQuestion,
): Float64Array {
  const known = newestOfEachSeason(y, from, to, season) ?? newestOfEachSeason(y, from, to, 1) ?? [0];
  const errors = errorsAt(y, from, to, known.length);
  const width = 1 + 2 * levels.length;
  const found = new Float64Array(h * width);
  for (let step = 0; step < h; step++) {
    const mean = known[step % known.length] ?? 0;
    const widening = Math.sqrt(Math.floor(step / known.length) + 1);
    found[step * width] = mean;
    for (const [index, level] of levels.entries()) {
      const tail = (1 - level / 100) / 2;
      found[step * width + 1 + 2 * index] = mean + Math.min(0, quantile(errors, tail)) * widening;
      found[step * width + 2 + 2 * index] = mean + Math.max(0, quantile(errors, 1 - tail)) * widening;
    }
  }
  return found;
}

/** The newest value of each place in the season, the next step's place first; null when one was never seen. */
function newestOfEachSeason(y: Float64Array, from: number, to: number, season: number): number[] | null {
  const known: number[] = [];
  for (let place = 0; place < season; place++) {
    let at = to - season + place;
    while (at >= from && Number.isNaN(y[at] ?? Number.NaN)) at -= season;
    if (at < from) return null;
    known.push(y[at] ?? Number.NaN);
  }
  return known;
}

/** Ascending differences of values `lag` apart. */
function errorsAt(y: Float64Array, from: number, to: number, lag: number): Float64Array {
  const errors = new Float64Array(Math.max(0, to - from - lag));
  let count = 0;
  for (let at = from + lag; at < to; at++) {
    const error = (y[at] ?? Number.NaN) - (y[at - lag] ?? Number.NaN);
    if (!Number.isNaN(error)) errors[count++] = error;
  }
  return errors.subarray(0, count).toSorted();
}

/** The error that is exceeded with the probability of its tail, counted as split-conformal intervals do; 0 of none. */
function quantile(sorted: Float64Array, share: number): number {
  const rank = share < 0.5 ? Math.floor((sorted.length + 1) * share) : Math.ceil((sorted.length + 1) * share);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? 0;
}

/** The h times after `last`, as the engine dates its forecasts. @param before the time known before it, if any */
export function timesAfter(last: number, before: number | undefined, freq: string, h: number): number[] {
  const ahead = Array.from({ length: h }, (_, step) => step + 1);
  const grid = gridOf(freq, last);
  const tick = grid?.tick(last) ?? 0;
  if (grid !== null && (grid.time(tick) === last || freq.startsWith('B')))
    return ahead.map((step) => grid.time(tick + step));
  const [, count = '', unit = ''] = /^(\d*)(M|Q|Y|W)/u.exec(freq) ?? [];
  // Months dated on the 15th, weeks on a Wednesday: the calendar's distance counts.
  if (unit === 'W') return ahead.map((step) => last + step * 7 * DAY * Number(count || 1));
  const months = { M: 1, Q: 3, Y: 12 }[unit];
  if (months !== undefined) return ahead.map((step) => monthsAfter(last, step * months * Number(count || 1)));
  const distance = before === undefined ? DAY : last - before;
  return ahead.map((step) => last + step * distance);
}

/** The same day of a later month, or its last where it has no such day. */
function monthsAfter(time: number, months: number): number {
  const date = new Date(time);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
  const end = new Date(first);
  const days = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  return first + (Math.min(date.getUTCDate(), days) - 1) * DAY + (time % DAY);
}

/** As ds.json writes them: dates, or with the time of day where one of them has one. */
export function timeTexts(times: readonly number[], isInteger: boolean): string[] {
  if (isInteger) return times.map(String);
  const texts = times.map(isoTime);
  const longest = Math.max(...texts.map(({ length }) => length));
  return texts.map((text) => (text.length === 10 && longest > 10 ? `${text}T00:00:00` : text));
}
