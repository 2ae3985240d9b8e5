/** Starting a survey of a theme, and what its queues hold now. */
import { isFinal, ProblemError } from '@minori/contract';
import type { ThemeQueues } from '@minori/contract';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Dispatcher } from '../dispatch/index.ts';
import type { Scope } from '../identity/scope.ts';
import type { Clock } from '../platform/clock.ts';
import { newRunId } from '../platform/run-id.ts';
import { findTheme, lockTheme } from '../themes/access.ts';
import { BUILTIN, chosenEncoder } from './encoders.ts';
import type { QueueCounter } from './queue-counts.ts';
import { surveySpec } from './survey-driver.ts';

export interface QueueDeps {
  readonly db: Db;
  readonly counts: QueueCounter;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
}

const outcome = z.object({
  /** Older surveys do not say it: there was but one. */
  encoder: z.string().default(BUILTIN.name),
  probe: z.object({ labeled: z.int(), classes: z.int(), accuracy: z.number(), suspicious: z.int() }).nullable(),
});

/** @throws ProblemError theme_not_found 404 | theme_role_too_low 403 | theme_empty 409 | queues_running 409 {run_id} */
export async function startSurvey(deps: QueueDeps, scope: Scope, themeId: number, seed: number): Promise<ThemeQueues> {
  const { projectId } = await findTheme(deps.db, scope, themeId, 'labeler');
  const rootId = await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, themeId);
    const theme = await tx.selectFrom('theme').select('name').where('id', '=', themeId).executeTakeFirstOrThrow();
    const image = await tx
      .selectFrom('image')
      .select('image_id')
      .where('theme_id', '=', themeId)
      .where('deleted_at', 'is', null)
      .limit(1)
      .executeTakeFirst();
    if (image === undefined) throw new ProblemError('theme_empty', 409);
    const running = await newestRun(tx, themeId);
    if (running !== undefined && !isFinal(running.status))
      throw new ProblemError('queues_running', 409, { run_id: running.id });
    const { id } = await deps.dispatcher.enqueueTree(tx, {
      kind: 'embed',
      track: 'image',
      name: theme.name,
      spec: surveySpec.parse({ theme_id: themeId }),
      run_id: newRunId(deps.clock),
      project_id: projectId,
      owner_id: scope.userId,
      experiment_id: null,
      dataset_id: null,
      dataset_version: null,
      budget_seconds: null,
      seed,
    });
    return id;
  });
  deps.dispatcher.told(rootId);
  return readQueues(deps, scope, themeId);
}

/** @throws ProblemError theme_not_found 404 */
export async function readQueues(
  deps: Pick<QueueDeps, 'db' | 'counts'>,
  scope: Scope,
  themeId: number,
): Promise<ThemeQueues> {
  const { db } = deps;
  await findTheme(db, scope, themeId, 'viewer');
  const run = await newestRun(db, themeId);
  const done = await newestRun(db, themeId, true);
  const { computedAt, queues, prelabels, disputed, newImages, newLabels } = await deps.counts.read(themeId);
  const found = outcome.safeParse(done?.result);
  const chosen = (await chosenEncoder(db, themeId)) ?? BUILTIN.name;
  return {
    run:
      run === undefined
        ? null
        : { id: run.id, status: run.status, progress: run.progress, created_at: run.created_at.toISOString() },
    computed_at: computedAt?.toISOString() ?? null,
    queues,
    prelabels,
    disputed,
    new_images: newImages,
    new_labels: newLabels,
    encoder_changed: found.success && found.data.encoder.split('@', 1)[0] !== chosen,
    probe: found.success ? found.data.probe : null,
  };
}

function newestRun(db: Db, themeId: number, succeeded = false) {
  let select = db
    .selectFrom('training_runs')
    .select(['id', 'status', 'progress', 'created_at', 'result'])
    .where('kind', '=', 'embed')
    .where('track', '=', 'image')
    .where(sql<boolean>`(spec ->> 'theme_id')::bigint = ${themeId}`)
    .orderBy('id', 'desc')
    .limit(1);
  if (succeeded) select = select.where('status', '=', 'succeeded');
  return select.executeTakeFirst();
}
