/** The end of a search: choose, judge, write what people take away, and all rows in one transaction. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ENSEMBLE_MODEL, LAST_RESORT_MODEL, trialResult, windowsResult } from '@minori/contract';
import type { Plan, RunOutcome } from '@minori/contract';
import { jsonb, jsonText } from '@minori/database';
import type { Tx } from '@minori/database';
import { blendSeconds, endingSeconds, MOST_MEMBERS } from '@minori/planner';
import { sql } from 'kysely';
import { versionFolder, versionParquet } from '../datasets/files.ts';
import type { AdvanceContext, Decision, RunRow, RunTree } from '../dispatch/index.ts';
import type { Home } from '../platform/home.ts';
import { againstLeader, blendSearch } from './blending.ts';
import type { Blended } from './blending.ts';
import { candidateResult } from './documents.ts';
import type { ExtraEntry, SearchResult, SearchSpec } from './documents.ts';
import { environmentOf } from './environment.ts';
import { ENSEMBLE_FILES } from './judge-blend.ts';
import type { Judge } from './judge-client.ts';
import type { Delivered, DeliveredFile } from './judge-protocol.ts';
import {
  bestOf,
  bracketed,
  labelsOf,
  leaderboardTable,
  leaderOf,
  presentVerdict,
  standing,
  verdictOf,
} from './standing.ts';
import type { Entry } from './standing.ts';

/** `predictions` keeps at most so many rows of a search; forecast.csv always has all of them. */
const MOST_ROWS = 200_000;

const RESULT_FILES = ['forecast.csv', 'forecast.xlsx', 'leaderboard.csv', 'report.html', 'report.ja.html', 'run.json'];

export interface EndedSearch {
  readonly run: RunRow;
  readonly tree: RunTree;
  readonly spec: SearchSpec;
  readonly windows: RunRow | undefined;
  readonly notStarted: SearchResult['not_started'];
  readonly outcome: RunOutcome;
  /** What is delivered when no family has a forecast. */
  readonly fallback?: Fallback;
}

/** Absolute paths of a forecast and its times, laid out as a trial's. */
export interface Fallback {
  readonly forecast: string;
  readonly times: string;
  readonly series: number;
  dispose(): Promise<void>;
}

/** Copies beside the delivered files of a search that had to fall back on it. */
export const LAST_RESORT_FILES = { forecast: 'last-resort.f32', times: 'last-resort-ds.json' } as const;

const LAST_RESORT_ROW: ExtraEntry = {
  model: LAST_RESORT_MODEL,
  label: null,
  kind: 'baseline',
  baseline: true,
  seconds: null,
  judged: null,
};

