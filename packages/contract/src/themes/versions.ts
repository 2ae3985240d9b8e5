/** Statistics, the split, and versions with their manifest. */
import { z } from 'zod';
import { page } from '../http.ts';
import { imageFormat } from './pictures.ts';
import { split, themeParam } from './theme.ts';

const bySplit = z.strictObject({ train: z.int(), valid: z.int(), test: z.int(), unassigned: z.int() });
/** `GET /api/theme/:theme_id/statistics/`. */
export const themeStatistics = z.strictObject({
  total: z.int(),
  labeled: z.int(),
  unlabeled: z.int(),
  splits: bySplit,
  /** In palette order. */
  labels: z.array(
    z.strictObject({
      label_id: z.int(),
      label_name: z.string(),
      color: z.string().nullable(),
      count: z.int(),
      ...bySplit.shape,
    }),
  ),
  unlabeled_splits: bySplit,
  quarantined: z.int(),
  seq: z.int(),
});
export type ThemeStatistics = z.infer<typeof themeStatistics>;

const share = z.number().min(0).max(1);
/** `POST /api/theme/:theme_id/split/`. What has a split keeps it; `reset` alone takes them away, and is recorded. */
export const splitRequest = z
  .strictObject({
    train: share.default(0.7),
    valid: share.default(0.15),
    test: share.default(0.15),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(42),
    reset: z.boolean().default(false),
    /** Why the splits are taken away; asked for with `reset`. */
    reason: z.string().trim().max(1000).optional(),
    /** Only say what would come out. */
    dry_run: z.boolean().default(false),
  })
  .refine(
    ({ train, valid, test }) => Math.abs(train + valid + test - 1) < 1e-6,
    'train, valid and test must add up to 1',
  );
export type SplitRequest = z.infer<typeof splitRequest>;
export const splitAnswer = z.strictObject({
  /** null of a dry run. */
  split_run_id: z.int().nullable(),
  assigned: z.int(),
  kept: z.int(),
  quarantined: z.int(),
  train: z.int(),
  valid: z.int(),
  test: z.int(),
  unassigned: z.int(),
  /** The state before a reset, kept as this version. */
  version_before: z.int().nullable(),
});
export type SplitAnswer = z.infer<typeof splitAnswer>;
/** `GET /api/v1/themes/:theme_id/splits`: every split that was made, newest first. */
export const splitRun = z.strictObject({
  id: z.int(),
  at: z.string(),
  by: z.string().nullable(),
  train: z.number(),
  valid: z.number(),
  test: z.number(),
  seed: z.int(),
  reset: z.boolean(),
  reason: z.string().nullable(),
  assigned: z.int(),
  quarantined: z.int(),
});
export type SplitRun = z.infer<typeof splitRun>;
export const splitRunPage = page(splitRun);
/**
 * `PATCH /api/theme/:theme_id/images/:image_id/`: a split for a picture that has none (also out of
 * quarantine), its group, its name. A split that is set answers 409 split_is_persistent.
 */
export const updateImage = z.strictObject({
  split: split.optional(),
  group: z.string().trim().min(1).max(200).nullish(),
});

/** `POST /api/v1/themes/:theme_id/versions`: the theme as it is now, for ever. */
export const createThemeVersion = z.strictObject({ note: z.string().max(1000).optional() });
export const themeVersion = z.strictObject({
  version: z.int(),
  sha256: z.string(),
  images: z.int(),
  counts: bySplit,
  reason: z.enum(['person', 'before_reset', 'training']),
  note: z.string().nullable(),
  created_by: z.string().nullable(),
  created_at: z.string(),
});
export type ThemeVersion = z.infer<typeof themeVersion>;
export const themeVersionPage = page(themeVersion);
export const themeVersionParam = themeParam.extend({ version: z.coerce.number().int().positive() });
/** One line of `GET /api/v1/themes/:theme_id/versions/:version/manifest` (JSON lines, ordered by sha256). */
export const manifestLine = z.strictObject({
  sha256: z.string(),
  format: imageFormat,
  width: z.int(),
  height: z.int(),
  label: z.string().nullable(),
  split: split.nullable(),
  group: z.string().nullable(),
});
export type ManifestLine = z.infer<typeof manifestLine>;

/**
 * `GET /api/v1/themes/:theme_id/versions/:version/difference?to=`: what is different in the later
 * version `to`; without it, in the theme as it is now.
 */
export const versionDifferenceQuery = z.object({ to: z.coerce.number().int().positive().optional() });
const versionState = manifestLine.pick({ label: true, split: true, group: true });
export const versionDifference = z.strictObject({
  from: z.int(),
  /** null: the theme as it is now. */
  to: z.int().nullable(),
  same: z.int(),
  added: z.int(),
  removed: z.int(),
  relabeled: z.int(),
  /** In another split. */
  moved: z.int(),
  regrouped: z.int(),
  /** Ordered by sha256, at most 500. */
  changes: z.array(
    z.strictObject({
      sha256: z.string(),
      /** null: not in the theme any more. */
      image_id: z.int().nullable(),
      before: versionState.nullable(),
      after: versionState.nullable(),
    }),
  ),
});
export type VersionDifference = z.infer<typeof versionDifference>;

/** `GET /api/v1/themes/:theme_id/check`: what is wrong with a theme, before anybody trains on it. */
export const themeCheck = z.strictObject({
  ok: z.boolean(),
  findings: z.array(
    z.strictObject({
      code: z.enum([
        'files_missing',
        'unlabeled',
        'few_labels',
        'label_without_images',
        'label_missing_in_split',
        'unassigned',
        'quarantined',
        'group_torn',
        'duplicates_across_splits',
        'labels_of_duplicates_differ',
      ]),
      severity: z.enum(['error', 'warning', 'info']),
      count: z.int(),
      params: z.record(z.string(), z.unknown()),
      images: z.array(z.int()).max(50),
    }),
  ),
});
export type ThemeCheck = z.infer<typeof themeCheck>;
