import type {
  ImagePage,
  LabelsUpdated,
  LabelUndone,
  LabelUpdated,
  ThemeImage,
  ThemeImageDetail,
  ThemeStatistics,
} from '@minori/contract';
import { notifyManager, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, get, post } from '../../../api/client.ts';
import { meQuery } from '../../../api/queries.ts';
import { useProblemText } from '../../../i18n/wording.ts';
import { throttle } from '../../../live/hooks.ts';
import { toast } from '../../../ui/toast.tsx';
import type { PictureFilter } from '../queries.ts';
import { type LabelId, recounted, relabeled, withPictures } from './known.ts';
import { createLine, type LabelAct } from './line.ts';

/** Above this many a page is read again as a whole. */
const ONE_BY_ONE = 24;
const REFUSED_FOR = 8000;

/**
 * Labels as they are given: shown at once, written in order, taken back where they can be seen when the
 * server refuses. Undo and redo are the server's, so they also reach what was done before a reload.
 */
export function useLabeling(themeId: number) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const text = useProblemText();
  const { data: me } = useQuery(meQuery);
  const by = me?.user.username ?? '';
  const line = useMemo(
    () =>
      createLine(async (acts) => {
        const [only, ...more] = acts;
        if (only !== undefined && more.length === 0)
          return [await post<LabelUpdated>(`/api/theme/${themeId}/label/update/`, only)];
        return (await post<LabelsUpdated>(`/api/v1/themes/${themeId}/label-updates`, { acts })).answers;
      }),
    [themeId],
  );
  const own = useRef(new Set<number>());
  const [refused, setRefused] = useState<ReadonlySet<number>>(new Set());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  // How many proposals could be accepted is said at leisure.
  const countProposals = useMemo(
    () => throttle(2000, () => void client.invalidateQueries({ queryKey: ['theme', themeId, 'acceptable'] })),
    [client, themeId],
  );
  useEffect(() => () => countProposals.cancel(), [countProposals]);

  const exchange = useCallback(
    (changed: ReadonlyMap<number, ThemeImage>) => {
      client.setQueriesData<ImagePage>({ queryKey: ['theme', themeId, 'pictures'] }, (page) =>
        page === undefined ? page : withPictures(page, changed),
      );
      for (const [id, image] of changed)
        client.setQueryData<ThemeImageDetail>(['theme', themeId, 'picture', id], (held) =>
          held === undefined
            ? held
            : {
                ...held,
                label_id: image.label_id,
                labeled_by: image.labeled_by,
                labeled_at: image.labeled_at,
                label_source: image.label_source,
                prelabel: image.prelabel,
                decided: image.decided,
              },
        );
    },
    [client, themeId],
  );
  const recount = useCallback(
    (changes: Parameters<typeof recounted>[1]) =>
      client.setQueryData<ThemeStatistics>(['theme', themeId, 'statistics'], (held) =>
        held === undefined ? held : recounted(held, changes),
      ),
    [client, themeId],
  );

  /** Looks at single pictures again, or at everything when there are too many. */
  const look = useCallback(
    async (ids: readonly number[] | null) => {
      void client.invalidateQueries({ queryKey: ['theme', themeId, 'statistics'] });
      countProposals();
      if (ids === null || ids.length > ONE_BY_ONE) {
        await client.invalidateQueries({ queryKey: ['theme', themeId, 'pictures'] });
        return;
      }
      const shown = client
        .getQueriesData<ImagePage>({ queryKey: ['theme', themeId, 'pictures'] })
        .flatMap(([, page]) => page?.items.map((image) => image.id) ?? []);
      const wanted = new Set(ids.filter((id) => shown.includes(id)));
      const fresh = await Promise.allSettled(
        [...wanted].map((id) => get<ThemeImageDetail>(`/api/theme/${themeId}/images/${id}/`)),
      );
      exchange(new Map(fresh.flatMap((one) => (one.status === 'fulfilled' ? [[one.value.id, one.value]] : []))));
      void client.invalidateQueries({ queryKey: ['theme', themeId, 'history'] });
    },
    [client, countProposals, exchange, themeId],
  );

  /** Shown at once, written after what was pressed before, taken back when the server refuses. */
  const write = useCallback(
    (before: readonly ThemeImage[], after: readonly ThemeImage[], what: LabelAct | (() => Promise<LabelUpdated>)) => {
      const moves = before.map((image, at) => ({
        from: image.label_id,
        to: after[at]?.label_id ?? null,
        split: image.split,
      }));
      // An answer that is on its way was written before this label.
      void client.cancelQueries({ queryKey: ['theme', themeId, 'statistics'] });
      const show = (images: readonly ThemeImage[], counted: typeof moves) =>
        // Pictures and numbers at once: the page is drawn for each of them otherwise.
        notifyManager.batch(() => {
          exchange(new Map(images.map((image) => [image.id, image])));
          recount(counted);
        });
      const answered = ({ seq }: LabelUpdated) => {
        own.current.add(seq);
        void client.invalidateQueries({ queryKey: ['theme', themeId, 'history'] });
        countProposals();
      };
      const takeBack = (error: unknown) => {
        show(
          before,
          moves.map(({ from, to, split }) => ({ from: to, to: from, split })),
        );
        setRefused(new Set(before.map((image) => image.id)));
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setRefused(new Set()), REFUSED_FOR);
        toast('error', t('themes.label_refused', { count: before.length, why: text(error) }));
        void client.invalidateQueries({ queryKey: ['theme', themeId, 'statistics'] });
      };
      show(after, moves);
      if (typeof what === 'function') line.other(() => what().then(answered, takeBack));
      else line.label(what, answered, takeBack);
    },
    [client, countProposals, exchange, line, recount, t, text, themeId],
  );

  const give = useCallback(
    (
      images: readonly ThemeImage[],
      label_id: LabelId,
      { source = 'person', settle = false }: { source?: 'person' | 'prelabel'; settle?: boolean } = {},
    ) => {
      const at = new Date().toISOString();
      const real = images.filter(
        (image) => image.label_id !== label_id || (settle && label_id !== null && !image.decided.includes('label')),
      );
      if (real.length === 0) return;
      write(
        real,
        real.map((image) => relabeled(image, { label_id, by, at, source, settle })),
        { image_ids: real.map((image) => image.id), label_id, source, settle },
      );
    },
    [by, write],
  );

  /** `proposal`: refused. `copies`: these pictures show the same, and may stay. */
  const decide = useCallback(
    (images: readonly ThemeImage[], subject: 'proposal' | 'copies') => {
      if (images.length === 0) return;
      const after = images.map((image): ThemeImage =>
        subject === 'proposal'
          ? { ...image, prelabel: null }
          : { ...image, decided: [...new Set([...image.decided, 'copies' as const])] },
      );
      write(images, after, () =>
        post<LabelUpdated>(`/api/v1/themes/${themeId}/decisions`, {
          subject,
          image_ids: images.map((image) => image.id),
        }),
      );
    },
    [themeId, write],
  );

  /** Everything that matches, also what no page has shown. */
  const actOnAll = useCallback(
    async (path: string, body: object): Promise<LabelUpdated | null> => {
      await line.settled();
      try {
        const answer = await post<LabelUpdated>(path, body);
        own.current.add(answer.seq);
        await look(null);
        return answer;
      } catch (error) {
        toast('error', text(error));
        return null;
      }
    },
    [line, look, text],
  );
  const giveAll = useCallback(
    (filter: PictureFilter, label_id: LabelId) => actOnAll(`/api/theme/${themeId}/label/update/`, { filter, label_id }),
    [actOnAll, themeId],
  );
  /** Every open proposal of at least this confidence, as one act. */
  const acceptAll = useCallback(
    (filter: PictureFilter, threshold: number) =>
      actOnAll(`/api/v1/themes/${themeId}/prelabels/accept`, { filter, threshold }),
    [actOnAll, themeId],
  );

  const step = useCallback(
    (which: 'undo' | 'redo') => {
      line.other(async () => {
        try {
          const answer = await post<LabelUndone>(`/api/v1/themes/${themeId}/${which}`);
          own.current.add(answer.seq);
          await look(answer.image_ids);
          toast(
            answer.conflicts > 0 ? 'warning' : 'good',
            answer.conflicts > 0
              ? t('themes.undo_conflicts', { count: answer.conflicts, updated: answer.updated })
              : t(which === 'undo' ? 'themes.undone' : 'themes.redone', { count: answer.updated }),
          );
        } catch (error) {
          const nothing = error instanceof ApiProblem && error.code.startsWith('nothing_to_');
          toast(nothing ? 'info' : 'error', text(error));
        }
      });
    },
    [line, look, t, text, themeId],
  );

  /** Whether an event tells of an act of this page. Asks after the acts that are on their way have been answered. */
  const isOwn = useCallback(
    async (seq: number): Promise<boolean> => {
      await line.settled();
      return own.current.delete(seq);
    },
    [line],
  );

  return useMemo(
    () => ({
      give,
      giveAll,
      decide,
      acceptAll,
      undo: () => step('undo'),
      redo: () => step('redo'),
      look,
      isOwn,
      refused,
    }),
    [acceptAll, decide, give, giveAll, isOwn, look, refused, step],
  );
}
export type Labeling = ReturnType<typeof useLabeling>;
