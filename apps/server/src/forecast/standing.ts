/** Where a search stands, from its rows alone: the leaderboard, the leader, the verdict. Pure. */
import { ENSEMBLE_MODEL, familyKind, LAST_RESORT_MODEL } from '@minori/contract';
import type { ForecastResult, LeaderboardRow, Verdict } from '@minori/contract';
import { deliveredOf, judge, leaderboard, verdictText } from '@minori/judge';
import type { VerdictNumbers } from '@minori/judge';
import { CATALOG, familyOf } from '@minori/planner';
import type { RunRow } from '../dispatch/index.ts';
import { candidateResult, candidateSpec } from './documents.ts';
import type { CandidateResult, ExtraEntry, SearchResult } from './documents.ts';
import { familyName } from './names.ts';
import type { Cell } from './xlsx.ts';

export type CandidateRow = Pick<
  RunRow,
  | 'id'
  | 'status'
  | 'started_at'
  | 'finished_at'
  | 'cpu_seconds'
  | 'failure'
  | 'failure_cause'
  | 'outcome'
  | 'spec'
  | 'result'
  | 'kind'
>;

/** Mean error relative to the leader's up to which a lighter family is recommended instead. */
const ABOUT_AS_GOOD = 1.05;

/** A family stopped with fewer windows says too little to be tested. */
const FEWEST_WINDOWS = 3;

export interface Entry {
  readonly row: LeaderboardRow;
  /** What the order goes by; see the judge's leaderboard. */
  readonly merit: number | null;
  /** Null of what is no candidate. */
  readonly result: CandidateResult | null;
  readonly judged: CandidateResult['judged'];
}

/** What stands beside the candidates once a search has ended. */
export interface Beside {
  /** The search's run. */
  readonly id: number;
  readonly extras: readonly ExtraEntry[];
  /** Model -> p of the test against the leader. */
  readonly p: Readonly<Record<string, number | null>>;
}

/**
 * Best first, then those at work, then those that failed.
 * @param now Unix milliseconds
 * @param progressOf 0..1 of a candidate's trial, by the candidate's id
 */
export function standing(
  candidates: readonly CandidateRow[],
  levels: readonly number[],
  now: number,
  progressOf: (candidateId: number) => number | null = () => null,
  beside: Beside | null = null,
): Entry[] {
  const known = candidates.map((run): Known => {
    const spec = candidateSpec.parse(run.spec);
    // One that goes on has the result of its best trial so far.
    const ended = run.status === 'failed' || run.status === 'cancelled';
    const result = ended ? null : (candidateResult.safeParse(run.result).data ?? null);
    return {
      result,
      judged: result?.judged ?? null,
      about: {
        model: spec.family,
        label: null,
        kind: familyKind.parse(spec.family_kind),
        id: run.id,
        status: run.status,
        progress: run.status === 'succeeded' ? 1 : progressOf(run.id),
        seconds: result?.seconds ?? secondsOf(run, now),
        cpu_seconds: run.cpu_seconds,
        baseline: spec.family_kind === 'baseline',
        failure: failureOf(run),
      },
    };
  });
  const extras = (beside?.extras ?? []).map((extra): Known => ({
    result: null,
    judged: extra.judged,
    about: {
      model: extra.model,
      label: extra.label,
      kind: extra.kind,
      id: beside?.id ?? 0,
      status: 'succeeded',
      progress: 1,
      seconds: extra.seconds,
      cpu_seconds: null,
      baseline: extra.baseline,
      failure: null,
    },
  }));
  const all = [...known, ...extras];
  const contenders = all.map(({ about, judged }) => ({
    family: about.model,
    mase: judged?.metrics['mase'] ?? null,
    byOrigin: judged?.by_origin ?? [],
    seconds: about.seconds,
  }));
  return leaderboard(contenders).flatMap(({ family, rank, tied, merit }) => {
    const found = all.find(({ about }) => about.model === family);
    if (found === undefined) return [];
    const { about, judged, result } = found;
    const metric = (name: string): number | null => judged?.metrics[name] ?? null;
    const row: LeaderboardRow = {
      ...about,
      mase: metric('mase'),
      smape: metric('smape'),
      wql: metric('wql'),
      sql: metric('sql'),
      mae: metric('mae'),
      rmse: metric('rmse'),
      coverage: Object.fromEntries(levels.map((level) => [String(level), metric(`coverage_${level}`)])),
      coverage_interval: Object.fromEntries(
        Object.entries(judged?.coverage ?? {}).map(([level, { low, high }]) => [level, { low, high }]),
      ),
      notes: result?.notes ?? [],
      origins: (judged?.by_origin ?? []).filter((error) => error !== null).length,
      rank,
      tied,
      p: beside?.p[family] ?? null,
      by_origin: judged?.by_origin ?? [],
    };
    return [{ row, merit, result, judged }];
  });
}

interface Known {
  readonly about: Pick<
    LeaderboardRow,
    'model' | 'label' | 'kind' | 'id' | 'status' | 'progress' | 'seconds' | 'cpu_seconds' | 'baseline' | 'failure'
  >;
  readonly result: CandidateResult | null;
  readonly judged: CandidateResult['judged'];
}

/** What a search itself makes of what its families found, or did not find. */
const OF_SEARCH = new Set<string>([ENSEMBLE_MODEL, LAST_RESORT_MODEL]);

