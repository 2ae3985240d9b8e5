/** Every question the pages ask of the server: one key and one path each. */
import type {
  Adjustment,
  Dataset,
  DatasetDetail,
  Diagnostics,
  ForecastArrays,
  ForecastRace,
  ForecastResult,
  ForecastSeries,
  Importance,
  LogLine,
  Me,
  Reproduction,
  ResourceSnapshot,
  RunDetail,
  RunPage,
  Sample,
  SetupStatus,
  SystemStatus,
} from '@minori/contract';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from './client.ts';

export interface Page<T> {
  items: T[];
  next: string | null;
}

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => get<SetupStatus>('/api/v1/setup', {}, signal),
  refetchInterval: (query) => (query.state.data?.ready === true ? false : 1000),
  retry: true,
  retryDelay: 1000,
});
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => get<Me>('/api/v1/me', {}, signal),
  staleTime: 60_000,
});
export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => get<SystemStatus>('/api/v1/system/status', {}, signal),
  refetchInterval: 10_000,
});

export interface RunFilter {
  q?: string | undefined;
  kind?: string | undefined;
  track?: string | undefined;
  status?: string | undefined;
  project_id?: number | undefined;
  scope?: 'roots' | 'all' | undefined;
}
export const runsQuery = (filter: RunFilter, limit: number) =>
  queryOptions({
    queryKey: ['runs', 'list', filter, limit],
    queryFn: ({ signal }) => get<RunPage>('/api/v1/runs', { ...filter, limit }, signal),
    placeholderData: keepPreviousData,
  });
export const runsInfinite = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'pages', filter],
    queryFn: ({ signal, pageParam }) =>
      get<RunPage>('/api/v1/runs', { ...filter, limit: 100, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
/** All runs that are not over; the tray and the home page share it. */
export const activeRunsQuery = queryOptions({
  queryKey: ['runs', 'active'],
  queryFn: async ({ signal }) => {
    const page = await get<RunPage>('/api/v1/runs', { limit: 50 }, signal);
    return page.items.filter((run) => !['succeeded', 'failed', 'cancelled'].includes(run.status));
  },
});
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: ({ signal }) => get<RunDetail>(`/api/v1/runs/${encodeURIComponent(id)}`, {}, signal),
  });
export const resultQuery = (id: number) =>
  queryOptions({
    queryKey: ['run', id, 'result'],
    queryFn: ({ signal }) => get<ForecastResult>(`/api/v1/runs/${id}/result`, {}, signal),
    placeholderData: keepPreviousData,
  });
export const runSeriesQuery = (id: number, uniqueId: string, model: string | null) =>
  queryOptions({
    queryKey: ['run', id, 'forecast', uniqueId, model],
    queryFn: ({ signal }) => get<ForecastSeries>(`/api/v1/runs/${id}/forecast`, { series: uniqueId, model }, signal),
    placeholderData: keepPreviousData,
  });
/** Every trial of a search; what the race is drawn from. */
export const raceQuery = (id: number) =>
  queryOptions({
    queryKey: ['run', id, 'race'],
    queryFn: ({ signal }) => get<ForecastRace>(`/api/v1/runs/${id}/race`, {}, signal),
    placeholderData: keepPreviousData,
  });
/** Residuals, coverage and calibration of one method; all series together unless one is named. */
export const diagnosticsQuery = (id: number, model: string, series: string | null) =>
  queryOptions({
    queryKey: ['run', id, 'diagnostics', model, series],
    queryFn: ({ signal }) => get<Diagnostics>(`/api/v1/runs/${id}/diagnostics`, { model, series }, signal),
    placeholderData: keepPreviousData,
  });
/** What a method lives by; measuring it takes the server a while. Null where it was not measured and is not to be. */
export const importanceQuery = (id: number, model: string, measure: boolean) =>
  queryOptions({
    queryKey: ['run', id, 'importance', model, measure],
    queryFn: ({ signal }) => get<Importance | null>(`/api/v1/runs/${id}/importance`, { model, measure }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
/** People's own numbers beside the model's, those in force. */
export const adjustmentsQuery = (id: number) =>
  queryOptions({
    queryKey: ['run', id, 'adjustments'],
    queryFn: ({ signal }) => get<{ items: Adjustment[] }>(`/api/v1/runs/${id}/adjustments`, {}, signal),
  });
/** How a replay compares with what was recorded; of a run of kind `reproduce`. */
export const reproductionQuery = (id: number) =>
  queryOptions({
    queryKey: ['run', id, 'reproduction'],
    queryFn: ({ signal }) => get<Reproduction>(`/api/v1/runs/${id}/reproduction`, {}, signal),
  });
/** The whole backtest of an ended search, for questions that the page answers itself. */
export const arraysQuery = (id: number) =>
  queryOptions({
    queryKey: ['run', id, 'arrays'],
    queryFn: ({ signal }) => get<ForecastArrays>(`/api/v1/runs/${id}/arrays`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
export const logsInfinite = (id: number, level: string | null, q: string) =>
  infiniteQueryOptions({
    queryKey: ['run', id, 'logs', level, q],
    queryFn: ({ signal, pageParam }) =>
      get<Page<LogLine>>(`/api/v1/runs/${id}/logs`, { level, q, limit: 200, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
export const runResourcesQuery = (id: number) =>
  queryOptions({
    queryKey: ['run', id, 'resources'],
    queryFn: ({ signal }) =>
      get<{ items: ResourceSnapshot[]; summary: Record<string, number | null> }>(
        `/api/v1/runs/${id}/resources`,
        {},
        signal,
      ),
  });

export const datasetsInfinite = (projectId: number | null) =>
  infiniteQueryOptions({
    queryKey: ['datasets', 'pages', projectId],
    queryFn: ({ signal, pageParam }) =>
      get<Page<Dataset>>('/api/v1/datasets', { limit: 50, cursor: pageParam, project_id: projectId }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
export const datasetQuery = (id: number, version: number | null = null) =>
  queryOptions({
    queryKey: ['datasets', id, 'detail', version],
    queryFn: ({ signal }) => get<DatasetDetail>(`/api/v1/datasets/${id}`, { version }, signal),
  });
export interface SeriesAnswer {
  items: { unique_id: string; ds: string[]; y: (number | null)[] }[];
  total: number;
}
/** `last`: only so many points from the end, so that they are not thinned. */
export const datasetSeriesQuery = (id: number, version: number, limit: number, last: number | null = null) =>
  queryOptions({
    queryKey: ['datasets', id, 'series', version, limit, last],
    queryFn: ({ signal }) => get<SeriesAnswer>(`/api/v1/datasets/${id}/series`, { version, limit, last }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
export const samplesQuery = queryOptions({
  queryKey: ['samples'],
  queryFn: ({ signal }) => get<Page<Sample>>('/api/v1/samples', {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
});
