/** Contact sheets for `minori visualize`, drawn by the engine; and what the engine has besides our own operations. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  imageSheetsInput,
  imageSheetsResult,
  imageToolsResult,
  planAugmentation,
  ProblemError,
  type ThemeConfigName,
  type visualizeRequest,
  type VisualizeAnswer,
} from '@minori/contract';
import { checkConfig } from '@minori/contract/theme-config';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Scope } from '../identity/scope.ts';
import { findTheme } from '../themes/access.ts';
import { readConfigFile } from '../themes/config-service.ts';
import { pluginFolder, type PreviewDeps } from './preview.ts';

type Request = z.output<typeof visualizeRequest>;
interface Shown {
  readonly path: string;
  /** What its random draws depend on, as in training. */
  readonly index: number;
  readonly name: string;
  readonly label: string | null;
  readonly split: string | null;
}
const SECONDS = 120;

export async function readTools({ home, dispatcher }: PreviewDeps) {
  const folder = pluginFolder(home);
  const task = { host: 'python', kind: 'image.tools', input: { plugins: folder } } as const;
  const { value, dispose } = await dispatcher.runInteractive(task);
  await dispose();
  return { ...imageToolsResult.parse(value), folder };
}

/**
 * @throws ProblemError theme_not_found, 404 | theme_empty 409 | theme_config_invalid 422 | engine_not_ready 503, and
 *   what the engine says of a picture, an own step, an operation or a library
 */
export async function visualize(deps: PreviewDeps, scope: Scope, request: Request): Promise<VisualizeAnswer> {
  const { theme_id: themeId, images } = request;
  if (themeId !== undefined) await findTheme(deps.db, scope, themeId, 'viewer');
  const params = await configOf(deps, scope, 'params', request);
  const auguments = await configOf(deps, scope, 'auguments', request);
  const folder = join(deps.home.tmp, randomUUID());
  try {
    const shown = themeId === undefined ? await keep(folder, images ?? []) : await chosen(deps, themeId, request);
    if (shown.length === 0) throw new ProblemError('theme_empty', 409);
    const input = imageSheetsInput.parse({
      what: request.what,
      pictures: shown.map(({ path, index, label, name }) => ({ image: path, index, caption: label ?? name })),
      preprocessing: params.preprocessing,
      augmentation: planAugmentation(auguments),
      test: planAugmentation(auguments, 'test').evaluation,
      plugins: pluginFolder(deps.home),
      samples: request.samples,
      batch: request.batch,
    });
    const limits = { seconds: SECONDS };
    const task = { host: 'python', kind: 'image.sheets', input, seed: request.seed, limits } as const;
    const { value, folder: made, dispose } = await deps.dispatcher.runInteractive(task);
    try {
      const { sheets, missing } = imageSheetsResult.parse(value);
      return {
        sheets: await Promise.all(
          sheets.map(async ({ file, ...sheet }) => ({
            ...sheet,
            png: (await readFile(join(made, file))).toString('base64'),
          })),
        ),
        pictures: shown.map(({ name, label, split }) => ({ name, label, split })),
        missing,
      };
    } finally {
      await dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The text that was sent, else what the theme has saved, else the defaults. */
async function configOf<Name extends ThemeConfigName>(
  { db }: PreviewDeps,
  scope: Scope,
  name: Name,
  { theme_id: themeId, ...request }: Request,
) {
  const text =
    request[name] ?? (themeId === undefined ? '' : (await readConfigFile(db, scope, { theme_id: themeId, name })).text);
  const { document, issues } = checkConfig(name, text);
  if (document !== null) return document;
  const [first] = issues;
  throw new ProblemError('theme_config_invalid', 422, {
    detail: `${name}.yaml, ${first?.line ?? '?'}: ${first?.path} ${first?.message}`,
    file: name,
    issues,
  });
}

/** The same ones for the same seed; a data set is looked at where training reads it. */
async function chosen({ db, home }: PreviewDeps, themeId: number, request: Request): Promise<Shown[]> {
  let select = db
    .selectFrom('train_data as t')
    .innerJoin('image as i', 'i.image_id', 't.id')
    .leftJoin('label as l', 'l.id', 't.label_id')
    .select(['t.id', 't.image_path', 't.split', 'i.name', 'l.label_name'])
    .where('t.theme_id', '=', themeId)
    .where('i.deleted_at', 'is', null);
  if (request.what === 'dataset') select = select.orderBy(sql`t.split is distinct from 'train'`);
  const rows = await select
    .orderBy(sql`md5(t.id::text || ':' || ${String(request.seed)})`)
    .limit(request.pictures)
    .execute();
  return rows.map(({ id, image_path: path, name, label_name: label, split }) => ({
    path: join(home.root, path),
    index: id,
    name,
    label,
    split,
  }));
}

async function keep(folder: string, images: NonNullable<Request['images']>): Promise<Shown[]> {
  await mkdir(folder, { mode: 0o700 });
  return Promise.all(
    images.map(async ({ name, label, content }, index) => {
      const path = join(folder, String(index));
      await writeFile(path, Buffer.from(content, 'base64'), { mode: 0o600 });
      return { path, index, name, label, split: null };
    }),
  );
}
