import {
  createProject as createProjectBody,
  idParam,
  project,
  projectMember,
  putProjectMember,
} from '@minori/contract';
import type { Db } from '@minori/database';
import { z } from 'zod';
import type { App } from '../http/app-type.ts';
import { scopeOf } from '../identity/scope.ts';
import type { Streams } from '../platform/streams.ts';
import { createProject, listMembers, listProjects, putMember, removeMember, renameProject } from './store.ts';

const memberParams = idParam.extend({ userId: z.string().min(1).max(64) });

/** Who gained or lost a project goes on with a fresh scope: open streams end and come back. */
export function projectRoutes(app: App, { db, streams }: { db: Db; streams: Streams }): void {
  app.get(
    '/api/v1/projects',
    { schema: { response: { 200: z.strictObject({ items: z.array(project), next: z.null() }) } } },
    async (request) => ({
      items: await listProjects(db, scopeOf(request)),
      next: null,
    }),
  );

  app.post(
    '/api/v1/projects',
    { schema: { body: createProjectBody, response: { 201: project } } },
    async (request, reply) => reply.code(201).send(await createProject(db, scopeOf(request), request.body.name)),
  );

  app.patch(
    '/api/v1/projects/:id',
    { schema: { params: idParam, body: createProjectBody, response: { 200: project } } },
    (request) => renameProject(db, scopeOf(request), request.params.id, request.body.name),
  );

  app.get(
    '/api/v1/projects/:id/members',
    {
      schema: { params: idParam, response: { 200: z.strictObject({ items: z.array(projectMember), next: z.null() }) } },
    },
    async (request) => ({
      items: await listMembers(db, scopeOf(request), request.params.id),
      next: null,
    }),
  );

  app.put(
    '/api/v1/projects/:id/members/:userId',
    { schema: { params: memberParams, body: putProjectMember, response: { 200: projectMember } } },
    async (request) => {
      const member = await putMember(db, scopeOf(request), request.params.id, request.params.userId, request.body.role);
      streams.closeOf(member.user_id);
      return member;
    },
  );

  app.delete(
    '/api/v1/projects/:id/members/:userId',
    { schema: { params: memberParams, response: { 204: z.null() } } },
    async (request, reply) => {
      await removeMember(db, scopeOf(request), request.params.id, request.params.userId);
      streams.closeOf(request.params.userId);
      return reply.code(204).send(null);
    },
  );
}
