/** Every family a forecast can use, in the order of prior trust within its kind. */
import type { FamilyKind } from '@minori/contract';

export interface Family {
  /** Stable id; its name and description are in the contract's texts/models. */
  readonly id: string;
  readonly kind: FamilyKind;
  /** Python library that does the work, as the engine reports its version; `minori` for our own. */
  readonly library: string;
  readonly exogenous: readonly ('futr' | 'hist' | 'stat')[];
  /** Makes no sense without a season. */
  readonly needsSeason: boolean;
}

const baseline = {
  kind: 'baseline',
  library: 'minori',
  exogenous: [],

  needsSeason: false,
} as const;

export const CATALOG: readonly Family[] = [
  { ...baseline, id: 'seasonal_naive', needsSeason: true },
  { ...baseline, id: 'naive' },
  { ...baseline, id: 'historic_mean' },
  { ...baseline, id: 'historic_median' },
  { ...baseline, id: 'window_average' },
  {
    id: 'auto_ets',
    kind: 'statistical',
    library: 'statsforecast',
    exogenous: [],

    needsSeason: false,
  },
  {
    id: 'dynamic_optimized_theta',
    kind: 'statistical',
    library: 'statsforecast',
    exogenous: [],

    needsSeason: false,
  },
];

export function familyOf(id: string): Family | undefined {
  return CATALOG.find((family) => family.id === id);
}

/** Most points a window average looks back on where there is no season. */
const LONGEST_WINDOW = 12;

/** The parameters a family starts from. @param season steps; 1 = none @param horizon steps */
export function startingParams(family: Family, season: number, horizon: number): Record<string, unknown> {
  if (family.id === 'window_average')
    return { window_size: season > 1 ? season : Math.min(Math.max(horizon, 2), LONGEST_WINDOW) };
  if (family.needsSeason || family.kind === 'statistical') return { season_length: season };
  return {};
}
