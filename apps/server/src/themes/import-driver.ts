/** The `import` run: a zip or a folder of the server becomes pictures of a theme. One leaf, in the interactive slot. */
import { join } from 'node:path';
import { importColumns, importFormat, TaskFailure } from '@minori/contract';
import type { ImportFormat, RejectedFile } from '@minori/contract';
import type { Annotation } from '@minori/images';
import { z } from 'zod';
import type { Driver } from '../dispatch/index.ts';
import { contentOf } from '../datasets/uploads.ts';
import { annotate } from './annotate.ts';
import type { Home } from '../platform/home.ts';
import { registerImages } from './register.ts';
import type { RegisterDeps } from './register.ts';
import { readItems, readSaid, rejectedOf } from './read-items.ts';

export const importSpec = z.strictObject({
  theme_id: z.int(),
  username: z.string(),
  make_labels: z.boolean(),
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('upload'), upload_id: z.uuid(), name: z.string().default('pictures.zip') }),
    z.strictObject({ kind: z.literal('folder'), path: z.string() }),
    /** That comes with the product. */
    z.strictObject({ kind: z.literal('sample'), path: z.string() }),
  ]),
  format: importFormat,
  columns: importColumns.default({}),
  labels: z.record(z.string(), z.string().nullable()).default({}),
  overwrite: z.boolean().default(false),
});
export type ImportSpec = z.infer<typeof importSpec>;

export const importOutcome = z.object({
  created: z.int(),
  skipped: z.int(),
  labeled: z.int(),
  kept: z.int().default(0),
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
      const { source, format, columns } = importSpec.parse(run.spec);
      return {
        host: 'node',
        kind: 'images.import',
        input: { source: taskSource(deps.home, source), format, columns },
        limits: { memory_bytes: MEMORY_BYTES, threads: 1, seconds: SECONDS, grace_seconds: 5 },
      };
    },
    /** Part by part; after a crash what is in already is skipped by its content, so nothing is there twice. */
    async digest(run, ending, signal) {
      const spec = importSpec.parse(run.spec);
      const { format } = z.object({ format: importFormat }).parse(ending.result);
      const theme = await deps.db.selectFrom('theme').select('id').where('id', '=', spec.theme_id).executeTakeFirst();
      if (theme === undefined) throw new TaskFailure('bad_data', 'theme_not_found');
      const renamed = ({ label, ...rest }: Annotation): Annotation => ({
        ...rest,
        label: label === null || !Object.hasOwn(spec.labels, label) ? label : (spec.labels[label] ?? null),
      });
      const as = {
        themeId: spec.theme_id,
        userId: run.owner_id,
        username: spec.username,
        makeLabels: spec.make_labels,
      };
      const said = await readSaid(join(ending.folder, 'said.jsonl'));
      if (said !== null) {
        const known = said.flatMap((one) => (one === null ? [] : [{ ...one, annotation: renamed(one.annotation) }]));
        const { labeled, kept, unchanged, rejected } = await annotate(deps, as, known, spec.overwrite, signal);
        return outcomeOf({ created: 0, skipped: unchanged, labeled, kept }, rejected, format);
      }
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
                annotation: renamed(one.annotation),
              },
            ],
      );
      signal.throwIfAborted();
      const { created, skipped, labeled, rejected } = await registerImages(deps, as, arrivals);
      return outcomeOf(
        { created: created.length, skipped, labeled, kept: 0 },
        [...rejectedOf(items), ...rejected],
        format,
      );
    },
  };
}

/** An upload is an archive, unless its name says that it holds annotations alone. */
export function taskSource(home: Home, source: ImportSpec['source']): Record<string, unknown> {
  if (source.kind === 'folder') return source;
  if (source.kind === 'sample') return { kind: 'zip', path: source.path };
  const path = contentOf(home, { id: source.upload_id });
  return /\.(csv|tsv|json|txt)$/i.test(source.name)
    ? { kind: 'annotations', path, name: source.name }
    : { kind: 'zip', path };
}

function outcomeOf(
  counts: { created: number; skipped: number; labeled: number; kept: number },
  rejected: readonly RejectedFile[],
  format: ImportFormat,
) {
  return {
    metrics: { ...counts, rejected: rejected.length },
    result: { ...counts, rejected: rejected.slice(0, SHOWN), rejected_total: rejected.length, format },
  };
}
