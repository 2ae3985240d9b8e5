/** What the server's main thread and the judge's worker thread say to each other. */
import type { OutputRules } from '@minori/contract';
import type { BacktestDiagnostics, Coverage, Metrics, Weighting } from '@minori/judge';
import type { ReportInput } from './report.ts';
import type { Cell } from './xlsx.ts';

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

/** What a judged family left on the disk; absolute paths. */
export interface BlendSource {
  readonly family: string;
  readonly backtest: string;
  /** Null: it can be compared, but takes part in no blend. */
  readonly forecast: string | null;
}

/** Blends `members`, writes the blend's files into `folder`, and measures all sources step by step. */
export interface BlendRequest {
  readonly task: 'blend';
  readonly folder: string;
  readonly actualFile: string;
  readonly scaleFile: string;
  readonly series: number;
  readonly origins: number;
  readonly horizon: number;
  readonly levels: readonly number[];
  /** What the blend is called in `stepErrors`. */
  readonly name: string;
  readonly sources: readonly BlendSource[];
  readonly members: readonly string[];
  /** Models whose mean the weights start from, and how many each counts for. */
  readonly anchor: Readonly<Record<string, number>>;
  /** (series, origins, horizon) of people's own forecast; null when there is none. */
  readonly ownFile: string | null;
}

export interface BlendedMember {
  readonly family: string;
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
  readonly without: number | null;
}

export interface BlendAnswer {
  readonly ensemble: {
    readonly all: Metrics;
    readonly coverage: Readonly<Record<string, Coverage>>;
    readonly byOrigin: readonly (number | null)[];
    readonly byStep: readonly (number | null)[];
    readonly missing: number;
    readonly weighting: Weighting;
    readonly members: readonly BlendedMember[];
    readonly windows: number;
    readonly evidence: Readonly<Record<Weighting, number>>;
    readonly widening: readonly number[];
    readonly seconds: number;
  } | null;
  /** Of people's own forecast, on the windows that it covers whole. */
  readonly own: {
    readonly all: Metrics;
    readonly byOrigin: readonly (number | null)[];
    readonly byStep: readonly (number | null)[];
    readonly missing: number;
  } | null;
  /** Family -> (origins, horizon) mean scaled errors in the order of time; NaN where there is none. */
  readonly stepErrors: Readonly<Record<string, readonly number[]>>;
}

/** One model's backtest looked at closely. Paths are absolute. */
export interface Diagnose {
  readonly task: 'diagnose';
  readonly actualFile: string;
  readonly scaleFile: string;
  readonly backtest: string;
  readonly series: number;
  readonly origins: number;
  readonly horizon: number;
  readonly levels: readonly number[];
  /** Number of the only series to look at; null = all. */
  readonly only: number | null;
}

/** Arrays that should be equal. */
export interface Compare {
  readonly task: 'compare';
  /** `keep`: the found one is compared as it would be delivered. */
  readonly pairs: readonly { readonly recorded: string; readonly found: string; readonly keep: boolean }[];
  readonly rules: {
    readonly asked: OutputRules;
    readonly series: number;
    readonly horizon: number;
    readonly levels: readonly number[];
    readonly profileFile: string;
  } | null;
}

export interface Comparison {
  /** Bit by bit. */
  readonly same: boolean;
  /** Largest relative difference; null when they cannot be compared. */
  readonly difference: number | null;
}

/** A person's own number, as the files tell of it; series and step by number, from 0. */
export interface OwnNumber {
  readonly series: number;
  readonly step: number;
  readonly value: number;
  readonly note: string;
  readonly author: string;
  /** ISO. */
  readonly created: string;
}

/** The tables and the report of a finished search once more, with people's own numbers. */
export interface Rewrite {
  readonly task: 'rewrite';
  readonly folder: string;
  readonly forecastFile: string;
  readonly timesFile: string;
  readonly profileFile: string;
  readonly series: number;
  readonly horizon: number;
  readonly levels: readonly number[];
  readonly leaderboard: readonly (readonly Cell[])[];
  readonly adjusted: readonly OwnNumber[];
}

/** Writes the files of a finished search into `folder`. */
export interface Deliver {
  readonly task: 'deliver';
  /** Absolute, as all paths; made when missing. */
  readonly folder: string;
  readonly forecastFile: string;
  /** ds.json of a trial. */
  readonly timesFile: string;
  readonly profileFile: string;
  /** actual.f32 of the windows, for the report's charts; null when there is none. */
  readonly actualFile: string | null;
  readonly series: number;
  readonly origins: number;
  readonly horizon: number;
  readonly levels: readonly number[];
  /** Null: none were asked for. */
  readonly rules: OutputRules | null;
  /** Head and rows. */
  readonly leaderboard: readonly (readonly Cell[])[];
  readonly runJson: Readonly<Record<string, unknown>>;
  readonly report: Omit<ReportInput, 'charts' | 'adjusted'>;
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

export type JudgeRequest = JudgeTrial | BlendRequest | Diagnose | Compare | Deliver | Rewrite;
export type JudgeValue =
  | JudgedTrial
  | BlendAnswer
  | BacktestDiagnostics
  | readonly Comparison[]
  | Delivered
  | readonly DeliveredFile[];
export type JudgeMessage = { readonly id: number; readonly request: JudgeRequest };
export type JudgeAnswer =
  /** `pace`: wall seconds per second of CPU that the work took. */
  | { readonly id: number; readonly ok: true; readonly value: JudgeValue; readonly pace: number | null }
  | { readonly id: number; readonly ok: false; readonly error: string };
