/** Starting an import and reading how it went. */
import { lstat, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { ProblemError, runFailure } from '@minori/contract';
import type { ImportState, StartImport } from '@minori/contract';
import { audit } from '../audit/store.ts';
import { readUpload, receivedBytes } from '../datasets/uploads.ts';
import type { UploadRecord } from '../datasets/uploads.ts';
import type { NewRootRun } from '../dispatch/index.ts';
import type { Scope } from '../identity/scope.ts';
import type { Clock } from '../platform/clock.ts';
import { newRunId } from '../platform/run-id.ts';
import { findTheme } from './access.ts';
import type { ThemeAccess } from './access.ts';
import { importOutcome, importSpec } from './import-driver.ts';
import type { ImportSpec } from './import-driver.ts';
import type { UploadImagesDeps } from './upload.ts';

export interface ImportDeps extends UploadImagesDeps {
  readonly clock: Clock;
  readonly dispatcher: UploadImagesDeps['dispatcher'] & { enqueue(run: NewRootRun): Promise<{ id: number }> };
  /** Folders of this machine that pictures may be read from. */
  readonly allowedRoots: readonly string[];
}

/** @throws ProblemError upload_not_found 404 | upload_incomplete 400 | path_not_allowed 403 | path_not_found 404 */
export async function startImport(
  deps: ImportDeps,
  scope: Scope,
  themeId: number,
  request: StartImport,
): Promise<ImportState> {
  const theme = await findTheme(deps.db, scope, themeId, 'labeler');
  return enqueueImport(deps, scope, theme, await sourceOf(deps, scope, request), request);
}

/** The run itself, from a source that this person may read. */
export async function enqueueImport(
  deps: ImportDeps,
  scope: Scope,
  theme: ThemeAccess,
  source: ImportSpec['source'],
  { format, columns, labels, overwrite }: Pick<StartImport, 'format' | 'columns' | 'labels' | 'overwrite'>,
): Promise<ImportState> {
  const themeId = theme.id;
  const spec: ImportSpec = {
    theme_id: themeId,
    username: scope.username,
    make_labels: theme.role === 'owner',
    source,
    format,
    columns,
    labels,
    overwrite,
  };
  const { id } = await deps.dispatcher.enqueue({
    kind: 'import',
    track: 'image',
    name: await nameOf(deps, themeId),
    spec,
    run_id: newRunId(deps.clock),
    project_id: theme.projectId,
    owner_id: scope.userId,
    experiment_id: null,
    dataset_id: null,
    dataset_version: null,
    budget_seconds: null,
    seed: 0,
  });
  await audit(deps.db, scope, {
    action: 'theme.import',
    target: { type: 'theme', id: themeId },
    projectId: theme.projectId,
    params: { run_id: id, source: source.kind === 'upload' ? source.name : source.path, format },
  });
  return readImport(deps, scope, { theme_id: themeId, run_id: id });
}

/** @throws ProblemError run_not_found 404 */
export async function readImport(
  deps: Pick<ImportDeps, 'db'>,
  scope: Scope,
  ids: { theme_id: number; run_id: number },
): Promise<ImportState> {
  await findTheme(deps.db, scope, ids.theme_id, 'viewer');
  const run = await deps.db
    .selectFrom('training_runs')
    .select(['id', 'spec', 'status', 'progress', 'result', 'created_at', 'failure'])
    .where('id', '=', ids.run_id)
    .where('kind', '=', 'import')
    .executeTakeFirst();
  const spec = importSpec.safeParse(run?.spec);
  if (run === undefined || !spec.success || spec.data.theme_id !== ids.theme_id)
    throw new ProblemError('run_not_found', 404);
  const done = importOutcome.safeParse(run.result);
  const failure = runFailure.safeParse(run.failure);
  return {
    run_id: run.id,
    status: run.status,
    progress: run.progress,
    ...(done.success
      ? done.data
      : { created: 0, skipped: 0, labeled: 0, kept: 0, rejected: [], rejected_total: 0, format: null }),
    problem: failure.success ? { code: failure.data.code, params: failure.data.params } : null,
    created_at: run.created_at.toISOString(),
  };
}

/** @throws ProblemError as startImport */
export async function sourceOf(
  deps: ImportDeps,
  scope: Scope,
  request: { upload_id?: string | undefined; server_path?: string | undefined },
): Promise<Exclude<ImportSpec['source'], { kind: 'sample' }>> {
  if (request.upload_id === undefined)
    return { kind: 'folder', path: await allowedPath(deps, request.server_path ?? '') };
  const upload = await wholeUpload(deps, scope, request.upload_id);
  return { kind: 'upload', upload_id: upload.id, name: upload.name };
}

export async function wholeUpload(deps: ImportDeps, scope: Scope, id: string): Promise<UploadRecord> {
  const upload = await readUpload(deps.home, scope, id);
  const received = await receivedBytes(deps.home, upload);
  if (upload.expected !== null && received < upload.expected)
    throw new ProblemError('upload_incomplete', 400, { offset: received });
  return upload;
}

/** The folder itself and every one above it must be a real one: a link could lead anywhere. */
async function allowedPath(deps: ImportDeps, asked: string): Promise<string> {
  const path = resolve(asked);
  const roots = await Promise.all(deps.allowedRoots.map((root) => realpath(root).catch(() => null)));
  const inside = roots.some((root) => root !== null && isInside(root, path));
  // Nobody learns which folders there are elsewhere.
  if (!isAbsolute(asked) || !inside) throw new ProblemError('path_not_allowed', 403);
  const real = await realpath(path).catch(() => null);
  if (real !== null && real !== path) throw new ProblemError('path_not_allowed', 403);
  if (real === null || !(await lstat(path)).isDirectory()) throw new ProblemError('path_not_found', 404);
  return path;
}

function isInside(root: string, path: string): boolean {
  const rest = relative(root, path);
  return rest === '' || (rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest));
}

async function nameOf(deps: ImportDeps, themeId: number): Promise<string> {
  const { name } = await deps.db.selectFrom('theme').select('name').where('id', '=', themeId).executeTakeFirstOrThrow();
  return name;
}
