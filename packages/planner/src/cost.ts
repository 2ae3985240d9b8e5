/** What a trial will take: the engine's own measurements (costs.json), interpolated. */
import type { FamilyKind } from '@minori/contract';
import { familyOf } from './catalog.ts';
import costs from './costs.json' with { type: 'json' };

export interface TrialSize {
  readonly series: number;
  /** Points of the typical series. */
  readonly length: number;
  readonly season: number;
  readonly horizon: number;
  readonly origins: number;
  readonly levels: number;
  /** Rows of the dataset version. */
  readonly rows: number;
}

/** [points, wall seconds per fit] by points. */
type Curve = readonly (readonly [number, number])[];

const FAMILIES = costs.families as unknown as Readonly<Record<string, Readonly<Record<string, Curve>>>>;

/** [series, wall seconds of one fit of all] by series. */
const PANELS = costs.panels as unknown as Readonly<Record<string, Curve>>;

/** Wall seconds of one trial in a warm host on one thread: all origins and the final forecast. */
export function trialSeconds(family: string, size: TrialSize): number {
  const learns = familyOf(family)?.learns ?? 'alone';
  if (learns !== 'alone') return togetherSeconds(family, size, learns);
  let fits = 0;
  for (let origin = 0; origin <= size.origins; origin++)
    fits += fitSeconds(family, Math.max(1, size.length - origin * size.horizon), size.season);
  return costs.start_seconds + size.rows * costs.row_seconds + size.series * fits;
}

/** One model for all series: learned for each origin, or once for all of them, and once for the forecast. */
function togetherSeconds(family: string, size: TrialSize, learns: 'anew' | 'once'): number {
  const panels = Object.hasOwn(PANELS, family) ? (PANELS[family] ?? []) : [];
  const alone = panels[0]?.[1] ?? 1;
  const factor = Math.max(1, onCurve(panels, size.series) / alone);
  const fits = learns === 'once' ? Math.min(2, 1 + size.origins) : 1 + size.origins;
  const seconds = fits * factor * fitSeconds(family, size.length, size.season);
  return costs.start_seconds + size.rows * costs.row_seconds + seconds;
}

/** One series once, by the curve of the nearest measured season. */
function fitSeconds(family: string, length: number, season: number): number {
  const curves = Object.hasOwn(FAMILIES, family) ? FAMILIES[family] : undefined;
  if (curves === undefined) return costs.unknown_fit_seconds;
  const distance = (measured: string): number => Math.abs(Math.log(Number(measured) / season));
  const [nearest] = Object.keys(curves).toSorted((a, b) => distance(a) - distance(b));
  return onCurve(curves[nearest ?? '1'] ?? [], length);
}

/** Straight lines between the measurements on logarithmic axes; beyond the ends the nearest line goes on. */
function onCurve(curve: Curve, length: number): number {
  const above = curve.findIndex(([points]) => points >= length);
  const right = above < 0 ? curve.length - 1 : Math.max(1, above);
  const [x1, y1] = curve[right - 1] ?? [length, costs.unknown_fit_seconds];
  const [x2, y2] = curve[right] ?? [x1, y1];
  if (x1 === x2) return y1;
  const slope = Math.max(0, Math.log(y2 / y1) / Math.log(x2 / x1));
  return y1 * (length / x1) ** slope;
}

/** The networks' host is started when the first of them is wanted: what that takes on a cold instance. */
export const NEURAL_START_SECONDS: number = costs.neural_start_seconds;

/** What a fork of the host with the networks' libraries holds of its own. */
const NEURAL_FACTOR = 2;

/** Peak bytes of one trial's own process: the rows it reads and the arrays it writes. */
export function trialBytes(size: TrialSize, kind: FamilyKind = 'statistical'): number {
  const values = size.series * (size.origins + 1) * size.horizon * (1 + 2 * size.levels);
  const own = costs.process_bytes * (kind === 'neural' ? NEURAL_FACTOR : 1);
  return own + size.rows * costs.row_bytes + values * costs.value_bytes;
}

/** Families that a blend's weights are spread over; more cost time and win nothing. */
export const MOST_MEMBERS = 12;

/** CPU seconds that a blend of so many families takes. */
export function blendSeconds({ series, horizon, origins }: EndingSize, members: number): number {
  return series * horizon * origins * Math.min(members, MOST_MEMBERS) * costs.blend_cell_seconds;
}

export type EndingSize = Pick<TrialSize, 'series' | 'horizon' | 'origins'>;

/** A search that ends is not given more of a budget than this, or nothing would be left to find. */
const LARGEST_ENDING = 0.4;

/**
 * Wall seconds that the end of a search needs: last judging, blend, verdict, files, rows.
 * @param members families that could be blended @param budget seconds; null = none @param pace wall seconds per CPU second now
 */
export function endingSeconds(size: EndingSize, members: number, budget: number | null = null, pace = 1): number {
  const rows = size.series * size.horizon * costs.ending_row_seconds;
  const seconds = pace * (costs.ending_seconds + rows + blendSeconds(size, members));
  return budget === null ? seconds : Math.min(seconds, LARGEST_ENDING * budget);
}
