import type { Label, ThemeDetail, ThemePage, ThemeStatistics, LabelHistoryPage } from '@minori/contract';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { ask, codeOf, createTheme, fill } from './testing/bench.ts';

let server: TestServer;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
  bob = await server.person('bob');
});
afterAll(() => server.close());

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
    expect(codeOf(await ask(server, alice, 'POST', '/api/theme/create/', { name: 'Foreign bodies' }))).toEqual({
      status: 409,
      code: 'theme_name_taken',
    });
    const found = await ask<ThemePage>(server, alice, 'GET', '/api/v1/themes?q=foreign&state=empty');
    expect(found.body.items.map(({ id }) => id)).toEqual([theme.id]);
    const renamed = await ask<ThemeDetail>(server, alice, 'PUT', `/api/theme/${theme.id}/`, {
      name: '異物',
      description: 'x',
    });
    expect(renamed.body).toMatchObject({ name: '異物', description: 'x' });
    const audit = await server.db
      .selectFrom('audit_log')
      .select('action')
      .where('target_id', '=', String(theme.id))
      .orderBy('id')
      .execute();
    expect(audit.map(({ action }) => action)).toEqual(['theme.create', 'theme.update']);
    await fill(server, alice, theme.id, 1);
    expect((await ask(server, alice, 'DELETE', `/api/theme/${theme.id}/`)).status).toBe(204);
    expect(codeOf(await ask(server, alice, 'GET', `/api/theme/${theme.id}/`))).toEqual({
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
          server,
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
    expect(codeOf(await ask(server, bob, 'GET', `/api/theme/${theme.id}/`))).toEqual({
      status: 404,
      code: 'theme_not_found',
    });
    await ask(server, alice, 'PUT', `/api/v1/themes/${theme.id}/members/bob`, { role: 'viewer' });
    expect((await ask<ThemeDetail>(server, bob, 'GET', `/api/theme/${theme.id}/`)).body.role).toBe('viewer');
    const act = () =>
      ask(server, bob, 'POST', `/api/theme/${theme.id}/label/update/`, {
        image_id: image,
        label_id: theme.label_list[0]?.id,
      });
    expect(codeOf(await act())).toEqual({ status: 403, code: 'theme_role_too_low' });
    await ask(server, alice, 'PUT', `/api/v1/themes/${theme.id}/members/${bob.id}`, { role: 'labeler' });
    expect((await act()).status).toBe(200);
    expect(codeOf(await ask(server, bob, 'PUT', `/api/theme/${theme.id}/`, { name: 'mine' }))).toEqual({
      status: 403,
      code: 'theme_role_too_low',
    });
    expect(codeOf(await ask(server, alice, 'DELETE', `/api/v1/themes/${theme.id}/members/${alice.id}`))).toEqual({
      status: 409,
      code: 'last_owner',
    });
    expect((await ask(server, alice, 'DELETE', `/api/v1/themes/${theme.id}/members/${bob.id}`)).status).toBe(204);
    expect((await act()).status).toBe(404);
  });

  test('have labels that can be added, moved, renamed and taken away', async () => {
    const theme = await createTheme(server, alice, ['a', 'b']);
    const images = await fill(server, alice, theme.id, 3);
    const made = await ask<Label>(server, alice, 'POST', `/api/theme/${theme.id}/labels/`, {
      label_name: 'c',
      color: '#ff0000',
    });
    expect(made).toMatchObject({ status: 201, body: { label_name: 'c', color: '#ff0000', position: 2 } });
    expect(codeOf(await ask(server, alice, 'POST', `/api/theme/${theme.id}/labels/`, { label_name: 'c' }))).toEqual({
      status: 409,
      code: 'label_name_taken',
    });
    await ask(server, alice, 'PUT', `/api/theme/${theme.id}/labels/${made.body.id}/`, {
      label_name: 'first',
      position: 0,
    });
    const order = async () =>
      (await ask<{ items: Label[] }>(server, alice, 'GET', `/api/theme/${theme.id}/labels/`)).body.items.map(
        ({ label_name }) => label_name,
      );
    expect(await order()).toEqual(['first', 'a', 'b']);
    await ask(server, alice, 'POST', `/api/theme/${theme.id}/label/update/`, {
      image_ids: images,
      label_id: made.body.id,
    });
    expect(codeOf(await ask(server, alice, 'DELETE', `/api/theme/${theme.id}/labels/${made.body.id}/`))).toEqual({
      status: 409,
      code: 'label_in_use',
    });
    expect(
      (await ask(server, alice, 'DELETE', `/api/theme/${theme.id}/labels/${made.body.id}/?unlabel=true`)).status,
    ).toBe(204);
    expect(await order()).toEqual(['a', 'b']);
    expect((await ask<ThemeStatistics>(server, alice, 'GET', `/api/theme/${theme.id}/statistics/`)).body).toMatchObject(
      {
        total: 3,
        labeled: 0,
      },
    );
    const history = await ask<LabelHistoryPage>(
      server,
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
