import type { Split, ThemeImage } from '@minori/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, request } from '../../../api/client.ts';
import { useProblemText } from '../../../i18n/wording.ts';
import { toast } from '../../../ui/toast.tsx';
import type { PictureFilter } from '../queries.ts';

/** Changes of many pictures that are no labels: deleted, or put into a split by hand. */
export function useBulk(themeId: number, filter: PictureFilter, onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useProblemText();
  const [busy, setBusy] = useState(false);
  const during = async (act: () => Promise<void>) => {
    setBusy(true);
    try {
      await act();
    } catch (error) {
      toast('error', text(error));
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ['theme', themeId] });
      void client.invalidateQueries({ queryKey: ['themes'] });
    }
  };
  return {
    busy,
    /** null: everything that matches the filter. */
    remove: (pictures: readonly ThemeImage[] | null) =>
      during(async () => {
        const answer = await post<{ deleted: number; tombstones: number }>(
          `/api/theme/${themeId}/images/delete/`,
          pictures === null ? { filter } : { image_ids: pictures.map((picture) => picture.id) },
        );
        onDone();
        toast('good', t('themes.deleted', { count: answer.deleted }));
      }),
    /** Pictures that have a split keep it, so only those without one are meant. */
    assign: (pictures: readonly ThemeImage[], split: Split) =>
      during(async () => {
        let done = 0;
        let refused: unknown = null;
        for (const picture of pictures) {
          try {
            await request('PATCH', `/api/theme/${themeId}/images/${picture.id}/`, { body: { split } });
            done += 1;
          } catch (error) {
            refused = error;
          }
        }
        if (done > 0) toast('good', t('themes.assigned', { count: done, split: t(`themes.splits.${split}`) }));
        if (refused !== null)
          toast('error', t('themes.assign_refused', { count: pictures.length - done, why: text(refused) }));
      }),
  };
}
