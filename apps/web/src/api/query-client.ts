import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './client.ts';

/** Only what may pass by itself is tried again: no connection, and a server that is starting. */
const passing = (error: unknown) => error instanceof ApiProblem && (error.status === 0 || error.status === 503);

export function createQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError(error) {
        if (error instanceof ApiProblem && error.status === 401) onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5000,
        refetchOnWindowFocus: true,
        retry: (count, error) => passing(error) && count < 20,
        retryDelay: (count) => Math.min(500 * 2 ** count, 5000),
      },
      mutations: { retry: false },
    },
  });
}
