/** Where the set-up stands; every page and terminal that waits for it reads this. */
import { ProblemError } from '@minori/contract';
import type { SetupStatus } from '@minori/contract';

export type Step = SetupStatus['steps'][number];
export type StepId = Step['id'];

export interface SetupState {
  status(): SetupStatus;
  start(id: StepId): void;
  progress(id: StepId, fraction: number | null, detail: string | null): void;
  done(id: StepId): void;
  failed(id: StepId, error: unknown): void;
  setNeedsAdmin(needed: boolean): void;
  subscribe(listener: (status: SetupStatus) => void): () => void;
}

const ORDER: readonly StepId[] = ['web', 'database', 'migrations', 'engine', 'host'];

export function createSetup(): SetupState {
  const steps = new Map<StepId, Step>(
    ORDER.map((id) => [id, { id, state: 'waiting', fraction: null, detail: null, problem: null }]),
  );
  const listeners = new Set<(status: SetupStatus) => void>();
  let needsAdmin = false;

  const status = (): SetupStatus => {
    const all = [...steps.values()];
    return { ready: all.every((step) => step.state === 'done'), needs_admin: needsAdmin, steps: all };
  };
  const set = (id: StepId, change: Partial<Step>) => {
    const step = steps.get(id);
    if (!step) return;
    steps.set(id, { ...step, ...change });
    tell();
  };
  const tell = () => {
    const current = status();
    for (const listener of listeners) listener(current);
  };

  return {
    status,
    start: (id) => set(id, { state: 'running', fraction: null, detail: null, problem: null }),
    progress: (id, fraction, detail) => set(id, { state: 'running', fraction, detail }),
    done: (id) => set(id, { state: 'done', fraction: 1, detail: null, problem: null }),
    failed: (id, error) => set(id, { state: 'failed', problem: setupProblem(error) }),
    setNeedsAdmin(needed) {
      if (needed === needsAdmin) return;
      needsAdmin = needed;
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Database and engine errors carry a stable code each; anything else is a bug and says so. */
export function setupProblem(error: unknown): { code: string; params: Record<string, unknown> } {
  if (error instanceof ProblemError) return { code: error.code, params: error.params };
  const { code, params, detail } = (error ?? {}) as { code?: unknown; params?: unknown; detail?: unknown };
  if (typeof code === 'string' && typeof params === 'object' && params !== null)
    return { code, params: { ...params, ...(typeof detail === 'string' && detail !== '' ? { detail } : {}) } };
  return { code: 'setup_failed', params: { detail: error instanceof Error ? error.message : String(error) } };
}
