/** Labels given, undone and agreed on. */
import type {
  LabelUndone,
  LabelUpdated,
  LabelsUpdated,
  ThemeStatistics,
  ImagePage,
  ThemeImageDetail,
  Agreement,
} from '@minori/contract';
import { numberedPng } from '@minori/images/testing';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { kappaOf } from './agreement.ts';
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

describe('labeling', () => {
  test('changes one, many or all that a filter names; undo and redo follow', async () => {
    const theme = await createTheme(server, alice, ['a', 'b']);
    const [a, b] = theme.label_list.map(({ id }) => id) as [number, number];
    const images = await fill(server, alice, theme.id, 5, 200);
    const label = (payload: object, person = alice) =>
      ask<LabelUpdated>(server, person, 'POST', `/api/theme/${theme.id}/label/update/`, payload);
    const labels = async () =>
      (await ask<ImagePage>(server, alice, 'GET', `/api/theme/${theme.id}/images/?order=oldest`)).body.items
        .map(({ label_id: id }) => (id === a ? 'a' : id === b ? 'b' : '-'))
        .join('');
    const move = (step: string) => ask<LabelUndone>(server, alice, 'POST', `/api/v1/themes/${theme.id}/${step}`);

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
    expect((await ask<ThemeStatistics>(server, alice, 'GET', `/api/theme/${theme.id}/statistics/`)).body).toMatchObject(
      {
        total: 5,
        labeled: 4,
        unlabeled: 1,
      },
    );
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
      ask<LabelsUpdated>(server, alice, 'POST', `/api/v1/themes/${theme.id}/label-updates`, { acts });
    const labels = async () =>
      (await ask<ImagePage>(server, alice, 'GET', `/api/theme/${theme.id}/images/?order=oldest`)).body.items.map(
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
    await ask(server, alice, 'POST', `/api/v1/themes/${theme.id}/undo`);
    expect(await labels()).toEqual([a, a, null]);
  });

  test('of two people: undo leaves what the other has changed, and agreement is told', async () => {
    const theme = await createTheme(server, alice, ['a', 'b']);
    await ask(server, alice, 'PUT', `/api/v1/themes/${theme.id}/members/bob`, { role: 'labeler' });
    const [a, b] = theme.label_list.map(({ id }) => id) as [number, number];
    const images = await fill(server, alice, theme.id, 3, 300);
    await ask(server, alice, 'POST', `/api/theme/${theme.id}/label/update/`, { image_ids: images, label_id: a });
    await ask(server, bob, 'POST', `/api/theme/${theme.id}/label/update/`, { image_id: images[0], label_id: b });
    await ask(server, bob, 'POST', `/api/theme/${theme.id}/label/update/`, { image_id: images[1], label_id: a });
    const { body } = await ask<Agreement>(server, alice, 'GET', `/api/v1/themes/${theme.id}/agreement`);
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
    const undone = await ask<LabelUndone>(server, alice, 'POST', `/api/v1/themes/${theme.id}/undo`);
    expect(undone.body).toMatchObject({ updated: 2, conflicts: 1, image_ids: [images[1], images[2]] });
    const kept = await ask<ThemeImageDetail>(server, alice, 'GET', `/api/theme/${theme.id}/images/${images[0]}/`);
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
    await ask(server, alice, 'PATCH', `/api/theme/${theme.id}/images/${trained}/`, { split: 'test' });
    expect(
      codeOf(await ask(server, alice, 'PATCH', `/api/theme/${theme.id}/images/${trained}/`, { split: 'train' })),
    ).toEqual({
      status: 409,
      code: 'split_is_persistent',
    });
    const gone = await ask(server, alice, 'POST', `/api/theme/${theme.id}/images/delete/`, {
      image_ids: [trained, other],
    });
    expect(gone.body).toEqual({ deleted: 2, tombstones: 1 });
    const rows = await server.db
      .selectFrom('train_data')
      .select(['id', 'image_path', 'split'])
      .where('theme_id', '=', theme.id)
      .execute();
    expect(rows).toEqual([
      { id: trained, image_path: expect.stringMatching(/^deleted\/[0-9a-f]{64}$/), split: 'test' },
    ]);
    expect((await ask<ThemeStatistics>(server, alice, 'GET', `/api/theme/${theme.id}/statistics/`)).body.total).toBe(0);
    expect((await ask(server, alice, 'GET', `/api/theme/${theme.id}/images/${trained}/`)).status).toBe(404);
    expect(await upload(server, alice, theme.id, [['back.png', numberedPng(400)]])).toMatchObject({
      created: 0,
      skipped: 0,
    });
    const back = await ask<ThemeImageDetail>(server, alice, 'GET', `/api/theme/${theme.id}/images/${trained}/`);
    expect(back.body).toMatchObject({ split: 'test' });
    await access(join(server.home.root, back.body.image_path));
  });
});
