/** What can be asked of forecasts before they run: a plan, a start, the same again. */
import { forecastRequest, ProblemError } from '@minori/contract';
import type { ForecastRequest, Plan, Profile, Run } from '@minori/contract';
import { jsonb } from '@minori/database';
import type { Db, Tx } from '@minori/database';
import { planForecast } from '@minori/planner';
import type { Machine } from '@minori/planner';
import { audit } from '../audit/store.ts';
import { readVersionProfile } from '../datasets/files.ts';
import { findVersion } from '../datasets/store.ts';
import type { Dispatcher } from '../dispatch/index.ts';
import type { Scope } from '../identity/scope.ts';
import { ensureExperiment, findExperiment } from '../experiments/store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Home } from '../platform/home.ts';
import { newRunId } from '../platform/run-id.ts';
import type { Cloned, Cloner } from '../runs/clone.ts';
import { presentRun } from '../runs/present.ts';
import { readRun } from '../runs/store.ts';
import { searchSpec } from './documents.ts';
import type { SearchSpec } from './documents.ts';
import { disabledModels } from './models-config.ts';
import { overridden, parametersOf } from './parameters.ts';

export interface ForecastDeps {
  readonly db: Db;
  readonly dispatcher: Dispatcher;
  readonly home: Home;
  readonly clock: Clock;
  /** Bytes that tasks may take now. */
  readonly freeMemory: () => number;
}

const IDS_IN_SPEC = 500;
const PROFILES_KEPT = 4;

interface Planned {
  readonly plan: Plan;
  readonly profile: Profile;
  readonly spec: SearchSpec;
  readonly projectId: number;
}

/** @throws ProblemError dataset_not_found 404 | dataset_version_not_found 404 | data_missing 409 */
export async function planFor(
  deps: ForecastDeps,
  scope: Scope,
  request: ForecastRequest,
  needed: 'viewer' | 'editor' = 'viewer',
): Promise<Planned> {
  const { dataset, version } = await findVersion(deps.db, scope, request.dataset_id, request.dataset_version, needed);
  const profile = await profileOf(deps.home, version.sha256);
  const { dataset_id: _dataset, dataset_version: _version, ...question } = request;
  const machine: Machine = { slots: deps.dispatcher.state().slots, memoryBytes: deps.freeMemory() };
  const plan = planForecast(profile, question, machine, { disabled: await disabledModels(deps.home) });
  const spec: SearchSpec = {
    request: { ...request, dataset_version: version.version },
    plan,
    dataset: {
      id: dataset.id,
      key: dataset.key,
      name: dataset.name,
      version: version.version,
      sha256: version.sha256,
      rows: version.rows,
      preset: profile.mapping.kind === 'preset' ? profile.mapping.preset : null,
      unique_ids: profile.series.slice(0, IDS_IN_SPEC).map(({ unique_id: id }) => id),
    },
    own: null,
    refresh_of: null,
    replay_of: null,
  };
  return { plan, profile, spec, projectId: dataset.project_id };
}

/** A form asks for a new plan at every change, and the profile of a large panel takes long to read. */
const profiles = new Map<string, Profile>();

async function profileOf(home: Home, sha256: string): Promise<Profile> {
  const known = profiles.get(sha256);
  if (known !== undefined) return known;
  const profile = await readVersionProfile(home, sha256);
  const [oldest] = profiles.keys();
  if (profiles.size >= PROFILES_KEPT && oldest !== undefined) profiles.delete(oldest);
  profiles.set(sha256, profile);
  return profile;
}

interface More {
  readonly tags?: readonly string[];
  /** The planner's plan, changed. */
  readonly alter?: (plan: Plan) => Plan;
  readonly refreshOf?: number;
}

