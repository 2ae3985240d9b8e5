/** Frequencies as pandas writes them (`MS`, `W-SUN`, `15min`), and `int`. */

const ALIAS = /^(\d*)(MS|ME|M|QS|QE|Q|YS|YE|Y|AS|A|W|D|B|h|H|min|T|s|S|int)(?:-([A-Z]{3}))?$/;
const BASE: Readonly<Record<string, string>> = {
  MS: 'month',
  ME: 'month',
  M: 'month',
  QS: 'quarter',
  QE: 'quarter',
  Q: 'quarter',
  YS: 'year',
  YE: 'year',
  Y: 'year',
  AS: 'year',
  A: 'year',
  W: 'week',
  D: 'day',
  B: 'business day',
  h: 'hour',
  H: 'hour',
  min: 'minute',
  T: 'minute',
  s: 'second',
  S: 'second',
  int: 'step',
};

/** Whether two aliases count in the same steps; null when `asked` is none that we know. */
export function sameFrequency(asked: string, data: string): boolean | null {
  const left = ALIAS.exec(asked);
  if (left === null) return null;
  const right = ALIAS.exec(data);
  if (right === null) return false;
  return stepsOf(left) === stepsOf(right);
}

/** Seconds of the rhythms that people live by, shortest first. */
const RHYTHMS = [3600, 86_400, 7 * 86_400];
const STEP_SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** Steps of the season that goes with `season` as a week with the hours of a day; null when none is usual. */
export function secondSeason(freq: string, season: number): number | null {
  const [, count, base] = ALIAS.exec(freq) ?? [];
  const step = Number(count === undefined || count === '' ? 1 : count) * (STEP_SECONDS[BASE[base ?? ''] ?? ''] ?? 0);
  const place = RHYTHMS.indexOf(season * step);
  const other = (RHYTHMS[place + 1] ?? RHYTHMS[place - 1] ?? 0) / step;
  return place >= 0 && Number.isInteger(other) && other > 1 ? other : null;
}

const HOLIDAY_STEPS = new Set(['week', 'day', 'business day', 'hour', 'minute']);

/** Whether a step is short enough for single days to matter. */
export function seesDays(freq: string): boolean {
  return HOLIDAY_STEPS.has(BASE[ALIAS.exec(freq)?.[2] ?? ''] ?? '');
}

function stepsOf([, count, base]: RegExpExecArray): string {
  return `${count === '' || count === undefined ? '1' : String(Number(count))} ${BASE[base ?? ''] ?? ''}`;
}
