/** Which families a plan takes, which it leaves out, and why. */
import type { ForecastMode, Plan, PlanProblem, Profile, Reason } from '@minori/contract';
import { CATALOG, spaceOf, startingParams } from './catalog.ts';
import type { Family } from './catalog.ts';
import { trialBytes, trialSeconds } from './cost.ts';
import type { TrialSize } from './cost.ts';
import { secondSeason, seesDays } from './frequency.ts';
import { selectSearchAlgorithm } from './search.ts';
import type { PlanRequest } from './validate.ts';

export type Candidate = Plan['candidates'][number];
type Skipped = Plan['skipped'][number];

export interface FamilySetting {
  readonly profile: Profile;
  readonly request: PlanRequest;
  readonly disabled: readonly string[];
  readonly season: number;
  readonly horizon: number;
  readonly size: TrialSize;
  /** Wall seconds that one trial may take; null = no bound. */
  readonly longestSeconds: number | null;
  /** Bytes that one trial may take. */
  readonly mostBytes: number;
}

/** Share of the series that must be zero most of the time before methods for such demand are tried. */
const SPARSE_SHARE = 0.3;
/** Trials per family: what a default budget is sized for, and the most that a longer one can buy. */
export const TRIALS = { quick: { usual: 2, most: 4 }, standard: { usual: 12, most: 100 } } as const;

export const modeOf = (mode: ForecastMode): 'quick' | 'standard' => (mode === 'quick' ? 'quick' : 'standard');

/** Series that are zero most of the time. */
export function sparseSeries({ series }: Profile): number {
  return series.filter(({ intermittent }) => intermittent).length;
}

/** Why a family is not for this plan; null when it is. Speed and memory are not asked here. */
export function reasonAgainst(family: Family, setting: Omit<FamilySetting, 'size' | 'longestSeconds'>): Reason | null {
  const { profile, request, season, horizon, disabled } = setting;
  if (family.needsSeason && season <= 1) return { code: 'needs_season', params: {} };
  if (family.reach !== null && horizon > (family.reach[season] ?? 0))
    return { code: 'beyond_learned', params: { season, horizon } };
  if (family.kind === 'baseline') return null;
  if (disabled.includes(family.id)) return { code: 'disabled_here', params: {} };
  if (request.models !== undefined)
    return request.models.includes(family.id) ? null : { code: 'not_asked', params: {} };
  if (family.intermittent && sparseSeries(profile) < SPARSE_SHARE * profile.series_count)
    return { code: 'not_intermittent', params: {} };
  if (family.needsColumns && !profile.exogenous.some(({ name }) => name !== request.baseline?.column))
    return { code: 'needs_columns', params: {} };
  if (family.mode === 'standard' && modeOf(request.mode) === 'quick') return { code: 'standard_only', params: {} };
  if (profile.rows < family.recommendedRows)
    return { code: 'too_little_data', params: { rows: profile.rows, needed: family.recommendedRows } };
  return null;
}

export interface FamilyChoice {
  /** Cheapest first. */
  readonly candidates: readonly Candidate[];
  readonly skipped: readonly Skipped[];
  readonly problems: readonly PlanProblem[];
}

export function chooseFamilies(setting: FamilySetting): FamilyChoice {
  const { request } = setting;
  const candidates: Candidate[] = [];
  const skipped: Skipped[] = [];
  for (const family of CATALOG) {
    const against = reasonAgainst(family, setting) ?? tooHeavy(family, setting);
    if (against === null) candidates.push(candidateOf(family, setting));
    else skipped.push({ family: family.id, reasons: [against] });
  }
  candidates.sort((a, b) => a.estimated_seconds - b.estimated_seconds);
  const problems = skipped
    .filter(({ family }) => request.models?.includes(family))
    .map(({ family, reasons: [reason] }): PlanProblem => {
      const params = { model: family, reason: reason?.code ?? '', ...reason?.params };
      return { severity: 'warning', code: `model_skipped_${reason?.code ?? 'not_asked'}`, field: 'models', params };
    });
  return { candidates, skipped, problems };
}

