/** What a trial will take, from measurements (costs.json: statsforecast 2.1 on one core of 2020s server silicon). */
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

interface FamilyCost {
  /** Wall seconds per fit, per fit and point, and per fit and point on top of that where there is a season. */
  readonly fit: number;
  readonly point: number;
  readonly season_point: number;
}

const FAMILIES: Readonly<Record<string, FamilyCost>> = costs.families;

/** Wall seconds of one trial in a warm host on one thread: all origins and the final forecast. */
export function trialSeconds(family: string, size: TrialSize): number {
  const cost = FAMILIES[family] ?? costs.unknown;
  const perFit = cost.fit + size.length * (cost.point + (size.season > 1 ? cost.season_point : 0));
  return costs.start_seconds + size.rows * costs.row_seconds + size.series * (size.origins + 1) * perFit;
}

/** Peak bytes of one trial's own process: the rows it reads and the arrays it writes. */
export function trialBytes(size: TrialSize): number {
  const values = size.series * (size.origins + 1) * size.horizon * (1 + 2 * size.levels);
  return costs.process_bytes + size.rows * costs.row_bytes + values * costs.value_bytes;
}

/** Wall seconds that the end of a search needs: last judging, verdict, files, rows. */
export function endingSeconds(size: Pick<TrialSize, 'series' | 'horizon'>): number {
  return costs.ending_seconds + size.series * size.horizon * costs.ending_row_seconds;
}
