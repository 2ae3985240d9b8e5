/** Asking for a past run again, with a few values changed; each kind of run knows how. */
import { ProblemError } from '@minori/contract';
import type { RunKind, Track } from '@minori/contract';
import type { Database, Db } from '@minori/database';
import type { Selectable } from 'kysely';
import type { Scope } from '../identity/scope.ts';

export interface Cloned {
  /** What would be asked. */
  readonly request: Record<string, unknown>;
  /** Asks it; answers the id of the new root. */
  start(): Promise<number>;
}

export interface Cloner {
  readonly track: Track;
  readonly kind: RunKind;
  /** @throws ProblemError override_unknown 422 {name}, and what the kind's own validation says */
  prepare(
    scope: Scope,
    run: Selectable<Database['training_runs']>,
    overrides: Readonly<Record<string, unknown>>,
  ): Promise<Cloned>;
}

const FORBIDDEN = new Set(['__proto__', 'prototype', 'constructor']);
const NAME = /^[\p{L}\p{N}_-]{1,100}(\.[\p{L}\p{N}_-]{1,100}){1,4}$/u;

/** @throws ProblemError override_unknown 422 for anything that is no `Section.name` */
export function checkOverrides(overrides: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(overrides))
    if (!NAME.test(name) || name.split('.').some((part) => FORBIDDEN.has(part)))
      throw new ProblemError('override_unknown', 422, { name: name.slice(0, 100) });
}

/** @throws ProblemError clone_not_possible 409 */
export async function prepareClone(
  deps: { db: Db; cloners: readonly Cloner[] },
  scope: Scope,
  run: { id: number; track: Track; kind: RunKind },
  overrides: Readonly<Record<string, unknown>>,
): Promise<Cloned> {
  checkOverrides(overrides);
  const cloner = deps.cloners.find(({ track, kind }) => track === run.track && kind === run.kind);
  if (!cloner) throw new ProblemError('clone_not_possible', 409, { kind: run.kind });
  const row = await deps.db.selectFrom('training_runs').selectAll().where('id', '=', run.id).executeTakeFirstOrThrow();
  return cloner.prepare(scope, row, overrides);
}
