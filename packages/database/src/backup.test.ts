import { execFile } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { create, replace } from 'tar';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backup } from './backup.ts';
import { BACKUP_FORMAT, DUMP, MANIFEST, describeFile, verifyBackup } from './backup-format.ts';
import { minoriCache } from '@minori/contract/home';
import { connect } from './connect.ts';
import { startPostgres } from './embedded/start.ts';
import { jsonb } from './json.ts';
import { migrate } from './migrate.ts';
import { openDatabase } from './open.ts';
import { restore } from './restore.ts';
import { createEmptyDatabase, createTestDatabase, createTestScope } from './testing/index.ts';
import type { TestDatabase } from './testing/index.ts';

let folder: string;
let home: string;
let source: TestDatabase;
let binDir: string;
let file: string;
let ended: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minori-backup-'));
  // Below a folder that only root may pass, the restored cluster could not be reached.
  await chmod(folder, 0o711);
  home = join(folder, 'home');
  await mkdir(join(home, 'data', 'abc'), { recursive: true });
  await mkdir(join(home, 'artifacts', '日本語'), { recursive: true });
  await mkdir(join(home, 'uploads'), { recursive: true });
  await writeFile(join(home, 'data', 'abc', 'data.parquet'), Buffer.alloc(3_000_000, 7));
  await writeFile(join(home, 'artifacts', '日本語', `${'long'.repeat(40)}.csv`), 'unique_id,ds,y_hat\n');
  await writeFile(join(home, 'uploads', 'half.csv'), 'not part of it');
  await symlink('/etc/passwd', join(home, 'artifacts', 'link'));

  source = await createTestDatabase();
  const { projectId, userId } = await createTestScope(source.db, 'keeper');
  const run = await source.db
    .insertInto('training_runs')
    .values({
      project_id: projectId,
      owner_id: userId,
      run_id: '20261121-101010-abcdef',
      kind: 'ingest',
      track: 'data',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const attempt = { run_id: run.id, host: 'node', status: 'running' as const };
  const attempts = await source.db
    .insertInto('run_attempt')
    .values([
      { ...attempt, number: 1, status: 'succeeded', ended_at: new Date() },
      { ...attempt, number: 2 },
    ])
    .returning('id')
    .execute();
  for (const { id } of attempts) {
    await mkdir(join(home, 'spool', String(id)), { recursive: true });
    await writeFile(join(home, 'spool', String(id), 'events.jsonl'), '{}\n');
    await link(join(home, 'spool', String(id), 'events.jsonl'), join(home, 'spool', String(id), 'second-name.jsonl'));
  }
  ended = attempts[0]?.id ?? 0;
  await source.db
    .insertInto('experiments')
    .values({ project_id: projectId, owner_id: userId, track: 'forecast', name: '売上' })
    .execute();
  await source.db
    .insertInto('nf_model_runs')
    .values({
      table_name: 'monthly',
      model_name: 'NHITS',
      backend: 'optuna',
      horizon: 12,
      optimization_config: jsonb({ a: 'SET transaction_timeout = 0;\n' }),
      status: 'COMPLETED',
    })
    .execute();
  binDir = await (await openDatabase({ home, cache: minoriCache(), databaseUrl: source.url })).tools();
  file = join(folder, 'out', 'backup.tar');
  await backup({ binDir, url: source.url, home, file });
});
afterAll(async () => {
  await source.drop();
  await rm(folder, { recursive: true, force: true });
});

async function contents(url: string) {
  const db = connect(url, { max: 1 });
  try {
    const rows = await db.selectFrom('nf_model_runs').selectAll().execute();
    const experiments = await db.selectFrom('experiments').select(['id', 'name', 'created_at']).execute();
    // The identity goes on where it stood.
    const next = await sql<{ id: number }>`select nextval('experiments_id_seq') as id`.execute(db);
    return { rows, experiments, next: next.rows[0]?.id };
  } finally {
    await db.destroy();
  }
}

