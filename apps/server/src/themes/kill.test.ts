/** kill -9 of the server, and of the child that looks at pictures, while they come in, are labeled and split: what was answered is there afterwards. */
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
  await rm(folder, { recursive: true, force: true });
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

test('nothing that was answered is lost, and no file is half written', { timeout: KILLS * 200_000 }, async () => {
  let connection = await start();
  const theme = await ask<ThemeDetail>(connection, 'POST', '/api/theme/create/', {
    name: 'killed',
    labels: ['a', 'b'],
  });
  const [a, b] = theme.label_list.map(({ id }) => id) as [number, number];
  const created = new Set<number>();
  const labels = new Map<number, number>();
  const splits = new Map<number, string>();
  let sent = 0;

  for (let kill = 0; kill < KILLS; kill++) {
    const running = connection;
    const stopped = { now: false };
    const worker = async (work: () => Promise<void>) => {
      while (!stopped.now)
        try {
          await work();
        } catch {
          // The server or its child is gone: what was on its way may be there or not.
          await delay(20);
        }
    };
    const uploads = worker(async () => {
      const form = new FormData();
      for (let count = 0; count < 8; count++)
        form.append('images', new Blob([new Uint8Array(numberedPng((sent += 1)))]), `${sent}.png`);
      const { image_ids: ids } = await ask<UploadedImages>(
        running,
        'POST',
        `/api/theme/${theme.id}/images/upload/`,
        form,
      );
      for (const id of ids) created.add(id);
    });
    const labeling = worker(async () => {
      const id = [...created][labels.size % Math.max(1, created.size)];
      if (id === undefined) return void (await delay(10));
      const label = labels.get(id) === a ? b : a;
      await ask(running, 'POST', `/api/theme/${theme.id}/label/update/`, { image_id: id, label_id: label });
      labels.set(id, label);
    });
    const splitting = worker(async () => {
      await delay(100);
      await ask(running, 'POST', `/api/theme/${theme.id}/split/`, { seed: 1 });
      const seen = await allImages(running, theme.id);
      for (const { id, split } of seen) if (split !== null) splits.set(id, split);
    });
    const before = created.size;
    const patience = { timeout: 60_000, interval: 5 };
    await expect.poll(() => killChildren(running.pid), patience).toBeGreaterThan(0);
    // The server goes on, and is killed somewhere in the middle of more work.
    await expect.poll(() => created.size > before && labels.size > 0 && splits.size > 0, patience).toBe(true);
    await delay(300 + (kill % 7) * 300);
    const dying = child;
    dying?.kill('SIGKILL');
    stopped.now = true;
    await Promise.all([uploads, labeling, splitting]);
    if (dying !== undefined && dying.exitCode === null && dying.signalCode === null) await once(dying, 'close');
    connection = await start();

    const images = await allImages(connection, theme.id);
    const there = new Map(images.map((image) => [image.id, image]));
    expect([...created].filter((id) => !there.has(id))).toEqual([]);
    // The last write of a worker may have happened without an answer, to one picture at most.
    expect([...labels].filter(([id, label]) => there.get(id)?.label_id !== label).length).toBeLessThanOrEqual(1);
    expect([...splits].filter(([id, split]) => there.get(id)?.split !== split)).toEqual([]);
    for (const [id, image] of there) labels.set(id, image.label_id ?? b);
    for (const id of labels.keys()) if (there.get(id)?.label_id === null) labels.delete(id);
    const files = await readdir(join(home, 'images', String(theme.id)), { recursive: true, withFileTypes: true });
    const shown = new Set(images.map(({ sha256 }) => sha256));
    const whole = new Set<string>();
    for (const file of files.filter((one) => one.isFile() && one.name.endsWith('.png'))) {
      const sha256 = createHash('sha256')
        .update(await readFile(join(file.parentPath, file.name)))
        .digest('hex');
      expect(basename(file.name, '.png')).toBe(sha256);
      whole.add(sha256);
    }
    expect([...shown].filter((sha256) => !whole.has(sha256))).toEqual([]);
  }
  expect(created.size).toBeGreaterThan(10);
  expect(splits.size).toBeGreaterThan(0);
});
