/** Composes the features into one app; main.ts listens. Reading it top to bottom is reading what the server can do. */
import rateLimit from '@fastify/rate-limit';
import { fastifySSE } from '@fastify/sse';
import { ProblemError } from '@minori/contract';
import type { Db, OpenDatabase } from '@minori/database';
import type { FastifyRequest } from 'fastify';
import { adminRoutes } from './admin/routes.ts';
import { auditRoutes } from './audit/routes.ts';
import { datasetRoutes } from './datasets/routes.ts';
import type { Dispatcher } from './dispatch/index.ts';
import { experimentRoutes } from './experiments/routes.ts';
import { forecastRoutes } from './forecast/index.ts';
import type { Judge } from './forecast/index.ts';
import type { App } from './http/app-type.ts';
import { createBase } from './http/base.ts';
import type { BaseOptions } from './http/base.ts';
import { openApiRoute, registerOpenApi } from './http/openapi.ts';
import { createAttempts } from './identity/attempts.ts';
import type { Auth } from './identity/auth.ts';
import { mountAuth } from './identity/mount.ts';
import { isConnection, registerPrincipal } from './identity/principal.ts';
import { identityRoutes } from './identity/routes.ts';
import { imageWorkRoutes } from './images/routes.ts';
import type { Monitor } from './monitor/monitor.ts';
import { notificationRoutes } from './notifications/routes.ts';
import type { Clock } from './platform/clock.ts';
import type { UploadConfig } from './platform/config.ts';
import type { Home } from './platform/home.ts';
import type { Streams } from './platform/streams.ts';
import { projectRoutes } from './projects/routes.ts';
import type { Cloner } from './runs/clone.ts';
import { eventRoutes } from './runs/events.ts';
import { runRoutes } from './runs/routes.ts';
import { setupRoutes } from './setup/routes.ts';
import type { SetupState } from './setup/steps.ts';
import { metricsRoutes } from './system/metrics.ts';
import { systemRoutes } from './system/routes.ts';
import type { ThemeFeed } from './themes/events.ts';
import type { NearIndex } from './themes/near.ts';
import { themeRoutes } from './themes/routes.ts';

export interface AppDeps extends BaseOptions {
  readonly version: string;
  readonly home: Home;
  readonly db: Db;
  readonly clock: Clock;
  readonly auth: Auth;
  readonly connectionToken: string;
  readonly setup: SetupState;
  readonly streams: Streams;
  readonly uploads: UploadConfig;
  /** Folders of this machine from which pictures may be registered. */
  readonly allowedRoots: readonly string[];
  readonly database: Pick<OpenDatabase, 'kind' | 'appUrl' | 'schema' | 'tools'>;
  readonly dispatcher: Dispatcher;
  readonly monitor: Monitor;
  readonly judge: Judge;
  readonly cloners: readonly Cloner[];
  readonly themeFeed: ThemeFeed;
  readonly nearIndex: NearIndex;
  readonly startedAt: Date;
  /** Bytes that tasks may take now. */
  readonly freeMemory: () => number;
}

const REQUESTS_PER_MINUTE = 6000;
const GUESSES_PER_MINUTE = 20;
const HEARTBEAT_MS = 10_000;

export async function createApp(deps: AppDeps): Promise<App> {
  const app = await createBase(deps);
  await app.register(rateLimit, {
    global: false,
    cache: 10_000,
    errorResponseBuilder: (_request, context) =>
      new ProblemError('too_many_requests', 429, { retry_after: Math.ceil(context.ttl / 1000) }),
  });
  // A hook of the whole app, so that it counts before anybody is looked up; guarded routes count apart.
  app.addHook(
    'onRequest',
    app.rateLimit({
      max: (request) => (isGuarded(request) ? GUESSES_PER_MINUTE : REQUESTS_PER_MINUTE),
      keyGenerator: (request) => (isGuarded(request) ? `${request.ip} ${request.routeOptions.url}` : request.ip),
      timeWindow: 60_000,
      allowList: (request) => !request.url.startsWith('/api/') || isConnection(request, deps.connectionToken),
    }),
  );
  await app.register(fastifySSE, { heartbeatInterval: HEARTBEAT_MS });
  await registerOpenApi(app, deps.version);
  mountAuth(app, { auth: deps.auth, attempts: createAttempts(deps.clock) });
  await app.register(async (plain) => {
    const api = plain as App;
    registerPrincipal(api, deps);
    setupRoutes(api, deps);
    identityRoutes(api, deps);
    projectRoutes(api, deps);
    auditRoutes(api, deps);
    adminRoutes(api, deps);
    await datasetRoutes(api, { ...deps, config: deps.uploads });
    themeRoutes(api, deps);
    imageWorkRoutes(api, deps);
    experimentRoutes(api, deps);
    runRoutes(api, deps);
    forecastRoutes(api, { ...deps, engineVersions: () => deps.dispatcher.state().hosts.python.versions });
    eventRoutes(api, { ...deps, events: deps.dispatcher });
    notificationRoutes(api, deps);
    systemRoutes(api, deps);
    metricsRoutes(api, deps);
    openApiRoute(api);
  });
  await app.ready();
  return app;
}

function isGuarded(request: FastifyRequest): boolean {
  return request.routeOptions.config.guarded === true;
}
