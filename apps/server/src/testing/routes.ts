/** Every route an app answers, read from Fastify's own printed tree, so that none can hide. */
import type { App } from '../http/app-type.ts';

export interface Route {
  readonly method: string;
  readonly url: string;
}

export function routesOf(app: App): Route[] {
  const path: string[] = [];
  const routes: Route[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (!match) continue;
    const [, indent = '', part = '', methods] = match;
    const depth = indent.length / 4;
    path.length = depth;
    path[depth] = part;
    for (const method of methods?.split(', ') ?? []) routes.push({ method, url: path.join('') });
  }
  return routes;
}
