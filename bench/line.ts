/** One line per measurement: name, ours, the reference of the same run, their ratio. */

export interface Measurement {
  readonly name: string;
  readonly ours: number;
  readonly reference: number;
  readonly unit: string;
  /** What the reference is. */
  readonly against: string;
  readonly extra?: string;
}

export function print({ name, ours, reference, unit, against, extra }: Measurement): void {
  const number = (value: number): string => value.toPrecision(3);
  const ratio = number(ours / reference);
  process.stdout.write(
    `${name}: ours ${number(ours)} ${unit}, ${against} ${number(reference)} ${unit}, ratio ${ratio}${extra === undefined ? '' : ` (${extra})`}\n`,
  );
}

/** The value below which `share` of the samples lie. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('no samples');
  return value;
}
export const median = (samples: readonly number[]): number => quantile(samples, 0.5);
