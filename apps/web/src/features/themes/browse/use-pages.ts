import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { fileUrl, filterOfList, picturesQuery, type PictureList } from '../queries.ts';
import { filterOf, type ThemeSearch } from '../search.ts';

/** Beginnings of pages that were seen, so that one can go back; by list, for this tab. */
const beginnings = new Map<string, Map<number, string>>();
/** The next pictures that are fetched before they are asked for. */
const AHEAD = 24;

/** The page that the address names, with its neighbours; the next one is fetched ahead. */
export function usePages(
  themeId: number,
  search: ThemeSearch,
  limit: number,
  onSearch: (next: ThemeSearch, replace?: boolean) => void,
) {
  const client = useQueryClient();
  const list: PictureList = useMemo(
    () => ({
      filter: filterOf(search),
      order: search.order ?? 'newest',
      queue: search.queue,
      limit,
      cursor: search.after,
    }),
    [search, limit],
  );
  const page = search.page ?? 1;
  const query = useQuery(picturesQuery(themeId, list));
  const next = query.data?.next ?? null;
  const key = `${themeId} ${limit} ${filterOfList(list)}`;
  useEffect(() => {
    const known = beginnings.get(key) ?? new Map<number, string>();
    beginnings.set(key, known);
    if (search.after !== undefined) known.set(page, search.after);
    if (next === null) return;
    known.set(page + 1, next);
    void client
      .fetchQuery(picturesQuery(themeId, { ...list, cursor: next }))
      .then((ahead) => {
        for (const image of ahead.items.slice(0, AHEAD)) new Image().src = fileUrl(themeId, image.id, 'thumb');
      })
      .catch(() => null);
  }, [client, key, list, next, page, search.after, themeId]);
  const turns = useMemo(() => {
    const { image: _image, page: _page, after: _after, ...rest } = search;
    const go = (to: number, after: string | undefined) =>
      onSearch(after === undefined ? rest : { ...rest, page: to, after });
    return {
      onNext: next === null ? null : () => go(page + 1, next),
      // After a reload the way back is not known any more: the first page is.
      onPrevious:
        page === 1
          ? null
          : () => {
              const after = beginnings.get(key)?.get(page - 1);
              go(after === undefined ? 1 : page - 1, after);
            },
    };
  }, [key, next, onSearch, page, search]);
  return { query, page, pictures: query.data?.items ?? NONE, total: query.data?.total ?? null, ...turns };
}
const NONE: never[] = [];
