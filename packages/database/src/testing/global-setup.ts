/** Vitest's globalSetup: one embedded cluster for the whole session, gone at its end. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { minoriCache } from '@minori/contract/home';
import { isAlive } from '../embedded/process.ts';
import { startPostgres } from '../embedded/start.ts';
import { TEST_DATABASE_PREFIX, TEST_DATABASE_URL } from './environment.ts';

const PREFIX = 'minori-test-';

/**
 * With MINORI_TEST_DATABASE_URL set (a superuser's or one with CREATEDB) that server is used and
 * nothing is started; databases of this session are dropped from it at the end.
 */
export default async function setup(): Promise<() => Promise<void>> {
  process.env[TEST_DATABASE_PREFIX] = `minori_test_${process.pid}_`;
  if (process.env[TEST_DATABASE_URL] !== undefined) return dropDatabases;
  await sweep();
  const home = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const postgres = await startPostgres({ home, cache: minoriCache(), durable: false });
  process.env[TEST_DATABASE_URL] = postgres.url;
  return async () => {
    delete process.env[TEST_DATABASE_URL];
    await postgres.stop();
    await rm(home, { recursive: true, force: true });
  };
}

async function dropDatabases(): Promise<void> {
  const client = new pg.Client({ connectionString: process.env[TEST_DATABASE_URL] });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [process.env[TEST_DATABASE_PREFIX]],
    );
    for (const { datname } of rows) {
      await client.query(`alter database ${datname} is_template false`);
      await client.query(`drop database ${datname} with (force)`);
    }
  } finally {
    await client.end();
  }
}

/** Clusters of sessions that were killed before they could tidy up. */
async function sweep(): Promise<void> {
  for (const entry of await readdir(tmpdir())) {
    const session = Number(/^minori-test-(\d+)-/.exec(entry)?.[1]);
    if (Number.isNaN(session) || isAlive(session)) continue;
    const home = join(tmpdir(), entry);
    if ((await stat(home).catch(() => null))?.uid !== process.getuid?.()) continue;
    const postmaster = await readFile(join(home, 'pg', 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number(postmaster.split('\n')[0]);
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (pid > 0 && command.includes(home)) {
      process.kill(pid, 'SIGQUIT');
      while (isAlive(pid)) await delay(20);
    }
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
