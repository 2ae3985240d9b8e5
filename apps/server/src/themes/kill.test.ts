/**
 * kill -9 of the server, of the child that looks at pictures and of the database, while pictures come in, are labeled
 * and split: what was answered is there afterwards, and no file is half written.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, ImagePage, ThemeDetail, UploadedImages } from '@minori/contract';
import { numberedPng } from '@minori/images/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const KILLS = process.env['MINORI_TEST_FULL'] === '1' ? 20 : 3;
let folder: string;
let home: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minori-theme-kill-'));
  await chmod(folder, 0o755);
  home = join(folder, 'home');
});
afterAll(async () => {
  child?.kill('SIGTERM');
  if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'close');
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function start(): Promise<Connection> {
  const started = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', MAIN, '--home', home, '--port', '0'],
    {
      env: { ...process.env, LANG: 'C', LC_ALL: '' },
      stdio: 'ignore',
    },
  );
  child = started;
  for (let tries = 0; tries < 1200; tries++) {
    if (started.exitCode !== null) throw new Error('the server left');
    const connection = await readFile(join(home, 'connection.json'), 'utf8').then(
      (text) => JSON.parse(text) as Connection,
      () => null,
    );
    if (connection !== null && connection.pid === started.pid) return connection;
    await delay(50);
  }
  throw new Error('the server did not answer');
}

/** Ends the tasks that this server's Node host runs now. @returns how many there were */
async function killChildren(server: number): Promise<number> {
  const pids = await readFile(`/proc/${server}/task/${server}/children`, 'utf8');
  let killed = 0;
  for (const pid of pids.trim().split(' ')) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('node-child')) continue;
    process.kill(Number(pid), 'SIGKILL');
    killed += 1;
  }
  return killed;
}

