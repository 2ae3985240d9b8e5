/**
 * Backtests as flat float32 arrays in C order: what the engine writes is what the judge reads.
 * A value is NaN where a series does not reach back to an origin; origins run from old to new.
 */

export interface BacktestShape {
  readonly series: number;
  readonly origins: number;
  /** Steps ahead per origin. */
  readonly horizon: number;
  /** Prediction levels in percent, ascending, as the interval columns are ordered. */
  readonly levels: readonly number[];
}

export interface Windows extends BacktestShape {
  /** (series, origins, horizon): what came true, in the units of the data. */
  readonly actual: Float32Array;
  /** (series, origins): in-sample seasonal-naive error before the origin, the denominator of MASE. */
  readonly scale: Float32Array;
}

/** Columns per step: mean, then lower and upper bound of each level. */
export function columnsOf(levels: readonly number[]): number {
  return 1 + 2 * levels.length;
}

/** @throws RangeError when an array does not fit the shape */
export function checkWindows(windows: Windows): void {
  const { series, origins, horizon, actual, scale } = windows;
  expectLength('actual', actual.length, series * origins * horizon);
  expectLength('scale', scale.length, series * origins);
}

/** @param predictions (series, origins, horizon, 1 + 2 * levels) @throws RangeError */
export function checkPredictions(shape: BacktestShape, predictions: Float32Array): void {
  const { series, origins, horizon, levels } = shape;
  expectLength('predictions', predictions.length, series * origins * horizon * columnsOf(levels));
}

function expectLength(name: string, length: number, expected: number): void {
  if (length !== expected) throw new RangeError(`${name} has ${length} values where ${expected} were expected`);
}
