/** Pictures and annotations that come as archives, folders or tables: what they would bring, and bringing it. */
import { z } from 'zod';
import { split, themeParam } from './theme.ts';
import { rejectedFile } from './upload.ts';

export const importFormat = z.enum(['auto', 'folder', 'csv', 'coco', 'yolo', 'imagenet', 'label_studio']);
export type ImportFormat = z.infer<typeof importFormat>;

const column = z.string().max(200).nullable();
const columns = z.strictObject({
  path: column,
  label: column,
  split: column,
  group: column,
  labeled_by: column,
  sha256: column,
});
/** Titles of a CSV's columns, where they are not found by their names; null: such a column is not used. */
export const importColumns = columns.partial();
export type ImportColumns = z.infer<typeof importColumns>;
export const importTable = z.strictObject({ titles: z.array(z.string()), used: columns });
export type ImportTable = z.infer<typeof importTable>;

/** Labels of the source under other names; null: these pictures stay unlabeled. */
const labelMap = z.record(z.string(), z.string().trim().min(1).max(200).nullable());

const source = {
  upload_id: z.string().max(64).optional(),
  /** Absolute, inside one of `images.allowed_roots` of ui_config.yaml. */
  server_path: z.string().max(4000).optional(),
};

/**
 * `POST /api/v1/themes/:theme_id/imports` -> 202: a zip or a file of annotations (sent by
 * /api/v1/uploads/start with `purpose: 'images'`, in pieces) or a folder of the server, by a run.
 * Annotations without pictures label what is in the theme, found by name or by `sha256`.
 */
export const startImport = z
  .strictObject({
    ...source,
    format: importFormat.default('auto'),
    columns: importColumns.default({}),
    labels: labelMap.default({}),
    /** Pictures that have another label get this one; otherwise they keep theirs. */
    overwrite: z.boolean().default(false),
  })
  .refine((value) => (value.upload_id === undefined) !== (value.server_path === undefined), 'upload_id or server_path');
export type StartImport = z.infer<typeof startImport>;

export const importState = z.strictObject({
  run_id: z.int(),
  status: z.string(),
  progress: z.number().nullable(),
  created: z.int(),
  skipped: z.int(),
  labeled: z.int(),
  /** Pictures of the theme that have another label, or another split, and keep it. */
  kept: z.int(),
  /** The first 1,000; `rejected_total` counts all. */
  rejected: z.array(rejectedFile),
  rejected_total: z.int(),
  /** Which format was found. */
  format: importFormat.nullable(),
  /** Why it failed. */
  problem: z.strictObject({ code: z.string(), params: z.record(z.string(), z.unknown()) }).nullable(),
  created_at: z.string(),
});
export type ImportState = z.infer<typeof importState>;
/** `GET /api/v1/themes/:theme_id/imports/:run_id` */
export const importParam = themeParam.extend({ run_id: z.coerce.number().int().positive() });

/** `POST /api/v1/themes/:theme_id/imports/outline`: what an import would bring; nothing is changed. */
export const outlineRequest = z
  .strictObject({
    ...source,
    /** Pictures about to be sent one by one, with their folders, and the uploads that annotate them. */
    names: z.array(z.string().max(4000)).max(200_000).optional(),
    annotations: z.array(z.string().max(64)).max(20).default([]),
    format: importFormat.default('auto'),
    columns: importColumns.default({}),
  })
  .refine(
    ({ upload_id, server_path, names }) =>
      [upload_id, server_path, names].filter((given) => given !== undefined).length === 1,
    'upload_id, server_path or names',
  );
export type OutlineRequest = z.infer<typeof outlineRequest>;

export const importedRow = z.strictObject({
  name: z.string(),
  label: z.string().nullable(),
  split: split.nullable(),
  group: z.string().nullable(),
  labeled_by: z.string().nullable(),
});
export type ImportedRow = z.infer<typeof importedRow>;
export const importOutline = z.strictObject({
  format: importFormat,
  /** Files that look like pictures; 0: annotations alone, for what is in the theme. */
  pictures: z.int(),
  /** Neither pictures nor annotations; left out. */
  others: z.int(),
  /** Refused by their name or kind already; at most 50. */
  refused: z.array(rejectedFile),
  refused_total: z.int(),
  /** Most frequent first, at most 1,000; `label_id` null: would be made. */
  labels: z.array(z.strictObject({ name: z.string(), count: z.int(), label_id: z.int().nullable() })),
  /** Whether this person may make labels here; otherwise pictures with a new one are refused. */
  may_make_labels: z.boolean(),
  splits: z.strictObject({ train: z.int(), valid: z.int(), test: z.int() }),
  groups: z.int(),
  /** At most 20. */
  annotators: z.array(z.string()),
  /** Pictures of which no label is said. */
  unlabeled: z.int(),
  /** Named by the annotations, but not among the pictures; at most 20. */
  missing: z.array(z.string()),
  missing_total: z.int(),
  /** Of a CSV. */
  table: importTable.nullable(),
  rows: z.array(importedRow).max(8),
  /** Annotations alone: how they meet the theme. */
  known: z
    .strictObject({
      found: z.int(),
      /** Of these, have another label. */
      labeled_otherwise: z.int(),
      ambiguous: z.int(),
      not_found: z.int(),
    })
    .nullable(),
  /** Of `names`, in their order. */
  annotations: z.array(importedRow.nullable()).nullable(),
});
export type ImportOutline = z.infer<typeof importOutline>;

/** `POST /api/v1/themes/samples/:id` -> 201: a theme with pictures that come with the product; they arrive by an import. */
export const themeSampleParam = z.object({ id: z.enum(['shapes']) });
export const startThemeSample = z.strictObject({
  /** Where it is taken, a number follows it. */
  name: z.string().trim().min(1).max(190),
  project_id: z.int().optional(),
});
export const themeSample = z.strictObject({ theme_id: z.int(), name: z.string(), run_id: z.int() });
export type ThemeSample = z.infer<typeof themeSample>;
