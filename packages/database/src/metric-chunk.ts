/** Telemetry points as metric_chunk keeps them: little-endian float64 pairs (step, value), NaN = no value. */
import type { Insertable } from 'kysely';
import type { MetricChunkTable } from './schema.ts';

const BYTES_PER_POINT = 16;

/** A row from points of one series in step order; at least one point. min and max skip missing values. */
export function packMetricChunk(
  runId: number,
  series: string,
  steps: readonly number[],
  values: readonly (number | null)[],
): Insertable<MetricChunkTable> {
  const first = steps[0];
  const last = steps.at(-1);
  if (first === undefined || last === undefined || steps.length !== values.length) {
    throw new RangeError(
      `a chunk needs as many steps as values, and one at least: ${steps.length} and ${values.length}`,
    );
  }
  const packed = Buffer.alloc(steps.length * BYTES_PER_POINT);
  let min: number | null = null;
  let max: number | null = null;
  for (const [index, step] of steps.entries()) {
    const value = values[index] ?? Number.NaN;
    packed.writeDoubleLE(step, index * BYTES_PER_POINT);
    packed.writeDoubleLE(value, index * BYTES_PER_POINT + 8);
    if (!Number.isFinite(value)) continue;
    min = min === null || value < min ? value : min;
    max = max === null || value > max ? value : max;
  }
  return { run_id: runId, series, first_step: first, last_step: last, count: steps.length, min, max, values: packed };
}

/** The points of a chunk's `values`. */
export function unpackMetricChunk(values: Buffer): { steps: Float64Array; values: Float64Array } {
  const count = values.length / BYTES_PER_POINT;
  const points = { steps: new Float64Array(count), values: new Float64Array(count) };
  for (let index = 0; index < count; index++) {
    points.steps[index] = values.readDoubleLE(index * BYTES_PER_POINT);
    points.values[index] = values.readDoubleLE(index * BYTES_PER_POINT + 8);
  }
  return points;
}
