/** Uploads and immutable dataset versions over HTTP; what is found in a file is ingest.ts. */
import { z } from 'zod';
import { page } from './http.ts';
import * as ingest from './ingest.ts';

/** `POST /api/v1/uploads`: multipart with one field `file`; answered when the preview is ready. */
export const upload = z.strictObject({
  id: z.string(),
  name: z.string(),
  bytes: z.int(),
  preview: ingest.preview,
});
export type Upload = z.infer<typeof upload>;
/** `POST /api/v1/uploads/:id/check`. */
export const checkRequest = z.strictObject({
  mapping: ingest.mapping,
  fixes: z.array(ingest.acceptedFix).default([]),
  /** Check as the next version of this dataset. */
  append_to: z.int().optional(),
});
export const checkAnswer = z.strictObject({ findings: z.array(ingest.finding), profile: ingest.profile.nullable() });
export type CheckAnswer = z.infer<typeof checkAnswer>;
/** `POST /api/v1/datasets` (a new dataset) and `POST /api/v1/datasets/:id/versions` (its next version). */
export const createDataset = z.strictObject({
  upload_id: z.string(),
  project_id: z.int().optional(),
  name: z.string().min(1).max(200).optional(),
  mapping: ingest.mapping,
  fixes: z.array(ingest.acceptedFix).default([]),
  run_id: z.string().optional(),
});
export const datasetVersion = z.strictObject({
  version: z.int(),
  sha256: z.string(),
  rows: z.int(),
  series: z.int(),
  freq: z.string(),
  source_name: z.string(),
  bytes: z.int(),
  created_at: z.string(),
  created_by: z.string(),
  parent_version: z.int().nullable(),
});
export const dataset = z.strictObject({
  id: z.int(),
  /** Stable name for programs: `monthly-shops`. */
  key: z.string(),
  name: z.string(),
  project_id: z.int(),
  owner: z.string(),
  latest: datasetVersion,
  created_at: z.string(),
});
export type Dataset = z.infer<typeof dataset>;
export const datasetPage = page(dataset);
/** `GET /api/v1/datasets/:id?version=`. */
export const datasetDetail = dataset.extend({
  versions: z.array(datasetVersion),
  profile: ingest.profile,
  findings: z.array(ingest.finding),
});
export type DatasetDetail = z.infer<typeof datasetDetail>;
/** `GET /api/v1/datasets/:id/series?version=&ids=&offset=&limit=`: for small charts. */
export const seriesAnswer = z.strictObject({
  items: z.array(z.strictObject({ unique_id: z.string(), ds: z.array(z.string()), y: z.array(z.number().nullable()) })),
  total: z.int(),
});
export const sample = z.strictObject({
  id: z.string(),
  title_ja: z.string(),
  title_en: z.string(),
  description_ja: z.string(),
  description_en: z.string(),
  freq: z.string(),
  horizon: z.int(),
});
export type Sample = z.infer<typeof sample>;
