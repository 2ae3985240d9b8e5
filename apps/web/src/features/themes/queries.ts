/** What the pages of themes ask of the server. */
import type {
  Agreement,
  ImageFilter,
  ImagePage,
  LabelHistoryPage,
  LabelUpdated,
  Split,
  ThemeCheck,
  ThemeDetail,
  ThemeEncoder,
  ThemeImageDetail,
  ThemePage,
  ThemeQueueName,
  ThemeQueues,
  ThemeStatistics,
} from '@minori/contract';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get, request, withQuery } from '../../api/client.ts';

export const SPLITS: readonly Split[] = ['train', 'valid', 'test'];

/** `thumb` and `view` are turned upright; `original` is the file as it came. */
export const fileUrl = (themeId: number, imageId: number, size: 'thumb' | 'view' | 'original'): string =>
  withQuery(`/api/v1/themes/${themeId}/images/${imageId}/file`, { size });

export interface ThemeListFilter {
  q?: string | undefined;
  state?: string | undefined;
  sort?: string | undefined;
  project_id?: number | undefined;
}
/** What the list of themes shows before anybody narrows it; whoever else asks for that shares its answer. */
export const EVERY_THEME = { q: '', state: 'all', sort: 'newest' } as const;
export const themesInfinite = (filter: ThemeListFilter) =>
  infiniteQueryOptions({
    queryKey: ['themes', 'pages', filter],
    queryFn: ({ signal, pageParam }) =>
      get<ThemePage>('/api/v1/themes', { ...filter, limit: 24, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
export const themeQuery = (id: number) =>
  queryOptions({
    queryKey: ['theme', id, 'detail'],
    queryFn: ({ signal }) => get<ThemeDetail>(`/api/theme/${id}/`, {}, signal),
  });
export const statisticsQuery = (id: number) =>
  queryOptions({
    queryKey: ['theme', id, 'statistics'],
    queryFn: ({ signal }) => get<ThemeStatistics>(`/api/theme/${id}/statistics/`, {}, signal),
    placeholderData: keepPreviousData,
  });

/** What the address says of a list of pictures; keys without a value are absent. */
export type PictureFilter = { [K in keyof ImageFilter]?: ImageFilter[K] | undefined };
export interface PictureList {
  readonly filter: PictureFilter;
  readonly order: 'newest' | 'oldest';
  readonly queue: ThemeQueueName | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}
/** The same list, whatever page of it. */
export const filterOfList = ({ filter, order, queue }: PictureList): string =>
  JSON.stringify([Object.entries(filter).toSorted(([a], [b]) => (a < b ? -1 : 1)), order, queue]);

/** One page of pictures. It stands still while it is worked on: events change single pictures in it. */
export const picturesQuery = (id: number, list: PictureList) =>
  queryOptions({
    queryKey: ['theme', id, 'pictures', list],
    queryFn: ({ signal }) => {
      const { filter, ...rest } = list;
      return get<ImagePage>(
        `/api/theme/${id}/images/`,
        { ...filter, ...rest, waiting: list.queue === undefined ? undefined : true, total: true },
        signal,
      );
    },
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
export const pictureQuery = (id: number, imageId: number) =>
  queryOptions({
    queryKey: ['theme', id, 'picture', imageId],
    queryFn: ({ signal }) => get<ThemeImageDetail>(`/api/theme/${id}/images/${imageId}/`, {}, signal),
  });
export const labelHistoryQuery = (id: number, imageId: number) =>
  queryOptions({
    queryKey: ['theme', id, 'history', imageId],
    queryFn: ({ signal }) =>
      get<LabelHistoryPage>(`/api/v1/themes/${id}/history`, { image_id: imageId, limit: 20 }, signal),
  });

/** What the queues hold, and how old that is. */
export const queuesQuery = (id: number) =>
  queryOptions({
    queryKey: ['theme', id, 'queues'],
    queryFn: ({ signal }) => get<ThemeQueues>(`/api/v1/themes/${id}/queues`, {}, signal),
    placeholderData: keepPreviousData,
  });
/** What the queues stand on, and what they could. */
export const encoderQuery = (id: number) =>
  queryOptions({
    queryKey: ['theme', id, 'encoder'],
    queryFn: ({ signal }) => get<ThemeEncoder>(`/api/v1/themes/${id}/encoder`, {}, signal),
  });
/** How many proposals of at least this confidence a filter meets. */
export const acceptableQuery = (id: number, filter: PictureFilter, threshold: number) =>
  queryOptions({
    queryKey: ['theme', id, 'acceptable', filter, threshold],
    queryFn: async ({ signal }) => {
      const body = { filter, threshold, dry_run: true };
      const path = `/api/v1/themes/${id}/prelabels/accept`;
      return (await request<LabelUpdated>('POST', path, { body, signal })).updated;
    },
    placeholderData: keepPreviousData,
  });
/** What is wrong with a theme before anybody trains on it. */
export const checkQuery = (id: number) =>
  queryOptions({
    queryKey: ['theme', id, 'check'],
    queryFn: ({ signal }) => get<ThemeCheck>(`/api/v1/themes/${id}/check`, {}, signal),
  });
export const agreementQuery = (id: number) =>
  queryOptions({
    queryKey: ['theme', id, 'agreement'],
    queryFn: ({ signal }) => get<Agreement>(`/api/v1/themes/${id}/agreement`, {}, signal),
  });
