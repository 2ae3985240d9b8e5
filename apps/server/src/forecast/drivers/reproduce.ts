/** Replays a search: its windows, each family's best trial, the blend; and compares all of it with the record. */
import { join } from 'node:path';
import { ENSEMBLE_MODEL, isFinal, LAST_RESORT_MODEL, trialResult, windowsResult } from '@minori/contract';
import type { Reproduction, ReproducedStep } from '@minori/contract';
import type { Db } from '@minori/database';
import { versionFolder, versionParquet } from '../../datasets/files.ts';
import type { AdvanceContext, Decision, Driver, RunRow, RunTree, Spawn } from '../../dispatch/index.ts';
import type { Home } from '../../platform/home.ts';
import { blendSearch } from '../blending.ts';
import { DELIVERED_FILE } from '../deliver.ts';
import { candidateResult, searchResult, searchSpec, trialSpec } from '../documents.ts';
import type { SearchResult, SearchSpec } from '../documents.ts';
import { environmentOf } from '../environment.ts';
import { artifactsFolder } from '../finish.ts';
import { tellTrial } from '../history.ts';
import { ENSEMBLE_FILES } from '../judge-blend.ts';
import type { Judge } from '../judge-client.ts';
import type { Comparison } from '../judge-protocol.ts';
import { trialFolder } from '../sources.ts';
import { standing } from '../standing.ts';
import { usedParams } from './trial.ts';

/** Relative difference that arithmetic in another order explains. */
const TOLERANCE = 1e-5;

interface ReproduceDeps {
  readonly db: Db;
  readonly home: Home;
  readonly judge: Judge;
}

/** What was recorded: the source's rows. */
interface Record_ {
  readonly root: RunRow;
  readonly spec: SearchSpec;
  readonly ended: SearchResult;
  readonly windows: RunRow | undefined;
  readonly candidates: readonly RunRow[];
  /** Best trial of each family. */
  readonly trials: readonly RunRow[];
}

export function createReproduceDriver(deps: ReproduceDeps): Driver {
  return {
    kind: 'reproduce',
    track: 'forecast',
    shape: 'composite',
    async advance(run, tree, ctx) {
      const record = await readRecord(deps.db, searchSpec.parse(run.spec));
      if (record === null) return { fail: { cause: 'bad_data', code: 'not_finished', params: {}, detail: '' } };
      const children = tree.children(run.id);
      if (ctx.stopping !== null && children.length === 0) return { cancel: true };
      if (children.length === 0) return { spawn: replays(record) };
      const open = children.filter(({ status }) => !isFinal(status));
      if (open.length > 0) return { progress: 0.95 * (1 - open.length / children.length) };
      return await compare(deps, { run, tree, record }, ctx);
    },
  };
}

async function readRecord(db: Db, { replay_of: source }: SearchSpec): Promise<Record_ | null> {
  const rows = await db
    .selectFrom('training_runs')
    .selectAll()
    .where('root_id', '=', source ?? 0)
    .orderBy('position')
    .orderBy('id')
    .execute();
  const root = rows.find(({ id }) => id === source);
  const ended = searchResult.safeParse(root?.result).data;
  if (root === undefined || ended === undefined) return null;
  const candidates = rows.filter(({ kind }) => kind === 'candidate');
  const best = new Set(candidates.flatMap(({ result }) => candidateResult.safeParse(result).data?.trial_id ?? []));
  return {
    root,
    spec: searchSpec.parse(root.spec),
    ended,
    windows: rows.find(({ kind, parent_id: parent }) => kind === 'ingest' && parent === root.id),
    candidates,
    trials: rows.filter(({ id }) => best.has(id)),
  };
}

function replays({ trials }: Record_): Spawn[] {
  return [
    { kind: 'ingest', name: 'windows', position: 0, spec: {} },
    ...trials.map((trial, index): Spawn => {
      const spec = trialSpec.parse(trial.spec);
      return {
        kind: 'trial',
        name: spec.family,
        position: index + 1,
        seed: trial.seed,
        spec: { ...spec, params: usedParams(spec, trialResult.parse(trial.result)), number: index },
      };
    }),
  ];
}

