/** From the data's profile, the person's question and the machine to a plan, every decision with its reason. */
import type { OutputRules, Plan, PlanProblem, Profile, Reason } from '@minori/contract';
import { CATALOG, familyOf } from './catalog.ts';
import { endingSeconds, trialBytes, trialSeconds } from './cost.ts';
import type { TrialSize } from './cost.ts';
import { chooseExogenous } from './exogenous.ts';
import { chooseFamilies, knownHolidays, modeOf, reasonAgainst, TRIALS } from './families.ts';
import type { Candidate } from './families.ts';
import { LONGEST_HORIZON, validate } from './validate.ts';
import type { PlanRequest } from './validate.ts';
import { AIM_ORIGINS, FEWEST_FOR_TEST, planWindows } from './windows.ts';
import type { WindowPlan } from './windows.ts';

export interface Machine {
  /** Tasks that run at once. */
  readonly slots: number;
  /** Bytes that all tasks together may take. */
  readonly memoryBytes: number;
}

export interface Policy {
  /** Families that this server does not offer; baselines stay whatever it says. */
  readonly disabled: readonly string[];
}

interface Setting {
  readonly profile: Profile;
  readonly request: PlanRequest;
  readonly machine: Machine;
  readonly disabled: readonly string[];
  readonly horizon: number;
  readonly season: number;
  readonly levels: readonly number[];
}

type Skipped = Plan['skipped'][number];

/** Shares of the memory that tasks may take: the rest is for the server, the database and the host. */
const MEMORY_SHARE = 0.7;
/** Wall seconds: what a default budget lies between, per mode. */
const BUDGETS = { quick: { factor: 1.5, least: 15, most: 60 }, standard: { factor: 3, least: 60, most: 600 } } as const;
/** A trial that would take more than this share of the budget alone is left out. */
const LARGEST_SHARE = 0.8;

/**
 * The plan of a forecast. Pure: equal arguments give equal plans. With a problem of severity
 * `error` it must not be started; it is still whole, so that a form can show what it has.
 */
export function planForecast(
  profile: Profile,
  request: PlanRequest,
  machine: Machine,
  policy: Policy = { disabled: [] },
): Plan {
  const problems = validate(profile, request);
  const horizon = Number.isInteger(request.horizon) ? Math.min(LONGEST_HORIZON, Math.max(0, request.horizon)) : 0;
  const { season, reasons: seasonReasons } = chooseSeason(profile, horizon);
  const levels = [...new Set(request.levels)].sort((a, b) => a - b);
  const setting: Setting = { profile, request, machine, disabled: policy.disabled, horizon, season, levels };
  const windows = chooseWindows(setting);
  const size = sizeOf(setting, windows.plan.origins);
  const choice = chooseFamilies({
    profile,
    request,
    disabled: policy.disabled,
    season,
    horizon,
    size,
    longestSeconds: longestTrial(request),
    mostBytes: machine.memoryBytes * MEMORY_SHARE,
  });
  const trials = request.trials ?? null;
  const candidates = trials === null ? [...choice.candidates] : choice.candidates.slice(0, Math.max(0, trials));
  const memory = checkMemory(size, candidates, machine);
  const left = choice.candidates.slice(candidates.length);
  const exogenous = chooseExogenous(
    profile,
    request,
    horizon,
    candidates.map(({ family }) => family),
  );
  const estimated =
    makespan(candidates, memory.slots) +
    tuningSeconds(candidates, request) / memory.slots +
    endingSeconds(size, candidates.length);
  const budget = chooseBudget(setting, estimated);
  const output = chooseOutput(setting);
  return {
    horizon,
    freq: profile.freq,
    season,
    levels,
    origins: windows.plan.origins,
    min_train: windows.plan.minTrain,
    budget_seconds: budget.seconds,
    trials,
    threads: 1,
    slots: memory.slots,
    seed: request.seed,
    series: profile.series_count,
    exogenous: exogenous.columns,
    output: output.rules,
    candidates,
    skipped: [
      ...choice.skipped,
      ...left.map(({ family }): Skipped => ({ family, reasons: [{ code: 'beyond_trials', params: { trials } }] })),
    ],
    reasons: [
      ...seasonReasons,
      ...windows.reasons,
      ...budget.reasons,
      ...memory.reasons,
      ...networkReasons(candidates),
      ...holidayReasons(setting, candidates),
      ...exogenous.reasons,
      ...output.reasons,
    ],
    problems: [...problems, ...choice.problems, ...exogenous.problems, ...memory.problems],
    estimated_seconds: estimated,
    estimated_memory_bytes: largestAtOnce(candidates, memory.slots),
  };
}

