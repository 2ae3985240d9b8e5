/** Who asks, and what they may see: no store is called without it. */
import { ProblemError } from '@minori/contract';
import type { Role } from '@minori/contract';
import type { FastifyRequest } from 'fastify';

export type Via = 'session' | 'api_key' | 'connection';

export interface Scope {
  readonly userId: string;
  readonly username: string;
  /** On the whole instance; an admin may do everything in every project. */
  readonly role: Role;
  readonly via: Via;
  /** Role per project; a project that is not here does not exist for this person. */
  readonly projects: ReadonlyMap<number, Role>;
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, editor: 1, admin: 2 };

declare module 'fastify' {
  interface FastifyRequest {
    scope: Scope | null;
  }
}

/** @throws ProblemError not_signed_in 401 */
export function scopeOf(request: FastifyRequest): Scope {
  if (request.scope === null) throw new ProblemError('not_signed_in', 401);
  return request.scope;
}

export function projectIds(scope: Scope): number[] {
  return [...scope.projects.keys()];
}

export function mayIn(scope: Scope, projectId: number, needed: Role): boolean {
  const role = scope.projects.get(projectId);
  return role !== undefined && RANK[role] >= RANK[needed];
}

/** @throws ProblemError project_not_found 404 to a stranger, role_too_low 403 to a member */
export function requireProject(scope: Scope, projectId: number, needed: Role): void {
  if (!scope.projects.has(projectId)) throw new ProblemError('project_not_found', 404);
  if (!mayIn(scope, projectId, needed)) throw new ProblemError('role_too_low', 403, { needed });
}

/** @throws ProblemError role_too_low 403 */
export function requireAdmin(scope: Scope): void {
  if (scope.role !== 'admin') throw new ProblemError('role_too_low', 403, { needed: 'admin' });
}

/** The project of a request that names none: the oldest in which this person may write. */
export function defaultProject(scope: Scope): number {
  const writable = projectIds(scope).filter((id) => mayIn(scope, id, 'editor'));
  if (writable.length === 0) throw new ProblemError('no_project', 403);
  return Math.min(...writable);
}
