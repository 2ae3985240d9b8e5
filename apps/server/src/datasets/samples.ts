/** Data sets that come with the product, for whoever has none at hand. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mapping, ProblemError, sample } from '@minori/contract';
import { z } from 'zod';
import { REPOSITORY } from '../platform/config.ts';

export const SAMPLES_FOLDER = join(REPOSITORY, 'samples');
const entry = sample.extend({ file: z.string().regex(/^[\w.-]+$/), mapping });
export type SampleEntry = z.infer<typeof entry>;

export async function readSamples(folder = SAMPLES_FOLDER): Promise<SampleEntry[]> {
  return z.array(entry).parse(JSON.parse(await readFile(join(folder, 'samples.json'), 'utf8')));
}

/** @throws ProblemError sample_not_found 404 */
export async function findSample(id: string, folder = SAMPLES_FOLDER): Promise<SampleEntry & { path: string }> {
  const found = (await readSamples(folder)).find((item) => item.id === id);
  if (!found) throw new ProblemError('sample_not_found', 404);
  return { ...found, path: join(folder, found.file) };
}