/** @throws ProblemError plan_refused 422 {problems} | experiment_not_found 404 and what `planFor` throws */
export async function startForecast(
  deps: ForecastDeps,
  scope: Scope,
  request: ForecastRequest,
  more: More = {},
): Promise<Run> {
  const planned = await planFor(deps, scope, request, 'editor');
  const { profile, projectId } = planned;
  const plan = more.alter?.(planned.plan) ?? planned.plan;
  const spec: SearchSpec = { ...planned.spec, plan, refresh_of: more.refreshOf ?? null };
  refuse(plan);
  const own = await findOwn(deps, scope, spec, profile);
  if (request.experiment_id !== undefined) await requireExperiment(deps.db, scope, projectId, request.experiment_id);
  const root = await deps.db.transaction().execute(async (tx) => {
    const experiment = { projectId, ownerId: scope.userId, track: 'forecast', name: spec.dataset.name } as const;
    const row = await deps.dispatcher.enqueueTree(tx, {
      kind: 'search',
      track: 'forecast',
      name: request.name?.trim() || spec.dataset.name,
      spec: { ...spec, own },
      run_id: request.run_id ?? newRunId(deps.clock),
      project_id: projectId,
      owner_id: scope.userId,
      experiment_id: request.experiment_id ?? (await ensureExperiment(tx, experiment)),
      dataset_id: spec.dataset.id,
      dataset_version: spec.dataset.version,
      budget_seconds: plan.budget_seconds,
      seed: plan.seed,
      tags: [...new Set([...request.tags, ...(more.tags ?? [])])],
    });
    await writeParameters(tx, row.id, parametersOf(spec, profile));
    await tx
      .insertInto('dataset_version_context')
      .values({ run_id: row.run_id, dataset_id: spec.dataset.id, version: spec.dataset.version })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return row;
  });
  deps.dispatcher.told(root.id);
  await audit(deps.db, scope, {
    action: 'forecast.start',
    target: { type: 'run', id: root.id },
    projectId,
    params: { dataset: spec.dataset.key },
  });
  const view = await readRun(deps.db, scope, root.id);
  return presentRun(view, { now: deps.clock.now(), queuePositions: deps.dispatcher.queuePositions() });
}

function refuse({ problems }: Plan): void {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ProblemError('plan_refused', 422, { problems: errors });
}

/**
 * The column that an own forecast is read from.
 * @throws ProblemError baseline_unclear 422 | baseline_column_unknown 422 {column} | dataset_not_found 404
 */
async function findOwn(
  deps: ForecastDeps,
  scope: Scope,
  { request: { baseline }, dataset }: SearchSpec,
  { exogenous }: Profile,
): Promise<SearchSpec['own']> {
  if (baseline === undefined) return null;
  const { name, column, dataset_id: id, dataset_version: wanted } = baseline;
  if ((column === undefined) === (id === undefined)) throw new ProblemError('baseline_unclear', 422);
  if (id !== undefined) {
    const { version } = await findVersion(deps.db, scope, id, wanted, 'viewer');
    return { name, sha256: version.sha256, column: 'y' };
  }
  if (column === undefined || !exogenous.some((one) => one.name === column && one.type === 'number'))
    throw new ProblemError('baseline_column_unknown', 422, { column: (column ?? '').slice(0, 100) });
  return { name, sha256: dataset.sha256, column };
}

/** An experiment of another project or track is none that this run could belong to. */
async function requireExperiment(db: Db, scope: Scope, projectId: number, id: number): Promise<void> {
  const { project_id: home, track } = await findExperiment(db, scope, id, 'editor');
  if (home !== projectId || track !== 'forecast') throw new ProblemError('experiment_not_found', 404);
}

async function writeParameters(
  tx: Tx,
  runId: number,
  sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<void> {
  const rows = Object.entries(sections).flatMap(([section, values]) =>
    Object.entries(values).map(([name, value]) => ({ run_id: runId, section, name, value: jsonb(value) })),
  );
  await tx.insertInto('run_parameters').values(rows).execute();
}

/** A past search asked again: same data version and seed unless overridden, a run_id of its own. */
export function createForecastCloner(deps: ForecastDeps): Cloner {
  return {
    track: 'forecast',
    kind: 'search',
    async prepare(scope, run, overrides): Promise<Cloned> {
      const past = searchSpec.parse(run.spec);
      const changed = overridden(past.request, overrides);
      const parsed = forecastRequest.safeParse(changed);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new ProblemError('override_invalid', 422, {
          name: issue?.path.join('.') ?? '',
          detail: issue?.message ?? '',
        });
      }
      const { plan } = await planFor(deps, scope, parsed.data, 'editor');
      refuse(plan);
      return {
        request: { ...parsed.data },
        start: async () => (await startForecast(deps, scope, parsed.data, { tags: [`cloned_from:${run.run_id}`] })).id,
      };
    },
  };
}
