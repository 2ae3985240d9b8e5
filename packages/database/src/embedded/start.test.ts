import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { minoriCache } from '@minori/contract/home';
import { connect, isConnectionLost } from '../connect.ts';
import type { Db } from '../connect.ts';
import { isAlive } from './process.ts';
import { installPostgres } from './install.ts';
import { startPostgres } from './start.ts';
import type { Postgres, StartOptions } from './start.ts';

const root = process.getuid?.() === 0;
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function newHome(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'minori-cluster-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  if (root) await chmod(folder, 0o711);
  return join(folder, 'home');
}

async function start(home: string, options: Partial<StartOptions> = {}): Promise<Postgres> {
  const postgres = await startPostgres({ home, cache: minoriCache(), ...options });
  undo.push(() => postgres.stop());
  return postgres;
}

function open(url: string): Db {
  const db = connect(url, { max: 2 });
  undo.push(() => db.destroy());
  return db;
}

/** Asks again while the database is down: what every reader of the product does. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      await delay(20);
    }
  }
}

test('two databases with a role each, which cannot enter the other one', async () => {
  const postgres = await start(await newHome(), { durable: false });
  const ask = async (url: string) =>
    (await sql<{ who: string }>`select current_user || '@' || current_database() as who`.execute(open(url))).rows[0]
      ?.who;
  expect(await ask(postgres.appUrl)).toBe('minori@minori');
  expect(await ask(postgres.databaseUrl)).toBe('minori@minori');
  expect(await ask(postgres.mlflowUrl)).toBe('mlflow@mlflow');
  await expect(ask(postgres.mlflowUrl.replace(/mlflow$/, 'minori'))).rejects.toThrow(/permission denied/);
  await expect(ask(postgres.appUrl.replace('/minori?', '/postgres?'))).rejects.toThrow(/permission denied/);
  const psql = await promisify(execFile)(join(postgres.binDir, 'psql'), [
    '-XAtc',
    'select 1',
    '-d',
    postgres.databaseUrl,
  ]);
  expect(psql.stdout).toBe('1\n');
});

test('nobody enters without the password, and only the owner reads it', async () => {
  const home = await newHome();
  const postgres = await start(home, { durable: false });
  for (const url of [postgres.url, postgres.databaseUrl]) {
    await expect(sql`select 1`.execute(open(url.replace(/:[^:/@]+@/, ':wrong@')))).rejects.toThrow(
      /password authentication failed/,
    );
  }
  expect((await stat(join(home, 'pg', 'secrets.json'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(home, 'pg', 'data'))).mode & 0o777).toBe(0o700);
  const settings = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings where name in ('listen_addresses', 'password_encryption', 'server_encoding') order by name`.execute(
    open(postgres.url),
  );
  expect(settings.rows.map(({ setting }) => setting)).toEqual(['127.0.0.1', 'scram-sha-256', 'UTF8']);
});

const KILLS = process.env['MINORI_TEST_FULL'] === '1' ? 20 : 3;

test(
  'nothing acknowledged is lost by kill -9 of the server, which comes back by itself',
  { timeout: KILLS * 20_000 },
  async () => {
    const changes: string[] = [];
    let restarted = Promise.withResolvers<void>();
    const onChange = (change: string): void => {
      changes.push(change);
      if (change === 'restarted') restarted.resolve();
    };
    const postgres = await start(await newHome(), { onChange });
    expect((await sql<{ fsync: string }>`show fsync`.execute(open(postgres.url))).rows[0]?.fsync).toBe('on');
    const db = open(postgres.appUrl);
    await sql`create table seen (n int)`.execute(db);

    const acknowledged: number[] = [];
    let last = 0;
    let writing = true;
    const write = async (): Promise<void> => {
      while (writing) {
        const n = ++last;
        const error = await sql`insert into seen values (${n})`.execute(db).then(
          () => null,
          (reason: unknown) => reason,
        );
        if (error === null) acknowledged.push(n);
        else if (isConnectionLost(error)) await delay(10);
        else throw error;
      }
    };
    const writers = [write(), write(), write(), write()];

    for (let round = 0; round < KILLS; round++) {
      const before = acknowledged.length;
      while (acknowledged.length < before + 50) await delay(5);
      const killed = postgres.pid;
      restarted = Promise.withResolvers();
      process.kill(killed, 'SIGKILL');
      await restarted.promise;
      expect(postgres.pid).not.toBe(killed);
    }
    writing = false;
    await Promise.all(writers);
    const { rows } = await patiently(() => sql<{ n: number }>`select n from seen`.execute(db));
    const found = new Set(rows.map(({ n }) => n));
    expect(found.size).toBe(rows.length);
    expect(acknowledged.filter((n) => !found.has(n))).toEqual([]);
    await postgres.stop();
    expect(changes).toEqual(Array.from({ length: KILLS }, () => ['down', 'restarted']).flat());
  },
);

test('a server that cannot start is tried again until it can, and can be stopped meanwhile', async () => {
  const home = await newHome();
  const seen = { still_down: Promise.withResolvers<void>(), restarted: Promise.withResolvers<void>() };
  const onChange = (change: string): void => {
    if (change === 'still_down' || change === 'restarted') seen[change].resolve();
  };
  const postgres = await start(home, { durable: false, onChange });
  const local = join(home, 'pg', 'data', 'postgresql.local.conf');
  await writeFile(local, 'no_such_setting = 1\n', { mode: 0o644 });
  process.kill(postgres.pid, 'SIGKILL');
  await seen.still_down.promise;
  await rm(local);
  await seen.restarted.promise;
  await sql`select 1`.execute(open(postgres.appUrl));
  seen.still_down = Promise.withResolvers();
  await writeFile(local, 'no_such_setting = 1\n', { mode: 0o644 });
  process.kill(postgres.pid, 'SIGKILL');
  await seen.still_down.promise;
  await postgres.stop();
});

/** A server of its own for `home`, whose starter was killed. */
async function orphan(home: string): Promise<number> {
  const script = `
    import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, 'start.ts'))};
    const postgres = await startPostgres(${JSON.stringify({ home, cache: minoriCache() })});
    console.log(postgres.pid);
    process.kill(process.pid, 'SIGKILL');`;
  const starter = promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script]);
  const died = await starter.catch((error: unknown) => error as { stdout: string; signal: string });
  expect(died, String((died as { stderr?: string }).stderr)).toMatchObject({ signal: 'SIGKILL' });
  return Number(died.stdout);
}

