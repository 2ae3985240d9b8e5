/** Labels that come with pictures: folder names, CSV, COCO, Label Studio. One function per format. */
import { importTable, TaskFailure } from '@minori/contract';
import type { ImportColumns, ImportFormat, ImportTable } from '@minori/contract';
import { z } from 'zod';
import { NOTHING } from './item.ts';
import type { Annotation, Said } from './item.ts';
import { parseCsv } from './csv.ts';
import type { Source, SourceFile } from './source.ts';

export interface Annotations {
  readonly format: ImportFormat;
  /** What is said of a file, found by its name or the end of it; null: nothing. */
  of(name: string): Annotation | null;
  /** Names that are spoken of but were not asked for. */
  missing(): string[];
  /** All that is said, whether the pictures are here or not. */
  said(): Said[];
  /** Of a CSV: its columns, and which of them are taken for what. */
  readonly table: ImportTable | null;
}

const PICTURE = /\.(jpe?g|png|webp|tiff?|jfif|gif|bmp|heic|heif|avif|svg)$/i;
export const isPicture = ({ name }: SourceFile): boolean => PICTURE.test(name);
const SYNSETS = /(^|\/)(LOC_)?synset_(mapping|words)\.txt$/i;
export const isAnnotations = ({ name }: SourceFile): boolean => /\.(json|csv|tsv)$/i.test(name) || SYNSETS.test(name);

/** @throws TaskFailure annotations_missing | annotations_invalid {name} */
export async function readAnnotations(
  source: Source,
  wanted: ImportFormat,
  columns: ImportColumns = {},
): Promise<Annotations> {
  // A table that is all there is must be one of annotations.
  const alone = source.files.length === 1;
  const beside = source.files.filter((file) => file.rejected === null && !isPicture(file));
  const json = beside.filter(({ name }) => name.toLowerCase().endsWith('.json'));
  if (wanted === 'auto' || wanted === 'coco' || wanted === 'label_studio') {
    const documents = await Promise.all(json.slice(0, 20).map(async (file) => parseJson(await source.text(file))));
    const found = documents.flatMap((document) => coco(document, wanted) ?? labelStudio(document, wanted) ?? []);
    if (found.length > 0) return merged(found);
    if (wanted !== 'auto' || (alone && json.length > 0))
      throw new TaskFailure('bad_data', 'annotations_missing', {
        format: wanted === 'auto' ? 'COCO / Label Studio' : wanted,
      });
  }
  const tables = beside.filter(({ name }) => /\.(csv|tsv)$/i.test(name));
  if (wanted === 'auto' || wanted === 'csv') {
    for (const file of tables) {
      const table = csv(await source.text(file), file.name, wanted === 'csv' || alone, columns);
      if (table !== null) return table;
    }
    if (wanted === 'csv') throw new TaskFailure('bad_data', 'annotations_missing', { format: wanted });
  }
  const synsets = beside.find(({ name }) => SYNSETS.test(name));
  return folders(
    source.files.filter((file) => file.rejected !== 'path_outside' && isPicture(file)),
    wanted,
    synsets === undefined ? '' : await source.text(synsets),
  );
}

const SPLITS: Readonly<Record<string, Annotation['split']>> = {
  train: 'train',
  training: 'train',
  val: 'valid',
  valid: 'valid',
  validation: 'valid',
  test: 'test',
  testing: 'test',
};

/** `train/cats/1.jpg` (YOLO, ImageNet) or `cats/1.jpg`; folders around all of it mean nothing. */
function folders(files: readonly SourceFile[], wanted: ImportFormat, synsets: string): Annotations {
  const paths = files.map(({ name }) => foldersOf(name));
  const first = paths[0] ?? [];
  const differs = first.findIndex((folder, depth) => paths.some((path) => path[depth] !== folder));
  const shared = differs < 0 ? first.length : differs;
  const splitDepth = Array.from({ length: shared + 1 }, (_unused, depth) => depth).find((depth) =>
    paths.some((path) => splitOf(path[depth]) !== null),
  );
  // Pictures that all lie in one folder have no classes, unless somebody says that the folder is one.
  const single = paths.every((path) => path.length === shared);
  const depth = splitDepth === undefined ? (single && wanted !== 'auto' ? shared - 1 : shared) : splitDepth + 1;
  const words = wordsOf(synsets);
  return {
    format: wanted !== 'auto' ? wanted : splitDepth === undefined ? 'folder' : words.size > 0 ? 'imagenet' : 'yolo',
    missing: () => [],
    said: () => [],
    table: null,
    of(name) {
      const path = foldersOf(name);
      const folder = path[depth] ?? null;
      return {
        ...NOTHING,
        split: splitDepth === undefined ? null : splitOf(path[splitDepth]),
        label: folder === null ? null : (words.get(folder) ?? folder),
      };
    },
  };
}

