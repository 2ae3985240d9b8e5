/** What has changed between two versions of a theme, or since one. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { manifestLine } from '@minori/contract';
import type { ManifestLine, VersionDifference } from '@minori/contract';
import { sql } from 'kysely';
import type { Scope } from '../identity/scope.ts';
import { currentLines, findVersion, manifestFile } from './versions.ts';
import type { VersionDeps } from './versions.ts';

const SHOWN = 500;

/** @throws ProblemError theme_version_not_found 404 */
export async function differenceOf(
  deps: Pick<VersionDeps, 'db' | 'home'>,
  scope: Scope,
  themeId: number,
  from: number,
  to: number | null,
): Promise<VersionDifference> {
  const read = async (version: number) =>
    readManifest(manifestFile(deps.home, (await findVersion(deps.db, scope, themeId, version)).sha256));
  const before = new Map((await read(from)).map((line) => [line.sha256, line]));
  const after = new Map(
    (to === null ? await currentLines(deps.db, themeId) : await read(to)).map((line) => [line.sha256, line]),
  );
  const counts = { same: 0, added: 0, removed: 0, relabeled: 0, moved: 0, regrouped: 0 };
  const changed: string[] = [];
  for (const sha256 of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(sha256), after.get(sha256)];
    if (old === undefined) counts.added += 1;
    else if (now === undefined) counts.removed += 1;
    else {
      if (old.label !== now.label) counts.relabeled += 1;
      if (old.split !== now.split) counts.moved += 1;
      if (old.group !== now.group) counts.regrouped += 1;
    }
    if (old !== undefined && now !== undefined && !differs(old, now)) counts.same += 1;
    else changed.push(sha256);
  }
  const shown = changed.toSorted().slice(0, SHOWN);
  const ids = await idsOf(deps, themeId, shown);
  return {
    from,
    to,
    ...counts,
    changes: shown.map((sha256) => ({
      sha256,
      image_id: ids.get(sha256) ?? null,
      before: stateOf(before.get(sha256)),
      after: stateOf(after.get(sha256)),
    })),
  };
}

function differs(a: ManifestLine, b: ManifestLine): boolean {
  return a.label !== b.label || a.split !== b.split || a.group !== b.group;
}

function stateOf(line: ManifestLine | undefined) {
  return line === undefined ? null : { label: line.label, split: line.split, group: line.group };
}

async function readManifest(path: string): Promise<ManifestLine[]> {
  const lines: ManifestLine[] = [];
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') }))
    if (line !== '') lines.push(manifestLine.parse(JSON.parse(line)));
  return lines;
}

async function idsOf({ db }: Pick<VersionDeps, 'db'>, themeId: number, contents: readonly string[]) {
  const { rows } = await sql<{ image_id: number; sha256: string }>`
    select image_id, sha256 from image
    where theme_id = ${themeId} and deleted_at is null and sha256 = any(${[...contents]}::text[])`.execute(db);
  return new Map(rows.map((row) => [row.sha256, row.image_id]));
}