export async function finishSearch(
  deps: { home: Home; judge: Judge },
  search: EndedSearch,
  ctx: AdvanceContext,
): Promise<Decision> {
  const { run, tree, spec, windows, notStarted, outcome, fallback = null } = search;
  const { plan, dataset } = spec;
  const folder = artifactsFolder(deps.home, run.id);
  const candidates = tree.children(run.id).filter(({ kind }) => kind === 'candidate');
  const now = ctx.now.getTime();
  const alone = standing(candidates, plan.levels, now);
  const mostMembers = membersInTime(plan, deps.judge.pace(), ctx);
  // Past the budget's tolerance only the quickest end is heard.
  const blended =
    mostMembers === 0
      ? null
      : await blendSearch(deps.judge, {
          entries: alone,
          windows,
          levels: plan.levels,
          folder,
          ownName: spec.own?.name ?? null,
          trialOf: (id) => tree.get(id),
          folderOf: (id) => ctx.folderOf(id),
          mostMembers,
        });
  const extras = [...(blended?.extras ?? []), ...(fallback === null ? [] : [LAST_RESORT_ROW])];
  const beside = { id: run.id, extras, p: {} };
  const first = leaderOf(standing(candidates, plan.levels, now, () => null, beside));
  const p = first === null ? {} : againstLeader(blended?.stepErrors ?? {}, first.row.model, plan.horizon);
  const ranked = standing(candidates, plan.levels, now, () => null, { ...beside, p });
  const verdict = verdictOf(ranked);
  const entries = bracketed(ranked, verdict?.code ?? null);
  const leader = leaderOf(entries);
  if (fallback !== null) await keepFallback(fallback, folder);
  const source = leader === null ? null : (fallback ?? sourceOf(leader, blended, folder, tree, ctx));
  if (leader === null || source === null)
    return { fail: { cause: 'bug', code: 'forecast_missing', params: {}, detail: '' } };
  const spoken = presentVerdict(verdict, labelsOf(beside.extras));
  const seconds = ctx.budget?.used ?? (ctx.now.getTime() - (run.started_at ?? run.created_at).getTime()) / 1000;
  const windowsFolder = windows?.status === 'succeeded' ? ctx.folderOf(windows.id) : null;
  const environment = ctx.overrun ? null : environmentOf(versionParquet(deps.home, dataset.sha256));
  const delivered = await deps.judge.deliver({
    folder,
    forecastFile: source.forecast,
    timesFile: source.times,
    profileFile: join(versionFolder(deps.home, dataset.sha256), 'profile.json'),
    actualFile: windowsFolder === null ? null : join(windowsFolder, windowsResult.parse(windows?.result).actual_path),
    series: source.series,
    origins: plan.origins,
    horizon: plan.horizon,
    levels: plan.levels,
    rules: plan.output,
    leaderboard: leaderboardTable(entries, plan.levels),
    mostRows: MOST_ROWS,
    runJson: {
      id: run.id,
      run_id: run.run_id,
      status: 'succeeded',
      outcome,
      seconds: rounded(seconds),
      best: bestOf(leader),
      leaderboard: entries.map(({ row }) => row),
      verdict: spoken,
      files: Object.fromEntries(RESULT_FILES.map((name) => [name, `/api/v1/runs/${run.id}/files/${name}`])),
      name: run.name,
      seed: run.seed,
      created_at: run.created_at.toISOString(),
      dataset: { key: dataset.key, name: dataset.name, version: dataset.version, sha256: dataset.sha256 },
      request: spec.request,
      plan,
      not_started: notStarted,
    },
    report: {
      id: run.id,
      name: run.name,
      run_id: run.run_id,
      dataset: dataset.name,
      datasetVersion: dataset.version,
      sha256: dataset.sha256,
      horizon: plan.horizon,
      freq: plan.freq,
      season: plan.season,
      origins: plan.origins,
      seed: run.seed,
      seconds,
      created: run.created_at.toISOString(),
      levels: plan.levels,
      best: leader.row.model,
      verdict: spoken === null ? null : { ja: spoken.text_ja, en: spoken.text_en },
      rows: entries.map(({ row }) => ({ ...row, failure: row.failure?.code ?? null })),
      series: source.series,
      weights: leader.row.model === ENSEMBLE_MODEL ? (blended?.ensemble?.members ?? []) : [],
      request: spec.request,
    },
  });
  const metrics = leader.judged?.metrics ?? {};
  const result: SearchResult = {
    best: {
      model: leader.row.model,
      candidate_id: leader.result === null ? null : leader.row.id,
      trial_id: leader.result?.trial_id ?? null,
      metrics,
    },
    extras: [...beside.extras],
    ensemble: blended?.ensemble ?? null,
    most_members: mostMembers,
    environment: await environment,
    p,
    verdict,
    not_started: [...notStarted],
    seconds: rounded(seconds),
  };
  return {
    finish: { outcome, metrics, result },
    write: async (tx: Tx) => await writeRows(tx, run.id, metrics, delivered),
  };
}