const foldersOf = (name: string): string[] => name.split('/').slice(0, -1);
const splitOf = (folder: string | null | undefined): Annotation['split'] => SPLITS[folder?.toLowerCase() ?? ''] ?? null;

/** `n01440764 tench, Tinca tinca`, as ImageNet names its folders. */
function wordsOf(synsets: string): Map<string, string> {
  return new Map(
    synsets.split('\n').flatMap((line) => {
      const [, id, word] = /^(n\d{8})\s+([^,\r\n]+)/.exec(line) ?? [];
      return id === undefined || word === undefined ? [] : [[id, word.trim()] as const];
    }),
  );
}

/** Looks names up in a table: as they are, or without the folders in front. */
function fromTable(
  format: ImportFormat,
  named: ReadonlyMap<string, Annotation>,
  more: {
    aliases?: ReadonlyMap<string, Annotation>;
    table?: ImportTable;
    contents?: ReadonlyMap<string, string>;
  } = {},
): Annotations {
  const { aliases = named, table = null, contents } = more;
  const used = new Set<Annotation>();
  return {
    format,
    table,
    said: () => {
      const other = aliases === named ? null : new Map([...aliases].map(([alias, own]) => [own, alias]));
      return [...named].map(([name, annotation]) => ({
        name,
        also: other?.get(annotation) ?? null,
        sha256: contents?.get(name) ?? null,
        annotation,
      }));
    },
    of(name) {
      for (let rest = name; ; rest = rest.slice(rest.indexOf('/') + 1)) {
        const found = named.get(rest) ?? aliases.get(rest);
        if (found !== undefined) used.add(found);
        if (found !== undefined || !rest.includes('/')) return found ?? null;
      }
    },
    missing: () => [...named].flatMap(([name, own]) => (used.has(own) ? [] : [name])),
  };
}

const COLUMNS = {
  path: ['path', 'image', 'image_path', 'filename', 'file', 'file_name'],
  label: ['label', 'class', 'label_name', 'category'],
  split: ['split', 'subset'],
  group: ['group', 'group_key', 'patient', 'lot'],
  labeled_by: ['labeled_by', 'annotator'],
  sha256: ['sha256'],
} as const;

/** `columns`: titles that somebody has chosen, before those that are known. */
function csv(text: string, name: string, sure: boolean, columns: ImportColumns): Annotations | null {
  const [header, ...rows] = parseCsv(text);
  const titles = (header ?? []).map((title) => title.trim());
  const at = (column: keyof typeof COLUMNS) => {
    const chosen = columns[column];
    if (chosen !== undefined) return chosen === null ? -1 : titles.indexOf(chosen);
    return titles.findIndex((title) => (COLUMNS[column] as readonly string[]).includes(title.toLowerCase()));
  };
  const [path, label, split, group, by] = [at('path'), at('label'), at('split'), at('group'), at('labeled_by')];
  const sha256 = at('sha256');
  const used = Object.fromEntries(
    (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).map((column) => [column, titles[at(column)] ?? null]),
  );
  if ((path < 0 && sha256 < 0) || (label < 0 && split < 0 && group < 0)) {
    if (sure)
      throw new TaskFailure('bad_data', 'annotations_invalid', { name, columns: titles.slice(0, MOST_COLUMNS), used });
    return null;
  }
  const cell = (row: string[], index: number) => (index < 0 ? null : row[index]?.trim() || null);
  const folder = name.split('/').slice(0, -1).join('/');
  const named = new Map<string, Annotation>();
  const contents = new Map<string, string>();
  for (const row of rows) {
    const content = cell(row, sha256)?.toLowerCase() ?? null;
    const file = cell(row, path) ?? content;
    if (file === null) continue;
    const key = joined(folder, file);
    if (content !== null) contents.set(key, content);
    named.set(key, {
      label: cell(row, label),
      split: splitOf(cell(row, split)),
      group: cell(row, group),
      labeled_by: cell(row, by),
    });
  }
  return fromTable('csv', named, {
    contents,
    table: { titles: titles.slice(0, MOST_COLUMNS), used: importTable.shape.used.parse(used) },
  });
}