test('pg_dump -t nf_model_runs holds the history', async () => {
  const { stdout } = await promisify(execFile)(join(binDir, 'pg_dump'), ['-t', 'nf_model_runs', '-d', source.url]);
  expect(stdout).toContain('COPY public.nf_model_runs');
  expect(stdout).toMatch(/\tmonthly\t.*\tNHITS\toptuna\t12\t/);
});

test('a backup is one private file that says what it holds', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, 'out'))).toEqual(['backup.tar']);
  expect(await readdir(join(home, 'tmp'))).toEqual([]);
  const manifest = await verifyBackup(file);
  expect(manifest).toMatchObject({ format: BACKUP_FORMAT, schema: 'public' });
  expect(manifest.files.map(({ path }) => path)).toEqual([
    DUMP,
    'data/abc/data.parquet',
    `artifacts/日本語/${'long'.repeat(40)}.csv`,
    `spool/${ended}/events.jsonl`,
    `spool/${ended}/second-name.jsonl`,
  ]);
});

test('restored into an empty home, everything is there again', async () => {
  const target = join(folder, 'restored');
  await restore({ file, home: target, cache: minoriCache() });
  expect((await readdir(target)).toSorted()).toEqual(['artifacts', 'data', 'pg', 'spool']);
  expect(await readFile(join(target, 'data', 'abc', 'data.parquet'))).toEqual(Buffer.alloc(3_000_000, 7));
  expect(await readdir(join(target, 'artifacts'))).toEqual(['日本語']);
  const postgres = await startPostgres({ home: target, cache: minoriCache() });
  try {
    expect(await contents(postgres.appUrl)).toEqual(await contents(source.url));
    const db = connect(postgres.appUrl);
    const owners = await sql<{
      owner: string;
    }>`select distinct tableowner as owner from pg_tables where schemaname = 'public'`
      .execute(db)
      .finally(() => db.destroy());
    expect(owners.rows).toEqual([{ owner: 'minori' }]);
  } finally {
    await postgres.stop();
  }
  await expect(restore({ file, home: target, cache: minoriCache() })).rejects.toMatchObject({
    code: 'restore_target_not_empty',
  });
});

test('restored into an external database, everything is there too, once', async () => {
  const target = await createEmptyDatabase();
  const options = { file, home: join(folder, 'external'), cache: minoriCache(), databaseUrl: target.url };
  try {
    await restore(options);
    expect((await contents(target.url)).rows).toEqual((await contents(source.url)).rows);
    await expect(restore({ ...options, home: join(folder, 'external-2') })).rejects.toMatchObject({
      code: 'restore_target_not_empty',
    });
  } finally {
    await target.drop();
  }
});

test('a backup from a shared database, with a schema of its own, is restored as well', async () => {
  const shared = await createEmptyDatabase();
  const target = join(folder, 'from-shared');
  const url = `${shared.url}${shared.url.includes('?') ? '&' : '?'}options=-csearch_path%3Dminori`;
  const db = connect(url, { max: 1 });
  try {
    await sql`create schema minori`.execute(db);
    await migrate(db);
    await db
      .insertInto('system_config')
      .values({ key: 'k', value: jsonb('COPY minori.x\n\\.\n') })
      .execute();
    await backup({ binDir, url, home, file: join(folder, 'shared.tar'), schema: 'minori' });
    await restore({ file: join(folder, 'shared.tar'), home: target, cache: minoriCache() });
  } finally {
    await db.destroy();
    await shared.drop();
  }
  const postgres = await startPostgres({ home: target, cache: minoriCache() });
  const restored = connect(postgres.appUrl, { max: 1 });
  try {
    expect(await restored.selectFrom('system_config').select('value').execute()).toEqual([
      { value: 'COPY minori.x\n\\.\n' },
    ]);
  } finally {
    await restored.destroy();
    await postgres.stop();
  }
});