function tooHeavy(family: Family, { size, longestSeconds, mostBytes }: FamilySetting): Reason | null {
  if (family.kind === 'baseline') return null;
  const seconds = trialSeconds(family.id, size);
  if (longestSeconds !== null && seconds > longestSeconds)
    return { code: 'too_slow_for_budget', params: { seconds: round(seconds), budget: round(longestSeconds) } };
  const bytes = trialBytes(size, family.kind);
  if (bytes > mostBytes)
    return {
      code: 'too_large_for_memory',
      params: { needed_mb: Math.ceil(bytes / 2 ** 20), free_mb: Math.floor(mostBytes / 2 ** 20) },
    };
  return null;
}

function candidateOf(family: Family, setting: FamilySetting): Candidate {
  const { request, season, horizon, size } = setting;
  const second = secondFor(family, setting);
  return {
    family: family.id,
    kind: family.kind,
    params: startingParams(family, { season, second, horizon, holidays: knownHolidays(setting) }),
    origins: size.origins,
    estimated_seconds: trialSeconds(family.id, size) * (second === null ? 1 : SECOND_SEASON_COST),
    estimated_memory_bytes: trialBytes(size, family.kind),
    reasons: [reasonFor(family, setting), ...waysOf(family, setting, second)],
    search: searchOf(family, { trials: request.trials ?? TRIALS[modeOf(request.mode)].most, size }),
  };
}

/** A second season costs about so many times the seconds of one. */
const SECOND_SEASON_COST = 3;

/** The season beside the data's own, where the longest series has it twice before the forecast and there is time for it. */
function secondFor(family: Family, { profile, season, horizon, size, longestSeconds }: FamilySetting): number | null {
  const second = family.twoSeasons && season > 1 ? secondSeason(profile.freq, season) : null;
  if (second === null || profile.lengths.max < 2 * second + horizon) return null;
  const inTime = longestSeconds === null || SECOND_SEASON_COST * trialSeconds(family.id, size) <= longestSeconds;
  return inTime ? second : null;
}

/** The country whose holidays are used: where it is asked for and a step is short enough to see a day. */
export function knownHolidays({ profile, request }: Pick<FamilySetting, 'profile' | 'request'>): string | null {
  return request.holidays !== undefined && seesDays(profile.freq) ? request.holidays : null;
}

function searchOf(family: Family, { trials, size }: { trials: number; size: TrialSize }): Candidate['search'] {
  const algorithm = selectSearchAlgorithm({
    family,
    space: spaceOf(family.id),
    trials,
    series: size.series,
    rows: size.rows,
    origins: size.origins,
  });
  return algorithm === null ? null : { trials, ...algorithm, reasons: [...algorithm.reasons] };
}

function reasonFor(family: Family, { request, profile }: FamilySetting): Reason {
  if (request.models?.includes(family.id) ?? false) return { code: 'asked_for', params: {} };
  if (family.kind === 'baseline')
    return { code: request.models === undefined ? 'baseline' : 'baseline_always', params: {} };
  if (family.intermittent) return { code: 'suits_intermittent', params: { series: sparseSeries(profile) } };
  return { code: `suits_${family.id}`, params: {} };
}

/** These estimate one state per step of the season: beyond this the engine takes the season out by STL first. */
const LONGEST_SEASON = 24;
const BY_STL = new Set(['auto_ets', 'auto_arima']);

/** What a family does differently here than usual. */
function waysOf(family: Family, { season, horizon, size }: FamilySetting, second: number | null): Reason[] {
  if (second !== null) return [{ code: 'second_season', params: { season, second } }];
  if (BY_STL.has(family.id) && season > LONGEST_SEASON)
    return [{ code: 'season_by_stl', params: { season, longest: LONGEST_SEASON } }];
  const wanted = 2 * Math.max(horizon, season);
  const points = Math.floor(size.length) - horizon;
  if (family.host === 'neural' && wanted > points) return [{ code: 'input_shortened', params: { wanted, points } }];
  return [];
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;
