/** The `import` run: a zip or a folder of the server becomes pictures of a theme. One leaf, in the interactive slot. */
import { join } from 'node:path';
import { importFormat, TaskFailure } from '@minori/contract';
import { z } from 'zod';
import type { Driver } from '../dispatch/index.ts';
import { contentOf } from '../datasets/uploads.ts';
import { registerImages } from './register.ts';
import type { RegisterDeps } from './register.ts';
import { readItems, rejectedOf } from './upload.ts';

export const importSpec = z.strictObject({
  theme_id: z.int(),
  username: z.string(),
  make_labels: z.boolean(),
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('upload'), upload_id: z.uuid() }),
    z.strictObject({ kind: z.literal('folder'), path: z.string() }),
  ]),
  format: importFormat,
});
export type ImportSpec = z.infer<typeof importSpec>;

export const importOutcome = z.object({
  created: z.int(),
  skipped: z.int(),
  labeled: z.int(),
  rejected: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
  rejected_total: z.int(),
  format: importFormat,
});

/** Names of refused files that a result keeps. */
const SHOWN = 1000;
const MEMORY_BYTES = 2 * 1024 ** 3;
const SECONDS = 24 * 3600;

export function createImportDriver(deps: RegisterDeps): Driver {
  return {
    kind: 'import',
    track: 'image',
    shape: 'leaf',
    slot: 'interactive',
    onPause: 'finish',
    async task(run) {
      const { source, format } = importSpec.parse(run.spec);
      return {
        host: 'node',
        kind: 'images.import',
        input: {
          source:
            source.kind === 'folder' ? source : { kind: 'zip', path: contentOf(deps.home, { id: source.upload_id }) },
          format,
        },
        limits: { memory_bytes: MEMORY_BYTES, threads: 1, seconds: SECONDS, grace_seconds: 5 },
      };
    },
    /** Part by part; after a crash what is in already is skipped by its content, so nothing is there twice. */
    async digest(run, ending, signal) {
      const spec = importSpec.parse(run.spec);
      const { format } = z.object({ format: importFormat }).parse(ending.result);
      const theme = await deps.db.selectFrom('theme').select('id').where('id', '=', spec.theme_id).executeTakeFirst();
      if (theme === undefined) throw new TaskFailure('bad_data', 'theme_not_found');
      const items = await readItems(join(ending.folder, 'items.jsonl'));
      const arrivals = items.flatMap((one) =>
        'rejected' in one
          ? []
          : [
              {
                name: one.name,
                path: join(ending.folder, one.file),
                folder: ending.folder,
                facts: one.facts,
                annotation: one.annotation,
              },
            ],
      );
      signal.throwIfAborted();
      const as = {
        themeId: spec.theme_id,
        userId: run.owner_id,
        username: spec.username,
        makeLabels: spec.make_labels,
      };
      const registered = await registerImages(deps, as, arrivals);
      const rejected = [...rejectedOf(items), ...registered.rejected];
      const counts = { created: registered.created.length, skipped: registered.skipped, labeled: registered.labeled };
      return {
        metrics: { ...counts, rejected: rejected.length },
        result: { ...counts, rejected: rejected.slice(0, SHOWN), rejected_total: rejected.length, format },
      };
    },
  };
}
