/** GET /metrics for Prometheus. Routes are labeled by their pattern, never by what somebody typed. */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { App } from '../http/app-type.ts';

export interface MetricsDeps {
  readonly version: string;
  readonly dispatcher: { state(): { running: number; waiting: number; slots: number } };
  readonly streams: { count(): number };
}

export function metricsRoutes(app: App, deps: MetricsDeps): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'minori_' });
  const duration = new Histogram({
    name: 'minori_http_request_seconds',
    help: 'Time from request to the end of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('minori_runs_running', 'Root runs that are under way', () => deps.dispatcher.state().running);
  gauge('minori_runs_waiting', 'Root runs in the queue', () => deps.dispatcher.state().waiting);
  gauge('minori_slots', 'Tasks that may run at once', () => deps.dispatcher.state().slots);
  gauge('minori_event_streams', 'Open event streams', () => deps.streams.count());
  new Gauge({ name: 'minori_info', help: 'Version', labelNames: ['version'], registers: [registry] }).set(
    { version: deps.version },
    1,
  );

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route !== undefined)
      duration.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
