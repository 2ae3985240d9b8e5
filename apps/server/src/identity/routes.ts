/** /api/v1/me, users, passwords, API keys. */
import {
  apiKey,
  createApiKey,
  createdApiKey,
  createdUser,
  createUser as createUserBody,
  me,
  passwordLink,
  ProblemError,
  setupAdmin,
  updateUser as updateUserBody,
  user,
} from '@minori/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../http/app-type.ts';
import { listProjects } from '../projects/store.ts';
import type { SetupState } from '../setup/steps.ts';
import type { Streams } from '../platform/streams.ts';
import { audit } from '../audit/store.ts';
import type { Auth } from './auth.ts';
import { requireAdmin, scopeOf } from './scope.ts';
import type { PeopleDeps } from './users.ts';
import {
  createUser,
  findUser,
  issuePasswordLink,
  listUsers,
  needsAdmin,
  setPasswordByLink,
  setUpAdmin,
  updateUser,
} from './users.ts';

export interface IdentityRoutesDeps extends PeopleDeps {
  readonly auth: Auth;
  readonly streams: Streams;
  readonly setup: SetupState;
}

const idParams = z.object({ id: z.string().min(1).max(64) });
const many = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item), next: z.null() });

export function identityRoutes(app: App, deps: IdentityRoutesDeps): void {
  app.get('/api/v1/me', { schema: { response: { 200: me } } }, async (request) => {
    const scope = scopeOf(request);
    return {
      user: await findUser(deps.db, scope.userId),
      projects: await listProjects(deps.db, scope),
      via: scope.via,
    };
  });

  app.post(
    '/api/v1/setup/admin',
    { config: { open: true, guarded: true }, schema: { body: setupAdmin, response: { 204: z.null() } } },
    async (request, reply) => {
      await setUpAdmin(deps, request.body);
      deps.setup.setNeedsAdmin(await needsAdmin(deps.db));
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/v1/password',
    {
      config: { open: true, guarded: true },
      schema: {
        body: z.strictObject({ token: z.string().min(1).max(200), password: z.string().min(10).max(200) }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      deps.streams.closeOf(await setPasswordByLink(deps, request.body));
      deps.setup.setNeedsAdmin(await needsAdmin(deps.db));
      return reply.code(204).send(null);
    },
  );

  app.get('/api/v1/users', { schema: { response: { 200: many(user) } } }, async (request) => ({
    items: await listUsers(deps.db, scopeOf(request)),
    next: null,
  }));

  app.post(
    '/api/v1/users',
    { schema: { body: createUserBody, response: { 201: createdUser } } },
    async (request, reply) => {
      const { user: person, token } = await createUser(deps, scopeOf(request), request.body);
      return reply.code(201).send({ ...person, link: token === null ? null : linkOf(request, token, person.username) });
    },
  );

  app.get('/api/v1/users/:id', { schema: { params: idParams, response: { 200: user } } }, async (request) => {
    const scope = scopeOf(request);
    if (request.params.id !== scope.userId) requireAdmin(scope);
    return findUser(deps.db, request.params.id);
  });

  app.patch(
    '/api/v1/users/:id',
    { schema: { params: idParams, body: updateUserBody, response: { 200: user } } },
    async (request) => {
      const person = await updateUser(deps, scopeOf(request), request.params.id, request.body);
      if (person.disabled) deps.streams.closeOf(person.id);
      return person;
    },
  );

  app.post(
    '/api/v1/users/:id/password-link',
    { schema: { params: idParams, response: { 201: passwordLink } } },
    async (request, reply) => {
      const { user: person, token } = await issuePasswordLink(deps, scopeOf(request), request.params.id);
      return reply.code(201).send({ link: linkOf(request, token, person.username) });
    },
  );

  app.get('/api/v1/api-keys', { schema: { response: { 200: many(apiKey) } } }, async (request) => {
    const rows = await deps.db
      .selectFrom('apikey')
      .select(['id', 'name', 'start', 'createdAt', 'expiresAt', 'lastRequest'])
      .where('referenceId', '=', scopeOf(request).userId)
      .orderBy('createdAt', 'desc')
      .execute();
    return { items: rows.map(presentKey), next: null };
  });

  app.post(
    '/api/v1/api-keys',
    { schema: { body: createApiKey, response: { 201: createdApiKey } } },
    async (request, reply) => {
      const scope = scopeOf(request);
      // A key must not outlive the one that made it: only a person at the keyboard makes keys.
      if (scope.via === 'api_key') throw new ProblemError('session_needed', 403);
      const created = await deps.auth.api.createApiKey({
        body: {
          name: request.body.name,
          userId: scope.userId,
          ...(request.body.days === undefined ? {} : { expiresIn: request.body.days * 86_400 }),
        },
      });
      await audit(deps.db, scope, {
        action: 'api_key.create',
        target: { type: 'api_key', id: created.id },
        params: { name: request.body.name },
      });
      return reply.code(201).send({ ...presentKey({ ...created, lastRequest: null }), key: created.key });
    },
  );

  app.delete(
    '/api/v1/api-keys/:id',
    { schema: { params: idParams, response: { 204: z.null() } } },
    async (request, reply) => {
      const scope = scopeOf(request);
      const removed = await deps.db
        .deleteFrom('apikey')
        .where('id', '=', request.params.id)
        .where('referenceId', '=', scope.userId)
        .returning('id')
        .executeTakeFirst();
      if (!removed) throw new ProblemError('api_key_not_found', 404);
      await audit(deps.db, scope, { action: 'api_key.delete', target: { type: 'api_key', id: removed.id } });
      deps.streams.closeOf(scope.userId);
      return reply.code(204).send(null);
    },
  );
}

/** At the address the administrator uses, which is one of ours (http/guards.ts). */
function linkOf(request: FastifyRequest, token: string, username: string): string {
  return `${request.protocol}://${request.host}/setup/?token=${token}&user=${encodeURIComponent(username)}`;
}

function presentKey(row: {
  id: string;
  name: string | null;
  start: string | null;
  createdAt: Date;
  expiresAt: Date | null;
  lastRequest: Date | null;
}): z.infer<typeof apiKey> {
  return {
    id: row.id,
    name: row.name ?? '',
    start: row.start ?? '',
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastRequest?.toISOString() ?? null,
  };
}
