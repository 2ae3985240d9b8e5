/** `minori visualize preprocessing|augmentation|dataset`: what a pipeline does with pictures, as contact sheets. */
import { createHash } from 'node:crypto';
import { mkdir, opendir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { visualization, visualizeAnswer, type Visualization, type VisualizeRequest } from '@minori/contract';
import { openServer } from '../connection.ts';
import { UsageError } from '../problems.ts';
import { table, type Session } from '../session.ts';
import { findTheme } from './theme.ts';

export interface VisualizeOptions {
  themeId?: string;
  params?: string;
  auguments?: string;
  out?: string;
  pictures?: string;
  samples?: string;
  batch?: string;
  seed?: string;
}
const PICTURES = new Set(['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.bmp', '.gif']);
/** A data set needs two batches to show that they differ; rows of large pictures need few. */
const SHOWN: Readonly<Record<Visualization, number>> = { preprocessing: 4, augmentation: 4, dataset: 32 };

/** `source` is a theme (number or name) or a folder of pictures; `--theme-id` names a theme as the documents do. */
export async function visualize(
  session: Session,
  what: string,
  source: string | undefined,
  options: VisualizeOptions,
): Promise<void> {
  const asked = visualization.safeParse(what);
  if (!asked.success) throw new UsageError('option_invalid', { option: 'visualize', value: what });
  const seed = numberOf('--seed', options.seed, 1);
  const pictures = numberOf('--pictures', options.pictures, SHOWN[asked.data]);
  const named = options.themeId ?? source;
  if (named === undefined) throw new UsageError('visualize_what');
  const folder = options.themeId === undefined && (await stat(named).catch(() => null))?.isDirectory() === true;
  const images = folder ? await picturesOf(resolve(named), pictures, seed) : undefined;
  const texts = { params: await textOf(options.params), auguments: await textOf(options.auguments) };
  const client = await openServer(session, { engine: true });
  const request: VisualizeRequest = {
    what: asked.data,
    ...(images === undefined ? { theme_id: (await findTheme(client, named)).id } : { images }),
    ...texts,
    pictures,
    seed,
    samples: numberOf('--samples', options.samples, 8),
    batch: numberOf('--batch', options.batch, 16),
  };
  const answer = await client.post('/api/v1/visualizations', request, visualizeAnswer);
  const out = resolve(options.out ?? 'visualization');
  await mkdir(out, { recursive: true });
  const files: string[] = [];
  for (const { name, png } of answer.sheets) {
    const file = join(out, `${asked.data}-${name}.png`);
    await writeFile(file, Buffer.from(png, 'base64'));
    files.push(file);
  }
  const { missing, pictures: shown } = answer;
  if (session.json) {
    session.print(JSON.stringify({ what: asked.data, files, pictures: shown, missing }, null, 2));
    return;
  }
  for (const file of files) session.print(file);
  for (const library of missing) session.note(session.texts.say('visualize.missing', { library }));
  // Names that the sheets' Latin letters cannot show are read here.
  if (asked.data === 'dataset')
    session.note(table(shown.map((one, at) => [String(at + 1), one.name, one.label ?? '–', one.split ?? '–'])));
}

function numberOf(option: string, given: string | undefined, otherwise: number): number {
  const value = given === undefined ? otherwise : Number(given);
  if (!Number.isInteger(value) || value < 0) throw new UsageError('option_invalid', { option, value: given });
  return value;
}

async function textOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return readFile(resolve(file), 'utf8').catch(() => {
    throw new UsageError('data_not_found', { data: file });
  });
}

/** Some pictures of a folder and its subfolders, the same ones for the same seed; a subfolder's name is the label. */
async function picturesOf(folder: string, count: number, seed: number) {
  const found: string[] = [];
  for await (const entry of await opendir(folder, { recursive: true }))
    if (entry.isFile() && PICTURES.has(extname(entry.name).toLowerCase()))
      found.push(join(entry.parentPath, entry.name));
  if (found.length === 0) throw new UsageError('no_pictures', { folder });
  const turn = new Map(found.map((path) => [path, hash(`${seed}:${relative(folder, path)}`)]));
  const some = found.toSorted((a, b) => ((turn.get(a) ?? '') < (turn.get(b) ?? '') ? -1 : 1)).slice(0, count);
  return Promise.all(
    some.map(async (path) => ({
      name: basename(path),
      label: dirname(path) === folder ? null : basename(dirname(path)),
      content: (await readFile(path)).toString('base64'),
    })),
  );
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
