/**
 * Themes of pictures over HTTP: themes, labels, pictures, labeling, split, statistics. Paths under
 * /api/theme/ are the documented ones (with their trailing slash), the rest lies under /api/v1/themes.
 */
import { z } from 'zod';
import { page, pageQuery } from './http.ts';

export const themeParam = z.object({ theme_id: z.coerce.number().int().positive() });
export const themeLabelParam = themeParam.extend({ label_id: z.coerce.number().int().positive() });
export const themeImageParam = themeParam.extend({ image_id: z.coerce.number().int().positive() });

/** What somebody may do in one theme; admins of the instance or of its project are owners. */
export const themeRole = z.enum(['owner', 'labeler', 'viewer']);
export type ThemeRole = z.infer<typeof themeRole>;
export const split = z.enum(['train', 'valid', 'test']);
export type Split = z.infer<typeof split>;

// --- themes and labels --------------------------------------------------------------------
const name = z.string().trim().min(1).max(200);
const color = z.string().regex(/^#[0-9a-f]{6}$/);

export const themeCounts = z.strictObject({
  images: z.int(),
  labeled: z.int(),
  unlabeled: z.int(),
  /** labeled / images, 0 of none. */
  progress: z.number().min(0).max(1),
  train: z.int(),
  valid: z.int(),
  test: z.int(),
  unassigned: z.int(),
});
export type ThemeCounts = z.infer<typeof themeCounts>;

export const theme = z.strictObject({
  id: z.int(),
  name: z.string(),
  description: z.string().nullable(),
  project_id: z.int(),
  owner: z.string(),
  /** Of whoever asks. */
  role: themeRole,
  labels: z.int(),
  counts: themeCounts,
  /** Up to four pictures for a card. */
  covers: z.array(z.int()),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Theme = z.infer<typeof theme>;

export const label = z.strictObject({
  id: z.int(),
  label_name: z.string(),
  color: z.string().nullable(),
  /** Order in the palette, from 0; keys 1-9 follow it. */
  position: z.int(),
  images: z.int(),
  created_at: z.string(),
});
export type Label = z.infer<typeof label>;

/** `GET /api/v1/themes`. */
export const themesQuery = pageQuery.extend({
  q: z.string().max(200).optional(),
  project_id: z.coerce.number().int().optional(),
  /** Only themes where this still stands out, or nothing does any more. */
  state: z.enum(['all', 'unfinished', 'finished', 'empty']).default('all'),
  sort: z.enum(['newest', 'name', 'updated']).default('newest'),
});
export const themePage = page(theme);
export type ThemePage = z.infer<typeof themePage>;

/** `GET /api/theme/:theme_id/`. `seq`: from here the event stream `theme:<id>@<seq>` goes on. */
export const themeDetail = theme.extend({ label_list: z.array(label), quarantined: z.int(), seq: z.int() });
export type ThemeDetail = z.infer<typeof themeDetail>;

/** `POST /api/theme/create/` -> 201 themeDetail. */
export const createTheme = z.strictObject({
  name,
  description: z.string().max(5000).nullish(),
  labels: z.array(name).max(1000).default([]),
  project_id: z.int().optional(),
});
/** `PUT /api/theme/:theme_id/` -> themeDetail. */
export const updateTheme = z.strictObject({ name: name.optional(), description: z.string().max(5000).nullish() });

/** `POST /api/theme/:theme_id/labels/` -> 201 label. */
export const createLabel = z.strictObject({ label_name: name, color: color.nullish() });
/** `PUT /api/theme/:theme_id/labels/:label_id/` -> label. */
export const updateLabel = z.strictObject({
  label_name: name.optional(),
  color: color.nullish(),
  position: z.int().min(0).max(1000).optional(),
});
/** `DELETE /api/theme/:theme_id/labels/:label_id/?unlabel=true`: without it a label in use answers 409 label_in_use. */
export const deleteLabelQuery = z.object({ unlabel: z.stringbool().default(false) });
/** `GET /api/theme/:theme_id/labels/`. */
export const labelList = z.strictObject({ items: z.array(label), next: z.null() });

/** `GET /api/v1/labels?q=`: labels of any theme that one may see, by a part of their name. */
export const labelsQuery = z.object({
  q: z.string().trim().min(1).max(200),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});
export const labelPlace = z.strictObject({
  id: z.int(),
  label_name: z.string(),
  theme_id: z.int(),
  theme_name: z.string(),
});
export type LabelPlace = z.infer<typeof labelPlace>;
export const labelPlaces = z.strictObject({ items: z.array(labelPlace), next: z.null() });

/** `GET /api/v1/themes/:theme_id/members`; `PUT` and `DELETE …/members/:user_id`. */
export const themeMember = z.strictObject({ user_id: z.string(), username: z.string(), role: themeRole });
export type ThemeMember = z.infer<typeof themeMember>;
export const themeMemberList = z.strictObject({ items: z.array(themeMember), next: z.null() });
export const themeMemberParam = themeParam.extend({ user_id: z.string().min(1).max(100) });
export const putThemeMember = z.strictObject({ role: themeRole });

// --- pictures -----------------------------------------------------------------------------
export const imageFormat = z.enum(['jpeg', 'png', 'webp', 'tiff']);

/** Which pictures are meant; the same words in lists, in bulk labeling and in exports. */
export const imageFilter = z.strictObject({
  state: z.enum(['all', 'labeled', 'unlabeled']).default('all'),
  label_id: z.coerce.number().int().positive().optional(),
  split: z.enum(['train', 'valid', 'test', 'none']).optional(),
  uploaded_by: z.string().max(100).optional(),
  labeled_by: z.string().max(200).optional(),
  /** ISO dates or times; uploaded from `since` on and before `until`. */
  since: z.string().max(40).optional(),
  until: z.string().max(40).optional(),
  q: z.string().max(200).optional(),
  group: z.string().max(200).optional(),
  quarantined: z.stringbool().or(z.boolean()).optional(),
  /** Several people gave it different labels, and nobody has settled it since. */
  disputed: z.stringbool().or(z.boolean()).optional(),
  /** Unlabeled, with an open proposal of at least this confidence. */
  proposed: z.coerce.number().min(0).max(1).optional(),
});
export type ImageFilter = z.infer<typeof imageFilter>;

export const labelSource = z.enum(['person', 'import', 'prelabel']);
export type LabelSource = z.infer<typeof labelSource>;

export const themeImage = z.strictObject({
  id: z.int(),
  name: z.string(),
  width: z.int(),
  height: z.int(),
  format: imageFormat,
  bytes: z.int(),
  sha256: z.string(),
  label_id: z.int().nullable(),
  labeled_by: z.string().nullable(),
  labeled_at: z.string().nullable(),
  /** `prelabel`: accepted as a model proposed it. */
  label_source: labelSource.nullable(),
  split: split.nullable(),
  group: z.string().nullable(),
  uploaded_by: z.string().nullable(),
  uploaded_at: z.string(),
  quarantined: z.boolean(),
  /**
   * What a model thinks of an unlabeled picture, unless somebody refused it. In the suspicious queue and in
   * the detail also of a labeled one: the other label that the survey found likelier.
   */
  prelabel: z.strictObject({ label_id: z.int(), confidence: z.number(), source: z.string() }).nullable(),
  /** Of the queue that was asked for. */
  score: z.number().nullable(),
  /** `label`: somebody looked a second time, and it stands. `copies`: what shows the same may stay. */
  decided: z.array(z.enum(['label', 'copies'])),
});
export type ThemeImage = z.infer<typeof themeImage>;

/**
 * `GET /api/theme/:theme_id/images/`: the filter's words and a page. `queue` orders by its scores,
 * highest first, and leaves out what has none.
 */
export const imagesQuery = imageFilter.extend({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(400).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
  queue: z.string().max(60).optional(),
  /** Of a queue: only what still waits for somebody. */
  waiting: z.stringbool().default(false),
  /** Also say how many there are in all. */
  total: z.stringbool().default(false),
});
export const imagePage = page(themeImage).extend({ total: z.int().nullable() });
export type ImagePage = z.infer<typeof imagePage>;

export const quarantine = z.strictObject({
  /** `between_splits`: looks like, or belongs to a group with, pictures of several splits. */
  code: z.string(),
  splits: z.array(split),
  images: z.array(z.int()),
});
/** `GET /api/theme/:theme_id/images/:image_id/`. */
export const themeImageDetail = themeImage.extend({
  image_path: z.string(),
  bits: z.int(),
  channels: z.int(),
  split_reason: z.enum(['ratio', 'group', 'duplicate', 'import', 'person']).nullable(),
  quarantine: quarantine.nullable(),
  duplicates: z.array(
    z.strictObject({ id: z.int(), kind: z.enum(['pixels', 'hash', 'embedding']), distance: z.number() }),
  ),
  votes: z.array(z.strictObject({ annotator: z.string(), label_id: z.int(), at: z.string() })),
  /** Who settled the label that it has, and when. */
  settled: z.strictObject({ annotator: z.string(), at: z.string() }).nullable(),
  previous: z.int().nullable(),
  next: z.int().nullable(),
});
export type ThemeImageDetail = z.infer<typeof themeImageDetail>;

/**
 * `GET /api/v1/themes/:theme_id/images/:image_id/file?size=`: `thumb` (256 px, WebP) and `view`
 * (1,600 px, WebP) are turned as EXIF says; `original` is the file as it was sent.
 */
export const imageFileQuery = z.object({ size: z.enum(['thumb', 'view', 'original']).default('view') });

/** `DELETE /api/theme/:theme_id/images/:image_id/` and, for many, `POST /api/theme/:theme_id/images/delete/`. */
export const imagesDeleted = z.strictObject({
  deleted: z.int(),
  /** Of these the row stays, because a model was trained on them. */
  tombstones: z.int(),
});
/** Either ids or a filter, never both. */
const selection = {
  image_ids: z.array(z.int().positive()).min(1).max(10_000).optional(),
  filter: imageFilter.optional(),
};
const one = (value: { image_id?: unknown; image_ids?: unknown; filter?: unknown }) =>
  [value.image_id, value.image_ids, value.filter].filter((given) => given !== undefined).length === 1;
export const deleteImages = z.strictObject(selection).refine(one, 'image_ids or filter');

// --- upload -------------------------------------------------------------------------------
/**
 * `POST /api/theme/:theme_id/images/upload/`: multipart, field `images`, as often as wanted (at most
 * 1,000 files a request). A file's name may carry folders: `cats/1.jpg`. Answered when every picture
 * has been looked at and is on the disk; sending the same again changes nothing.
 */
/**
 * A text field `annotations` before the files says, as JSON, what is known of them: an array of
 * {name, label, split, group, labeled_by}, each but the name optional.
 */
export const uploadAnnotations = z
  .array(
    z.strictObject({
      name: z.string().max(4000),
      label: name.nullish(),
      split: split.nullish(),
      group: z.string().trim().min(1).max(200).nullish(),
      labeled_by: z.string().trim().min(1).max(200).nullish(),
    }),
  )
  .max(1000);
export type UploadAnnotation = z.infer<typeof uploadAnnotations>[number];

export const uploadQuery = z.object({
  /** Where labels come from: the folder a picture lies in, or nowhere. Missing labels are made. */
  labels: z.enum(['none', 'folder']).default('none'),
  /** Give all of them this label. */
  label_id: z.coerce.number().int().positive().optional(),
  /** Group of all of them: a patient, a device, a lot. */
  group: z.string().trim().min(1).max(200).optional(),
});
export const rejectedFile = z.strictObject({
  name: z.string(),
  /** Code; words in texts/problems: `image_<reason>`. */
  reason: z.string(),
});
export type RejectedFile = z.infer<typeof rejectedFile>;
export const uploadedImages = z.strictObject({
  created: z.int(),
  /** There already, by content. */
  skipped: z.int(),
  rejected: z.array(rejectedFile),
  /** Of what was created, in the order sent; at most 1,000. */
  image_ids: z.array(z.int()),
});
export type UploadedImages = z.infer<typeof uploadedImages>;

/** `POST /api/v1/themes/:theme_id/images/known`: which of these contents need not be sent. */
export const knownImages = z.strictObject({ sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(10_000) });
export const knownImagesAnswer = z.strictObject({ sha256: z.array(z.string()) });

/** `GET /api/v1/themes/:theme_id/export?format=`: a zip (csv: one file when `images=false`). */
export const exportFormat = z.enum(['csv', 'folder', 'coco', 'yolo', 'imagenet', 'label_studio']);
export type ExportFormat = z.infer<typeof exportFormat>;
export const exportQuery = imageFilter.extend({
  format: exportFormat.default('csv'),
  images: z.stringbool().default(true),
});

// --- labeling -----------------------------------------------------------------------------
/** `POST /api/theme/:theme_id/label/update/`: one picture, several, or all that a filter names. */
export const labelUpdate = z
  .strictObject({
    image_id: z.int().positive().optional(),
    ...selection,
    /** null takes the label away. */
    label_id: z.int().positive().nullable(),
    /** `prelabel`: accepted as a model proposed it. */
    source: z.enum(['person', 'prelabel']).default('person'),
    /** Somebody looks a second time: with this the label is settled, also where it stays as it was. */
    settle: z.boolean().default(false),
  })
  .refine(one, 'image_id, image_ids or filter');
export const labelUpdated = z.strictObject({
  updated: z.int(),
  /** Had the label already. */
  unchanged: z.int(),
  /** For undo; null when nothing changed. */
  batch_id: z.int().nullable(),
  seq: z.int(),
});
export type LabelUpdated = z.infer<typeof labelUpdated>;
/** `POST /api/v1/themes/:theme_id/label-updates`: several acts in order, all of them or none; each is undone by itself. */
export const labelUpdates = z.strictObject({ acts: z.array(labelUpdate).min(1).max(100) });
export type LabelUpdates = z.infer<typeof labelUpdates>;
export const labelsUpdated = z.strictObject({ answers: z.array(labelUpdated) });
export type LabelsUpdated = z.infer<typeof labelsUpdated>;
/** `POST /api/v1/themes/:theme_id/undo` and `…/redo`: my last act. 409 nothing_to_undo, nothing_to_redo. */
export const labelUndone = z.strictObject({
  batch_id: z.int(),
  updated: z.int(),
  /** Somebody has given them another label since: these stay. */
  conflicts: z.int(),
  /** At most 200; null when there are more: fetch again. */
  image_ids: z.array(z.int()).nullable(),
  can_undo: z.boolean(),
  can_redo: z.boolean(),
  seq: z.int(),
});
export type LabelUndone = z.infer<typeof labelUndone>;
/** `POST /api/v1/themes/:theme_id/prelabels/accept`: every proposal of at least this confidence, as one act. */
export const acceptPrelabels = z.strictObject({
  threshold: z.number().min(0).max(1),
  filter: imageFilter.optional(),
  /** Only count them. */
  dry_run: z.boolean().default(false),
});
/**
 * `POST /api/v1/themes/:theme_id/decisions` -> labelUpdated: `proposal` refuses what is proposed for these
 * pictures; `copies` lets the groups of the duplicates queue that they belong to stay as they are.
 */
export const decideImages = z.strictObject({
  subject: z.enum(['proposal', 'copies']),
  image_ids: z.array(z.int().positive()).min(1).max(10_000),
});

/** `GET /api/v1/themes/:theme_id/history?image_id=`: newest first. */
export const labelHistoryQuery = pageQuery.extend({ image_id: z.coerce.number().int().positive().optional() });
export const labelHistoryEntry = z.strictObject({
  id: z.int(),
  image_id: z.int(),
  at: z.string(),
  by: z.string().nullable(),
  step: z.enum(['do', 'undo', 'redo']),
  source: z.enum([...labelSource.options, 'label_removed']),
  from: z.string().nullable(),
  to: z.string().nullable(),
});
export const labelHistoryPage = page(labelHistoryEntry);
export type LabelHistoryPage = z.infer<typeof labelHistoryPage>;

/** `GET /api/v1/themes/:theme_id/agreement`. */
export const agreement = z.strictObject({
  /** Pictures that two or more have labeled. */
  images: z.int(),
  /** Share of them on which all agree; null of none. */
  agreed: z.number().nullable(),
  pairs: z.array(
    z.strictObject({
      a: z.string(),
      b: z.string(),
      images: z.int(),
      agreed: z.number(),
      /** Cohen's kappa; null where chance alone explains everything. */
      kappa: z.number().nullable(),
    }),
  ),
  /** In palette order; only labels that somebody gave to a picture that another one labeled, too. */
  labels: z.array(
    z.strictObject({
      label_id: z.int(),
      /** Times that one of a pair said so. */
      images: z.int(),
      /** Share of these that the other one said, too. */
      agreed: z.number(),
      /** Cohen's kappa of this label against all others. */
      kappa: z.number().nullable(),
    }),
  ),
  /** Pictures on which they differ and nobody has settled it, on all pages. */
  open: z.int(),
  /** Pictures on which they differ, newest first, at most 200. */
  disagreements: z.array(
    z.strictObject({
      image_id: z.int(),
      label_id: z.int().nullable(),
      /** Somebody has looked again since. */
      settled: z.boolean(),
      votes: z.array(z.strictObject({ annotator: z.string(), label_id: z.int() })),
    }),
  ),
});
export type Agreement = z.infer<typeof agreement>;

// --- statistics, split, versions ----------------------------------------------------------
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

// --- configuration ------------------------------------------------------------------------
/** The files of a theme: `params.yaml` and `auguments.yaml` (the documents' spelling). */
export const themeConfigName = z.enum(['params', 'auguments']);
export type ThemeConfigName = z.infer<typeof themeConfigName>;
/** `POST /api/theme/:theme_id/training/config/save/`: YAML text; each that differs becomes the next version. */
export const saveThemeConfig = z.strictObject({
  params: z.string().max(200_000).optional(),
  auguments: z.string().max(200_000).optional(),
  note: z.string().max(1000).optional(),
  /** The version somebody edited; 409 config_changed when there is a newer one. */
  base_version: z.strictObject({ params: z.int().optional(), auguments: z.int().optional() }).optional(),
});
export const themeConfigVersion = z.strictObject({
  name: themeConfigName,
  version: z.int(),
  created_by: z.string().nullable(),
  created_at: z.string(),
  note: z.string().nullable(),
  restored_from: z.int().nullable(),
});
export const configIssue = z.strictObject({
  /** Dotted, `train.2.limit`; line and column from 1 where known. */
  path: z.string(),
  /** Worded in texts/config.{ja,en}.json with its params; `message` is the same for programs, in English. */
  code: z.string(),
  params: z.record(z.string(), z.unknown()),
  message: z.string(),
  line: z.int().nullable(),
  column: z.int().nullable(),
});
export type ConfigIssue = z.infer<typeof configIssue>;
export const themeConfig = z.strictObject({
  name: themeConfigName,
  /** 0: nothing saved yet, `text` is the default. */
  version: z.int(),
  text: z.string(),
  document: z.record(z.string(), z.unknown()),
});
export type ThemeConfig = z.infer<typeof themeConfig>;
export const savedThemeConfig = z.strictObject({ params: themeConfig, auguments: themeConfig });
/** `GET /api/v1/themes/:theme_id/config/:name?version=`. */
export const themeConfigParam = themeParam.extend({ name: themeConfigName });
export const themeConfigQuery = z.object({ version: z.coerce.number().int().min(0).optional() });
/** `GET …/config/:name/versions`: newest first. */
export const themeConfigVersions = page(themeConfigVersion);
/** `GET …/config/:name/difference?from=&to=`: unified lines. */
export const configDifferenceQuery = z.object({
  from: z.coerce.number().int().min(0),
  to: z.coerce.number().int().min(0),
});
export const configDifference = z.strictObject({
  lines: z.array(z.strictObject({ kind: z.enum(['same', 'added', 'removed']), text: z.string() })),
});
/** `POST …/config/:name/restore`: the text of an old version becomes the newest. */
export const restoreThemeConfig = z.strictObject({ version: z.int().min(1) });
/** `POST …/config/:name/check`: live validation of an edited text. */
export const checkThemeConfig = z.strictObject({ text: z.string().max(200_000) });
export const checkedThemeConfig = z.strictObject({
  issues: z.array(configIssue),
  document: z.record(z.string(), z.unknown()).nullable(),
});
