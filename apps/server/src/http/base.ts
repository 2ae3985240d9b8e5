/** What the set-up app and the full app share: limits, guards, headers, problem+json. */
import helmet from '@fastify/helmet';
import Fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyReply } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { App } from './app-type.ts';
import { registerHostGuard } from './guards.ts';
import { registerProblems, sendProblem, toProblem } from './problems.ts';
import { registerWebApp } from './web-app.ts';
import type { WebAppDeps } from './web-app.ts';

const BODY_BYTES = 4 * 1024 ** 2;

export interface BaseOptions extends WebAppDeps {
  readonly log: FastifyBaseLogger;
  readonly hosts: ReadonlySet<string>;
  /** Peers whose X-Forwarded-* are believed; nobody's when empty. */
  readonly trustedProxies: readonly string[];
  readonly secure: boolean;
}

export async function createBase(options: BaseOptions): Promise<App> {
  const app: App = Fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES,
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    // `__proto__` and `constructor` in a body are an attack or a mistake, never data.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    forceCloseConnections: true,
    // What fails before there is a route (a broken address) has no error handler of its own.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply as FastifyReply, toProblem(error)),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // A form of another site can send text/plain without asking; JSON it cannot.
  app.removeContentTypeParser('text/plain');
  registerProblems(app);
  registerHostGuard(app, options.hosts);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        // Mantine and ECharts write style elements and attributes.
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'worker-src': ["'self'"],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    hsts: options.secure ? { maxAge: 180 * 24 * 3600, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: false,
  });
  app.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/api/') && !reply.hasHeader('cache-control'))
      void reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log.debug(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
  await registerWebApp(app, options);
  return app;
}
