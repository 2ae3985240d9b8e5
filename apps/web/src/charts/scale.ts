/** Pure helpers of every chart: scales, ticks, thinning. */

export type Scale = (value: number) => number;
/** Maps [a, b] to [from, to]; a flat domain lands in the middle. */
export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [a, b] = domain;
  const [from, to] = range;
  if (a === b) return () => (from + to) / 2;
  return (value) => from + ((value - a) / (b - a)) * (to - from);
}

export function extent(values: Iterable<number | null | undefined>): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values)
    if (value !== null && value !== undefined && Number.isFinite(value)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low > high ? [0, 1] : [low, high];
}

/** A bit of air around a domain, never across zero when the data stay on one side. */
export function padded([low, high]: readonly [number, number], share = 0.06): [number, number] {
  const air = (high - low || Math.abs(high) || 1) * share;
  return [low >= 0 && low - air < 0 ? 0 : low - air, high <= 0 && high + air > 0 ? 0 : high + air];
}

/** Round numbers inside [low, high], about `count` of them. */
export function niceTicks(low: number, high: number, count = 4): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power >= 5 ? 10 : rough / power >= 2 ? 5 : rough / power >= 1 ? 2 : 1);
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step)
    ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}

/**
 * Keeps the smallest and largest point of each bucket, in order, so peaks stay visible.
 * Answers indexes, at most `max` of them, first and last included.
 */
export function minMaxIndexes(values: readonly (number | null)[], max: number): number[] {
  const n = values.length;
  if (n <= max) return values.map((_, index) => index);
  const buckets = Math.max(1, Math.floor((max - 2) / 2));
  const kept = new Set<number>([0, n - 1]);
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const from = Math.floor((bucket * n) / buckets);
    const to = Math.floor(((bucket + 1) * n) / buckets);
    let low = -1;
    let high = -1;
    for (let index = from; index < to; index += 1) {
      const value = values[index];
      if (value === null || value === undefined) continue;
      if (low < 0 || value < (values[low] ?? 0)) low = index;
      if (high < 0 || value > (values[high] ?? 0)) high = index;
    }
    if (low >= 0) kept.add(low);
    if (high >= 0) kept.add(high);
  }
  return [...kept].toSorted((a, b) => a - b);
}

/** How far each of these positions must move so that none stands closer than `gap` to the next; order is kept. */
export function spread(positions: readonly number[], gap: number): number[] {
  const order = positions.map((_, index) => index).toSorted((a, b) => (positions[a] ?? 0) - (positions[b] ?? 0));
  const moved = [...positions];
  // Down first, then the pile is centered where it pushed beyond its first place.
  for (let pass = 0; pass < 24; pass += 1)
    for (let i = 1; i < order.length; i += 1) {
      const [above, below] = [order[i - 1] ?? 0, order[i] ?? 0];
      const missing = gap - ((moved[below] ?? 0) - (moved[above] ?? 0));
      if (missing > 0) {
        moved[above] = (moved[above] ?? 0) - missing / 2;
        moved[below] = (moved[below] ?? 0) + missing / 2;
      }
    }
  return moved.map((at, index) => at - (positions[index] ?? 0));
}

/** SVG path through points; a null value lifts the pen. */
export function linePath(points: readonly (readonly [number, number] | null)[]): string {
  let path = '';
  let down = false;
  for (const point of points) {
    if (point === null) {
      down = false;
      continue;
    }
    path += `${down ? 'L' : 'M'}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    down = true;
  }
  return path;
}

/** Spreadsheets run cells that begin like a formula; a leading apostrophe stops them. */
export function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
export const toCsv = (rows: readonly (readonly (string | number | null | undefined)[])[]): string =>
  rows.map((row) => row.map(csvCell).join(',')).join('\r\n');
