/** What happens on a theme of pictures, for whoever looks at it. */
import { z } from 'zod';

/**
 * What happens on a theme, in the stream `GET /api/v1/events?topics=theme:<id>@<seq>`. `seq` has no
 * holes; `refresh` says that older events are gone: fetch again what is shown.
 */
export const themeEvent = z.strictObject({
  theme_id: z.int(),
  seq: z.int(),
  type: z.enum(['labels', 'images', 'images_deleted', 'split', 'theme', 'scores', 'refresh']),
  by: z.string().nullable(),
  /** At most 200; null when there are more: fetch again. */
  image_ids: z.array(z.int()).nullable(),
  label_id: z.int().nullable(),
  at: z.string(),
});
export type ThemeEvent = z.infer<typeof themeEvent>;
