/** What an import would bring, from names and annotations alone: no picture is opened. */
import { importOutline, importTable, TaskFailure } from '@minori/contract';
import type { ImportColumns, ImportFormat, ImportTable } from '@minori/contract';
import { z } from 'zod';
import { isAnnotations, isPicture, readAnnotations } from './annotations.ts';
import type { Annotations } from './annotations.ts';
import type { Annotation, Said } from './item.ts';
import type { Source } from './source.ts';

const REFUSED = 50;
const MISSING = 20;
const ANNOTATORS = 20;
const LABELS = 1000;

/** The answer's part that needs no theme: which labels and pictures are known there is the server's to add. */
export const outline = importOutline
  .omit({ may_make_labels: true, rows: true, known: true, annotations: true })
  .extend({ labels: z.array(z.strictObject({ name: z.string(), count: z.int() })) });
export type Outline = z.infer<typeof outline>;

/** `said`: per picture in the order of the source; of annotations alone, all that they say. */
export async function outlineOf(
  source: Source,
  wanted: ImportFormat,
  columns: ImportColumns,
): Promise<{ outline: Outline; said: (Said | null)[] }> {
  const pictures = source.files.filter((file) => file.rejected === null && isPicture(file));
  const refused = source.files.filter((file) => file.rejected !== null);
  const annotations = await understood(source, wanted, columns);
  const said: (Said | null)[] =
    pictures.length === 0
      ? annotations.said()
      : pictures.map(({ name }) => {
          const annotation = annotations.of(name);
          return annotation === null ? null : { name, also: null, sha256: null, annotation };
        });
  const missing = pictures.length === 0 ? [] : annotations.missing();
  const known = said.flatMap((one) => (one === null ? [] : [one.annotation]));
  return {
    said,
    outline: {
      format: annotations.format,
      pictures: pictures.length,
      others: source.files.filter((file) => file.rejected === null && !isPicture(file) && !isAnnotations(file)).length,
      refused: refused.slice(0, REFUSED).map(({ name, rejected }) => ({ name, reason: rejected ?? 'unreadable' })),
      refused_total: refused.length,
      labels: counted(known.map(({ label }) => label)).slice(0, LABELS),
      splits: splitsOf(known),
      groups: new Set(known.flatMap(({ group }) => group ?? [])).size,
      annotators: counted(known.map((one) => one.labeled_by))
        .slice(0, ANNOTATORS)
        .map(({ name }) => name),
      unlabeled: said.filter((one) => (one?.annotation.label ?? null) === null).length,
      missing: missing.slice(0, MISSING),
      missing_total: missing.length,
      table: annotations.table,
    },
  };
}

/** A table whose columns have other names is no failure here: somebody may say which is which. */
async function understood(source: Source, wanted: ImportFormat, columns: ImportColumns): Promise<Annotations> {
  try {
    return await readAnnotations(source, wanted, columns);
  } catch (error) {
    const { success, data } = z
      .object({ columns: z.array(z.string()), used: importTable.shape.used })
      .safeParse(error instanceof TaskFailure ? error.params : null);
    if (!success || !(error instanceof TaskFailure) || error.code !== 'annotations_invalid') throw error;
    const table: ImportTable = { titles: data.columns, used: data.used };
    return { format: 'csv', of: () => null, missing: () => [], said: () => [], table };
  }
}

function counted(names: readonly (string | null)[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function splitsOf(known: readonly Annotation[]): Outline['splits'] {
  const of = (split: Annotation['split']) => known.filter((one) => one.split === split).length;
  return { train: of('train'), valid: of('valid'), test: of('test') };
}
