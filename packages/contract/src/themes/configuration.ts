/** The two configuration files of a theme, `params.yaml` and `auguments.yaml`, and their versions. */
import { z } from 'zod';
import { page } from '../http.ts';
import { themeParam } from './theme.ts';

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