test('a restore that was interrupted is begun again', async () => {
  const target = join(folder, 'interrupted');
  await mkdir(join(target, 'restore.tmp', 'data'), { recursive: true });
  await mkdir(join(target, 'data', 'stale'), { recursive: true });
  await restore({ file, home: target, cache: minoriCache() });
  expect(await readdir(join(target, 'data'))).toEqual(['abc']);
});

test('a damaged backup is refused before anything changes', async () => {
  const damaged = join(folder, 'damaged.tar');
  const bytes = await readFile(file);
  const at = bytes.indexOf(Buffer.alloc(1000, 7));
  bytes[at + 500] = 8;
  await writeFile(damaged, bytes);
  const target = join(folder, 'never');
  await expect(restore({ file: damaged, home: target, cache: minoriCache() })).rejects.toMatchObject({
    code: 'backup_damaged',
    params: { path: 'data/abc/data.parquet' },
  });
  await expect(stat(target)).rejects.toThrow(/ENOENT/);
  await writeFile(damaged, bytes.subarray(0, at + 100));
  await expect(verifyBackup(damaged)).rejects.toMatchObject({ code: expect.stringMatching(/^backup_/) as string });
  await writeFile(damaged, 'unique_id,ds,y\n');
  await expect(verifyBackup(damaged)).rejects.toMatchObject({ code: 'backup_unreadable' });
});

test('a backup of newer code is refused', async () => {
  const newer = await forge('newer', { migrations: [{ name: '9999_later', checksum: 'x' }] }, []);
  await expect(restore({ file: newer, home: join(folder, 'never'), cache: minoriCache() })).rejects.toMatchObject({
    code: 'backup_newer',
    params: { migration: '9999_later' },
  });
  const format = await forge('format', { format: BACKUP_FORMAT + 1 }, []);
  await expect(verifyBackup(format)).rejects.toMatchObject({ code: 'backup_newer' });
});

test('a forged backup writes nothing outside its folders', async () => {
  await writeFile(join(folder, 'evil'), 'x');
  const outside = await forge('outside', {}, ['evil']);
  await expect(verifyBackup(outside)).rejects.toMatchObject({ code: 'backup_damaged' });
  await mkdir(join(folder, 'data'), { recursive: true });
  await symlink('/etc', join(folder, 'data', 'way'));
  const linked = await forge(
    'linked',
    {
      files: [
        { path: 'data/way', bytes: 0, sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
      ],
    },
    ['data/way'],
  );
  await expect(verifyBackup(linked)).rejects.toMatchObject({ code: 'backup_damaged', params: { path: 'data/way' } });
});

test('a dump that fails leaves no file behind', async () => {
  const broken = join(folder, 'broken.tar');
  const url = source.url.replace(/[^/?]+(\?|$)/, 'no_such_database$1');
  await expect(backup({ binDir, url, home, file: broken })).rejects.toMatchObject({
    code: 'backup_failed',
    params: { detail: expect.stringContaining('no_such_database') as string },
  });
  await expect(stat(broken)).rejects.toThrow(/ENOENT/);
  await expect(stat(`${broken}.part`)).rejects.toThrow(/ENOENT/);
});

/** A tar of ours with another manifest and other entries. */
async function forge(name: string, changes: object, entries: string[]): Promise<string> {
  const forged = join(folder, `${name}.tar`);
  const files = [];
  for (const entry of entries)
    if ((await stat(join(folder, entry))).isFile()) files.push(await describeFile(folder, entry));
  await writeFile(
    join(folder, MANIFEST),
    JSON.stringify({ format: BACKUP_FORMAT, schema: 'public', migrations: [], files, ...changes }),
  );
  await create({ file: forged, cwd: folder, portable: true }, [MANIFEST]);
  if (entries.length > 0) await replace({ file: forged, cwd: folder }, entries);
  return forged;
}