/** The one that would be delivered now; unjudged, the most trusted simple forecast that is there. */
export function leaderOf(entries: readonly Entry[]): Entry | null {
  const able = entries.filter((entry) => entry.result !== null || OF_SEARCH.has(entry.row.model));
  const first = deliveredOf(
    able.flatMap((entry) =>
      entry.row.rank === null || entry.merit === null || isShort(entry, entries)
        ? []
        : [{ entry, mase: entry.merit, blend: entry.row.model === ENSEMBLE_MODEL }],
    ),
  );
  if (first !== null) return first.entry;
  const trust = (entry: Entry): number => CATALOG.findIndex(({ id }) => id === entry.row.model);
  return able.toSorted((a, b) => trust(a) - trust(b))[0] ?? null;
}

/** Stopped with so few windows that it can neither lead nor be tested. */
function isShort({ row }: Entry, entries: readonly Entry[]): boolean {
  return row.origins < Math.min(Math.max(0, ...entries.map(({ row: { origins } }) => origins)), FEWEST_WINDOWS);
}

/** Null when nothing comparable was judged. */
export function verdictOf(entries: readonly Entry[]): SearchResult['verdict'] {
  const families = entries.flatMap((entry) => {
    const { row, merit, judged } = entry;
    if (judged === null || merit === null || isShort(entry, entries)) return [];
    const blend = row.model === ENSEMBLE_MODEL;
    return [{ family: row.model, baseline: row.baseline, blend, mase: merit, byOrigin: row.by_origin }];
  });
  const trust = CATALOG.map(({ id }) => id);
  const judgement = judge(families.toSorted((a, b) => trust.indexOf(a.family) - trust.indexOf(b.family)));
  if (judgement === null) return null;
  const tied = bracketed(entries, judgement.code).filter(({ row }) => row.tied);
  return {
    code: judgement.code,
    numbers: { ...judgement.numbers },
    tied: tied.map(({ row }) => row.model),
    cheapest: lightestOf(tied),
  };
}

/**
 * Skill is the stronger statement: what it was shown against cannot be called equal beside it, so the bracket
 * ends above the first simple forecast.
 */
export function bracketed(entries: readonly Entry[], code: Verdict['code'] | null): readonly Entry[] {
  const end = entries.findIndex(({ row }) => row.baseline);
  if (code !== 'skill' || end < 0) return entries;
  return entries.map((entry, index) => {
    const tied = entry.row.tied && index < end && end > 1;
    return tied === entry.row.tied ? entry : { ...entry, row: { ...entry.row, tied } };
  });
}

/** Of those that tie: the lightest that is about as good as the leader; null when that is the leader itself. */
function lightestOf(tied: readonly Entry[]): { family: string; seconds: number } | null {
  const [leader] = tied;
  const limit = ABOUT_AS_GOOD * (leader?.merit ?? 0);
  const [lightest] = tied
    .flatMap(({ row: { model, seconds }, merit }) =>
      seconds === null || merit === null || merit > limit ? [] : [{ family: model, seconds }],
    )
    .toSorted((a, b) => a.seconds - b.seconds);
  return lightest === undefined || lightest.family === leader?.row.model ? null : lightest;
}

/** Names that people gave. */
export function labelsOf(extras: readonly ExtraEntry[]): Record<string, string> {
  return Object.fromEntries(extras.flatMap(({ model, label }) => (label === null ? [] : [[model, label]])));
}

/** Code and numbers as stored, worded now. */
export function presentVerdict(
  verdict: SearchResult['verdict'],
  labels: Readonly<Record<string, string>> = {},
): Verdict | null {
  if (verdict === null) return null;
  const words = {
    code: verdict.code,
    numbers: verdict.numbers as unknown as VerdictNumbers,
    tied: verdict.tied,
    cheapest: verdict.cheapest,
  };
  return {
    code: verdict.code,
    numbers: { ...verdict.numbers, tied: verdict.tied, cheapest: verdict.cheapest },
    text_ja: verdictText(words, 'ja', (family) => labels[family] ?? familyName('ja', family)),
    text_en: verdictText(words, 'en', (family) => labels[family] ?? familyName('en', family)),
  };
}

export function bestOf(leader: Entry | null): ForecastResult['best'] {
  return leader === null ? null : { model: leader.row.model, metrics: leader.judged?.metrics ?? {} };
}

/** Head and rows of leaderboard.csv. */
export function leaderboardTable(entries: readonly Entry[], levels: readonly number[]): Cell[][] {
  const head = [
    'model',
    'kind',
    'library',
    'rank',
    'tied',
    'status',
    'mase',
    'smape',
    'wql',
    'sql',
    'mae',
    'rmse',
    ...levels.map((level) => `coverage_${level}`),
    'origins',
    'seconds',
    'cpu_seconds',
  ];
  const rows = entries.map(({ row }): Cell[] => [
    row.label ?? row.model,
    row.kind,
    familyOf(row.model)?.library ?? '',
    row.rank,
    String(row.tied),
    row.status,
    row.mase,
    row.smape,
    row.wql,
    row.sql,
    row.mae,
    row.rmse,
    ...levels.map((level) => row.coverage[String(level)] ?? null),
    row.origins,
    row.seconds,
    row.cpu_seconds,
  ]);
  return [head, ...rows];
}

function secondsOf(run: CandidateRow, now: number): number | null {
  if (run.started_at === null) return null;
  return Math.max(0, ((run.finished_at?.getTime() ?? now) - run.started_at.getTime()) / 1000);
}

function failureOf(run: CandidateRow): LeaderboardRow['failure'] {
  if (run.status === 'failed') {
    const failure = run.failure as { code?: unknown } | null;
    return { cause: run.failure_cause ?? 'bug', code: typeof failure?.code === 'string' ? failure.code : 'unknown' };
  }
  if (run.status === 'cancelled')
    return { cause: 'time_limit', code: run.outcome === 'out_of_budget' ? 'out_of_budget' : 'stopped' };
  return null;
}
