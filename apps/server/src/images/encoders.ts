/** Encoders that somebody has put into the home, and which of them a theme stands on. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { encoderName, imageEncoderInput, imageEncoderResult } from '@minori/contract';
import type { ImageEncoder, ThemeEncoder } from '@minori/contract';
import type { Db } from '@minori/database';
import { z } from 'zod';
import { audit } from '../audit/store.ts';
import type { Dispatcher } from '../dispatch/index.ts';
import type { Scope } from '../identity/scope.ts';
import type { Home } from '../platform/home.ts';
import { findTheme, lockTheme } from '../themes/access.ts';
import { recordEvent } from '../themes/events.ts';
import type { ThemeFeed } from '../themes/events.ts';

export interface EncoderDeps {
  readonly db: Db;
  readonly home: Home;
  readonly themeFeed: ThemeFeed;
  readonly dispatcher: Pick<Dispatcher, 'runInteractive'>;
}

/** The one that comes with the product. */
export const BUILTIN: ImageEncoder = { kind: 'builtin', name: 'efficientnet_lite0', size: 96 };

const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';
const FILES = [CONFIG, 'preprocessor_config.json', WEIGHTS];
/** Loading torch and transformers takes most of it. */
const SECONDS = 180;
const LEAST_BYTES = 2 * 1024 ** 3;
/** The file as it is read, the network, and what is between its layers. */
const COPIES = 3;

const config = z.looseObject({ model_type: z.string() });
/** Folders of encoders, one each, as the Hugging Face hub lays them out. A link may lead elsewhere. */
const folderOf = (home: Home): string => join(home.root, 'models', 'encoders');

export function encoderOf(home: Home, chosen: string | null): ImageEncoder {
  return chosen === null ? BUILTIN : { kind: 'folder', name: chosen, folder: join(folderOf(home), chosen) };
}

/** What a task needs to hold the encoder's weights, besides its pictures. */
export async function encoderBytes(encoder: ImageEncoder): Promise<number> {
  return LEAST_BYTES + (encoder.kind === 'builtin' ? 0 : COPIES * (await sizeOf(join(encoder.folder, WEIGHTS))));
}

/** @throws ProblemError theme_not_found 404 */
export async function readEncoder(deps: Pick<EncoderDeps, 'db' | 'home'>, scope: Scope, themeId: number) {
  await findTheme(deps.db, scope, themeId, 'viewer');
  return { name: await chosenEncoder(deps.db, themeId), folder: folderOf(deps.home), encoders: await list(deps.home) };
}

export async function chosenEncoder(db: Db, themeId: number): Promise<string | null> {
  const row = await db.selectFrom('theme_info').select('encoder').where('theme_id', '=', themeId).executeTakeFirst();
  return row?.encoder ?? null;
}

/**
 * Tries the encoder, so that nobody learns only from the next survey that it cannot be used.
 * @throws ProblemError theme_not_found 404 | theme_role_too_low 403 | engine_not_ready 503, and what the engine says of
 *   the folder: encoder_not_found, encoder_file_missing, encoder_file_invalid, encoder_kind_unknown, encoder_broken,
 *   encoder_weights_missing, encoder_not_for_pictures 422
 */
export async function chooseEncoder(
  deps: EncoderDeps,
  scope: Scope,
  themeId: number,
  name: string | null,
): Promise<ThemeEncoder> {
  const { db, home } = deps;
  const { projectId } = await findTheme(db, scope, themeId, 'owner');
  const encoder = encoderOf(home, name);
  const tried = encoder.kind === 'builtin' ? null : await tryOut(deps, encoder);
  await db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    await tx.updateTable('theme_info').set({ encoder: name }).where('theme_id', '=', themeId).execute();
    await audit(tx, scope, {
      action: 'theme.encoder',
      target: { type: 'theme', id: themeId },
      projectId,
      params: { name, encoder: tried?.encoder ?? null },
    });
    await recordEvent(tx, themeId, { type: 'theme', userId: scope.userId });
  });
  deps.themeFeed.changed(themeId);
  return readEncoder(deps, scope, themeId);
}

async function tryOut({ dispatcher }: EncoderDeps, encoder: ImageEncoder) {
  const input = imageEncoderInput.parse({ encoder });
  const limits = { seconds: SECONDS, memory_bytes: await encoderBytes(encoder) };
  const { value, dispose } = await dispatcher.runInteractive({ host: 'python', kind: 'image.encoder', input, limits });
  await dispose();
  return imageEncoderResult.parse(value);
}

async function list(home: Home): Promise<ThemeEncoder['encoders']> {
  const names = await readdir(folderOf(home)).catch(() => []);
  const found: ThemeEncoder['encoders'] = [];
  for (const name of names.toSorted()) {
    const folder = join(folderOf(home), name);
    const isFolder = await stat(folder)
      .then((facts) => facts.isDirectory())
      .catch(() => false);
    if (!isFolder || !encoderName.safeParse(name).success) continue;
    const sizes = await Promise.all(FILES.map((file) => sizeOf(join(folder, file))));
    found.push({
      name,
      kind: await kindOf(join(folder, CONFIG)),
      bytes: sizes[FILES.indexOf(WEIGHTS)] ?? 0,
      missing: FILES.filter((_file, at) => sizes[at] === 0),
    });
  }
  return found;
}

/** 0 of what is not there. */
async function sizeOf(path: string): Promise<number> {
  const facts = await stat(path).catch(() => null);
  return facts?.isFile() === true ? facts.size : 0;
}

async function kindOf(path: string): Promise<string | null> {
  try {
    return config.parse(JSON.parse(await readFile(path, 'utf8'))).model_type;
  } catch {
    return null;
  }
}
