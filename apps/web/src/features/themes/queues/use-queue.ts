import type { ThemeImage, ThemeQueues } from '@minori/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { isDone, type Mode } from '../labeling/answers.ts';
import { queuesQuery } from '../queries.ts';

/** How far a queue is: what the server counted last, less what was done on this page since. */
export interface QueueState {
  readonly mode: Mode;
  readonly overview: ThemeQueues | undefined;
  /** Null: not known yet. */
  readonly waiting: number | null;
  /** What it began with; null where nobody counted that. */
  readonly asked: number | null;
}

const waitingOf = (overview: ThemeQueues, mode: Mode) =>
  mode === 'disputed' ? overview.disputed : (overview.queues.find(({ name }) => name === mode)?.waiting ?? 0);

export function useQueue(themeId: number, mode: Mode | null, pictures: readonly ThemeImage[], page: string) {
  const query = useQuery(queuesQuery(themeId));
  const { data: overview, dataUpdatedAt, refetch } = query;
  const done = mode === null ? 0 : pictures.filter((picture) => isDone(mode, picture)).length;
  const [base, setBase] = useState<number | null>(null);
  // What is done here already is no part of what the server says still waits.
  useEffect(() => {
    setBase(overview === undefined || mode === null ? null : waitingOf(overview, mode) + done);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- counted again when the server has counted, not with each label
  }, [overview, dataUpdatedAt, mode]);
  useEffect(() => {
    if (mode !== null) void refetch();
  }, [mode, page, refetch]);
  const state: QueueState | null =
    mode === null
      ? null
      : {
          mode,
          overview,
          waiting: base === null ? null : Math.max(0, base - done),
          asked: mode === 'disputed' ? null : (overview?.queues.find(({ name }) => name === mode)?.asked ?? null),
        };
  return { overview, state };
}
