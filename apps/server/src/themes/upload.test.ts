/** Pictures that come in, and who may fetch them. */
import type { ThemeStatistics, ImagePage, ThemeImageDetail } from '@minori/contract';
import { numberedPng, pngFrame, zipOf } from '@minori/images/testing';
import { deflateSync } from 'node:zlib';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { ask, codeOf, createTheme, fill, upload } from './testing/bench.ts';

let server: TestServer;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
  bob = await server.person('bob');
});
afterAll(() => server.close());

describe('upload', () => {
  test('takes what is a picture, once, and lists the rest with its reason', async () => {
    const theme = await createTheme(server, alice);
    const cat = numberedPng(100);
    const files = [
      ['cats/one.png', cat],
      ['cats/again.png', cat],
      ['../../etc/passwd.png', numberedPng(101)],
      [`${'長'.repeat(300)}🐈.png`, numberedPng(102)],
      ['flood.png', pngFrame(60_000, 60_000, deflateSync(Buffer.alloc(1000)))],
      ['cut.png', numberedPng(103).subarray(0, 90)],
      ['both.png', Buffer.concat([numberedPng(104), zipOf({ 'a.txt': 'x' })])],
      ['run.svg', Buffer.from('<svg onload="alert(1)"/>')],
      ['empty.jpg', Buffer.alloc(0)],
    ] as const;
    const sent = await upload(server, alice, theme.id, files);
    expect({ ...sent, image_ids: sent.image_ids.length }).toEqual({
      created: 3,
      skipped: 1,
      image_ids: 3,
      rejected: [
        { name: 'flood.png', reason: 'too_many_pixels' },
        { name: 'cut.png', reason: 'damaged' },
        { name: 'both.png', reason: 'hidden_content' },
        { name: 'run.svg', reason: 'svg' },
        { name: 'empty.jpg', reason: 'empty' },
      ],
    });
    expect(await upload(server, alice, theme.id, files)).toMatchObject({ created: 0, skipped: 4 });
    const { body } = await ask<ImagePage>(
      server,
      alice,
      'GET',
      `/api/theme/${theme.id}/images/?order=oldest&total=true`,
    );
    expect(body.total).toBe(3);
    expect(body.items.map(({ name }) => [...name].length)).toEqual([7, 10, 200]);
    const row = await server.db
      .selectFrom('train_data')
      .selectAll()
      .where('id', '=', sent.image_ids[0]!)
      .executeTakeFirstOrThrow();
    await access(join(server.home.root, row.image_path));
    expect(
      await server.db.selectFrom('train_data').select('id').where('theme_id', '=', theme.id).execute(),
    ).toHaveLength(3);
    // Nothing is left aside.
    const known = await ask<{ sha256: string[] }>(server, alice, 'POST', `/api/v1/themes/${theme.id}/images/known`, {
      sha256: [body.items[0]!.sha256, 'a'.repeat(64)],
    });
    expect(known.body.sha256).toEqual([body.items[0]!.sha256]);
  });

  test('labels by folder, by choice, and keeps groups', async () => {
    const theme = await createTheme(server, alice, ['cat']);
    await upload(
      server,
      alice,
      theme.id,
      [
        ['pets/cat/1.png', numberedPng(110)],
        ['pets/bird/2.png', numberedPng(111)],
      ],
      { labels: 'folder', group: 'lot 1' },
    );
    await upload(server, alice, theme.id, [['3.png', numberedPng(112)]], { label_id: String(theme.label_list[0]!.id) });
    const { body } = await ask<ThemeStatistics>(server, alice, 'GET', `/api/theme/${theme.id}/statistics/`);
    expect(body.labels.map(({ label_name, count }) => [label_name, count])).toEqual([
      ['cat', 2],
      ['bird', 1],
    ]);
    const grouped = await ask<ImagePage>(server, alice, 'GET', `/api/theme/${theme.id}/images/?group=lot%201`);
    expect(grouped.body.items).toHaveLength(2);
    expect(codeOf(await ask(server, alice, 'POST', `/api/theme/${theme.id}/images/upload/`, {}))).toEqual({
      status: 415,
      code: 'multipart_expected',
    });
  });

  test('gives files to those who may see them, and to nobody else', async () => {
    const theme = await createTheme(server, alice);
    const [image] = await fill(server, alice, theme.id, 1, 120);
    const other = await createTheme(server, bob);
    const url = `/api/v1/themes/${theme.id}/images/${image}/file?size=original`;
    const answer = await server.app.inject({ url, headers: alice.headers });
    expect(answer.rawPayload).toEqual(numberedPng(120));
    expect(answer.headers).toMatchObject({
      'content-type': 'image/png',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
    expect(
      (await server.app.inject({ url, headers: { ...alice.headers, 'if-none-match': String(answer.headers['etag']) } }))
        .statusCode,
    ).toBe(304);
    for (const guessed of [
      url,
      `/api/v1/themes/${other.id}/images/${image}/file`,
      `/api/theme/${other.id}/images/${image}/`,
    ])
      expect((await server.app.inject({ url: guessed, headers: bob.headers })).statusCode).toBe(404);
    const labeled = await ask(server, bob, 'POST', `/api/theme/${other.id}/label/update/`, {
      image_ids: [image],
      label_id: other.label_list[0]!.id,
    });
    expect(codeOf(labeled)).toEqual({ status: 404, code: 'image_not_found' });
    const mixed = await ask(server, alice, 'POST', `/api/theme/${theme.id}/label/update/`, {
      image_id: image,
      label_id: other.label_list[0]!.id,
    });
    expect(codeOf(mixed)).toEqual({ status: 404, code: 'label_not_found' });
  });

  test('finds pictures that show the same', async () => {
    const theme = await createTheme(server, alice);
    const [first] = await fill(server, alice, theme.id, 2, 130);
    const larger = await upload(server, alice, theme.id, [['larger.png', numberedPng(130, 64)]]);
    const { body } = await ask<ThemeImageDetail>(
      server,
      alice,
      'GET',
      `/api/theme/${theme.id}/images/${larger.image_ids[0]}/`,
    );
    expect(body.duplicates).toMatchObject([{ id: first, kind: 'hash' }]);
  });
});
