/** The `ingest` run: a file becomes an immutable dataset version. One leaf, in the interactive slot. */
import { join } from 'node:path';
import { acceptedFix, buildResult, mapping as mappingSchema, TaskFailure } from '@minori/contract';
import type { BuildResult, Profile } from '@minori/contract';
import { jsonb } from '@minori/database';
import type { Db, Tx } from '@minori/database';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Driver } from '../dispatch/index.ts';
import type { Home } from '../platform/home.ts';
import { readVersionProfile, storeVersion, versionParquet } from './files.ts';
import { shortProfile } from './store.ts';

export const ingestSpec = z.strictObject({
  /** Absolute path of the content; the name is text. */
  path: z.string(),
  name: z.string(),
  upload_id: z.string().nullable(),
  mapping: mappingSchema,
  fixes: z.array(acceptedFix),
  /** Name of the new dataset, or the dataset that gets a next version. */
  target: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('new'), name: z.string() }),
    z.strictObject({ kind: z.literal('append'), dataset_id: z.int(), base_version: z.int(), base_sha256: z.string() }),
  ]),
});
export type IngestSpec = z.infer<typeof ingestSpec>;

/** What the run's result says once it has succeeded. */
export const ingestOutcome = z.object({ dataset_id: z.int(), version: z.int(), created: z.boolean() });

const MEMORY_BYTES = 3 * 1024 ** 3;
const SECONDS = 3600;

