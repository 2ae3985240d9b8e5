/** config/models.yaml: which families this server offers; read for every plan, so a change needs no restart. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '@minori/contract';
import { familyOf } from '@minori/planner';
import { parse } from 'yaml';
import { z } from 'zod';
import { REPOSITORY } from '../platform/config.ts';
import type { Home } from '../platform/home.ts';

const modelsFile = z.strictObject({
  models: z
    .strictObject({
      disabled: z
        .array(z.string().refine((id) => familyOf(id) !== undefined, 'no such method'))
        .max(100)
        .default([]),
    })
    .prefault({}),
});

/**
 * Families that are not to be used. The home's file overrules the checkout's.
 * @throws ProblemError config_invalid 500 {file, detail}
 */
export async function disabledModels(home: Pick<Home, 'root'>, repository = REPOSITORY): Promise<readonly string[]> {
  for (const folder of [join(home.root, 'config'), join(repository, 'config')]) {
    const file = join(folder, 'models.yaml');
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text !== null) return read(text, file);
  }
  return [];
}

function read(text: string, file: string): readonly string[] {
  try {
    return modelsFile.parse(parse(text, { maxAliasCount: 20, uniqueKeys: true }) ?? {}).models.disabled;
  } catch (error) {
    const detail =
      error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);
    throw new ProblemError('config_invalid', 500, { file, detail });
  }
}
