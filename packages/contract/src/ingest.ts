/**
 * Files into series: what the ingest tasks are asked and what they answer. Findings and fixes are
 * codes with parameters; texts/ingest.{ja,en}.json word them.
 */
import { z } from 'zod';
import { levels } from './forecast.ts';

/** Refusal limits; a task may be given smaller ones, never larger. */
export const INGEST_LIMITS = {
  file_bytes: 2 * 1024 ** 3,
  /** Sum of all parts of an .xlsx once unpacked. */
  unpacked_bytes: 1024 ** 3,
  rows: 30_000_000,
  columns: 5_000,
  series: 100_000,
  /** Characters of one record, of one column name, of one series name. */
  line_bytes: 2 * 1024 ** 2,
  name_characters: 300,
  /** All column names together; they travel in one record of a task's spool. */
  header_bytes: 160 * 1024,
} as const;

export const fileFormat = z.enum(['csv', 'tsv', 'xlsx', 'parquet']);
export type FileFormat = z.infer<typeof fileFormat>;
export const textEncoding = z.enum(['utf-8', 'utf-8-bom', 'cp932', 'utf-16le', 'utf-16be']);
export type TextEncoding = z.infer<typeof textEncoding>;
/** How `01/02/2025` reads. */
export const dateOrder = z.enum(['dmy', 'mdy']);
export type DateOrder = z.infer<typeof dateOrder>;
export const columnType = z.enum(['number', 'date', 'text', 'boolean', 'empty']);
export type ColumnType = z.infer<typeof columnType>;

/** How the bytes become records; every field was guessed and may be overruled in `mapping.source`. */
export const sourceOptions = z.strictObject({
  format: fileFormat,
  encoding: textEncoding.nullable(),
  delimiter: z.enum([',', ';', '\t', '|']).nullable(),
  /** Line of the column names, the first line being 1; 0 = the file has none (names are column_1, …). */
  header_line: z.int().min(0),
  /** Decimal mark of the numbers. */
  decimal: z.enum(['.', ',']),
  /** Worksheet of an .xlsx. */
  sheet: z.string().nullable(),
});
export type SourceOptions = z.infer<typeof sourceOptions>;

const sourceOverride = sourceOptions
  .pick({ encoding: true, delimiter: true, header_line: true, decimal: true, sheet: true })
  .partial()
  .optional();
const columnName = z.string().min(1).max(INGEST_LIMITS.name_characters);

/** One row per series and time. No `unique_id` column = one series, named after `y`. */
export const longMapping = z.strictObject({
  kind: z.literal('long'),
  /** Several columns are joined with ` / ` (shop, article). */
  unique_id: z.array(columnName).max(4),
  /** Several columns are read together (year, month, day). */
  ds: z.array(columnName).min(1).max(3),
  y: columnName,
  /** Columns named hist_…, futr_…, stat_… that come along. */
  exogenous: z.array(columnName).max(500).default([]),
  source: sourceOverride,
});
/** One row per time, one column per series. */
export const wideMapping = z.strictObject({
  kind: z.literal('wide'),
  ds: z.array(columnName).min(1).max(3),
  series: z.array(columnName).min(1).max(INGEST_LIMITS.columns),
  source: sourceOverride,
});
/** One row per series, one column per time (the column names are the times). */
export const acrossMapping = z.strictObject({
  kind: z.literal('across'),
  unique_id: z.array(columnName).max(4),
  times: z.array(columnName).min(1).max(INGEST_LIMITS.columns),
  source: sourceOverride,
});
export const presetName = z.enum(['loto6', 'loto7', 'miniloto', 'numbers4', 'numbers3', 'bingo5']);
export type PresetName = z.infer<typeof presetName>;
/** A known file. Lottery draws: series N1, N2, …, BONUS (BONUS1, BONUS2 for loto7); `ds` is the draw's number or its date. */
export const presetMapping = z.strictObject({
  kind: z.literal('preset'),
  preset: presetName,
  ds: z.enum(['draw', 'date']).default('draw'),
  source: sourceOverride,
});
export const mapping = z.discriminatedUnion('kind', [longMapping, wideMapping, acrossMapping, presetMapping]);
export type Mapping = z.infer<typeof mapping>;

