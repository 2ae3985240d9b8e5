/** What a theme was, and what has changed since; and the theme that comes with the product. */
import type { ImportState, ThemeSample, ThemeStatistics, ThemeVersion, VersionDifference } from '@minori/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { createTheme, fill } from './testing/bench.ts';

let server: TestServer;
let alice: Person;
beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
});
afterAll(() => server.close());
const ask = <T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  server.json<T>({ method, url, headers: alice.headers, ...(payload === undefined ? {} : { payload }) });

test('a version says what was added, removed and relabeled since', async () => {
  const theme = await createTheme(server, alice, ['cat', 'dog']);
  const [cat, dog] = theme.label_list;
  const ids = await fill(server, alice, theme.id, 4);
  const label = (image_id: number | undefined, label_id: number | undefined) =>
    ask('POST', `/api/theme/${theme.id}/label/update/`, { image_id, label_id });
  await label(ids[0], cat?.id);
  const make = async () => (await ask<ThemeVersion>('POST', `/api/v1/themes/${theme.id}/versions`, {})).body;
  const first = await make();
  expect(first).toMatchObject({ version: 1, images: 4 });
  expect((await make()).version).toBe(1);

  await label(ids[0], dog?.id);
  await ask('PATCH', `/api/theme/${theme.id}/images/${ids[1]}/`, { split: 'test', group: 'lot 1' });
  await ask('DELETE', `/api/theme/${theme.id}/images/${ids[2]}/`);
  const [added] = await fill(server, alice, theme.id, 1, 50);
  const difference = async (query: string) =>
    (await ask<VersionDifference>('GET', `/api/v1/themes/${theme.id}/versions/1/difference${query}`)).body;
  const now = await difference('');
  expect(now).toMatchObject({ to: null, same: 1, added: 1, removed: 1, relabeled: 1, moved: 1, regrouped: 1 });
  expect(now.changes.map(({ image_id: id, before, after }) => ({ id, before, after }))).toEqual(
    expect.arrayContaining([
      {
        id: ids[0],
        before: { label: 'cat', split: null, group: null },
        after: { label: 'dog', split: null, group: null },
      },
      {
        id: ids[1],
        before: { label: null, split: null, group: null },
        after: { label: null, split: 'test', group: 'lot 1' },
      },
      { id: null, before: { label: null, split: null, group: null }, after: null },
      { id: added, before: null, after: { label: null, split: null, group: null } },
    ]),
  );
  expect((await make()).version).toBe(2);
  expect({ ...(await difference('?to=2')), to: null }).toEqual(now);
  expect(await difference('?to=1')).toMatchObject({ same: 4, changes: [] });
  expect((await ask('GET', `/api/v1/themes/${theme.id}/versions/9/difference`)).status).toBe(404);
});

test('the theme that comes with the product has its pictures and labels, as often as somebody tries it', async () => {
  const take = async () => (await ask<ThemeSample>('POST', '/api/v1/themes/samples/shapes', { name: 'Shapes' })).body;
  const made = await take();
  for (let tries = 0; tries < 400; tries += 1) {
    const { body } = await ask<ImportState>('GET', `/api/v1/themes/${made.theme_id}/imports/${made.run_id}`);
    if (body.status === 'succeeded') break;
    expect(body.problem).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { body } = await ask<ThemeStatistics>('GET', `/api/theme/${made.theme_id}/statistics/`);
  expect(body).toMatchObject({ total: 120, labeled: 120 });
  expect(body.labels.map(({ label_name: name, count }) => [name, count])).toEqual([
    ['circle', 40],
    ['square', 40],
    ['triangle', 40],
  ]);
  expect((await take()).name).toBe('Shapes 2');
});