test('a server whose starter was killed is adopted, and stopped all the same', async () => {
  const home = await newHome();
  const pid = await orphan(home);
  const postgres = await start(home);
  expect(postgres).toMatchObject({ adopted: true, pid });
  await sql`select 1`.execute(open(postgres.appUrl));
  await postgres.stop();
  expect(isAlive(pid)).toBe(false);
});

test('an adopted server that is killed comes back too', async () => {
  const home = await newHome();
  const pid = await orphan(home);
  const restarted = Promise.withResolvers<void>();
  const postgres = await start(home, { onChange: (change) => change === 'restarted' && restarted.resolve() });
  const db = open(postgres.appUrl);
  process.kill(pid, 'SIGKILL');
  await restarted.promise;
  expect((await patiently(() => sql<{ one: number }>`select 1 as one`.execute(db))).rows).toEqual([{ one: 1 }]);
});

test('a lock file that names another program does not keep it from starting', async () => {
  const home = await newHome();
  await (await start(home, { durable: false })).stop();
  await writeFile(join(home, 'pg', 'data', 'postmaster.pid'), `${process.pid}\n${home}\n0\n1\n\n\n\nready\n`);
  const postgres = await start(home, { durable: false });
  expect(postgres).toMatchObject({ adopted: false });
});

test('a cluster keeps its passwords and rows over a stop, and people their own settings', async () => {
  const home = await newHome();
  const first = await start(home, { durable: false });
  await sql`create table kept (n int)`.execute(open(first.appUrl));
  await first.stop();
  await writeFile(join(home, 'pg', 'data', 'postgresql.local.conf'), "work_mem = '7MB'\n", { mode: 0o644 });
  const again = await start(home, { durable: false });
  const db = open(again.appUrl);
  expect((await sql`select * from kept`.execute(db)).rows).toEqual([]);
  expect((await sql<{ work_mem: string }>`show work_mem`.execute(db)).rows[0]?.work_mem).toBe('7MB');
});

test('an interrupted initdb is begun again', async () => {
  const home = await newHome();
  await mkdir(join(home, 'pg', 'data.new', 'base'), { recursive: true });
  await start(home, { durable: false });
  expect(await readFile(join(home, 'pg', 'data', 'PG_VERSION'), 'utf8')).toBe('18\n');
});

test('a cluster of another major version is refused', async () => {
  const home = await newHome();
  await mkdir(join(home, 'pg', 'data'), { recursive: true });
  await writeFile(join(home, 'pg', 'data', 'PG_VERSION'), '17\n');
  await expect(start(home)).rejects.toMatchObject({
    code: 'postgres_major_mismatch',
    params: { found: 17, needed: 18 },
  });
});

test('a home too long for a socket gets a short one', async () => {
  const home = join(await newHome(), 'x'.repeat(100));
  const postgres = await start(home, { durable: false });
  const socket = decodeURIComponent(/host=([^&]+)/.exec(postgres.appUrl)?.[1] ?? '');
  expect(socket).toMatch(/^\/tmp\/minori-/);
  await sql`select 1`.execute(open(postgres.appUrl));
  await postgres.stop();
  await expect(stat(socket)).rejects.toThrow(/ENOENT/);
});

test.runIf(root)('root: it runs under a uid of its own, from a copy where the cache is closed', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'minori-closed-'));
  undo.push(() => rm(cache, { recursive: true, force: true }));
  const installed = join(cache, 'cache');
  const tree = join(await installPostgres({ cache: minoriCache() }), '..', '..');
  await cp(tree, join(installed, basename(tree)), { recursive: true });
  const home = await newHome();
  const postgres = await start(home, { durable: false, cache: installed });
  const owner = /^Uid:\t(\d+)/m.exec(await readFile(`/proc/${postgres.pid}/status`, 'utf8'))?.[1];
  expect(Number(owner)).toBeGreaterThan(0);
  expect(Number(owner)).not.toBe(65_534);
  expect((await stat(join(home, 'pg', 'data'))).uid).toBe(Number(owner));
  expect(postgres.binDir.startsWith(join(home, 'pg'))).toBe(true);
});

test.runIf(root)('root: a home below a closed folder is refused by name', async () => {
  const home = await newHome();
  await chmod(join(home, '..'), 0o700);
  await expect(start(home)).rejects.toMatchObject({
    code: 'home_closed',
    params: { path: home, closed: join(home, '..') },
  });
});
