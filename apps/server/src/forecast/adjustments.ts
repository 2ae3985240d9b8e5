/** People's own numbers beside the model's: added, never changed; the newest of a series and time counts. */
import { join } from 'node:path';
import { ProblemError, trialTimes } from '@minori/contract';
import type { Adjustment } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import { readFile } from 'node:fs/promises';
import { columnsOf } from '@minori/judge';
import { audit } from '../audit/store.ts';
import { versionFolder } from '../datasets/files.ts';
import { requireProject } from '../identity/scope.ts';
import type { Scope } from '../identity/scope.ts';
import { readSlice, shortest } from './arrays.ts';
import { DELIVERED_FILE } from './deliver.ts';
import type { EvidenceDeps } from './evidence.ts';
import { artifactRow, artifactsFolder } from './finish.ts';
import { chooseSource, readSearch, seriesIds } from './sources.ts';
import type { Search } from './sources.ts';
import { leaderboardTable } from './standing.ts';
import { timesOf } from './tables.ts';

/** Those in force, by series and step. @throws ProblemError run_not_found 404 | not_a_forecast 409 */
export async function listAdjustments(deps: EvidenceDeps, scope: Scope, id: string): Promise<Adjustment[]> {
  const { root } = await readSearch(deps, scope, id);
  return await inForce(deps.db, root.id);
}

interface Wanted {
  readonly unique_id: string;
  readonly ds: string;
  readonly value: number | null;
  readonly note: string;
}

/**
 * All of them or none; tables and report are written anew with them.
 * @throws ProblemError not_finished 409 | adjustment_unknown 422 {series, ds} and what `listAdjustments` throws
 */
export async function adjust(
  deps: EvidenceDeps,
  scope: Scope,
  id: string,
  items: readonly Wanted[],
): Promise<Adjustment[]> {
  const search = await readSearch(deps, scope, id);
  const { root, spec, ended } = search;
  requireProject(scope, root.project_id, 'editor');
  const source = ended === null ? null : await chooseSource(deps, search, undefined);
  if (source === null) throw new ProblemError('not_finished', 409);
  const [ids, text] = await Promise.all([seriesIds(deps, spec.dataset.sha256), readFile(source.times, 'utf8')]);
  const times = trialTimes.parse(JSON.parse(text));
  const { horizon, levels } = spec.plan;
  const columns = columnsOf(levels);
  const folder = artifactsFolder(deps.home, root.id);
  const rows = await Promise.all(
    items.map(async (item) => {
      const series = ids.indexOf(item.unique_id);
      const step = series < 0 ? -1 : timesOf(times, series).indexOf(item.ds);
      if (step < 0)
        throw new ProblemError('adjustment_unknown', 422, { series: item.unique_id.slice(0, 200), ds: item.ds });
      const said = await readSlice(join(folder, DELIVERED_FILE), (series * horizon + step) * columns, 1);
      const y_hat = said === null ? null : shortest(said[0] ?? Number.NaN);
      return { run_id: root.id, step: step + 1, y_hat, author_id: scope.userId, ...item };
    }),
  );
  await deps.db.transaction().execute(async (tx) => {
    // One at a time, so that the files never lack what the table has.
    await tx.selectFrom('training_runs').select('id').where('id', '=', root.id).forUpdate().executeTakeFirst();
    await tx.insertInto('forecast_adjustment').values(rows).execute();
    await rewriteFiles(deps, tx, search, source.times, ids);
  });
  await audit(deps.db, scope, {
    action: 'forecast.adjust',
    target: { type: 'run', id: root.id },
    projectId: root.project_id,
    params: { values: items.length },
  });
  return await inForce(deps.db, root.id);
}

/** Of one series: step (from 1) -> value. */
export async function adjustedOf(db: Db, rootId: number, uniqueId: string): Promise<Map<number, number>> {
  const found = await inForce(db, rootId, uniqueId);
  return new Map(found.flatMap(({ step, value }) => (value === null ? [] : [[step, value]])));
}

export async function countAdjusted(db: Db, rootId: number): Promise<number> {
  return (await inForce(db, rootId)).length;
}

async function rewriteFiles(
  deps: EvidenceDeps,
  tx: Tx,
  { root, spec, entries }: Search,
  timesFile: string,
  ids: readonly string[],
): Promise<void> {
  const folder = artifactsFolder(deps.home, root.id);
  const adjusted = await inForce(tx, root.id);
  const files = await deps.judge.rewrite({
    folder,
    forecastFile: join(folder, DELIVERED_FILE),
    timesFile,
    profileFile: join(versionFolder(deps.home, spec.dataset.sha256), 'profile.json'),
    series: ids.length,
    horizon: spec.plan.horizon,
    levels: spec.plan.levels,
    leaderboard: leaderboardTable(entries, spec.plan.levels),
    adjusted: adjusted.flatMap(({ unique_id: id, step, value, note, author, created_at: created }) =>
      value === null ? [] : [{ series: ids.indexOf(id), step: step - 1, value, note, author, created }],
    ),
  });
  await tx
    .insertInto('model_artifacts')
    .values(files.map((file) => artifactRow(root.id, file)))
    .onConflict((conflict) =>
      conflict
        .columns(['run_id', 'name'])
        .doUpdateSet((eb) => ({ sha256: eb.ref('excluded.sha256'), bytes: eb.ref('excluded.bytes') })),
    )
    .execute();
}

async function inForce(db: Db | Tx, rootId: number, uniqueId?: string): Promise<Adjustment[]> {
  const { rows } = await sql<Omit<Adjustment, 'created_at'> & { created_at: Date }>`
    select a.id, a.unique_id, a.ds, a.step, a.value, a.y_hat, a.note, coalesce(u.username, u.name) as author, a.created_at
    from (
      select distinct on (unique_id, step) * from forecast_adjustment
      where run_id = ${rootId} ${uniqueId === undefined ? sql`` : sql`and unique_id = ${uniqueId}`}
      order by unique_id, step, id desc
    ) a join "user" u on u.id = a.author_id
    where a.value is not null
    order by a.unique_id, a.step`.execute(db);
  return rows.map((row) => ({ ...row, id: Number(row.id), created_at: row.created_at.toISOString() }));
}
