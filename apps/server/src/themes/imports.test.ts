import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImagePage, ImportState, ThemeStatistics } from '@minori/contract';
import { numberedPng, zipOf } from '@minori/images/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { createTheme } from './testing/bench.ts';

let server: TestServer;
let alice: Person;
let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'minori-pictures-')));
  server = await createTestServer({ allowedRoots: [join(folder, 'shared')] });
  alice = await server.person('alice');
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = <T>(method: 'GET' | 'POST' | 'PUT', url: string, payload?: object | Buffer, headers = {}) =>
  server.json<T>({
    method,
    url,
    headers: { ...alice.headers, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });

/** Sends a zip in two pieces, as after a lost connection. */
async function sendZip(content: Buffer): Promise<string> {
  const started = await ask<{ id: string }>('POST', '/api/v1/uploads/start', {
    name: 'pictures.zip',
    bytes: content.length,
    purpose: 'images',
  });
  const put = (from: number, to: number) =>
    ask<{ received: number }>('PUT', `/api/v1/uploads/${started.body.id}?offset=${from}`, content.subarray(from, to), {
      'content-type': 'application/octet-stream',
    });
  await put(0, 1000);
  const { body } = await ask<{ received: number }>('GET', `/api/v1/uploads/${started.body.id}`);
  expect((await put(body.received, content.length)).body.received).toBe(content.length);
  return started.body.id;
}

async function finished(themeId: number, started: { status: number; body: ImportState }): Promise<ImportState> {
  expect(started.status).toBe(202);
  for (let tries = 0; tries < 200; tries++) {
    const { body } = await ask<ImportState>('GET', `/api/v1/themes/${themeId}/imports/${started.body.run_id}`);
    if (['succeeded', 'failed', 'cancelled'].includes(body.status)) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the import did not end');
}

const start = (themeId: number, body: object) => ask<ImportState>('POST', `/api/v1/themes/${themeId}/imports`, body);

test('a zip becomes pictures with labels and splits, once', async () => {
  const theme = await createTheme(server, alice, []);
  const upload = await sendZip(
    zipOf({
      'set/train/cat/1.png': numberedPng(1),
      'set/val/dog/2.png': numberedPng(2),
      'set/test/dog/3.png': numberedPng(3),
      'set/train/cat/broken.png': numberedPng(4).subarray(0, 80),
      '../../evil.png': numberedPng(5),
    }),
  );
  const done = await finished(theme.id, await start(theme.id, { upload_id: upload }));
  expect(done).toMatchObject({
    status: 'succeeded',
    created: 3,
    skipped: 0,
    labeled: 3,
    format: 'yolo',
    rejected_total: 2,
  });
  expect(done.rejected).toEqual([
    { name: 'set/train/cat/broken.png', reason: 'damaged' },
    { name: '../../evil.png', reason: 'path_outside' },
  ]);
  const statistics = await ask<ThemeStatistics>('GET', `/api/theme/${theme.id}/statistics/`);
  expect(statistics.body).toMatchObject({ total: 3, labeled: 3, splits: { train: 1, valid: 1, test: 1 } });
  expect(await finished(theme.id, await start(theme.id, { upload_id: upload }))).toMatchObject({
    created: 0,
    skipped: 3,
  });
  const bad = await sendZip(Buffer.alloc(5000, 'x'));
  expect(await finished(theme.id, await start(theme.id, { upload_id: bad }))).toMatchObject({ status: 'failed' });
});

test('a folder of the server is read only where that is allowed', async () => {
  const theme = await createTheme(server, alice, []);
  await mkdir(join(folder, 'shared', 'pets', 'cat'), { recursive: true });
  await mkdir(join(folder, 'shared', 'pets', 'dog'));
  await mkdir(join(folder, 'private'));
  await writeFile(join(folder, 'shared', 'pets', 'cat', '1.png'), numberedPng(11));
  await writeFile(join(folder, 'shared', 'pets', 'dog', '2.png'), numberedPng(12));
  await writeFile(join(folder, 'private', '3.png'), numberedPng(13));
  await symlink(join(folder, 'private'), join(folder, 'shared', 'link'));
  await symlink(join(folder, 'private', '3.png'), join(folder, 'shared', 'pets', 'dog', '3.png'));
  for (const path of [
    join(folder, 'private'),
    join(folder, 'shared', '..', 'private'),
    join(folder, 'shared', 'link'),
    '/etc',
    'shared',
  ])
    expect([path, (await start(theme.id, { server_path: path })).status]).toEqual([path, 403]);
  expect((await start(theme.id, { server_path: join(folder, 'shared', 'none') })).status).toBe(404);
  const done = await finished(theme.id, await start(theme.id, { server_path: join(folder, 'shared', 'pets') }));
  expect(done).toMatchObject({ created: 2, labeled: 2, rejected: [{ name: 'dog/3.png', reason: 'symlink' }] });
});

test('what is exported comes back as it was, in every format', async () => {
  const theme = await createTheme(server, alice, []);
  await finished(
    theme.id,
    await start(theme.id, {
      upload_id: await sendZip(
        zipOf({ 'train/a/1.png': numberedPng(21), 'val/b/1.png': numberedPng(22), 'test/b/=x.png': numberedPng(23) }),
      ),
    }),
  );
  const state = async (id: number, withSplit: boolean) => {
    const labels = new Map(
      (await ask<{ items: { id: number; label_name: string }[] }>('GET', `/api/theme/${id}/labels/`)).body.items.map(
        (one) => [one.id, one.label_name],
      ),
    );
    const { body } = await ask<ImagePage>('GET', `/api/theme/${id}/images/`);
    return body.items
      .map(
        ({ sha256, label_id: label, split }) =>
          `${sha256.slice(0, 6)} ${labels.get(label ?? 0)} ${withSplit ? split : ''}`,
      )
      .toSorted();
  };
  for (const [format, withSplit] of [
    ['csv', true],
    ['folder', false],
    ['coco', false],
    ['yolo', true],
    ['imagenet', true],
    ['label_studio', false],
  ] as const) {
    const answer = await server.app.inject({
      url: `/api/v1/themes/${theme.id}/export?format=${format}`,
      headers: alice.headers,
    });
    expect(answer.statusCode).toBe(200);
    const copy = await createTheme(server, alice, []);
    const done = await finished(copy.id, await start(copy.id, { upload_id: await sendZip(answer.rawPayload) }));
    expect({ asked: format, ...done }).toMatchObject({ asked: format, status: 'succeeded', created: 3, rejected: [] });
    expect({ format, state: await state(copy.id, withSplit) }).toEqual({
      format,
      state: await state(theme.id, withSplit),
    });
  }
  const csv = await server.app.inject({
    url: `/api/v1/themes/${theme.id}/export?images=false`,
    headers: alice.headers,
  });
  expect(csv.body.split('\n')[0]).toBe('path,label,split,group,labeled_by,sha256');
});
