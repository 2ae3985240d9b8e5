/**
 * Themes of pictures over HTTP: themes, labels and members. Paths under /api/theme/ are the documented ones
 * (with their trailing slash), the rest lies under /api/v1/themes.
 */
import { z } from 'zod';
import { page, pageQuery } from '../http.ts';
import { name } from './fields.ts';

export const themeParam = z.object({ theme_id: z.coerce.number().int().positive() });
export const themeLabelParam = themeParam.extend({ label_id: z.coerce.number().int().positive() });
export const themeImageParam = themeParam.extend({ image_id: z.coerce.number().int().positive() });

/** What somebody may do in one theme; admins of the instance or of its project are owners. */
export const themeRole = z.enum(['owner', 'labeler', 'viewer']);
export type ThemeRole = z.infer<typeof themeRole>;
export const split = z.enum(['train', 'valid', 'test']);
export type Split = z.infer<typeof split>;

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
