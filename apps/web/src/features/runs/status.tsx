import type { Run, RunStatus } from '@minori/contract';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Wording } from '../../i18n/wording.ts';
import { Mark, type MarkTone } from '../../ui/notes.tsx';

const TONES: Record<RunStatus, MarkTone> = {
  queued: 'calm',
  preparing: 'busy',
  running: 'busy',
  pausing: 'warn',
  paused: 'warn',
  cancelling: 'warn',
  finishing: 'busy',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'calm',
};

export function useStatusText(): (status: RunStatus) => string {
  const { t } = useTranslation();
  return useCallback((status: RunStatus) => t(`status.${status}`), [t]);
}

export function StatusMark({ status, outcome }: { status: RunStatus; outcome?: Run['outcome'] }) {
  const { t } = useTranslation();
  const stopped = status === 'succeeded' && outcome === 'stopped';
  return <Mark tone={TONES[status]}>{stopped ? t('status.stopped') : t(`status.${status}`)}</Mark>;
}

/** Runs of a method are named after it; people read its name, not its id. */
export function runTitle(run: Pick<Run, 'kind' | 'track' | 'name'>, wording: Wording): string {
  if (run.track !== 'forecast' || (run.kind !== 'candidate' && run.kind !== 'trial')) return run.name;
  const [family = '', ...rest] = run.name.split(' ');
  return [wording.model(family), ...rest].join(' ');
}

/** Wall seconds of the budget that are left; null without a budget. Between two events the clock of the page goes on. */
export function secondsLeft(run: Run, fetchedAt: number, now: number): number | null {
  if (run.budget_seconds === null) return null;
  const ticking = run.status === 'running' || run.status === 'preparing' || run.status === 'finishing';
  const used = run.active_seconds + (ticking ? Math.max(0, (now - fetchedAt) / 1000) : 0);
  return Math.max(0, run.budget_seconds - used);
}

/** How far a run is, 0..1: by its budget where it has one, since that is what ends it. */
export const shareDone = (run: Run, left: number | null): number =>
  run.budget_seconds !== null && run.budget_seconds > 0 && left !== null
    ? 1 - left / run.budget_seconds
    : (run.progress ?? 0);
