import type { ImagePage, ThemeDetail } from '@minori/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { meQuery } from '../../api/queries.ts';
import { onMessage, subscribe } from '../../live/client.ts';
import { throttle } from '../../live/hooks.ts';
import { without } from './labeling/known.ts';
import type { Labeling } from './labeling/use-labeling.ts';

/**
 * Other people's work on a theme as it happens. Labels change single pictures; the page stays as it is, so that
 * nothing moves under the hand. `onArrived`: there are new pictures, and the page decides when to show them.
 */
export function useLiveTheme(theme: ThemeDetail | undefined, labeling: Labeling, onArrived: () => void): void {
  const client = useQueryClient();
  const me = useQuery(meQuery).data?.user.username;
  const id = theme?.id;
  const start = useRef(0);
  if (theme !== undefined) start.current = theme.seq;
  const latest = useRef({ labeling, onArrived });
  useEffect(() => {
    latest.current = { labeling, onArrived };
  });
  useEffect(() => {
    if (id === undefined) return;
    const again = (...key: string[]) => void client.invalidateQueries({ queryKey: ['theme', id, ...key] });
    const count = throttle(500, () => again('statistics'));
    const all = throttle(800, () => again());
    const leave = subscribe(`theme:${id}`, start.current);
    const off = onMessage((message) => {
      if (message.topic !== 'theme' || message.event.theme_id !== id) return;
      const { event } = message;
      if (event.type === 'labels')
        void latest.current.labeling.isOwn(event.seq).then((mine) => {
          if (!mine) void latest.current.labeling.look(event.image_ids);
        });
      else if (event.type === 'images') {
        count();
        // Whoever sends pictures sees them come in.
        if (event.by !== me) latest.current.onArrived();
      } else if (event.type === 'images_deleted' && event.image_ids !== null) {
        const gone = new Set(event.image_ids);
        client.setQueriesData<ImagePage>({ queryKey: ['theme', id, 'pictures'] }, (page) =>
          page === undefined ? page : without(page, gone),
        );
        count();
      } else all();
    });
    return () => {
      leave();
      off();
      count.cancel();
      all.cancel();
    };
  }, [client, id, me]);
}
