/** Stores a prepared dataset version: data.parquet, profile.json and what belongs to them. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOUBLE } from '@duckdb/node-api';
import type { BuildResult } from '@minori/contract';
import { appendColumns, identifier, literal, type Duck } from './duck.ts';
import { bySeverity, type Ledger } from './findings.ts';
import { writeFinal } from './exogenous.ts';
import type { Prepared } from './prepare.ts';

const DATA = 'data.parquet';
const FUTURE = 'future.parquet';
const INDEX = 'index.parquet';
export const PROFILE = 'profile.json';

/** One writer thread's row groups and no statistics of the machine: the same data give the same bytes. */
const FORMAT = `(format parquet, compression zstd, row_group_size 122880)`;

const dsOf = (type: 'timestamp' | 'integer'): string =>
  type === 'integer' ? 'f.t::bigint' : 'make_timestamp_ms(f.t::bigint)';

export async function storeVersion(
  duck: Duck,
  prepared: Prepared,
  ledger: Ledger,
  folder: string,
): Promise<BuildResult> {
  const { panel, profile, exogenous, future, labels } = prepared;
  // With exogenous columns the table is there already.
  if (!(await hasTable(duck, 'final'))) await writeFinal(duck, panel);
  const extra = exogenous.map(({ name, sql }) => `, ${sql} as ${identifier(name)}`).join('');
  const join_ = exogenous.length > 0 ? ' left join extra e on e.rn = f.rn' : '';
  await duck.run(
    `copy (select i.uid as unique_id, ${dsOf(profile.ds_type)} as ds, f.y${extra} from final f join final_ids i on i.u = f.u${join_} order by f.n) to ${literal(join(folder, DATA))} ${FORMAT}`,
  );
  const extras: string[] = [];
  const futureColumns = exogenous.filter(({ role }) => role === 'futr');
  if (future.t.length > 0 && futureColumns.length > 0) {
    await writeFinal(duck, future, 'ahead');
    const columns = futureColumns
      .map(({ name }) => `, e.e${exogenousIndex(exogenous, name)} as ${identifier(name)}`)
      .join('');
    await duck.run(
      `copy (select i.uid as unique_id, ${dsOf(profile.ds_type)} as ds${columns} from ahead f join ahead_ids i on i.u = f.u left join extra e on e.rn = f.rn order by f.n) to ${literal(join(folder, FUTURE))} ${FORMAT}`,
    );
    extras.push(FUTURE);
  }
  if (labels !== null && labels.size > 0) {
    await duck.run('create temp table marks(ds double, t double)');
    const marks = [...labels].toSorted((a, b) => a[0] - b[0]);
    await appendColumns(duck, 'marks', [DOUBLE, DOUBLE], [marks.map(([ds]) => ds), marks.map(([, t]) => t)]);
    await duck.run(
      `copy (select ds::bigint as ds, make_timestamp_ms(t::bigint) as time from marks order by ds) to ${literal(join(folder, INDEX))} ${FORMAT}`,
    );
    extras.push(INDEX);
  }
  writeFileSync(join(folder, PROFILE), JSON.stringify(profile));
  const files = [DATA, ...extras];
  return {
    findings: bySeverity(ledger.findings),
    data_path: DATA,
    profile_path: PROFILE,
    extra_paths: extras,
    sha256: await contentHash(files.map((name) => join(folder, name))),
    bytes: files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
    rows: profile.rows,
    series: profile.series_count,
    freq: profile.freq,
  };
}

const exogenousIndex = (exogenous: Prepared['exogenous'], name: string): number =>
  exogenous.find((column) => column.name === name)?.cell ?? 0;

async function hasTable(duck: Duck, name: string): Promise<boolean> {
  return (await duck.count('select count(*) from duckdb_tables() where table_name = $1', [name])) > 0;
}

async function contentHash(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) for await (const block of createReadStream(path)) hash.update(block as Buffer);
  return hash.digest('hex');
}