/** The data's season, unless the series are too short to repeat it once before the first forecast. */
function chooseSeason(profile: Profile, horizon: number): { season: number; reasons: Reason[] } {
  const season = profile.season;
  if (season <= 1) return { season: 1, reasons: [{ code: 'season_none', params: { freq: profile.freq } }] };
  if (profile.lengths.max < season + horizon + 1)
    return { season: 1, reasons: [{ code: 'season_too_long', params: { season, points: profile.lengths.max } }] };
  return { season, reasons: [{ code: 'season_found', params: { season, freq: profile.freq } }] };
}

/** Eight windows where the data carry them, fewer when a full set would not fit into the budget. */
function chooseWindows(setting: Setting): { plan: WindowPlan; reasons: Reason[] } {
  const { profile, horizon, season, request, machine } = setting;
  const longest = planWindows(profile.lengths.max, horizon, season, 1);
  const typical = Math.floor(profile.lengths.median);
  const full = atLeastOne(planWindows(typical, horizon, season), longest);
  const budget = request.budget_seconds;
  const params = { origins: full.origins, min_train: full.minTrain, points: typical, horizon };
  if (full.origins < FEWEST_FOR_TEST) return { plan: full, reasons: [{ code: 'origins_few', params }] };
  if (budget !== undefined && budget > 0 && full.origins > FEWEST_FOR_TEST) {
    const costly = CATALOG.filter(
      (family) => family.kind === 'statistical' && reasonAgainst(family, { ...setting, mostBytes: 0 }) === null,
    );
    const seconds = (origins: number): number =>
      costly.reduce((sum, { id }) => sum + trialSeconds(id, sizeOf(setting, origins)), 0) / Math.max(1, machine.slots);
    if (seconds(full.origins) > budget * LARGEST_SHARE && costly.length > 0) {
      const plan = atLeastOne(planWindows(typical, horizon, season, FEWEST_FOR_TEST), longest);
      return { plan, reasons: [{ code: 'origins_for_budget', params: { ...params, origins: plan.origins, budget } }] };
    }
  }
  return {
    plan: full,
    reasons: [{ code: full.origins >= AIM_ORIGINS ? 'origins_full' : 'origins_by_length', params }],
  };
}

/** Where the typical series is too short, the longest one still gives a window. */
function atLeastOne(plan: WindowPlan, longest: WindowPlan): WindowPlan {
  return plan.origins > 0 ? plan : longest;
}

/** As many tasks at once as the memory bears, were they the largest of the plan. */
function checkMemory(
  size: TrialSize,
  candidates: readonly Candidate[],
  machine: Machine,
): { slots: number; reasons: Reason[]; problems: PlanProblem[] } {
  const most = machine.memoryBytes * MEMORY_SHARE;
  let slots = machine.slots;
  while (slots > 1 && largestAtOnce(candidates, slots) > most) slots -= 1;
  const largest = Math.max(trialBytes(size), largestAtOnce(candidates, 1));
  const params = {
    needed_mb: Math.ceil(largest / 2 ** 20),
    free_mb: Math.floor(machine.memoryBytes / 2 ** 20),
    series: size.series,
  };
  // The simple forecasts are in every plan, whatever they need.
  if (trialBytes(size) > most)
    return { slots, reasons: [], problems: [{ severity: 'error', code: 'too_large_for_memory', field: null, params }] };
  if (slots < machine.slots)
    return { slots, reasons: [{ code: 'slots_for_memory', params: { ...params, slots } }], problems: [] };
  return { slots, reasons: [{ code: 'slots', params: { slots } }], problems: [] };
}

