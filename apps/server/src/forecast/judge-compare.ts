/** Two arrays value by value; runs in the worker thread. */
import { readFile } from 'node:fs/promises';
import { columnsOf } from '@minori/judge';
import type { Comparison, Compare } from './judge-protocol.ts';
import { readSeriesIds } from './judge-trial.ts';
import { keepRules } from './output-rules.ts';

/** Values below this are compared with it, so that noise around 0 is no difference. */
const SMALLEST = 1e-6;

export async function compareFiles({ pairs, rules }: Compare): Promise<Comparison[]> {
  return await Promise.all(
    pairs.map(async ({ recorded, found, keep }) => {
      const [one, two] = await Promise.all([floatsOf(recorded), floatsOf(found)]);
      if (one === null || two === null) return { same: false, difference: null };
      if (!keep || rules === null) return compareFloats(one, two);
      const { series, horizon, levels, profileFile, asked } = rules;
      const total = asked.total === null ? -1 : (await readSeriesIds(profileFile)).indexOf(asked.total.series);
      const shape = { series, horizon, columns: columnsOf(levels) };
      return compareFloats(one, keepRules(two, shape, asked, total < 0 ? null : total));
    }),
  );
}

async function floatsOf(path: string): Promise<Float32Array | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (bytes === null) return null;
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** A window that the record lacks, having run out of time, is no difference; one that the replay lacks is. */
export function compareFloats(recorded: Float32Array, found: Float32Array): Comparison {
  if (recorded.length !== found.length) return { same: false, difference: null };
  let same = true;
  let largest = 0;
  for (let index = 0; index < recorded.length; index++) {
    const a = recorded[index] ?? Number.NaN;
    const b = found[index] ?? Number.NaN;
    if (Number.isNaN(a) || a === b) continue;
    same = false;
    if (Number.isNaN(b)) return { same, difference: null };
    largest = Math.max(largest, Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), SMALLEST));
  }
  return { same, difference: largest };
}
