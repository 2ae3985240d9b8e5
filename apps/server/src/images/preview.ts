/** What training and serving will see of one picture; computed by the engine beside all that is queued. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imagePreviewInput, imagePreviewResult, planAugmentation, ProblemError } from '@minori/contract';
import type { PreviewAnswer, previewRequest } from '@minori/contract';
import type { Db } from '@minori/database';
import type { z } from 'zod';
import type { Dispatcher } from '../dispatch/index.ts';
import type { Scope } from '../identity/scope.ts';
import type { Home } from '../platform/home.ts';
import { findTheme } from '../themes/access.ts';
import { canPreviewInNode, previewInNode } from './preview-in-node.ts';

export interface PreviewDeps {
  readonly db: Db;
  readonly home: Home;
  readonly dispatcher: Pick<Dispatcher, 'runInteractive' | 'state'>;
}

/** Where own preprocessing steps lie: one file each. */
export const pluginFolder = (home: Home): string => join(home.root, 'plugins', 'preprocessing');

const MOST_BYTES = 48 * 1024 ** 2;
const SECONDS = 30;

/**
 * @throws ProblemError theme_not_found, image_not_found 404 | preview_too_large 413 | engine_not_ready 503, and what
 *   the engine says of the picture, an own step, an operation or a library
 */
export async function previewImage(
  deps: PreviewDeps,
  scope: Scope,
  themeId: number,
  request: z.output<typeof previewRequest>,
): Promise<PreviewAnswer> {
  await findTheme(deps.db, scope, themeId, 'viewer');
  const image = await deps.db
    .selectFrom('train_data as t')
    .innerJoin('image as i', 'i.image_id', 't.id')
    .select('t.image_path')
    .where('t.id', '=', request.image_id)
    .where('t.theme_id', '=', themeId)
    .where('i.deleted_at', 'is', null)
    .executeTakeFirst();
  if (image === undefined) throw new ProblemError('image_not_found', 404);
  const path = join(deps.home.root, image.image_path);
  const { preprocessing, views } = request;
  if (deps.dispatcher.state().hosts.python.state !== 'ready' && canPreviewInNode(preprocessing, views))
    return { pictures: await previewInNode(path, preprocessing, views) };
  const input = imagePreviewInput.parse({
    image: path,
    preprocessing,
    augmentation: planAugmentation(request.augmentation, request.part),
    plugins: pluginFolder(deps.home),
    views,
    samples: request.samples,
    epoch: request.epoch,
    index: request.image_id,
  });
  const task = {
    host: 'python',
    kind: 'image.preview',
    input,
    seed: request.seed,
    limits: { seconds: SECONDS },
  } as const;
  const { value, folder, dispose } = await deps.dispatcher.runInteractive(task);
  try {
    const { pictures } = imagePreviewResult.parse(value);
    let bytes = 0;
    const answer: PreviewAnswer['pictures'] = [];
    for (const { file, ...picture } of pictures) {
      const png = await readFile(join(folder, file));
      bytes += png.length;
      if (bytes > MOST_BYTES) throw new ProblemError('preview_too_large', 413);
      answer.push({ ...picture, png: png.toString('base64') });
    }
    return { pictures: answer };
  } finally {
    await dispose();
  }
}