/** Wall seconds that one trial may take at most; null where trials end the search. */
function longestTrial({ budget_seconds: budget, trials, mode }: PlanRequest): number | null {
  if (trials !== undefined) return null;
  const asked = budget !== undefined && Number.isFinite(budget) && budget > 0 ? budget : null;
  return LARGEST_SHARE * (asked ?? BUDGETS[modeOf(mode)].most);
}

/** Seconds, one after the other, of the trials that come after each family's first. */
function tuningSeconds(candidates: readonly Candidate[], { mode, trials }: PlanRequest): number {
  const tuned = candidates.filter(({ search }) => search !== null);
  const each = tuned.reduce((sum, { estimated_seconds: seconds }) => sum + seconds, 0);
  if (trials === undefined) return each * (TRIALS[modeOf(mode)].usual - 1);
  return tuned.length === 0 ? 0 : (each / tuned.length) * Math.max(0, trials - candidates.length);
}

/** Where the networks learn: what ConfigValidator of the specification has to say of the device. */
function networkReasons(candidates: readonly Candidate[]): Reason[] {
  const networks = candidates.filter(({ family }) => familyOf(family)?.host === 'neural').length;
  return networks === 0 ? [] : [{ code: 'networks_on_cpu', params: { networks } }];
}

/** Whether holidays are used, where somebody asked for them. */
function holidayReasons(setting: Setting, candidates: readonly Candidate[]): Reason[] {
  if (setting.request.holidays === undefined) return [];
  if (knownHolidays(setting) === null) return [{ code: 'holidays_too_short', params: { freq: setting.profile.freq } }];
  const methods = candidates.filter(({ params }) => params['holidays'] !== undefined).length;
  return [{ code: methods > 0 ? 'holidays_used' : 'holidays_unused', params: { methods } }];
}

/** What was asked; else values that reach 0 and never go below it, as of sales and counts, do not do so tomorrow. */
function chooseOutput({ profile, request }: Setting): { rules: OutputRules | null; reasons: Reason[] } {
  if (request.output !== undefined) return { rules: request.output, reasons: [] };
  if (profile.y.min !== 0) return { rules: null, reasons: [] };
  return {
    rules: { lower: 0, upper: null, integer: false, total: null },
    reasons: [{ code: 'output_not_negative', params: {} }],
  };
}

/** The largest trials that can run at the same time. */
function largestAtOnce(candidates: readonly Candidate[], slots: number): number {
  return candidates
    .map(({ estimated_memory_bytes: bytes }) => bytes)
    .toSorted((a, b) => b - a)
    .slice(0, slots)
    .reduce((sum, bytes) => sum + bytes, 0);
}

function chooseBudget({ request }: Setting, estimated: number): { seconds: number | null; reasons: Reason[] } {
  if (request.trials !== undefined)
    return { seconds: null, reasons: [{ code: 'budget_by_trials', params: { trials: request.trials } }] };
  const asked = request.budget_seconds;
  if (asked !== undefined) {
    const seconds = Number.isFinite(asked) && asked > 0 ? asked : null;
    return { seconds, reasons: seconds === null ? [] : [{ code: 'budget_asked', params: { seconds } }] };
  }
  const { factor, least, most } = BUDGETS[modeOf(request.mode)];
  const seconds = Math.min(most, Math.max(least, Math.ceil((estimated * factor) / 5) * 5));
  return { seconds, reasons: [{ code: 'budget_default', params: { seconds, estimated: round(estimated) } }] };
}

function sizeOf({ profile, horizon, season, levels }: Setting, origins: number): TrialSize {
  return {
    series: profile.series_count,
    length: Math.max(1, profile.series_count === 0 ? 1 : profile.rows / profile.series_count),
    season,
    horizon,
    origins,
    levels: levels.length,
    rows: profile.rows,
  };
}

/** Wall seconds when each free slot takes the next cheapest. */
function makespan(candidates: readonly Candidate[], slots: number): number {
  const ends: number[] = Array.from({ length: slots }, () => 0);
  for (const { estimated_seconds: seconds } of candidates) {
    const earliest = ends.indexOf(Math.min(...ends));
    ends[earliest] = (ends[earliest] ?? 0) + seconds;
  }
  return Math.max(0, ...ends);
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;