async function ask<T>(connection: Connection, method: string, path: string, body?: FormData | object): Promise<T> {
  const answer = await fetch(new URL(path, connection.url), {
    method,
    headers: {
      authorization: `Bearer ${connection.token}`,
      ...(body instanceof FormData || body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  // The database is coming back: who only looks, looks again. The test's own limit ends it.
  if (answer.status === 503 && method === 'GET') {
    await delay(200);
    return ask(connection, method, path);
  }
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function allImages(connection: Connection, themeId: number) {
  const items: ImagePage['items'] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: ImagePage = await ask(
      connection,
      'GET',
      `/api/theme/${themeId}/images/?limit=500&order=oldest${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

/** What has been answered to those who work on a theme. */
interface Work {
  readonly theme: ThemeDetail;
  readonly created: Set<number>;
  readonly labels: Map<number, number>;
  readonly splits: Map<number, string>;
  sent: number;
}

async function begin(connection: Connection, name: string): Promise<Work> {
  const theme = await ask<ThemeDetail>(connection, 'POST', '/api/theme/create/', { name, labels: ['a', 'b'] });
  return { theme, created: new Set(), labels: new Map(), splits: new Map(), sent: 0 };
}

/** Uploads, labels and splits at once until it is stopped. */
function goOn(connection: Connection, work: Work): { stop(): Promise<void> } {
  const { theme, created, labels, splits } = work;
  const [a, b] = theme.label_list.map(({ id }) => id) as [number, number];
  const stopped = { now: false };
  const again = async (act: () => Promise<void>) => {
    while (!stopped.now)
      try {
        await act();
      } catch {
        // What was killed is away: what was on its way may be there or not.
        await delay(20);
      }
  };
  const all = [
    again(async () => {
      const form = new FormData();
      for (let count = 0; count < 8; count++)
        form.append('images', new Blob([new Uint8Array(numberedPng((work.sent += 1)))]), `${work.sent}.png`);
      const path = `/api/theme/${theme.id}/images/upload/`;
      const { image_ids: ids } = await ask<UploadedImages>(connection, 'POST', path, form);
      for (const id of ids) created.add(id);
    }),
    again(async () => {
      const id = [...created][labels.size % Math.max(1, created.size)];
      if (id === undefined) return void (await delay(10));
      const label = labels.get(id) === a ? b : a;
      await ask(connection, 'POST', `/api/theme/${theme.id}/label/update/`, { image_id: id, label_id: label });
      labels.set(id, label);
    }),
    again(async () => {
      await delay(100);
      await ask(connection, 'POST', `/api/theme/${theme.id}/split/`, { seed: 1 });
      const seen = await allImages(connection, theme.id);
      for (const { id, split } of seen) if (split !== null) splits.set(id, split);
    }),
  ];
  return {
    async stop() {
      stopped.now = true;
      await Promise.all(all);
    },
  };
}

async function expectAllThere(connection: Connection, { theme, created, labels, splits }: Work): Promise<void> {
  const images = await allImages(connection, theme.id);
  const there = new Map(images.map((image) => [image.id, image]));
  expect([...created].filter((id) => !there.has(id))).toEqual([]);
  // The last write of a worker may have happened without an answer, to one picture at most.
  expect([...labels].filter(([id, label]) => there.get(id)?.label_id !== label).length).toBeLessThanOrEqual(1);
  expect([...splits].filter(([id, split]) => there.get(id)?.split !== split)).toEqual([]);
  labels.clear();
  for (const { id, label_id: label } of images) if (label !== null) labels.set(id, label);
  const files = await readdir(join(home, 'images', String(theme.id)), { recursive: true, withFileTypes: true });
  const whole = new Set<string>();
  for (const file of files.filter((one) => one.isFile() && one.name.endsWith('.png'))) {
    const sha256 = createHash('sha256')
      .update(await readFile(join(file.parentPath, file.name)))
      .digest('hex');
    expect(basename(file.name, '.png')).toBe(sha256);
    whole.add(sha256);
  }
  expect(images.filter(({ sha256 }) => !whole.has(sha256))).toEqual([]);
}

const patience = { timeout: 60_000, interval: 5 };
/** All three kinds of work have been answered, and pictures since `before`. */
const isUnderWay = ({ created, labels, splits }: Work, before: number) =>
  created.size > before && labels.size > 0 && splits.size > 0;

test('killing the server or its child loses nothing that was answered', { timeout: KILLS * 200_000 }, async () => {
  let connection = await start();
  const work = await begin(connection, 'server');
  for (let kill = 0; kill < KILLS; kill++) {
    const before = work.created.size;
    const hands = goOn(connection, work);
    const { pid } = connection;
    await expect.poll(() => killChildren(pid), patience).toBeGreaterThan(0);
    // The server goes on, and is killed somewhere in the middle of more work.
    await expect.poll(() => isUnderWay(work, before), patience).toBe(true);
    await delay(300 + (kill % 7) * 300);
    const dying = child;
    dying?.kill('SIGKILL');
    await hands.stop();
    if (dying !== undefined && dying.exitCode === null && dying.signalCode === null) await once(dying, 'close');
    connection = await start();
    await expectAllThere(connection, work);
  }
  expect(work.created.size).toBeGreaterThan(10);
});

/** The postmaster of the embedded PostgreSQL, or one of the processes that serve a connection. */
async function databaseProcess(which: 'postmaster' | 'backend'): Promise<number> {
  const postmaster = Number((await readFile(join(home, 'pg', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  if (which === 'postmaster') return postmaster;
  const children = (await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')).trim().split(' ');
  for (const pid of children)
    if (/postgres: minori /.test(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))) return Number(pid);
  throw new Error('nobody is connected');
}

test('killing the database loses nothing that was answered', { timeout: KILLS * 200_000 }, async () => {
  const running = child !== undefined && child.exitCode === null && child.signalCode === null;
  const connection = running
    ? (JSON.parse(await readFile(join(home, 'connection.json'), 'utf8')) as Connection)
    : await start();
  const work = await begin(connection, 'database');
  for (let kill = 0; kill < KILLS; kill++) {
    const before = work.created.size;
    const hands = goOn(connection, work);
    await expect.poll(() => isUnderWay(work, before), patience).toBe(true);
    await delay(200 + (kill % 7) * 200);
    process.kill(await databaseProcess(kill % 2 === 0 ? 'postmaster' : 'backend'), 'SIGKILL');
    // The server starts it again, and the same people go on.
    const { size } = work.created;
    await expect.poll(() => work.created.size > size, patience).toBe(true);
    await hands.stop();
    await expectAllThere(connection, work);
  }
  // It is the same server: nobody had to start it again.
  expect(child?.exitCode).toBe(null);
  expect(work.created.size).toBeGreaterThan(10);
});
