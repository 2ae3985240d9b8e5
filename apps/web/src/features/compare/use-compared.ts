import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { resultQuery, runQuery } from '../../api/queries.ts';
import type { Pair } from './compare-table.tsx';

/** Runs side by side that a page of this width can hold. */
export const MOST_COMPARED = 8;

const isForecast = (run: { track: string; kind: string } | undefined): boolean =>
  run?.track === 'forecast' && run.kind === 'search';

/** The runs of these ids with their results, in the order of the ids. */
export function useCompared(ids: readonly number[]): { pairs: Pair[]; pending: boolean; errors: Error[] } {
  const details = useQueries({ queries: ids.map((id) => runQuery(String(id))) });
  const results = useQueries({
    queries: ids.map((id, index) => ({ ...resultQuery(id), enabled: isForecast(details[index]?.data?.run) })),
  });
  // useQueries answers a new list at every render; its items keep their identity.
  const known = [...details.map(({ data }) => data), ...results.map(({ data }) => data)];
  const pairs = useMemo(
    () =>
      details.flatMap(({ data }, index): Pair[] =>
        data === undefined ? [] : [{ detail: data, result: results[index]?.data }],
      ),
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    known,
  );
  return {
    pairs,
    pending: details.some(({ isPending }) => isPending) || results.some(({ isLoading }) => isLoading),
    errors: [...details, ...results].flatMap(({ error }) => (error === null ? [] : [error])),
  };
}
