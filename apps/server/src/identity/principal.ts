/** Finds out who is calling, once per request: connection token, API key or session cookie. */
import { timingSafeEqual, createHash } from 'node:crypto';
import { ProblemError } from '@minori/contract';
import type { Role } from '@minori/contract';
import { kept } from '@minori/database';
import type { Db } from '@minori/database';
import { fromNodeHeaders } from 'better-auth/node';
import type { FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { refuseCrossSite } from '../http/guards.ts';
import type { App } from '../http/app-type.ts';
import type { Auth } from './auth.ts';
import type { Scope, Via } from './scope.ts';
import { firstAdmin, roleOf } from './users.ts';

export interface PrincipalDeps {
  readonly db: Db;
  readonly auth: Auth;
  /** Made per start and kept in connection.json. */
  readonly connectionToken: string;
}

/** Sets `request.scope` for everything under /api/v1 and /metrics, and refuses who has none unless the route is open. */
export function registerPrincipal(app: App, deps: PrincipalDeps): void {
  app.decorateRequest('scope', null);
  app.addHook('onRequest', async (request) => {
    request.scope = await findScope(deps, request);
    refuseCrossSite(request, request.scope?.via === 'session');
    if (request.scope === null && request.routeOptions.config.open !== true)
      throw new ProblemError('not_signed_in', 401);
  });
}

async function findScope(deps: PrincipalDeps, request: FastifyRequest): Promise<Scope | null> {
  const credential = credentialOf(request);
  if (credential !== null) {
    if (sameToken(credential, deps.connectionToken))
      return scopeFor(deps.db, (await firstAdmin(deps.db)).id, 'connection');
    const { valid, key } = await deps.auth.api.verifyApiKey({ body: { key: credential } });
    // A wrong credential is an error of its own: falling back to a cookie would hide it.
    if (!valid || key === null) throw new ProblemError('credential_invalid', 401);
    return scopeFor(deps.db, key.referenceId, 'api_key');
  }
  if (request.headers.cookie === undefined) return null;
  const session = await deps.auth.api.getSession({ headers: fromNodeHeaders({ cookie: request.headers.cookie }) });
  return session === null ? null : scopeFor(deps.db, session.user.id, 'session');
}

/** Programs of this machine that read connection.json; they are under nobody's limits. */
export function isConnection(request: FastifyRequest, connectionToken: string): boolean {
  const credential = credentialOf(request);
  return credential !== null && sameToken(credential, connectionToken);
}

function credentialOf(request: FastifyRequest): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const key = request.headers['x-api-key'];
  return bearer ?? (typeof key === 'string' ? key : null);
}

/** Compares hashes, so that neither length nor content shows in the time it takes. */
function sameToken(given: string, expected: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** A disabled or deleted person has no scope. */
export async function scopeFor(db: Db, userId: string, via: Via): Promise<Scope | null> {
  const { rows } = await sql<{
    username: string | null;
    role: string | null;
    banned: boolean | null;
    projects: Record<string, Role> | null;
    all: number[] | null;
  }>`${kept}
    select u."username", u."role", u."banned",
      (select jsonb_object_agg(m.project_id, m.role) from project_member m where m.user_id = u."id") as projects,
      (select jsonb_agg(p.id) from project p where u."role" = 'admin') as "all"
    from "user" u where u."id" = ${userId}`.execute(db);
  const [user] = rows;
  if (!user || user.banned === true) return null;
  const role = roleOf(user.role);
  const projects = new Map(Object.entries(user.projects ?? {}).map(([id, member]) => [Number(id), member]));
  if (role === 'admin') for (const id of user.all ?? []) projects.set(id, 'admin');
  return { userId, username: user.username ?? userId, role, via, projects };
}
