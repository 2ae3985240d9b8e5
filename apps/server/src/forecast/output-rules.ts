/** What a delivered forecast keeps to: bounds, whole numbers, a total that is the sum of its parts. */
import type { OutputRules } from '@minori/contract';

interface Shape {
  readonly series: number;
  readonly horizon: number;
  /** Mean, then lower and upper bound of each level. */
  readonly columns: number;
}

/**
 * @param values (series, horizon, columns); not changed
 * @param total number of the series that equals the sum of all others; null = none
 */
export function keepRules(values: Float32Array, shape: Shape, rules: OutputRules, total: number | null): Float32Array {
  const kept = values.slice();
  if (total !== null && rules.total?.method === 'proportional') scaleParts(kept, shape, total);
  for (let index = 0; index < kept.length; index++) {
    const series = Math.floor(index / (shape.horizon * shape.columns));
    if (series !== total) kept[index] = keptValue(kept[index] ?? 0, index % shape.columns, rules);
  }
  if (total !== null) addUp(kept, shape, total, rules);
  return kept;
}

/** One value of a series that is no total. @param column 0 = mean, odd = a lower bound, even = an upper one */
export function keptValue(value: number, column: number, { lower, upper, integer }: OutputRules): number {
  const least = lower === null ? Number.NEGATIVE_INFINITY : integer ? Math.ceil(lower) : lower;
  const most = upper === null ? Number.POSITIVE_INFINITY : integer ? Math.floor(upper) : upper;
  const whole = !integer
    ? value
    : column === 0
      ? Math.round(value)
      : column % 2 === 1
        ? Math.floor(value)
        : Math.ceil(value);
  // Math.max turns -0 into 0.
  return Math.min(most, Math.max(least, whole)) + 0;
}

function scaleParts(values: Float32Array, { series, horizon, columns }: Shape, total: number): void {
  for (let step = 0; step < horizon; step++) {
    const at = (s: number): number => (s * horizon + step) * columns;
    let sum = 0;
    for (let s = 0; s < series; s++) if (s !== total) sum += values[at(s)] ?? 0;
    const wanted = values[at(total)] ?? 0;
    // Parts that cancel out or point the other way have no share of the total.
    const factor = wanted / sum;
    if (!Number.isFinite(factor) || factor <= 0) continue;
    for (let s = 0; s < series; s++)
      if (s !== total)
        for (let column = 0; column < columns; column++)
          values[at(s) + column] = (values[at(s) + column] ?? 0) * factor;
  }
}

/** The total becomes the sum; its intervals keep their widths around it. */
function addUp(values: Float32Array, { series, horizon, columns }: Shape, total: number, rules: OutputRules): void {
  for (let step = 0; step < horizon; step++) {
    const own = (total * horizon + step) * columns;
    let sum = 0;
    for (let s = 0; s < series; s++) if (s !== total) sum += values[(s * horizon + step) * columns] ?? 0;
    const shift = sum - (values[own] ?? 0);
    for (let column = 0; column < columns; column++) {
      const moved = (values[own + column] ?? 0) + shift;
      values[own + column] =
        column === 0 ? sum : rules.integer ? keptValue(moved, column, { ...rules, lower: null, upper: null }) : moved;
    }
  }
}
