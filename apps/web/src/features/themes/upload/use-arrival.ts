import type { ThemeDetail } from '@minori/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useSyncExternalStore } from 'react';
import { type ArrivalFlow, arrivalOf } from './arrival.ts';
import { type Stage, stageOf, subscribe } from './arrivals.ts';

export interface Arrival extends ArrivalFlow {
  readonly themeId: number;
  readonly stage: Stage;
  readonly moving: boolean;
  filesField(node: HTMLInputElement | null): void;
  folderField(node: HTMLInputElement | null): void;
  pickFiles(): void;
  pickFolder(): void;
}

/** Pictures on their way into a theme, and the fields that they are picked with. */
export function useArrival(theme: ThemeDetail): Arrival {
  const client = useQueryClient();
  const stage = useSyncExternalStore(subscribe, () => stageOf(theme.id));
  const files = useRef<HTMLInputElement | null>(null);
  const folder = useRef<HTMLInputElement | null>(null);
  return useMemo(
    () => ({
      ...arrivalOf(theme, client),
      themeId: theme.id,
      stage,
      moving: stage.kind === 'sending' || stage.kind === 'importing',
      filesField(node) {
        files.current = node;
      },
      folderField(node) {
        folder.current = node;
        // React knows no such attribute.
        node?.setAttribute('webkitdirectory', '');
      },
      pickFiles: () => files.current?.click(),
      pickFolder: () => folder.current?.click(),
    }),
    [client, stage, theme],
  );
}