interface Replayed {
  readonly run: RunRow;
  readonly tree: RunTree;
  readonly record: Record_;
}

async function compare(deps: ReproduceDeps, replayed: Replayed, ctx: AdvanceContext): Promise<Decision> {
  const { run, tree, record } = replayed;
  const { spec, ended, root } = record;
  const now = await environmentOf(versionParquet(deps.home, spec.dataset.sha256));
  const then = ended.environment;
  const steps: ReproducedStep[] = [
    named('data', then?.data ?? null, now.data),
    named('code', then?.code ?? null, now.code),
    named('environment', then?.system ?? null, now.system),
    ...(await compareArrays(deps, replayed, ctx)),
  ];
  const arrays = steps.filter(({ step }) => !['data', 'code', 'environment'].includes(step));
  const answer = arrays.some((one) => one.answer === 'different')
    ? 'different'
    : arrays.every((one) => one.answer === 'identical')
      ? 'identical'
      : 'within_tolerance';
  const first = steps.findIndex((one) => one.answer !== 'identical');
  const reproduction: Reproduction = {
    source_id: root.id,
    source_run_id: root.run_id,
    final: true,
    answer,
    first_difference: first < 0 ? null : first,
    steps,
  };
  return {
    finish: { outcome: 'complete', result: { reproduction } },
    write: async (tx) => {
      for (const trial of tree
        .children(run.id)
        .filter(({ kind, status }) => kind === 'trial' && status === 'succeeded')) {
        const { seconds_total: seconds } = trialResult.parse(trial.result);
        await tellTrial(tx, trial, { state: 'failed', value: null, intermediate: [], seconds });
      }
    },
  };
}

/** Hashes and names: equal or not. */
function named(step: ReproducedStep['step'], recorded: string | null, found: string): ReproducedStep {
  return {
    step,
    model: null,
    answer: recorded === found ? 'identical' : 'different',
    difference: null,
    recorded,
    found,
  };
}

function measured(step: ReproducedStep['step'], model: string | null, all: readonly Comparison[]): ReproducedStep {
  const unknown = all.length === 0 || all.some(({ difference }) => difference === null);
  const difference = unknown ? null : Math.max(...all.map((one) => one.difference ?? 0));
  const same = all.length > 0 && all.every((one) => one.same);
  const answer = same ? 'identical' : difference !== null && difference <= TOLERANCE ? 'within_tolerance' : 'different';
  return { step, model, answer, difference, recorded: null, found: null };
}

interface Named {
  readonly step: ReproducedStep['step'];
  readonly model: string | null;
  readonly pairs: readonly { readonly recorded: string; readonly found: string; readonly keep?: boolean }[];
}

