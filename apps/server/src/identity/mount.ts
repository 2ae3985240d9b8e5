/** The few better-auth paths that browsers need, under /api/auth; all others do not exist here. */
import { ProblemError } from '@minori/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuseCrossSite } from '../http/guards.ts';
import type { App } from '../http/app-type.ts';
import type { Attempts } from './attempts.ts';
import { CLIENT_ADDRESS_HEADER } from './auth.ts';
import type { Auth } from './auth.ts';

const PATHS: Readonly<Record<string, 'GET' | 'POST'>> = {
  '/sign-in/username': 'POST',
  '/sign-out': 'POST',
  '/get-session': 'GET',
  '/change-password': 'POST',
  '/list-sessions': 'GET',
  '/revoke-session': 'POST',
  '/revoke-other-sessions': 'POST',
};

const CODES: Readonly<Record<string, string>> = {
  INVALID_USERNAME_OR_PASSWORD: 'sign_in_failed',
  INVALID_EMAIL_OR_PASSWORD: 'sign_in_failed',
  USERNAME_TOO_SHORT: 'sign_in_failed',
  USERNAME_TOO_LONG: 'sign_in_failed',
  INVALID_USERNAME: 'sign_in_failed',
  BANNED_USER: 'account_disabled',
  INVALID_PASSWORD: 'password_wrong',
  PASSWORD_TOO_SHORT: 'password_too_short',
  PASSWORD_TOO_LONG: 'password_too_long',
  UNAUTHORIZED: 'not_signed_in',
};

export function mountAuth(app: App, deps: { auth: Auth; attempts: Attempts }): void {
  for (const [path, method] of Object.entries(PATHS))
    app.route({
      method,
      url: `/api/auth${path}`,
      config: { open: true },
      handler: (request, reply) =>
        path === '/sign-in/username' ? signIn(request, reply) : forward(request, reply, path),
    });

  async function signIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { username } = (request.body ?? {}) as { username?: unknown };
    const account = typeof username === 'string' ? username.trim().toLowerCase().slice(0, 100) : '';
    deps.attempts.check(account);
    try {
      const answer = await forward(request, reply, '/sign-in/username');
      deps.attempts.succeeded(account);
      return answer;
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'sign_in_failed') deps.attempts.failed(account);
      throw error;
    }
  }

  async function forward(request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> {
    refuseCrossSite(request, request.headers.cookie !== undefined && path !== '/sign-in/username');
    const response = await deps.auth.handler(toWebRequest(request));
    if (!response.ok) throw await toProblem(response);
    for (const cookie of response.headers.getSetCookie()) void reply.header('set-cookie', securedFor(request, cookie));
    return reply
      .code(response.status)
      .header('cache-control', 'no-store')
      .type('application/json')
      .send(await response.text());
  }
}

/** Behind a proxy that speaks TLS for us we listen without it; the cookie must not. */
function securedFor(request: FastifyRequest, cookie: string): string {
  return request.protocol === 'https' && !/;\s*secure/i.test(cookie) ? `${cookie}; Secure` : cookie;
}

/** Headers that decide about identity are ours: the address is the socket's, whatever the client wrote. */
function toWebRequest(request: FastifyRequest): Request {
  const headers = new Headers({
    [CLIENT_ADDRESS_HEADER]: request.ip,
    host: request.host,
    'content-type': 'application/json',
  });
  for (const name of ['cookie', 'user-agent', 'origin'] as const) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  return new Request(`${request.protocol}://${request.host}${request.url}`, {
    method: request.method,
    headers,
    ...(request.method === 'POST' ? { body: JSON.stringify(request.body ?? {}) } : {}),
  });
}

async function toProblem(response: Response): Promise<ProblemError> {
  const body = (await response.json().catch(() => ({}))) as { code?: unknown };
  if (response.status === 429)
    return new ProblemError('too_many_attempts', 429, {
      retry_after: Number(response.headers.get('x-retry-after')) || 10,
    });
  const code = typeof body.code === 'string' ? CODES[body.code] : undefined;
  return new ProblemError(
    code ?? (response.status === 401 ? 'not_signed_in' : 'request_invalid'),
    response.status,
    code ? {} : { path: '', detail: String(body.code ?? '') },
  );
}
