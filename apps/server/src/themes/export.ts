/** A theme's pictures and labels as other tools read them; each format is one our import reads back. */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ExportFormat, ImageFilter } from '@minori/contract';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import { ZipFile } from 'yazl';
import { csvLine } from '../forecast/csv.ts';
import type { Scope } from '../identity/scope.ts';
import type { Home } from '../platform/home.ts';
import { findTheme } from './access.ts';
import { meant } from './filter.ts';
import { listLabels } from './labels.ts';

export interface ExportDeps {
  readonly db: Db;
  readonly home: Home;
}

interface Row {
  id: number;
  image_path: string;
  name: string;
  width: number;
  height: number;
  label: string | null;
  split: string | null;
  group: string | null;
  labeled_by: string | null;
  sha256: string;
  /** Within the archive. */
  file: string;
}

export interface Exported {
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: Readable | string;
}

export async function exportTheme(
  deps: ExportDeps,
  scope: Scope,
  themeId: number,
  wish: { format: ExportFormat; images: boolean; filter: ImageFilter },
): Promise<Exported> {
  await findTheme(deps.db, scope, themeId, 'viewer');
  const rows = await readRows(deps.db, themeId, wish.format, wish.filter);
  const beside = await annotationsOf(deps.db, themeId, wish.format, rows);
  const base = `theme-${themeId}-${wish.format}`;
  if (!wish.images && beside !== null)
    return {
      fileName: `${base}.${beside.name.split('.').at(-1)}`,
      mediaType: beside.name.endsWith('.csv') ? 'text/csv; charset=utf-8' : 'application/json',
      content: beside.text,
    };
  const zip = new ZipFile();
  if (beside !== null) zip.addBuffer(Buffer.from(beside.text), beside.name);
  // Pictures do not shrink: they are stored as they are.
  for (const { file, image_path: path } of rows) zip.addFile(join(deps.home.root, path), file, { compress: false });
  zip.end();
  return { fileName: `${base}.zip`, mediaType: 'application/zip', content: zip.outputStream as Readable };
}

async function readRows(db: Db, themeId: number, format: ExportFormat, filter: ImageFilter): Promise<Row[]> {
  const { rows } = await sql<Omit<Row, 'file'>>`
    select t.id, t.image_path, i.name, i.width, i.height, l.label_name as label, t.split, i.group_key as "group", t.labeled_by, i.sha256
    from train_data t join image i on i.image_id = t.id left join label l on l.id = t.label_id
    where ${meant(themeId, filter)} order by t.id`.execute(db);
  const taken = new Set<string>();
  return rows.map((row) => {
    const folder = folderOf(row, format);
    const extension = row.image_path.split('.').at(-1) ?? '';
    const stem = safe(row.name.replace(/\.[a-z0-9]{1,5}$/i, ''));
    const plain = `${folder}/${stem}.${extension}`;
    // Names differ also where letters of both sizes are the same.
    const file = taken.has(plain.toLowerCase()) ? `${folder}/${stem}-${row.id}.${extension}` : plain;
    taken.add(file.toLowerCase());
    return { ...row, file };
  });
}

function folderOf({ label, split }: { label: string | null; split: string | null }, format: ExportFormat): string {
  const own = label === null ? '_unlabeled' : safe(label);
  if (format === 'folder') return own;
  // Both tools call the second split by a short name.
  if (format === 'yolo' || format === 'imagenet')
    return `${split === 'valid' ? 'val' : (split ?? 'unassigned')}/${own}`;
  return 'images';
}

/** A name as a part of a path on any system. */
function safe(name: string): string {
  const clean = name.replaceAll(/[\u0000-\u001F<>:"/\\|?*]/g, '_').replace(/^[. ]+|[. ]+$/g, '');
  return [...(clean || 'image')].slice(0, 100).join('');
}

async function annotationsOf(
  db: Db,
  themeId: number,
  format: ExportFormat,
  rows: readonly Row[],
): Promise<{ name: string; text: string } | null> {
  if (format === 'csv') return { name: 'labels.csv', text: csvOf(rows) };
  if (format === 'coco')
    return { name: 'annotations.json', text: JSON.stringify(cocoOf(rows, await listLabels(db, themeId))) };
  if (format === 'label_studio') return { name: 'label_studio.json', text: JSON.stringify(rows.map(studioTask)) };
  return null;
}

/** What a spreadsheet would run as a formula is made text. `sha256` finds the picture again, whatever it is called. */
function csvOf(rows: readonly Row[]): string {
  return [
    csvLine(['path', 'label', 'split', 'group', 'labeled_by', 'sha256']),
    ...rows.map((row) => csvLine([row.file, row.label, row.split, row.group, row.labeled_by, row.sha256])),
  ].join('');
}

function cocoOf(rows: readonly Row[], labels: readonly { id: number; label_name: string }[]) {
  const ids = new Map(labels.map(({ id, label_name: name }) => [name, id]));
  return {
    images: rows.map(({ id, file, width, height }) => ({ id, file_name: file, width, height })),
    categories: labels.map(({ id, label_name: name }) => ({ id, name })),
    annotations: rows.flatMap(({ id, label, width, height }) =>
      label === null
        ? []
        : [
            {
              id,
              image_id: id,
              category_id: ids.get(label),
              bbox: [0, 0, width, height],
              area: width * height,
              iscrowd: 0,
            },
          ],
    ),
  };
}

function studioTask({ id, file, label, labeled_by: by }: Row) {
  const result = { type: 'choices', from_name: 'choice', to_name: 'image', value: { choices: [label] } };
  return {
    id,
    data: { image: file },
    annotations: label === null ? [] : [{ completed_by: { email: by ?? '' }, was_cancelled: false, result: [result] }],
  };
}
