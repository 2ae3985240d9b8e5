/** A theme to try things on: pictures that come with the product, sorted into folders by what they show. */
import { join } from 'node:path';
import { ProblemError } from '@minori/contract';
import type { ThemeSample } from '@minori/contract';
import { SAMPLES_FOLDER } from '../datasets/samples.ts';
import type { Scope } from '../identity/scope.ts';
import { findTheme } from './access.ts';
import { enqueueImport } from './imports.ts';
import type { ImportDeps } from './imports.ts';
import { createTheme } from './store.ts';

const FILES = { shapes: 'shapes.zip' } as const;
/** Somebody who has tried so often has other plans. */
const MOST = 100;

/** @throws ProblemError role_too_low 403 */
export async function createSampleTheme(
  deps: ImportDeps,
  scope: Scope,
  id: keyof typeof FILES,
  wish: { name: string; project_id?: number | undefined },
): Promise<ThemeSample> {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wish.name : `${wish.name} ${number}`;
    try {
      const made = await createTheme(deps, scope, { name, labels: [], project_id: wish.project_id });
      const theme = await findTheme(deps.db, scope, made.id, 'owner');
      const source = { kind: 'sample', path: join(SAMPLES_FOLDER, FILES[id]) } as const;
      const run = await enqueueImport(deps, scope, theme, source, {
        format: 'folder',
        columns: {},
        labels: {},
        overwrite: false,
      });
      return { theme_id: made.id, name, run_id: run.run_id };
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === 'theme_name_taken') || number === MOST) throw error;
    }
  }
}