async function compareArrays(deps: ReproduceDeps, replayed: Replayed, ctx: AdvanceContext): Promise<ReproducedStep[]> {
  const { run, tree, record } = replayed;
  const { spec, ended } = record;
  const children = tree.children(run.id);
  const windows = children.find(({ kind }) => kind === 'ingest');
  const groups: Named[] = [{ step: 'windows', model: null, pairs: await windowPairs(deps, record, windows, ctx) }];
  for (const trial of record.trials) {
    const twin = twinOf(children, trial);
    groups.push({
      step: 'trial',
      model: trialSpec.parse(trial.spec).family,
      pairs: twin === undefined ? [] : await trialPairs(deps, trial, twin, ctx),
    });
  }
  const recorded = artifactsFolder(deps.home, record.root.id);
  const found = artifactsFolder(deps.home, run.id);
  if (ended.ensemble !== null) {
    await blendSearch(deps.judge, {
      entries: standing(record.candidates, spec.plan.levels, ctx.now.getTime()),
      windows,
      levels: spec.plan.levels,
      folder: found,
      ownName: null,
      trialOf: (id) =>
        twinOf(
          children,
          record.trials.find((trial) => trial.id === id),
        ),
      folderOf: (id) => ctx.folderOf(id),
      mostMembers: ended.most_members,
    });
    const names = [ENSEMBLE_FILES.forecast, ENSEMBLE_FILES.backtest];
    const pairs = names.map((name) => ({ recorded: join(recorded, name), found: join(found, name) }));
    groups.push({ step: 'ensemble', model: null, pairs });
  }
  const delivered = await deliveredFile(replayed, found, ctx);
  const last = delivered === null ? [] : [{ recorded: join(recorded, DELIVERED_FILE), found: delivered, keep: true }];
  groups.push({ step: 'forecast', model: ended.best.model, pairs: last });
  const comparisons = await deps.judge.compare({
    pairs: groups.flatMap(({ pairs }) => pairs.map((pair) => ({ keep: false, ...pair }))),
    rules:
      spec.request.output === undefined
        ? null
        : {
            asked: spec.request.output,
            series: spec.plan.series,
            horizon: spec.plan.horizon,
            levels: spec.plan.levels,
            profileFile: join(versionFolder(deps.home, spec.dataset.sha256), 'profile.json'),
          },
  });
  let next = 0;
  return groups.map(({ step, model, pairs }) =>
    measured(
      step,
      model,
      pairs.map(() => comparisons[next++] as Comparison),
    ),
  );
}

/** The replay of a recorded trial; undefined when it did not succeed. */
function twinOf(children: readonly RunRow[], trial: RunRow | undefined): RunRow | undefined {
  if (trial === undefined) return undefined;
  const { family } = trialSpec.parse(trial.spec);
  return children.find(({ kind, name, status }) => kind === 'trial' && name === family && status === 'succeeded');
}

async function windowPairs(
  deps: ReproduceDeps,
  { windows: then }: Record_,
  now: RunRow | undefined,
  ctx: AdvanceContext,
): Promise<Named['pairs']> {
  const before = then === undefined ? null : await trialFolder(deps, then.id);
  const after = now === undefined ? null : ctx.folderOf(now.id);
  const truth = windowsResult.safeParse(now?.result).data;
  if (before === null || after === null || truth === undefined) return [];
  return [truth.actual_path, truth.scale_path].map((name) => ({
    recorded: join(before, name),
    found: join(after, name),
  }));
}

async function trialPairs(
  deps: ReproduceDeps,
  trial: RunRow,
  twin: RunRow,
  ctx: AdvanceContext,
): Promise<Named['pairs']> {
  const before = await trialFolder(deps, trial.id);
  const after = ctx.folderOf(twin.id);
  const then = trialResult.parse(trial.result).files;
  if (before === null || after === null) return [];
  return [then.forecast, then.backtest].flatMap((name) =>
    name === null ? [] : [{ recorded: join(before, name), found: join(after, name) }],
  );
}

async function deliveredFile(
  { tree, run, record }: Replayed,
  folder: string,
  ctx: AdvanceContext,
): Promise<string | null> {
  const { best } = record.ended;
  if (best.model === ENSEMBLE_MODEL) return join(folder, ENSEMBLE_FILES.forecast);
  if (best.model === LAST_RESORT_MODEL) return lastResortFile(tree, run, ctx);
  const twin = twinOf(
    tree.children(run.id),
    record.trials.find(({ id }) => id === best.trial_id),
  );
  const forecast = trialResult.safeParse(twin?.result).data?.files.forecast ?? null;
  const after = twin === undefined ? null : ctx.folderOf(twin.id);
  return after === null || forecast === null ? null : join(after, forecast);
}

function lastResortFile(tree: RunTree, run: RunRow, ctx: AdvanceContext): string | null {
  const windows = tree.children(run.id).find(({ kind }) => kind === 'ingest');
  const folder = windows === undefined ? null : ctx.folderOf(windows.id);
  const files = windowsResult.safeParse(windows?.result).data?.last_resort ?? null;
  return folder === null || files === null ? null : join(folder, files.forecast_path);
}
