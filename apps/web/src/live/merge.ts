/** What an event does to what the page already holds. Pure: (held, event) -> held. */
import { RUN_STATUSES, type Run, type RunDetail, type RunEvent, type RunStatus } from '@minori/contract';

const ended: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled']);
const atRest: ReadonlySet<RunStatus> = new Set([...ended, 'paused']);
export const hasEnded = (status: RunStatus): boolean => ended.has(status);
export const isMoving = (status: RunStatus): boolean => !atRest.has(status);

const isStatus = (value: unknown): value is RunStatus => RUN_STATUSES.some((status) => status === value);

function changed(run: Run, event: RunEvent): Run {
  const { payload } = event;
  if (event.type === 'status' && isStatus(payload['status'])) return { ...run, status: payload['status'] };
  if (event.type === 'progress') {
    const value = payload['progress'] ?? payload['fraction'];
    if (typeof value === 'number' && value >= 0 && value <= 1) return { ...run, progress: value };
  }
  return run;
}

export type Merged =
  /** Seen before. */
  | { kind: 'old' }
  /** Something between is missing: fetch again. */
  | { kind: 'gap' }
  /** `refetch`: the event only points at what changed. */
  | { kind: 'merged'; detail: RunDetail; refetch: boolean };

export function mergeRunEvent(detail: RunDetail, event: RunEvent): Merged {
  if (event.root_id !== detail.run.root_id) return { kind: 'old' };
  if (event.seq <= detail.seq) return { kind: 'old' };
  if (event.seq > detail.seq + 1) return { kind: 'gap' };
  const run = event.run_id === detail.run.id ? changed(detail.run, event) : detail.run;
  const children = detail.children.map((child) => (child.id === event.run_id ? changed(child, event) : child));
  const known = event.run_id === detail.run.id || detail.children.some((child) => child.id === event.run_id);
  return {
    kind: 'merged',
    detail: { run, children, seq: event.seq },
    refetch: event.type !== 'progress' && event.type !== 'log' && (known || event.type !== 'attempt'),
  };
}
