/** What is refused before anybody asks who is calling: foreign hosts, cross-site changes. */
import { hostname, networkInterfaces } from 'node:os';
import { ProblemError } from '@minori/contract';
import type { FastifyRequest } from 'fastify';
import type { App } from './app-type.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Names this server answers to; anything else is a page that points its own name at us (DNS rebinding). */
export function allowedHosts(bound: string, configured: readonly string[]): ReadonlySet<string> {
  const names = [...LOOPBACK, ...configured, hostname()];
  if (bound === '0.0.0.0' || bound === '::')
    for (const addresses of Object.values(networkInterfaces()))
      for (const { address, family } of addresses ?? [])
        names.push(family === 'IPv6' ? `[${address.split('%')[0]}]` : address);
  else names.push(bound.includes(':') ? `[${bound}]` : bound);
  return new Set(names.map((name) => name.toLowerCase()));
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

export function registerHostGuard(app: App, hosts: ReadonlySet<string>): void {
  app.addHook('onRequest', async (request) => {
    if (!hosts.has(withoutPort(request.host)))
      throw new ProblemError('host_not_allowed', 421, { host: request.host.slice(0, 100) });
  });
}

function withoutPort(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

/**
 * A browser says where a request comes from. One from another site never changes anything here;
 * one that rests on a cookie has to prove that it is ours (@param byCookie).
 */
export function refuseCrossSite(request: FastifyRequest, byCookie: boolean): void {
  if (SAFE_METHODS.has(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers.origin;
  const sameOrigin = origin !== undefined && originHost(origin) === request.host.toLowerCase();
  if (origin !== undefined && !sameOrigin) throw new ProblemError('cross_site', 403);
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && !byCookie))
    throw new ProblemError('cross_site', 403);
  if (byCookie && !sameOrigin && site !== 'same-origin') throw new ProblemError('cross_site', 403);
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
