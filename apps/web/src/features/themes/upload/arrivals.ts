/** Pictures on their way, by theme. Every page knows of them, so that leaving the one they were given to loses nothing. */
import type { ImportColumns, ImportFormat, ImportOutline } from '@minori/contract';
import { useSyncExternalStore } from 'react';
import type { Gathered } from './gather.ts';
import type { Pace } from './pace.ts';
import type { Progress, Rejected } from './send-all.ts';

/** Where pictures or annotations come from, once the server can look at them. */
export type Source =
  | { kind: 'upload'; name: string; upload_id: string }
  | { kind: 'server'; name: string; server_path: string }
  | { kind: 'files'; name: string; files: readonly Gathered[]; annotations: readonly string[] };

export interface Choice {
  readonly format: ImportFormat;
  readonly columns: ImportColumns;
}
/** What somebody decides about an import after looking at its outline. */
export interface Decision {
  readonly labels: Readonly<Record<string, string | null>>;
  readonly overwrite: boolean;
  /** Pictures only. */
  readonly plain: boolean;
}

export interface Outcome {
  readonly created: number;
  readonly skipped: number;
  readonly labeled: number | null;
  readonly kept: number;
  readonly rejected: readonly Rejected[];
  readonly rejectedTotal: number;
}

export type Stage =
  | { kind: 'none' }
  | { kind: 'sending'; name: string | null; progress: Sending; pace: Pace | null }
  | { kind: 'reading'; name: string }
  | { kind: 'asking'; source: Source; outline: ImportOutline; choice: Choice; busy: boolean; problem: unknown }
  | { kind: 'importing'; name: string; done: number; waiting: boolean; pace: Pace | null; runId: number }
  | { kind: 'done'; outcome: Outcome; complete: boolean }
  | { kind: 'failed'; outcome: Outcome | null; error: unknown };
/** The same for many pictures and for one large file. */
export type Sending = Pick<Progress, 'sent' | 'bytes' | 'waiting'> & { counts: Progress | null };

export interface Arriving {
  readonly themeId: number;
  readonly name: string;
  readonly stage: Stage;
  /** What has arrived stays. */
  cancel(): void;
  end(): void;
}

export const NOTHING: Stage = { kind: 'none' };
let all: readonly Arriving[] = [];
const listeners = new Set<() => void>();
const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

/** A file that is being sent is in this tab only: closing it would lose the rest. */
export function publish(one: Arriving): void {
  const others = all.filter(({ themeId }) => themeId !== one.themeId);
  all = one.stage.kind === 'none' ? others : [...others, one].toSorted((a, b) => a.themeId - b.themeId);
  if (all.some(({ stage }) => stage.kind === 'sending')) addEventListener('beforeunload', warn);
  else removeEventListener('beforeunload', warn);
  for (const tell of listeners) tell();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const stageOf = (themeId: number): Stage => all.find((one) => one.themeId === themeId)?.stage ?? NOTHING;
export const useArriving = (): readonly Arriving[] => useSyncExternalStore(subscribe, () => all);

/** When somebody signs out, what they were sending ends with them. */
export function endArrivals(): void {
  for (const one of all) one.end();
}