export function createIngestDriver({ db, home }: { db: Db; home: Home }): Driver {
  return {
    kind: 'ingest',
    track: 'data',
    shape: 'leaf',
    slot: 'interactive',
    onPause: 'finish',
    async task(run) {
      const spec = ingestSpec.parse(run.spec);
      return {
        host: 'node',
        kind: 'ingest.build',
        input: {
          operation: 'build',
          path: spec.path,
          name: spec.name,
          mapping: spec.mapping,
          fixes: spec.fixes,
          append_to: spec.target.kind === 'append' ? versionParquet(home, spec.target.base_sha256) : null,
        },
        limits: { memory_bytes: MEMORY_BYTES, threads: 2, seconds: SECONDS, grace_seconds: 2 },
      };
    },
    async digest(run, ending) {
      const spec = ingestSpec.parse(run.spec);
      const built = buildResult.parse(ending.result);
      if (spec.target.kind === 'append') await refuseChanged(db, spec.target);
      const files = [built.data_path, built.profile_path, ...built.extra_paths].map((path) =>
        join(ending.folder, path),
      );
      await storeVersion(home, built.sha256, files);
      return {
        metrics: { rows: built.rows, series: built.series, bytes: built.bytes },
        data: { built, profile: await readVersionProfile(home, built.sha256) } satisfies Build,
      };
    },
    async settled(run, settlement, tx) {
      if (settlement.status !== 'succeeded') return;
      // What `digest` gave a moment ago, in this process.
      const { built, profile } = settlement.data as Build;
      const spec = ingestSpec.parse(run.spec);
      const outcome = await placeVersion(tx, run, spec, { built, profile });
      await tx
        .updateTable('training_runs')
        .set({ dataset_id: outcome.dataset_id, dataset_version: outcome.version, result: jsonb(outcome) })
        .where('id', '=', run.id)
        .execute();
      await tx
        .insertInto('dataset_version_context')
        .values({ run_id: run.run_id, dataset_id: outcome.dataset_id, version: outcome.version })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
  };
}

interface Build {
  readonly built: BuildResult;
  readonly profile: Profile;
}
type Placed = z.infer<typeof ingestOutcome>;

/** The same content and mapping twice is one version; anything else becomes the next one. */
async function placeVersion(
  tx: Tx,
  run: { project_id: number; owner_id: string },
  spec: IngestSpec,
  { built, profile }: Build,
): Promise<Placed> {
  const mapping = { mapping: spec.mapping, fixes: spec.fixes };
  const same = await tx
    .selectFrom('datasets as d')
    .innerJoin('dataset_version as v', 'v.dataset_id', 'd.id')
    .select(['d.id', 'v.version'])
    .where('d.project_id', '=', run.project_id)
    .where('d.archived_at', 'is', null)
    .where('v.sha256', '=', built.sha256)
    .where(sql<boolean>`v.mapping -> 'mapping' = ${JSON.stringify(spec.mapping)}::jsonb`)
    .where('v.version', '=', sql<number>`(select max(w.version) from dataset_version w where w.dataset_id = d.id)`)
    .$if(spec.target.kind === 'append', (select) =>
      select.where('d.id', '=', spec.target.kind === 'append' ? spec.target.dataset_id : 0),
    )
    .orderBy('d.id')
    .limit(1)
    .executeTakeFirst();
  if (same) return { dataset_id: same.id, version: same.version, created: false };

  const { id, version, parent } =
    spec.target.kind === 'append'
      ? {
          id: spec.target.dataset_id,
          version: await nextVersion(tx, spec.target.dataset_id),
          parent: spec.target.base_version,
        }
      : { id: await insertDataset(tx, run, spec.target.name), version: 1, parent: null };
  await tx
    .insertInto('dataset_version')
    .values({
      dataset_id: id,
      version,
      sha256: built.sha256,
      parent_version: parent,
      rows: built.rows,
      series: built.series,
      freq: built.freq,
      profile: jsonb(shortProfile(profile)),
      mapping: jsonb(mapping),
      findings: jsonb(built.findings),
      source_name: spec.name,
      bytes: built.bytes,
      created_by: run.owner_id,
    })
    .execute();
  return { dataset_id: id, version, created: true };
}

async function insertDataset(tx: Tx, run: { project_id: number; owner_id: string }, name: string): Promise<number> {
  // Two of the same name at once get two keys.
  await tx.selectFrom('project').select('id').where('id', '=', run.project_id).forUpdate().execute();
  const base = keyOf(name);
  const taken = new Set(
    (
      await tx
        .selectFrom('datasets')
        .select('key')
        .where('project_id', '=', run.project_id)
        .where('key', 'like', `${base.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`)
        .execute()
    ).map(({ key }) => key),
  );
  let key = base;
  for (let number = 2; taken.has(key); number++) key = `${base}-${number}`;
  const { id } = await tx
    .insertInto('datasets')
    .values({ key, name: name.slice(0, 200), project_id: run.project_id, owner_id: run.owner_id })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

async function nextVersion(tx: Tx, datasetId: number): Promise<number> {
  await tx.selectFrom('datasets').select('id').where('id', '=', datasetId).forUpdate().execute();
  const row = await tx
    .selectFrom('dataset_version')
    .select((eb) => eb.fn.max('version').as('version'))
    .where('dataset_id', '=', datasetId)
    .executeTakeFirst();
  return (row?.version ?? 0) + 1;
}

/** Somebody appended meanwhile: building on the older version would lose their rows. */
async function refuseChanged(db: Db, target: Extract<IngestSpec['target'], { kind: 'append' }>): Promise<void> {
  const latest = await db
    .selectFrom('dataset_version')
    .select('version')
    .where('dataset_id', '=', target.dataset_id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (latest && latest.version !== target.base_version)
    throw new TaskFailure('bad_data', 'dataset_changed', { version: latest.version });
}

/** Uploads that unfinished runs still read: datasets' and, under `source`, pictures'. */
export async function uploadsInUse(db: Db): Promise<Set<string>> {
  const rows = await db
    .selectFrom('training_runs')
    .select('spec')
    .where('kind', 'in', ['ingest', 'import'])
    .where('finished_at', 'is', null)
    .execute();
  const named = z.object({ upload_id: z.string() });
  return new Set(
    rows.flatMap(({ spec }) => {
      const own = named.safeParse(spec['source'] ?? spec);
      return own.success ? [own.data.upload_id] : [];
    }),
  );
}

/** `Monthly shops.csv` -> `monthly-shops`; letters of every script stay, so a Japanese name is a key too. */
export function keyOf(name: string): string {
  const key = name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\.(csv|tsv|txt|xlsx|parquet|gz)$/, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
  return [...key].slice(0, 80).join('') || 'data';
}
