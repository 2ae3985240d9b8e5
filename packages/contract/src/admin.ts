/** `/admin/`: the documented tables across all projects, for administrators. */
import { z } from 'zod';
import { page, pageQuery } from './http.ts';
import { split } from './themes/theme.ts';

export const adminTable = z.enum(['themes', 'labels', 'images', 'models']);
export type AdminTable = z.infer<typeof adminTable>;
export const adminTableParam = z.object({ table: adminTable });

/** `GET /api/v1/admin/:table`, newest first; `…/export` gives all of it as CSV. What a table has not is ignored. */
export const adminFilter = z.object({
  q: z.string().max(200).optional(),
  theme_id: z.coerce.number().int().positive().optional(),
  project_id: z.coerce.number().int().positive().optional(),
  /** themes: archived or not; labels: used or not; images: labeled, unlabeled, held back, deleted. */
  state: z.enum(['active', 'archived', 'used', 'unused', 'labeled', 'unlabeled', 'quarantined', 'deleted']).optional(),
  split: z.enum(['train', 'valid', 'test', 'none']).optional(),
});
export type AdminFilter = z.infer<typeof adminFilter>;
export const adminQuery = pageQuery.extend(adminFilter.shape);

export const adminTheme = z.strictObject({
  table: z.literal('themes'),
  id: z.int(),
  name: z.string(),
  project: z.string(),
  owner: z.string(),
  labels: z.int(),
  images: z.int(),
  labeled: z.int(),
  archived_at: z.string().nullable(),
  created_at: z.string(),
});
export const adminLabel = z.strictObject({
  table: z.literal('labels'),
  id: z.int(),
  label_name: z.string(),
  theme_id: z.int(),
  theme: z.string(),
  images: z.int(),
  created_at: z.string(),
});
export const adminImage = z.strictObject({
  table: z.literal('images'),
  id: z.int(),
  name: z.string(),
  theme_id: z.int(),
  theme: z.string(),
  label: z.string().nullable(),
  labeled_by: z.string().nullable(),
  split: split.nullable(),
  bytes: z.int(),
  uploaded_by: z.string().nullable(),
  /** A record that stays, because a model was trained on it. */
  deleted_at: z.string().nullable(),
  created_at: z.string(),
});
export const adminModel = z.strictObject({
  table: z.literal('models'),
  id: z.int(),
  theme_id: z.int(),
  theme: z.string(),
  mlflow_run_id: z.string(),
  images: z.int(),
  created_at: z.string(),
});
export const adminRow = z.discriminatedUnion('table', [adminTheme, adminLabel, adminImage, adminModel]);
export type AdminRow = z.infer<typeof adminRow>;
export const adminPage = page(adminRow).extend({ total: z.int() });
export type AdminPage = z.infer<typeof adminPage>;

/** What may be done to which table. */
export const ADMIN_ACTIONS = {
  themes: ['archive', 'restore', 'reassign', 'delete'],
  labels: ['delete'],
  images: ['unlabel', 'delete'],
  models: [],
} as const satisfies Record<AdminTable, readonly AdminAction[]>;
export const adminAction = z.enum(['archive', 'restore', 'reassign', 'delete', 'unlabel']);
export type AdminAction = z.infer<typeof adminAction>;
/** `POST /api/v1/admin/:table/act`: to each of these, one after the other; each is in the audit log. */
export const adminAct = z.strictObject({
  ids: z.array(z.int().positive()).min(1).max(1000),
  action: adminAction,
  /** `reassign`: the user name of the new owner. */
  owner: z.string().max(100).optional(),
});
export const adminActed = z.strictObject({
  done: z.int(),
  /** Which could not be done, and why. */
  refused: z.array(z.strictObject({ id: z.int(), code: z.string(), params: z.record(z.string(), z.unknown()) })),
});
export type AdminActed = z.infer<typeof adminActed>;
