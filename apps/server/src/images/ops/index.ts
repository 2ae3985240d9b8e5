/**
 * Preprocessing in Node: the same bytes as the engine's, for previews while somebody moves a slider and for serving.
 * `packages/contract/golden/image-ops.jsonl` holds both sides equal.
 */
import type { ImageOp, ImageOps } from '@minori/contract';
import { clahe, equalize, gamma } from './brightness.ts';
import { cut, edges, type Pixels } from './pixels.ts';
import { resize } from './resize.ts';

export { type Pixels } from './pixels.ts';

/** Own steps are Python: only the engine runs them. */
export const runsInNode = ({ steps }: ImageOps): boolean => steps.every(({ name }) => name !== 'custom');

/** One picture after each step; several where the last step cuts it. Throws on a step that is not ours. */
export function applyStep(from: Pixels, step: ImageOp): Pixels[] {
  switch (step.name) {
    case 'histogram_equalization':
      return [equalize(from)];
    case 'clahe':
      return [clahe(from, step.clip_limit, step.tiles)];
    case 'gamma':
      return [gamma(from, step.gamma)];
    case 'resize':
      return [resize(from, step.width, step.height)];
    case 'patches':
      return patches(from, step.rows, step.columns);
    case 'custom':
      throw new Error('own steps run in the engine');
  }
}

/** Row by row; sizes differ by a pixel where the sides do not divide. Throws RangeError on a picture with fewer pixels. */
function patches(from: Pixels, rows: number, columns: number): Pixels[] {
  if (rows > from.height || columns > from.width) throw new RangeError('the picture has fewer pixels than patches');
  const tops = edges(from.height, rows);
  const lefts = edges(from.width, columns);
  return tops
    .slice(1)
    .flatMap((bottom, row) =>
      lefts.slice(1).map((right, column) => cut(from, lefts[column] ?? 0, tops[row] ?? 0, right, bottom)),
    );
}
