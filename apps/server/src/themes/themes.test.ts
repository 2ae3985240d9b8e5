import type {
  Label,
  LabelUndone,
  LabelUpdated,
  LabelsUpdated,
  ThemeDetail,
  ThemePage,
  ThemeStatistics,
  ImagePage,
  ThemeImageDetail,
  LabelHistoryPage,
  Agreement,
} from '@minori/contract';
import { numberedPng, pngFrame, zipOf } from '@minori/images/testing';
import { deflateSync } from 'node:zlib';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { kappaOf } from './agreement.ts';
import { createTheme, fill, upload } from './testing/bench.ts';

let server: TestServer;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
  bob = await server.person('bob');
});
afterAll(() => server.close());

async function ask<T>(
  person: Person,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  payload?: InjectOptions['payload'],
) {
  return server.json<T>({ method, url, headers: person.headers, ...(payload === undefined ? {} : { payload }) });
}
const codeOf = ({ status, body }: { status: number; body: unknown }) => ({
  status,
  code: (body as { code?: string }).code,
});

describe('themes', () => {
  test('are made with labels, found, renamed and deleted', async () => {
    const theme = await createTheme(server, alice, ['scratch', 'dent', 'ok'], 'Foreign bodies');
    expect(theme).toMatchObject({
      name: 'Foreign bodies',
      role: 'owner',
      labels: 3,
      counts: { images: 0, progress: 0 },
    });
    expect(theme.label_list.map(({ label_name, position }) => [label_name, position])).toEqual([
      ['scratch', 0],
      ['dent', 1],
      ['ok', 2],
    ]);
    expect(codeOf(await ask(alice, 'POST', '/api/theme/create/', { name: 'Foreign bodies' }))).toEqual({
      status: 409,
      code: 'theme_name_taken',
    });
    const found = await ask<ThemePage>(alice, 'GET', '/api/v1/themes?q=foreign&state=empty');
    expect(found.body.items.map(({ id }) => id)).toEqual([theme.id]);
    const renamed = await ask<ThemeDetail>(alice, 'PUT', `/api/theme/${theme.id}/`, { name: '異物', description: 'x' });
    expect(renamed.body).toMatchObject({ name: '異物', description: 'x' });
    const audit = await server.db
      .selectFrom('audit_log')
      .select('action')
      .where('target_id', '=', String(theme.id))
      .orderBy('id')
      .execute();
    expect(audit.map(({ action }) => action)).toEqual(['theme.create', 'theme.update']);
    await fill(server, alice, theme.id, 1);
    expect((await ask(alice, 'DELETE', `/api/theme/${theme.id}/`)).status).toBe(204);
    expect(codeOf(await ask(alice, 'GET', `/api/theme/${theme.id}/`))).toEqual({
      status: 404,
      code: 'theme_not_found',
    });
    await expect(access(join(server.home.images, String(theme.id)))).rejects.toThrow(/ENOENT/);
  });

  test('are listed page by page in any order', async () => {
    const names = ['b-third', 'a-second', 'c-first'];
    for (const name of names) await createTheme(server, bob, [], name);
    for (const [sort, expected] of [
      ['name', ['a-second', 'b-third', 'c-first']],
      ['newest', ['c-first', 'a-second', 'b-third']],
      ['updated', ['c-first', 'a-second', 'b-third']],
    ] as const) {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body }: { body: ThemePage } = await ask<ThemePage>(
          bob,
          'GET',
          `/api/v1/themes?limit=1&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        seen.push(...body.items.map(({ name }) => name));
        cursor = body.next;
      }
      expect(seen).toEqual(expected);
    }
  });

  test('are shared by roles of their own', async () => {
    const theme = await createTheme(server, alice);
    const [image] = await fill(server, alice, theme.id, 1);
    expect(codeOf(await ask(bob, 'GET', `/api/theme/${theme.id}/`))).toEqual({ status: 404, code: 'theme_not_found' });
    await ask(alice, 'PUT', `/api/v1/themes/${theme.id}/members/bob`, { role: 'viewer' });
    expect((await ask<ThemeDetail>(bob, 'GET', `/api/theme/${theme.id}/`)).body.role).toBe('viewer');
    const act = () =>
      ask(bob, 'POST', `/api/theme/${theme.id}/label/update/`, { image_id: image, label_id: theme.label_list[0]?.id });
    expect(codeOf(await act())).toEqual({ status: 403, code: 'theme_role_too_low' });
    await ask(alice, 'PUT', `/api/v1/themes/${theme.id}/members/${bob.id}`, { role: 'labeler' });
    expect((await act()).status).toBe(200);
    expect(codeOf(await ask(bob, 'PUT', `/api/theme/${theme.id}/`, { name: 'mine' }))).toEqual({
      status: 403,
      code: 'theme_role_too_low',
    });
    expect(codeOf(await ask(alice, 'DELETE', `/api/v1/themes/${theme.id}/members/${alice.id}`))).toEqual({
      status: 409,
      code: 'last_owner',
    });
    expect((await ask(alice, 'DELETE', `/api/v1/themes/${theme.id}/members/${bob.id}`)).status).toBe(204);
    expect((await act()).status).toBe(404);
  });

  test('have labels that can be added, moved, renamed and taken away', async () => {
    const theme = await createTheme(server, alice, ['a', 'b']);
    const images = await fill(server, alice, theme.id, 3);
    const made = await ask<Label>(alice, 'POST', `/api/theme/${theme.id}/labels/`, {
      label_name: 'c',
      color: '#ff0000',
    });
    expect(made).toMatchObject({ status: 201, body: { label_name: 'c', color: '#ff0000', position: 2 } });
    expect(codeOf(await ask(alice, 'POST', `/api/theme/${theme.id}/labels/`, { label_name: 'c' }))).toEqual({
      status: 409,
      code: 'label_name_taken',
    });
    await ask(alice, 'PUT', `/api/theme/${theme.id}/labels/${made.body.id}/`, { label_name: 'first', position: 0 });
    const order = async () =>
      (await ask<{ items: Label[] }>(alice, 'GET', `/api/theme/${theme.id}/labels/`)).body.items.map(
        ({ label_name }) => label_name,
      );
    expect(await order()).toEqual(['first', 'a', 'b']);
    await ask(alice, 'POST', `/api/theme/${theme.id}/label/update/`, { image_ids: images, label_id: made.body.id });
    expect(codeOf(await ask(alice, 'DELETE', `/api/theme/${theme.id}/labels/${made.body.id}/`))).toEqual({
      status: 409,
      code: 'label_in_use',
    });
    expect((await ask(alice, 'DELETE', `/api/theme/${theme.id}/labels/${made.body.id}/?unlabel=true`)).status).toBe(
      204,
    );
    expect(await order()).toEqual(['a', 'b']);
    expect((await ask<ThemeStatistics>(alice, 'GET', `/api/theme/${theme.id}/statistics/`)).body).toMatchObject({
      total: 3,
      labeled: 0,
    });
    const history = await ask<LabelHistoryPage>(
      alice,
      'GET',
      `/api/v1/themes/${theme.id}/history?image_id=${images[0]}`,
    );
    expect(history.body.items.map(({ from, to, source }) => [from, to, source])).toEqual([
      ['first', null, 'label_removed'],
      [null, 'first', 'person'],
    ]);
  });
});

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
    const { body } = await ask<ImagePage>(alice, 'GET', `/api/theme/${theme.id}/images/?order=oldest&total=true`);
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
    const known = await ask<{ sha256: string[] }>(alice, 'POST', `/api/v1/themes/${theme.id}/images/known`, {
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
    const { body } = await ask<ThemeStatistics>(alice, 'GET', `/api/theme/${theme.id}/statistics/`);
    expect(body.labels.map(({ label_name, count }) => [label_name, count])).toEqual([
      ['cat', 2],
      ['bird', 1],
    ]);
    const grouped = await ask<ImagePage>(alice, 'GET', `/api/theme/${theme.id}/images/?group=lot%201`);
    expect(grouped.body.items).toHaveLength(2);
    expect(codeOf(await ask(alice, 'POST', `/api/theme/${theme.id}/images/upload/`, {}))).toEqual({
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
    const labeled = await ask(bob, 'POST', `/api/theme/${other.id}/label/update/`, {
      image_ids: [image],
      label_id: other.label_list[0]!.id,
    });
    expect(codeOf(labeled)).toEqual({ status: 404, code: 'image_not_found' });
    const mixed = await ask(alice, 'POST', `/api/theme/${theme.id}/label/update/`, {
      image_id: image,
      label_id: other.label_list[0]!.id,
    });
    expect(codeOf(mixed)).toEqual({ status: 404, code: 'label_not_found' });
  });

  test('finds pictures that show the same', async () => {
    const theme = await createTheme(server, alice);
    const [first] = await fill(server, alice, theme.id, 2, 130);
    const larger = await upload(server, alice, theme.id, [['larger.png', numberedPng(130, 64)]]);
    const { body } = await ask<ThemeImageDetail>(alice, 'GET', `/api/theme/${theme.id}/images/${larger.image_ids[0]}/`);
    expect(body.duplicates).toMatchObject([{ id: first, kind: 'hash' }]);
  });
});

describe('labeling', () => {
  test('changes one, many or all that a filter names; undo and redo follow', async () => {
    const theme = await createTheme(server, alice, ['a', 'b']);
    const [a, b] = theme.label_list.map(({ id }) => id) as [number, number];
    const images = await fill(server, alice, theme.id, 5, 200);
    const label = (payload: object, person = alice) =>
      ask<LabelUpdated>(person, 'POST', `/api/theme/${theme.id}/label/update/`, payload);
    const labels = async () =>
      (await ask<ImagePage>(alice, 'GET', `/api/theme/${theme.id}/images/?order=oldest`)).body.items
        .map(({ label_id: id }) => (id === a ? 'a' : id === b ? 'b' : '-'))
        .join('');
    const move = (step: string) => ask<LabelUndone>(alice, 'POST', `/api/v1/themes/${theme.id}/${step}`);

    expect((await label({ image_id: images[0], label_id: a })).body).toMatchObject({ updated: 1, unchanged: 0 });
    expect((await label({ image_id: images[0], label_id: a })).body).toMatchObject({
      updated: 0,
      unchanged: 1,
      batch_id: null,
    });
    expect((await label({ image_ids: images.slice(1, 3), label_id: b })).body.updated).toBe(2);
    expect((await label({ filter: { state: 'unlabeled' }, label_id: a })).body.updated).toBe(2);
    expect(await labels()).toBe('abbaa');
    expect((await move('undo')).body).toMatchObject({ updated: 2, conflicts: 0, can_undo: true, can_redo: true });
    expect(await labels()).toBe('abb--');
    await move('undo');
    expect(await labels()).toBe('a----');
    expect((await move('redo')).body).toMatchObject({ updated: 2, can_redo: true });
    expect(await labels()).toBe('abb--');
    await label({ image_id: images[4], label_id: null });
    await label({ image_id: images[4], label_id: b });
    expect(codeOf(await move('redo'))).toEqual({ status: 409, code: 'nothing_to_redo' });
    expect(codeOf(await label({ image_id: images[0], image_ids: images, label_id: a }))).toMatchObject({ status: 400 });
    expect((await ask<ThemeStatistics>(alice, 'GET', `/api/theme/${theme.id}/statistics/`)).body).toMatchObject({
      total: 5,
      labeled: 4,
      unlabeled: 1,
    });
    const stored = await server.db
      .selectFrom('train_data')
      .select(['labeled_by'])
      .where('id', '=', images[0]!)
      .executeTakeFirstOrThrow();
    expect(stored.labeled_by).toBe('alice');
  });

  test('takes several acts at once: all of them or none, each undone by itself', async () => {
    const theme = await createTheme(server, alice);
    const [a, b] = theme.label_list.map(({ id }) => id);
    const images = await fill(server, alice, theme.id, 3, 160);
    const give = (acts: object[]) =>
      ask<LabelsUpdated>(alice, 'POST', `/api/v1/themes/${theme.id}/label-updates`, { acts });
    const labels = async () =>
      (await ask<ImagePage>(alice, 'GET', `/api/theme/${theme.id}/images/?order=oldest`)).body.items.map(
        ({ label_id: id }) => id,
      );
    const { body } = await give([
      { image_id: images[0], label_id: a },
      { image_id: images[1], label_id: a },
      { image_id: images[0], label_id: b },
    ]);
    expect(body.answers).toMatchObject([{ updated: 1 }, { updated: 1 }, { updated: 1 }]);
    expect(new Set(body.answers.map(({ seq }) => seq)).size).toBe(3);
    expect(await labels()).toEqual([b, a, null]);
    const refused = await give([
      { image_id: images[2], label_id: a },
      { image_id: images.at(-1)! + 1000, label_id: a },
    ]);
    expect(refused.status).toBe(404);
    expect((await give([{ image_id: images[2], label_id: b! + 1000 }])).status).toBe(404);
    expect(await labels()).toEqual([b, a, null]);
    await ask(alice, 'POST', `/api/v1/themes/${theme.id}/undo`);
    expect(await labels()).toEqual([a, a, null]);
  });

  test('of two people: undo leaves what the other has changed, and agreement is told', async () => {
    const theme = await createTheme(server, alice, ['a', 'b']);
    await ask(alice, 'PUT', `/api/v1/themes/${theme.id}/members/bob`, { role: 'labeler' });
    const [a, b] = theme.label_list.map(({ id }) => id) as [number, number];
    const images = await fill(server, alice, theme.id, 3, 300);
    await ask(alice, 'POST', `/api/theme/${theme.id}/label/update/`, { image_ids: images, label_id: a });
    await ask(bob, 'POST', `/api/theme/${theme.id}/label/update/`, { image_id: images[0], label_id: b });
    await ask(bob, 'POST', `/api/theme/${theme.id}/label/update/`, { image_id: images[1], label_id: a });
    const { body } = await ask<Agreement>(alice, 'GET', `/api/v1/themes/${theme.id}/agreement`);
    expect(body).toMatchObject({ images: 2, agreed: 0.5, pairs: [{ a: 'alice', b: 'bob', images: 2, agreed: 0.5 }] });
    expect(body.labels).toEqual([
      { label_id: a, images: 2, agreed: 0.5, kappa: 0 },
      { label_id: b, images: 1, agreed: 0, kappa: 0 },
    ]);
    expect(body.open).toBe(1);
    expect(body.disagreements).toEqual([
      {
        image_id: images[0],
        label_id: b,
        settled: false,
        votes: [
          { annotator: 'alice', label_id: a },
          { annotator: 'bob', label_id: b },
        ],
      },
    ]);
    const undone = await ask<LabelUndone>(alice, 'POST', `/api/v1/themes/${theme.id}/undo`);
    expect(undone.body).toMatchObject({ updated: 2, conflicts: 1, image_ids: [images[1], images[2]] });
    const kept = await ask<ThemeImageDetail>(alice, 'GET', `/api/theme/${theme.id}/images/${images[0]}/`);
    expect(kept.body).toMatchObject({ label_id: b, labeled_by: 'bob' });
    expect(
      kappaOf([
        { x: 1, y: 1, n: 20 },
        { x: 1, y: 2, n: 5 },
        { x: 2, y: 1, n: 10 },
        { x: 2, y: 2, n: 15 },
      ]).kappa,
    ).toBeCloseTo(0.4, 10);
  });

  test('a picture that has trained a model leaves its row, and comes back in its split', async () => {
    const theme = await createTheme(server, alice);
    const [trained, other] = await fill(server, alice, theme.id, 2, 400);
    const model = await server.db
      .insertInto('model')
      .values({ theme_id: theme.id, mlflow_run_id: `run-${theme.id}` })
      .returning('id')
      .executeTakeFirstOrThrow();
    await server.db.insertInto('model_train_data').values({ model_id: model.id, train_data_id: trained! }).execute();
    await ask(alice, 'PATCH', `/api/theme/${theme.id}/images/${trained}/`, { split: 'test' });
    expect(codeOf(await ask(alice, 'PATCH', `/api/theme/${theme.id}/images/${trained}/`, { split: 'train' }))).toEqual({
      status: 409,
      code: 'split_is_persistent',
    });
    const gone = await ask(alice, 'POST', `/api/theme/${theme.id}/images/delete/`, { image_ids: [trained, other] });
    expect(gone.body).toEqual({ deleted: 2, tombstones: 1 });
    const rows = await server.db
      .selectFrom('train_data')
      .select(['id', 'image_path', 'split'])
      .where('theme_id', '=', theme.id)
      .execute();
    expect(rows).toEqual([
      { id: trained, image_path: expect.stringMatching(/^deleted\/[0-9a-f]{64}$/), split: 'test' },
    ]);
    expect((await ask<ThemeStatistics>(alice, 'GET', `/api/theme/${theme.id}/statistics/`)).body.total).toBe(0);
    expect((await ask(alice, 'GET', `/api/theme/${theme.id}/images/${trained}/`)).status).toBe(404);
    expect(await upload(server, alice, theme.id, [['back.png', numberedPng(400)]])).toMatchObject({
      created: 0,
      skipped: 0,
    });
    const back = await ask<ThemeImageDetail>(alice, 'GET', `/api/theme/${theme.id}/images/${trained}/`);
    expect(back.body).toMatchObject({ split: 'test' });
    await access(join(server.home.root, back.body.image_path));
  });
});
