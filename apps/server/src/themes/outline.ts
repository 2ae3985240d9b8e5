/** What an import would bring, asked for before anything is changed. */
import { join } from 'node:path';
import type { ImportedRow, ImportOutline, OutlineRequest } from '@minori/contract';
import { outline as outlineSchema } from '@minori/images';
import type { Said } from '@minori/images';
import { contentOf } from '../datasets/uploads.ts';
import type { Scope } from '../identity/scope.ts';
import { findTheme } from './access.ts';
import { matchSaid } from './annotate.ts';
import { taskSource } from './import-driver.ts';
import { sourceOf, wholeUpload } from './imports.ts';
import type { ImportDeps } from './imports.ts';
import { listLabels } from './labels.ts';
import { readSaid } from './read-items.ts';

const LIMITS = { memory_bytes: 2 * 1024 ** 3, threads: 1, seconds: 300 };
const ROWS = 8;

/** @throws ProblemError as startImport, and what the archive or the annotations are refused for, 422 */
export async function outlineImport(
  deps: ImportDeps,
  scope: Scope,
  themeId: number,
  request: OutlineRequest,
): Promise<ImportOutline> {
  const theme = await findTheme(deps.db, scope, themeId, 'labeler');
  const task = await deps.dispatcher.runInteractive({
    host: 'node',
    kind: 'images.outline',
    input: {
      source:
        request.names === undefined
          ? taskSource(deps.home, await sourceOf(deps, scope, request))
          : {
              kind: 'names',
              names: request.names,
              annotations: await annotationFiles(deps, scope, request.annotations),
            },
      format: request.format,
      columns: request.columns,
    },
    limits: LIMITS,
  });
  try {
    const outline = outlineSchema.parse(task.value);
    const said = (await readSaid(join(task.folder, 'said.jsonl'))) ?? [];
    const known = said.flatMap((one) => one ?? []);
    const labels = new Map((await listLabels(deps.db, themeId)).map((one) => [one.label_name, one.id]));
    return {
      ...outline,
      labels: outline.labels.map((one) => ({ ...one, label_id: labels.get(one.name) ?? null })),
      may_make_labels: theme.role === 'owner',
      rows: known.slice(0, ROWS).map(rowOf),
      known: outline.pictures === 0 ? await meeting(deps, themeId, known, labels) : null,
      annotations: request.names === undefined ? null : perName(request.names, said),
    };
  } finally {
    await task.dispose();
  }
}

async function annotationFiles(deps: ImportDeps, scope: Scope, ids: readonly string[]) {
  return Promise.all(
    ids.map(async (id) => {
      const upload = await wholeUpload(deps, scope, id);
      return { path: contentOf(deps.home, upload), name: upload.name };
    }),
  );
}

async function meeting(
  deps: ImportDeps,
  themeId: number,
  said: readonly Said[],
  labels: ReadonlyMap<string, number>,
): Promise<ImportOutline['known']> {
  const { matches, rejected } = await matchSaid(deps.db, themeId, said);
  return {
    found: matches.length,
    labeled_otherwise: matches.filter(
      ({ annotation: { label }, picture }) =>
        label !== null && picture.labelId !== null && picture.labelId !== labels.get(label),
    ).length,
    ambiguous: rejected.filter(({ reason }) => reason === 'name_ambiguous').length,
    not_found: rejected.filter(({ reason }) => reason === 'not_in_theme').length,
  };
}

function rowOf({ name, annotation }: Pick<Said, 'name' | 'annotation'>): ImportedRow {
  return { name, ...annotation };
}

/** The task speaks of pictures only; whatever else is sent has nothing said of it. */
function perName(names: readonly string[], said: readonly (Said | null)[]): ImportOutline['annotations'] {
  const rows = new Map(said.flatMap((one) => (one === null ? [] : [[one.name, rowOf(one)] as const])));
  return names.map((name) => rows.get(name) ?? null);
}
