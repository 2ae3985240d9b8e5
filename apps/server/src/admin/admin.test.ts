/** What an administrator sees and does across all projects. */
import type { AdminActed, AdminPage, AuditEntry } from '@minori/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { createTheme, fill } from '../themes/testing/bench.ts';

let server: TestServer;
let root: Person;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  server = await createTestServer();
  root = await server.person('root', 'admin');
  alice = await server.person('alice');
  bob = await server.person('bob');
});
afterAll(() => server.close());

const list = async (table: string, query = '') =>
  (await server.json<AdminPage>({ url: `/api/v1/admin/${table}${query}`, headers: root.headers })).body;
const act = async (table: string, payload: object, person = root) =>
  server.json<AdminActed>({
    method: 'POST',
    url: `/api/v1/admin/${table}/act`,
    headers: person.headers,
    payload,
  });

test('themes, labels and pictures of everybody are found, taken along and changed at once', async () => {
  const birds = await createTheme(server, alice, ['tit', 'wren'], '=birds "x", y');
  const bolts = await createTheme(server, bob, ['M3'], 'bolts');
  const ids = await fill(server, alice, birds.id, 5);
  await fill(server, bob, bolts.id, 2);
  await server.json({
    method: 'POST',
    url: `/api/theme/${birds.id}/label/update/`,
    headers: alice.headers,
    payload: { image_ids: ids.slice(0, 3), label_id: birds.label_list[0]?.id },
  });

  expect((await list('themes')).items).toMatchObject([
    { id: bolts.id, owner: 'bob', images: 2, labeled: 0 },
    { id: birds.id, owner: 'alice', images: 5, labeled: 3, labels: 2, archived_at: null },
  ]);
  expect(await list('themes', '?q=BIRD')).toMatchObject({ total: 1, items: [{ id: birds.id }] });
  expect((await list('labels', '?state=used')).items).toMatchObject([{ label_name: 'tit', images: 3 }]);
  expect(await list('images', `?theme_id=${birds.id}&state=unlabeled`)).toMatchObject({ total: 2 });
  const first = await list('images', '?limit=3');
  const rest = await list('images', `?limit=50&cursor=${first.next}`);
  expect([first.items.length, rest.items.length, first.total]).toEqual([3, 4, 7]);
  expect(await list('models')).toEqual({ items: [], next: null, total: 0 });

  const csv = await server.app.inject({ url: '/api/v1/admin/themes/export', headers: root.headers });
  expect(csv.headers['content-disposition']).toContain('themes.csv');
  // A name that a spreadsheet would run is made text.
  expect(csv.body).toContain(`"'=birds ""x"", y"`);
  expect(csv.body.split('\n').length).toBe(4);

  // A strange row is refused with its reason, the others are done.
  expect((await act('images', { ids: [ids[0], 999_999], action: 'unlabel' })).body).toEqual({
    done: 1,
    refused: [{ id: 999_999, code: 'image_not_found', params: {} }],
  });
  expect((await act('images', { ids: ids.slice(3), action: 'delete' })).body.done).toBe(2);
  expect((await act('labels', { ids: [birds.label_list[0]?.id], action: 'delete' })).body.done).toBe(1);
  expect((await list('themes', '?q=birds')).items).toMatchObject([{ images: 3, labeled: 0, labels: 1 }]);

  expect((await act('themes', { ids: [birds.id], action: 'archive' })).body.done).toBe(1);
  const themesOf = async (person: Person) =>
    (await server.json<{ items: { id: number }[] }>({ url: '/api/v1/themes', headers: person.headers })).body.items;
  expect(await themesOf(alice)).toEqual([]);
  expect((await list('themes', '?state=archived')).items).toMatchObject([{ id: birds.id }]);
  await act('themes', { ids: [birds.id], action: 'restore' });
  expect((await themesOf(alice)).map(({ id }) => id)).toEqual([birds.id]);

  expect((await act('themes', { ids: [birds.id], action: 'reassign', owner: 'nobody' })).body.refused).toMatchObject([
    { code: 'user_not_found' },
  ]);
  await act('themes', { ids: [birds.id], action: 'reassign', owner: 'bob' });
  expect((await themesOf(bob)).map(({ id }) => id)).toContain(birds.id);
  expect((await list('themes', '?q=birds')).items).toMatchObject([{ owner: 'bob' }]);
  expect((await act('themes', { ids: [birds.id], action: 'delete' })).body.done).toBe(1);
  expect((await act('themes', { ids: [bolts.id], action: 'unlabel' })).status).toBe(400);
  expect((await act('themes', { ids: [bolts.id], action: 'delete' }, alice)).status).toBe(403);

  const { body } = await server.json<{ items: AuditEntry[] }>({ url: '/api/v1/audit', headers: root.headers });
  expect(body.items.filter(({ actor }) => actor === 'root').map(({ action }) => action)).toEqual(
    expect.arrayContaining([
      'theme.delete',
      'theme.reassign',
      'theme.restore',
      'theme.archive',
      'label.delete',
      'image.delete',
      'image.unlabel',
      'admin.export',
    ]),
  );
});
