/** Experiments: names under which runs are gathered. */
import { ProblemError } from '@minori/contract';
import type { Experiment, Role, Track } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { violatedConstraint } from '@minori/database';
import { audit } from '../audit/store.ts';
import { mayIn, projectIds, requireProject } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';

function selectExperiments(db: Db, scope: Scope) {
  const ids = projectIds(scope);
  return db
    .selectFrom('experiments as e')
    .innerJoin('v_experiment_summary as s', 's.experiment_id', 'e.id')
    .leftJoin('user as u', 'u.id', 'e.owner_id')
    .select([
      'e.id',
      'e.project_id',
      'e.owner_id',
      'e.track',
      'e.name',
      'e.description',
      'e.tags',
      'e.created_at',
      'u.username',
    ])
    .select(['s.runs', 's.succeeded', 's.failed', 's.cancelled', 's.active', 's.cpu_seconds', 's.last_run_at'])
    .where('e.project_id', 'in', ids.length === 0 ? [0] : ids)
    .where('e.archived_at', 'is', null);
}
type Row = Awaited<ReturnType<ReturnType<typeof selectExperiments>['executeTakeFirstOrThrow']>>;

export async function listExperiments(
  db: Db,
  scope: Scope,
  query: { limit: number; cursor?: string | undefined; project_id?: number | undefined; track?: Track | undefined },
): Promise<{ items: Experiment[]; next: string | null }> {
  if (query.project_id !== undefined) requireProject(scope, query.project_id, 'viewer');
  let select = selectExperiments(db, scope)
    .orderBy('e.id', 'desc')
    .limit(query.limit + 1);
  if (query.cursor) select = select.where('e.id', '<', decodeIdCursor(query.cursor));
  if (query.project_id !== undefined) select = select.where('e.project_id', '=', query.project_id);
  if (query.track !== undefined) select = select.where('e.track', '=', query.track);
  return pageOf(await select.execute(), query.limit, present, (row) => [row.id]);
}

/** @throws ProblemError experiment_not_found 404, role_too_low 403 to a member */
export async function findExperiment(db: Db, scope: Scope, id: number, needed: Role = 'viewer'): Promise<Experiment> {
  const row = await selectExperiments(db, scope).where('e.id', '=', id).executeTakeFirst();
  if (!row) throw new ProblemError('experiment_not_found', 404);
  if (!mayIn(scope, row.project_id, needed)) throw new ProblemError('role_too_low', 403, { needed });
  return present(row);
}

/** The experiment of that name in the project, made when it is not there; for runs that name none. */
export async function ensureExperiment(
  tx: Db | Tx,
  input: { projectId: number; ownerId: string; track: Track; name: string },
): Promise<number> {
  const { id } = await tx
    .insertInto('experiments')
    .values({
      project_id: input.projectId,
      owner_id: input.ownerId,
      track: input.track,
      name: [...input.name].slice(0, 200).join('') || input.track,
    })
    .onConflict((conflict) => conflict.columns(['project_id', 'track', 'name']).doUpdateSet({ archived_at: null }))
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function createExperiment(
  db: Db,
  scope: Scope,
  projectId: number,
  input: { track: Track; name: string; description: string; tags: string[] },
): Promise<Experiment> {
  requireProject(scope, projectId, 'editor');
  return db.transaction().execute(async (tx) => {
    const { id } = await unlessTaken(() =>
      tx
        .insertInto('experiments')
        .values({ project_id: projectId, owner_id: scope.userId, ...input })
        .returning('id')
        .executeTakeFirstOrThrow(),
    );
    await audit(tx, scope, { action: 'experiment.create', target: { type: 'experiment', id }, projectId });
    return findExperiment(tx, scope, id);
  });
}

export async function updateExperiment(
  db: Db,
  scope: Scope,
  id: number,
  change: { name?: string | undefined; description?: string | undefined; tags?: string[] | undefined },
): Promise<Experiment> {
  const { project_id: projectId } = await findExperiment(db, scope, id, 'editor');
  return db.transaction().execute(async (tx) => {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    if (Object.keys(given).length > 0)
      await unlessTaken(() => tx.updateTable('experiments').set(given).where('id', '=', id).execute());
    await audit(tx, scope, {
      action: 'experiment.update',
      target: { type: 'experiment', id },
      projectId,
      params: given,
    });
    return findExperiment(tx, scope, id);
  });
}

async function unlessTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (violatedConstraint(error) !== null) throw new ProblemError('experiment_exists', 409);
    throw error;
  }
}

function present(row: Row): Experiment {
  const { owner_id, username, created_at, last_run_at, ...rest } = row;
  return {
    ...rest,
    owner: username ?? owner_id,
    created_at: created_at.toISOString(),
    last_run_at: last_run_at?.toISOString() ?? null,
  };
}
