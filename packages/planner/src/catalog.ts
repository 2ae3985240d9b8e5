/** Every family a forecast can use, in the order of prior trust within its kind. */
import type { FamilyKind, HostKind, SearchSpace } from '@minori/contract';
import spaces from './spaces.json' with { type: 'json' };

export interface Family {
  /** Stable id; its name and description are in the contract's texts/models. */
  readonly id: string;
  readonly kind: FamilyKind;
  /** Python library that does the work, as the engine reports its version; `minori` for our own. */
  readonly library: string;
  readonly exogenous: readonly ('futr' | 'hist' | 'stat')[];
  /** Makes no sense without a season. */
  readonly needsSeason: boolean;
  /** Sees a second season beside the first, as the week beside the hours of a day. */
  readonly twoSeasons: boolean;
  /** For values that are zero most of the time; of no use for others. */
  readonly intermittent: boolean;
  /** How much there is to choose and to learn: the search algorithm goes by it. */
  readonly complexity: 'low' | 'medium' | 'high';
  /** Rows of data below which it rarely learns enough to be worth its time. */
  readonly recommendedRows: number;
  /** Smallest mode that brings it in by itself. */
  readonly mode: 'quick' | 'standard';
  /** Whose libraries it needs. */
  readonly host: Exclude<HostKind, 'node'>;
  /** What tells it from its like is what it makes of columns beside the values. */
  readonly needsColumns: boolean;
  /** Its errors count in a blend from the start; others take part once they lead clearly. */
  readonly anchors: boolean;
  /** Series by series, or one model for all of them: `anew` at each origin, or `once` for all origins. */
  readonly learns: 'alone' | 'anew' | 'once';
  /** Season -> furthest step, for what has learned beforehand and knows no others; null: any. */
  readonly reach: Readonly<Record<number, number>> | null;
  /** How many statistical methods it counts for in the anchor of a blend. */
  readonly share: number;
}

/** What a sampler may choose, by family; empty: there is nothing to tune. From the engine's catalog. */
const SPACES = spaces as unknown as Readonly<Record<string, SearchSpace>>;

export function spaceOf(family: string): SearchSpace {
  return Object.hasOwn(SPACES, family) ? (SPACES[family] ?? {}) : {};
}

const common = {
  exogenous: [],
  needsSeason: false,
  twoSeasons: false,
  needsColumns: false,
  intermittent: false,
  complexity: 'low',
  recommendedRows: 0,
  mode: 'quick',
  host: 'python',
  anchors: false,
  learns: 'alone',
  reach: null,
  share: 1,
} as const;
const baseline = { ...common, kind: 'baseline', library: 'minori' } as const;
const statistical = { ...common, kind: 'statistical', library: 'statsforecast', anchors: true } as const;
const sparse = { ...statistical, intermittent: true } as const;
const boosting = {
  ...common,
  kind: 'boosting',
  library: 'mlforecast',
  complexity: 'medium',
  recommendedRows: 100,
  learns: 'anew',
  exogenous: ['futr', 'hist', 'stat'],
} as const;
const neural = {
  ...common,
  kind: 'neural',
  library: 'neuralforecast',
  complexity: 'medium',
  recommendedRows: 200,
  mode: 'standard',
  host: 'neural',
  learns: 'once',
} as const;
/** Networks that take what stands beside the values, as their classes say. */
const beside = { exogenous: ['futr', 'hist', 'stat'] } as const;
/** Networks with attention or a distribution to learn: they want more data than the others. */
const deep = { ...neural, complexity: 'high', recommendedRows: 1000 } as const;

/** As `REACHES` and `LEARNED_WITHIN` in the engine's forecast/prior/inputs.py. */
const PRIOR_REACH = { 1: 12, 4: 12, 7: 35, 12: 24, 24: 48, 52: 26, 168: 48 } as const;

export const CATALOG: readonly Family[] = [
  { ...baseline, id: 'seasonal_naive', needsSeason: true },
  { ...baseline, id: 'naive' },
  { ...baseline, id: 'historic_mean' },
  { ...baseline, id: 'historic_median' },
  { ...baseline, id: 'window_average' },
  { ...statistical, id: 'auto_ets' },
  { ...statistical, id: 'dynamic_optimized_theta' },
  { ...statistical, id: 'auto_ces' },
  { ...statistical, id: 'mstl', needsSeason: true, twoSeasons: true },
  { ...statistical, id: 'ridge', library: 'minori', twoSeasons: true },
  { ...statistical, id: 'kernel_ridge', library: 'minori', twoSeasons: true },
  // A network by its nature, but as cheap as these, and not tuned: nothing in it was chosen by the windows that weigh it.
  {
    ...common,
    id: 'nnar',
    kind: 'neural',
    library: 'minori',
    twoSeasons: true,
    recommendedRows: 40,
    anchors: true,
    learns: 'anew',
  },
  { ...statistical, id: 'prior_network', library: 'minori', reach: PRIOR_REACH, share: 3 },
  { ...statistical, id: 'mfles', mode: 'standard', twoSeasons: true },
  { ...statistical, id: 'auto_arima', mode: 'standard' },
  { ...sparse, id: 'croston_optimized' },
  { ...sparse, id: 'adida' },
  { ...sparse, id: 'imapa' },
  { ...sparse, id: 'tsb' },
  { ...boosting, id: 'lightgbm_recursive' },
  { ...boosting, id: 'lightgbm_direct', mode: 'standard' },
  // The two that learn most per second; on small data the classical ones lead anyway.
  { ...neural, id: 'nlinear', complexity: 'low', recommendedRows: 500, mode: 'quick' },
  { ...neural, ...beside, id: 'mlp', recommendedRows: 500, mode: 'quick' },
  { ...neural, id: 'dlinear', complexity: 'low' },
  { ...neural, ...beside, id: 'nhits' },
  { ...neural, id: 'nbeats' },
  { ...neural, ...beside, id: 'nbeatsx', needsColumns: true },
  { ...neural, ...beside, id: 'tide' },
  { ...neural, ...beside, id: 'lstm' },
  { ...neural, ...beside, id: 'gru' },
  { ...neural, ...beside, id: 'tcn' },
  { ...deep, id: 'patchtst' },
  { ...deep, id: 'deepar', exogenous: ['futr', 'stat'] },
  { ...deep, ...beside, id: 'tft' },
];

export function familyOf(id: string): Family | undefined {
  return CATALOG.find((family) => family.id === id);
}

/** Most points a window average looks back on where there is no season. */
const LONGEST_WINDOW = 12;

export interface Start {
  /** Steps; 1 = none. */
  readonly season: number;
  /** Another season that is in the data too; null = none. */
  readonly second: number | null;
  readonly horizon: number;
  /** Country whose holidays are known. */
  readonly holidays: string | null;
}

/** The parameters a family starts from. */
export function startingParams(family: Family, { season, second, horizon, holidays }: Start): Record<string, unknown> {
  // The calendar that the trees see can have them; the others have no place for what is known ahead.
  if (family.kind === 'boosting' && holidays !== null) return { holidays };
  if (family.id === 'window_average')
    return { window_size: season > 1 ? season : Math.min(Math.max(horizon, 2), LONGEST_WINDOW) };
  if (family.twoSeasons && second !== null) return { season_length: season, second_season: second };
  if (family.needsSeason || (family.kind === 'statistical' && !family.intermittent)) return { season_length: season };
  return {};
}