export const findingCode = z.enum([
  // The file as such. None of these has a fix.
  'empty_file',
  'not_text',
  'too_large',
  'bad_archive',
  'unsupported_format',
  'line_too_long',
  'too_many_columns',
  'too_many_rows',
  'too_many_series',
  'no_data_rows',
  // Columns.
  'no_header',
  'duplicate_header',
  'missing_column',
  'encoding_guess',
  'malformed_rows',
  'unclosed_quote',
  'formula_cells',
  // Times.
  'unparsable_date',
  'ambiguous_date',
  'zoned_times',
  'date_order_guess',
  'snapped_dates',
  'draw_index',
  // Values.
  'non_numeric_y',
  'nan_y',
  'infinite_y',
  'missing_y',
  'percent_values',
  'empty_id',
  'empty_series',
  'exogenous_missing',
  'exogenous_equals_y',
  // Series.
  'duplicate_timestamp',
  'gap',
  'irregular_frequency',
  'mixed_frequency',
  'too_short',
  'constant_series',
  'outlier',
  'unsorted',
  'future_rows',
  'overlap_same',
  'overlap_changed',
]);
export type FindingCode = z.infer<typeof findingCode>;

export const fixId = z.enum([
  'drop_rows',
  'drop_series',
  'drop_column',
  /** params.method: zero | previous | interpolate | keep */
  'fill',
  /** params.method: sum | mean | last | first */
  'aggregate',
  /** params.order: dmy | mdy */
  'date_order',
  /** Count the times 1, 2, 3, … instead of reading a calendar. */
  'integer_index',
  /** params.freq: a pandas offset alias; times between its marks go to the mark before. */
  'to_frequency',
  /** params.zone: wall (drop the offset) | utc */
  'time_zone',
  /** params.prefer: keep | replace */
  'overlap',
  'keep',
]);
export type FixId = z.infer<typeof fixId>;
const fixParams = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const fix = z.strictObject({ id: fixId, params: fixParams, recommended: z.boolean() });
export type Fix = z.infer<typeof fix>;
/** A fix somebody chose for all findings of one code (and of one column, when it is named). */
export const acceptedFix = z.strictObject({
  code: findingCode,
  column: z.string().optional(),
  id: fixId,
  params: fixParams.default({}),
});
export type AcceptedFix = z.infer<typeof acceptedFix>;

/**
 * `error`: the dataset cannot be built until one of the fixes is accepted (without fixes: not at all).
 * `warning`: the recommended fix is applied unless another one is accepted. `info`: nothing to do.
 */
export const severity = z.enum(['error', 'warning', 'info']);
export type Severity = z.infer<typeof severity>;
export const finding = z.strictObject({
  code: findingCode,
  severity,
  /** Column name as in the file. */
  column: z.string().nullable(),
  /** First 20 rows as a spreadsheet counts them: the file's first line is 1. */
  rows: z.array(z.int()),
  /** First 20 series. */
  series: z.array(z.string()),
  /** How many rows, series or times are concerned in all. */
  count: z.int().nonnegative(),
  params: z.record(z.string(), z.unknown()),
  fixes: z.array(fix),
  /** What the check or the build did about it: an accepted fix, or a warning's recommended one. */
  applied: z.strictObject({ id: fixId, params: fixParams }).nullable(),
});
export type Finding = z.infer<typeof finding>;

export const previewColumn = z.strictObject({
  name: z.string(),
  type: columnType,
  /** Up to five different values as written. */
  samples: z.array(z.string()),
  empty: z.int().nonnegative(),
});
export const preview = z.strictObject({
  bytes: z.int().nonnegative(),
  source: sourceOptions.nullable(),
  /** Worksheets of an .xlsx. */
  sheets: z.array(z.string()),
  columns: z.array(previewColumn),
  /** First 50 records, cells clipped to 200 characters, first 100 columns. */
  rows: z.array(z.array(z.string())),
  /** Line of the file of each record in `rows`. */
  lines: z.array(z.int()),
  /** Records in the file: counted when all of it was read, else estimated from its size. */
  row_estimate: z.int().nonnegative(),
  /** Best guess; null when no column can be the time or the value. */
  mapping: mapping.nullable(),
  /** What the head of the file shows already. `error` here means that the file cannot be used at all. */
  findings: z.array(finding),
});
export type Preview = z.infer<typeof preview>;

