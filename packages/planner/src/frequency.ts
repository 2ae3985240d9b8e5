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

const HOLIDAY_STEPS = new Set(['week', 'day', 'business day', 'hour', 'minute']);

/** Whether a step is short enough for single days to matter. */
export function seesDays(freq: string): boolean {
  return HOLIDAY_STEPS.has(BASE[ALIAS.exec(freq)?.[2] ?? ''] ?? '');
}

function stepsOf([, count, base]: RegExpExecArray): string {
  return `${count === '' || count === undefined ? '1' : String(Number(count))} ${BASE[base ?? ''] ?? ''}`;
}
