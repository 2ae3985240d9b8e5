/** What the server's main thread and the judge's worker thread say to each other. */
import type { Coverage, Metrics } from '@minori/judge';
import type { ReportInput } from './report.ts';

/** Judges one trial: reads its predictions beside the windows, writes cells.f32 into its folder. */
export interface JudgeTrial {
  readonly task: 'judge';
  readonly windowsFolder: string;
  readonly actualPath: string;
  readonly scalePath: string;
  readonly trialFolder: string;
  readonly predictionsPath: string;
  readonly series: number;
  readonly origins: number;
  readonly horizon: number;
  readonly levels: readonly number[];
  readonly profileFile: string;
}

export interface SeriesMetrics {
  readonly unique_id: string;
  readonly metrics: Metrics;
}

export interface JudgedTrial {
  readonly all: Metrics;
  readonly coverage: Readonly<Record<string, Coverage>>;
  readonly byOrigin: readonly Metrics[];
  readonly byStep: readonly Metrics[];
  /** The worst of them, at most 500. */
  readonly worstSeries: readonly SeriesMetrics[];
  readonly missing: number;
  readonly missingByOrigin: readonly number[];
}

/** Writes the files of a finished search into `folder`. */
export interface Deliver {
  readonly task: 'deliver';
  /** Absolute; made when missing. */
  readonly folder: string;
  readonly trialFolder: string;
  readonly forecastPath: string;
  /** ds.json of the trial. */
  readonly timesPath: string;
  readonly profileFile: string;
  /** actual.f32 of the windows, for the report's charts; null when there is none. */
  readonly actualFile: string | null;
  readonly series: number;
  readonly origins: number;
  readonly horizon: number;
  readonly levels: readonly number[];
  readonly leaderboardCsv: string;
  readonly runJson: Readonly<Record<string, unknown>>;
  readonly report: Omit<ReportInput, 'charts'>;
  /** Most rows of `predictions`. */
  readonly mostRows: number;
}

export interface DeliveredFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  readonly kind: string;
}

export interface Delivered {
  readonly files: readonly DeliveredFile[];
  /** JSON arrays of `predictions` rows (without run_id), as jsonb_to_recordset reads them. */
  readonly predictions: readonly string[];
  readonly rows: number;
}

export type JudgeRequest = JudgeTrial | Deliver;
export type JudgeMessage = { readonly id: number; readonly request: JudgeRequest };
export type JudgeAnswer =
  | { readonly id: number; readonly ok: true; readonly value: JudgedTrial | Delivered }
  | { readonly id: number; readonly ok: false; readonly error: string };