async function keepFallback({ forecast, times }: Fallback, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await Promise.all([
    copyFile(forecast, join(folder, LAST_RESORT_FILES.forecast)),
    copyFile(times, join(folder, LAST_RESORT_FILES.times)),
  ]);
}

/** Fewer are no blend. */
const FEWEST_MEMBERS = 3;
/** Wall seconds past the budget in which a blend may still end. */
const BLEND_TOLERANCE_SECONDS = 1;

/** How many families there is time to blend; 0 = none. */
function membersInTime(plan: Plan, pace: number, { budget, overrun }: AdvanceContext): number {
  if (overrun) return 0;
  if (budget === null) return MOST_MEMBERS;
  const files = endingSeconds(plan, 0, null, pace);
  const left = budget.remaining + BLEND_TOLERANCE_SECONDS - files;
  const each = pace * blendSeconds(plan, 1);
  const members = Math.min(MOST_MEMBERS, Math.floor(left / each));
  return members < FEWEST_MEMBERS ? 0 : members;
}

interface ForecastSource {
  readonly forecast: string;
  readonly times: string;
  readonly series: number;
}

/** Where the forecast that is delivered lies; the times of a blend are those of any of its members. */
function sourceOf(
  leader: Entry,
  blended: Blended | null,
  folder: string,
  tree: RunTree,
  ctx: AdvanceContext,
): ForecastSource | null {
  const isBlend = leader.row.model === ENSEMBLE_MODEL;
  const member = blended?.ensemble?.members[0];
  const result = isBlend ? candidateResult.safeParse(tree.get(member?.id ?? 0)?.result).data : leader.result;
  const trial = result === undefined || result === null ? undefined : tree.get(result.trial_id);
  const trialFolder = trial === undefined ? null : ctx.folderOf(trial.id);
  const made = trialResult.safeParse(trial?.result).data;
  if (trialFolder === null || made === undefined || made.files.forecast === null) return null;
  return {
    forecast: isBlend ? join(folder, ENSEMBLE_FILES.forecast) : join(trialFolder, made.files.forecast),
    times: join(trialFolder, made.files.ds),
    series: made.series,
  };
}

export function artifactsFolder(home: Home, runId: number): string {
  return join(home.artifacts, String(runId));
}

async function writeRows(
  tx: Tx,
  runId: number,
  metrics: Readonly<Record<string, number | null>>,
  { files, predictions }: Delivered,
): Promise<void> {
  for (const rows of predictions)
    await sql`
      insert into predictions (run_id, unique_id, step, ds, y_hat, levels, lo, hi)
      select ${runId}::bigint, p.unique_id, p.step, p.ds, p.y_hat, p.levels, p.lo, p.hi
      from jsonb_to_recordset(${rows}::jsonb) as p(unique_id text, step int, ds text, y_hat float8, levels real[], lo float8[], hi float8[])
      on conflict do nothing`.execute(tx);
  const results = Object.entries(metrics).map(([metric, value]) => ({ metric, value }));
  await sql`
    insert into run_results (run_id, group_kind, group_key, metric, value)
    select ${runId}::bigint, 'all', '', r.metric, r.value from jsonb_to_recordset(${jsonText(results)}::jsonb) as r(metric text, value float8)
    on conflict do nothing`.execute(tx);
  await tx
    .insertInto('model_artifacts')
    .values(files.map((file) => artifactRow(runId, file)))
    .onConflict((conflict) =>
      conflict
        .columns(['run_id', 'name'])
        .doUpdateSet((eb) => ({ sha256: eb.ref('excluded.sha256'), bytes: eb.ref('excluded.bytes') })),
    )
    .execute();
}

export function artifactRow(runId: number, { name, kind, bytes, sha256, mediaType }: DeliveredFile) {
  return {
    run_id: runId,
    kind,
    name,
    path: `artifacts/${runId}/${name}`,
    sha256,
    bytes,
    media_type: mediaType,
    metadata: jsonb({}),
  };
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