const MOST_COLUMNS = 50;

const cocoDocument = z.object({
  images: z.array(z.object({ id: z.union([z.number(), z.string()]), file_name: z.string() })),
  annotations: z.array(
    z.object({ image_id: z.union([z.number(), z.string()]), category_id: z.union([z.number(), z.string()]) }),
  ),
  categories: z.array(z.object({ id: z.union([z.number(), z.string()]), name: z.string() })),
});

/** A picture with objects of one category has that label; with several, none. */
function coco(document: unknown, wanted: ImportFormat): Annotations | null {
  const parsed = wanted === 'label_studio' ? null : cocoDocument.safeParse(document);
  if (!parsed?.success) return null;
  const { images, annotations, categories } = parsed.data;
  const names = new Map(categories.map(({ id, name }) => [String(id), name]));
  const labels = new Map<string, Set<string>>();
  for (const { image_id: image, category_id: category } of annotations) {
    const name = names.get(String(category));
    if (name !== undefined) labels.set(String(image), (labels.get(String(image)) ?? new Set()).add(name));
  }
  const table = new Map(
    images.map(({ id, file_name: file }) => {
      const own = [...(labels.get(String(id)) ?? [])];
      return [joined('', file), { ...NOTHING, label: own.length === 1 ? (own[0] ?? null) : null }] as const;
    }),
  );
  return fromTable('coco', table);
}

const labelStudioDocument = z.array(
  z.object({
    data: z.record(z.string(), z.unknown()),
    annotations: z
      .array(
        z.object({
          was_cancelled: z.boolean().nullish(),
          completed_by: z.unknown().optional(),
          result: z.array(
            z.object({ type: z.string().nullish(), value: z.looseObject({ choices: z.array(z.string()).optional() }) }),
          ),
        }),
      )
      .nullish(),
  }),
);

function labelStudio(document: unknown, wanted: ImportFormat): Annotations | null {
  const parsed = wanted === 'coco' ? null : labelStudioDocument.safeParse(document);
  if (!parsed?.success || parsed.data.length === 0) return null;
  const table = new Map<string, Annotation>();
  const aliases = new Map<string, Annotation>();
  for (const { data, annotations } of parsed.data) {
    const image = Object.values(data).find(
      (value): value is string => typeof value === 'string' && PICTURE.test(value.split('?')[0] ?? ''),
    );
    if (image === undefined) continue;
    const last = annotations?.findLast((one) => one.was_cancelled !== true);
    const choice = last?.result.find(({ value }) => value.choices !== undefined)?.value.choices?.[0] ?? null;
    const own = { ...NOTHING, label: choice, labeled_by: personOf(last?.completed_by) };
    table.set(fileOf(image), own);
    // Label Studio puts eight digits before the name of what was uploaded to it.
    aliases.set(fileOf(image).replace(/^[0-9a-f]{8}-/, ''), own);
  }
  return table.size === 0 ? null : fromTable('label_studio', table, { aliases });
}

/** `/data/upload/3/1a2b3c4d-cat.jpg`, `/data/local-files/?d=pets/cat.jpg`, `images/cat.jpg`. */
function fileOf(image: string): string {
  const local = /[?&]d=([^&]+)/.exec(image)?.[1];
  const path = decodeURIComponent((local ?? image.split('?')[0] ?? '').replaceAll('%25', '%'));
  return joined(
    '',
    path.replace(/^\/?data\/(upload|local-files)\/(\d+\/)?/, '').replace(/^[a-z0-9]+:\/\/[^/]*\//i, ''),
  );
}

function personOf(by: unknown): string | null {
  if (typeof by === 'string' || typeof by === 'number') return String(by);
  const email = (by as { email?: unknown } | null | undefined)?.email;
  return typeof email === 'string' ? email : null;
}

/** COCO keeps one document per split. */
function merged(all: readonly Annotations[]): Annotations {
  return {
    format: all[0]?.format ?? 'coco',
    of: (name) => all.map((one) => one.of(name)).find((own) => own !== null) ?? null,
    missing: () => all.flatMap((one) => one.missing()),
    said: () => all.flatMap((one) => one.said()),
    table: null,
  };
}

function joined(folder: string, file: string): string {
  const clean = file.replaceAll('\\', '/').replace(/^\.\//, '').replace(/^\/+/, '');
  return folder === '' ? clean : `${folder}/${clean}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
