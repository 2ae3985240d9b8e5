/** Datasets and their immutable versions, as their readers may see them. */
import { finding, ProblemError, profile as profileSchema } from '@minori/contract';
import type { Dataset, DatasetDetail, Profile } from '@minori/contract';
import type { Db } from '@minori/database';
import { sql } from 'kysely';
import { z } from 'zod';
import { mayIn, projectIds, requireProject } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';
import type { Role } from '@minori/contract';
import { decodeIdCursor, pageOf } from '../platform/keyset.ts';

/** Series whose facts stay in the row; profile.json has all of them. */
export const SERIES_IN_ROW = 500;

export interface VersionRow {
  dataset_id: number;
  version: number;
  sha256: string;
  rows: number;
  series: number;
  freq: string;
  source_name: string;
  bytes: number;
  created_at: Date;
  created_by: string;
  parent_version: number | null;
}

function selectDatasets(db: Db, scope: Scope) {
  const ids = projectIds(scope);
  return db
    .selectFrom('datasets as d')
    .innerJoin('dataset_version as v', (join) =>
      join
        .onRef('v.dataset_id', '=', 'd.id')
        .on('v.version', '=', sql<number>`(select max(w.version) from dataset_version w where w.dataset_id = d.id)`),
    )
    .leftJoin('user as owner', 'owner.id', 'd.owner_id')
    .leftJoin('user as maker', 'maker.id', 'v.created_by')
    .select([
      'd.id',
      'd.key',
      'd.name',
      'd.project_id',
      'd.owner_id',
      'd.created_at',
      'owner.username as owner',
      'v.dataset_id',
      'v.version',
      'v.sha256',
      'v.rows',
      'v.series',
      'v.freq',
      'v.source_name',
      'v.bytes',
      'v.parent_version',
      'v.created_at as version_at',
      'maker.username as maker',
      'v.created_by',
    ])
    .where('d.project_id', 'in', ids.length === 0 ? [0] : ids)
    .where('d.archived_at', 'is', null);
}
type DatasetRow = Awaited<ReturnType<ReturnType<typeof selectDatasets>['executeTakeFirstOrThrow']>>;

export async function listDatasets(
  db: Db,
  scope: Scope,
  query: {
    limit: number;
    cursor?: string | undefined;
    key?: string | undefined;
    project_id?: number | undefined;
    q?: string | undefined;
  },
): Promise<{ items: Dataset[]; next: string | null }> {
  if (query.project_id !== undefined) requireProject(scope, query.project_id, 'viewer');
  let select = selectDatasets(db, scope)
    .orderBy('d.id', 'desc')
    .limit(query.limit + 1);
  if (query.cursor) select = select.where('d.id', '<', decodeIdCursor(query.cursor));
  if (query.key !== undefined) select = select.where('d.key', '=', query.key);
  if (query.project_id !== undefined) select = select.where('d.project_id', '=', query.project_id);
  if (query.q) select = select.where('d.name', 'ilike', `%${query.q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
  return pageOf(await select.execute(), query.limit, present, (row) => [row.id]);
}

/** @throws ProblemError dataset_not_found 404, role_too_low 403 to a member */
export async function findDataset(db: Db, scope: Scope, id: number, needed: Role = 'viewer'): Promise<Dataset> {
  const row = await selectDatasets(db, scope).where('d.id', '=', id).executeTakeFirst();
  if (!row) throw new ProblemError('dataset_not_found', 404);
  if (!mayIn(scope, row.project_id, needed)) throw new ProblemError('role_too_low', 403, { needed });
  return present(row);
}

/**
 * One version of a dataset somebody may see, the newest when none is named.
 * @throws ProblemError dataset_not_found 404 | dataset_version_not_found 404 {version}
 */
export async function findVersion(
  db: Db,
  scope: Scope,
  datasetId: number,
  version?: number,
  needed: Role = 'viewer',
): Promise<{ dataset: Dataset; version: VersionRow }> {
  const dataset = await findDataset(db, scope, datasetId, needed);
  const wanted = version ?? dataset.latest.version;
  const row = await db
    .selectFrom('dataset_version')
    .select([
      'dataset_id',
      'version',
      'sha256',
      'rows',
      'series',
      'freq',
      'source_name',
      'bytes',
      'created_at',
      'created_by',
      'parent_version',
    ])
    .where('dataset_id', '=', datasetId)
    .where('version', '=', wanted)
    .executeTakeFirst();
  if (!row) throw new ProblemError('dataset_version_not_found', 404, { version: wanted });
  return { dataset, version: row };
}

export async function readDetail(db: Db, scope: Scope, datasetId: number, version?: number): Promise<DatasetDetail> {
  const { dataset, version: chosen } = await findVersion(db, scope, datasetId, version);
  const versions = await db
    .selectFrom('dataset_version as v')
    .leftJoin('user as u', 'u.id', 'v.created_by')
    .select([
      'v.version',
      'v.sha256',
      'v.rows',
      'v.series',
      'v.freq',
      'v.source_name',
      'v.bytes',
      'v.created_at',
      'v.created_by',
      'v.parent_version',
      'u.username',
    ])
    .where('v.dataset_id', '=', datasetId)
    .orderBy('v.version', 'desc')
    .execute();
  const documents = await db
    .selectFrom('dataset_version')
    .select(['profile', 'findings'])
    .where('dataset_id', '=', datasetId)
    .where('version', '=', chosen.version)
    .executeTakeFirstOrThrow();
  return {
    ...dataset,
    versions: versions.map(({ username, created_at, created_by, ...row }) => ({
      ...row,
      created_at: created_at.toISOString(),
      created_by: username ?? created_by,
    })),
    profile: profileSchema.parse(documents.profile),
    findings: z.array(finding).parse(documents.findings),
  };
}

/** What the row keeps of a profile: a panel of 100,000 series would fill it with series. */
export function shortProfile(profile: Profile): Profile {
  return { ...profile, series: profile.series.slice(0, SERIES_IN_ROW) };
}

function present(row: DatasetRow): Dataset {
  return {
    id: row.id,
    key: row.key,
    name: row.name,
    project_id: row.project_id,
    owner: row.owner ?? row.owner_id,
    created_at: row.created_at.toISOString(),
    latest: {
      version: row.version,
      sha256: row.sha256,
      rows: row.rows,
      series: row.series,
      freq: row.freq,
      source_name: row.source_name,
      bytes: row.bytes,
      created_at: row.version_at.toISOString(),
      created_by: row.maker ?? row.created_by,
      parent_version: row.parent_version,
    },
  };
}