export const seriesProfile = z.strictObject({
  unique_id: z.string(),
  /** Points, filled ones included. */
  n: z.int().nonnegative(),
  /** ISO without zone (`2025-01-01` or `2025-01-01T05:00:00`), or an integer as text. */
  start: z.string(),
  end: z.string(),
  mean: z.number().nullable(),
  sd: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** Share of zeros, 0..1. */
  zeros: z.number(),
  /** Points without a value (only when `fill` with `keep` was accepted). */
  missing: z.int().nonnegative(),
  /** At least 1.32 steps between two values that are not zero, on average (Syntetos & Boylan 2005). */
  intermittent: z.boolean(),
});
export type SeriesProfile = z.infer<typeof seriesProfile>;

export const exogenousColumn = z.strictObject({
  name: z.string(),
  role: z.enum(['hist', 'futr', 'stat']),
  type: z.enum(['number', 'text']),
});
export type ExogenousColumn = z.infer<typeof exogenousColumn>;
export const profile = z.strictObject({
  rows: z.int().nonnegative(),
  series_count: z.int().nonnegative(),
  /** In the order of data.parquet: by code point of unique_id. */
  series: z.array(seriesProfile),
  ds_type: z.enum(['timestamp', 'integer']),
  /** Pandas offset alias (MS, ME, QS, W-SUN, D, B, h, 15min, YS-APR, …); `int` for an integer index; `irregular` while undecided. */
  freq: z.string(),
  /** Season length in steps; 1 = none. */
  season: z.int().positive(),
  /** Mean autocorrelation at the season's lag after differencing, -1..1; null when the series are too short to tell. */
  season_strength: z.number().nullable(),
  lengths: z.strictObject({ min: z.int(), median: z.number(), max: z.int() }),
  start: z.string(),
  end: z.string(),
  y: z.strictObject({
    min: z.number().nullable(),
    max: z.number().nullable(),
    mean: z.number().nullable(),
    integer: z.boolean(),
    non_negative: z.boolean(),
    zeros: z.number(),
    missing: z.int().nonnegative(),
  }),
  exogenous: z.array(exogenousColumn),
  /** Rows after each series' last value that carry futr_ columns; they lie in future.parquet. */
  future_rows: z.int().nonnegative(),
  /** Of an integer index: what its numbers are; index.parquet (ds, time) maps them to times. */
  index: z
    .strictObject({
      from: z.enum(['column', 'rank', 'draw']),
      first_time: z.string().nullable(),
      last_time: z.string().nullable(),
    })
    .nullable(),
  source: sourceOptions,
  mapping,
  /** All fixes that shaped the data, automatic ones included: checking with these gives the same data. */
  fixes: z.array(acceptedFix),
});
export type Profile = z.infer<typeof profile>;

