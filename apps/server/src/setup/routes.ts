/** Open to everybody, so they say nothing but how far the set-up is. */
import { health, setupStatus } from '@minori/contract';
import type { SetupStatus } from '@minori/contract';
import type { App } from '../http/app-type.ts';
import type { SetupState } from './steps.ts';

export function setupRoutes(app: App, deps: { setup: SetupState; version: string }): void {
  const open = { config: { open: true } };

  app.get('/api/health', { ...open, logLevel: 'warn', schema: { response: { 200: health } } }, async () => {
    const { ready, steps } = deps.setup.status();
    const failed = steps.some((step) => step.state === 'failed');
    return {
      status: ready ? ('ok' as const) : failed ? ('degraded' as const) : ('starting' as const),
      version: deps.version,
    };
  });

  app.get('/api/v1/setup', { ...open, logLevel: 'warn', schema: { response: { 200: setupStatus } } }, async () =>
    withoutDetail(deps.setup.status()),
  );
}

/** Paths and tracebacks are for the terminal and the log of whoever runs the server. */
export function withoutDetail(status: SetupStatus): SetupStatus {
  return {
    ...status,
    steps: status.steps.map((step) => {
      if (step.problem === null) return step;
      const { detail: _detail, ...params } = step.problem.params;
      return { ...step, problem: { code: step.problem.code, params } };
    }),
  };
}
