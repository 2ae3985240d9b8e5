/** What answers until the database is there: health, progress, the web app; everything else says "starting". */
import { problemOf, sendProblem } from '../http/problems.ts';
import { createBase } from '../http/base.ts';
import type { BaseOptions } from '../http/base.ts';
import type { App } from '../http/app-type.ts';
import { setupRoutes } from './routes.ts';
import type { SetupState } from './steps.ts';

export async function createSetupApp(options: BaseOptions & { setup: SetupState; version: string }): Promise<App> {
  const app = await createBase(options);
  setupRoutes(app, options);
  app.all('/api/*', async (_request, reply) => sendProblem(reply, problemOf('starting', 503)));
  app.get('/metrics', async (_request, reply) => sendProblem(reply, problemOf('starting', 503)));
  await app.ready();
  return app;
}