/** `ingest.preview`: the head of the file only. Result: `preview`. */
export const previewInput = z.strictObject({
  operation: z.literal('preview'),
  path: z.string(),
  /** The file's name as the person gave it; only its ending and the text are used, never as a path. */
  name: z.string(),
  source: sourceOverride,
});
const sourceFile = {
  path: z.string(),
  name: z.string(),
  /** The preview's guess when null. */
  mapping: mapping.nullable(),
  fixes: z.array(acceptedFix),
  /** Parquet file of the version that this one continues. */
  append_to: z.string().nullable().default(null),
};
/** `ingest.check`: reads all of it and stores nothing but `profile.json`. Result: `checkResult`. */
export const checkInput = z.strictObject({ operation: z.literal('check'), ...sourceFile });
/** `ingest.build`: writes data.parquet and profile.json. Refuses with `unresolved_findings {findings}`. Result: `buildResult`. */
export const buildInput = z.strictObject({ operation: z.literal('build'), ...sourceFile });
/** `ingest.windows`: actual.f32, scale.f32 and windows.json for the judge. Result: `windowsResult`. */
export const windowsInput = z.strictObject({
  operation: z.literal('windows'),
  parquet: z.string(),
  h: z.int().positive(),
  origins: z.int().positive(),
  season: z.int().positive(),
  /** Fewest points before an origin; an origin with less is NaN throughout. */
  min_train: z.int().positive().default(1),
  /** Somebody's own forecast of the same times: a column of a Parquet file with unique_id and ds. */
  own: z.strictObject({ parquet: z.string(), column: z.string() }).nullable().default(null),
  /** A forecast to fall back on when time has run out before any method has one. */
  last_resort: z.strictObject({ freq: z.string(), levels }).nullable().default(null),
});
/** `ingest.series`: small charts. Result: `seriesResult`. */
export const seriesInput = z.strictObject({
  operation: z.literal('series'),
  parquet: z.string(),
  /** These, in this order; or a page of all. */
  unique_ids: z.array(z.string()).max(500).nullable().default(null),
  offset: z.int().nonnegative().default(0),
  limit: z.int().positive().max(500).default(50),
  /** Only the newest so many points of each series; null = all. */
  last: z.int().positive().nullable().default(null),
  /** Longer series are thinned by minimum and maximum per bucket, so peaks stay. */
  max_points: z.int().min(10).max(2000).default(2000),
  /** Rows of data.parquet from its start, for a table. */
  sample_rows: z.int().nonnegative().max(1000).default(0),
});
export const ingestInput = z.discriminatedUnion('operation', [
  previewInput,
  checkInput,
  buildInput,
  windowsInput,
  seriesInput,
]);
export type IngestInput = z.infer<typeof ingestInput>;

export const checkResult = z.strictObject({
  findings: z.array(finding),
  /** What a build would store, in profile.json beside the result; null when no series can be read. */
  profile_path: z.string().nullable(),
  rows: z.int(),
  series: z.int(),
});
export type CheckResult = z.infer<typeof checkResult>;
export const buildResult = z.strictObject({
  findings: z.array(finding),
  /** Relative to the task's folder. */
  data_path: z.string(),
  profile_path: z.string(),
  /** Other files of the version: future.parquet, index.parquet. */
  extra_paths: z.array(z.string()),
  /** Content address: SHA-256 over the data files, equal for equal input. */
  sha256: z.string(),
  bytes: z.int(),
  rows: z.int(),
  series: z.int(),
  freq: z.string(),
});
export type BuildResult = z.infer<typeof buildResult>;
/** windows.json as well. Arrays are float32 little-endian, C order, oldest origin first, series as in the profile. */
export const windowsResult = z.strictObject({
  h: z.int(),
  origins: z.int(),
  season: z.int(),
  series: z.int(),
  /** (series, origins, h) */
  actual_path: z.string(),
  /** (series, origins): mean absolute seasonal-naive error before the origin; NaN where it is 0 or unknown. */
  scale_path: z.string(),
  /** (series, origins, h): the own forecast at the times of `actual`, NaN where it has none; null when none was given. */
  own_path: z.string().nullable().default(null),
  /** Laid out as a trial's forecast.f32 and ds.json; null when it was not asked for. */
  last_resort: z.strictObject({ forecast_path: z.string(), times_path: z.string() }).nullable().default(null),
  /** Series that reach back to each origin. */
  counts: z.array(z.int()),
  /** Last known time per origin when it is the same for all series that have the origin, else null. */
  cutoffs: z.array(z.string().nullable()),
});
export type WindowsResult = z.infer<typeof windowsResult>;
export const seriesResult = z.strictObject({
  items: z.array(z.strictObject({ unique_id: z.string(), ds: z.array(z.string()), y: z.array(z.number().nullable()) })),
  total: z.int(),
  /** Header, then rows as text. */
  sample: z.strictObject({ columns: z.array(z.string()), rows: z.array(z.array(z.string().nullable())) }),
});
export type SeriesResult = z.infer<typeof seriesResult>;
