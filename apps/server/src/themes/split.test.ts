import type { ImagePage, SplitAnswer, ThemeImageDetail, ThemeStatistics, ThemeVersion } from '@minori/contract';
import { numberedPng } from '@minori/images/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { createTheme, fill, upload } from './testing/bench.ts';

let server: TestServer;
let alice: Person;
beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
});
afterAll(() => server.close());

const ask = <T>(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  server.json<T>({ method, url, headers: alice.headers, ...(payload === undefined ? {} : { payload }) });
const splitsOf = async (themeId: number) =>
  Object.fromEntries(
    (await ask<ImagePage>('GET', `/api/theme/${themeId}/images/?limit=500`)).body.items.map(({ id, split }) => [
      id,
      split,
    ]),
  );

describe('a split', () => {
  test('assigns by the shares, keeps what is assigned, and deals out only what is new', async () => {
    const theme = await createTheme(server, alice);
    const images = await fill(server, alice, theme.id, 20, 1000);
    await ask('POST', `/api/theme/${theme.id}/label/update/`, { image_ids: images, label_id: theme.label_list[0]!.id });
    const preview = await ask<SplitAnswer>('POST', `/api/theme/${theme.id}/split/`, { dry_run: true });
    expect(preview.body).toMatchObject({ split_run_id: null, assigned: 20, train: 14, valid: 3, test: 3 });
    expect(Object.values(await splitsOf(theme.id)).every((split) => split === null)).toBe(true);
    const first = await ask<SplitAnswer>('POST', `/api/theme/${theme.id}/split/`, {
      train: 0.7,
      valid: 0.15,
      test: 0.15,
      seed: 1,
    });
    expect(first).toMatchObject({
      status: 200,
      body: { assigned: 20, kept: 0, train: 14, valid: 3, test: 3, unassigned: 0 },
    });
    const before = await splitsOf(theme.id);
    await fill(server, alice, theme.id, 20, 1100);
    const second = await ask<SplitAnswer>('POST', `/api/theme/${theme.id}/split/`, {
      train: 0.5,
      valid: 0.25,
      test: 0.25,
      seed: 9,
    });
    expect(second.body).toMatchObject({ assigned: 20, kept: 20, train: 24, valid: 8, test: 8 });
    expect(await splitsOf(theme.id)).toMatchObject(before);
    const statistics = await ask<ThemeStatistics>('GET', `/api/theme/${theme.id}/statistics/`);
    expect(statistics.body.splits).toEqual({ train: 24, valid: 8, test: 8, unassigned: 0 });
    expect((await ask('POST', `/api/theme/${theme.id}/split/`, { train: 0.7, valid: 0.7, test: 0.1 })).status).toBe(
      400,
    );
    expect((await ask<{ items: unknown[] }>('GET', `/api/v1/themes/${theme.id}/splits`)).body.items).toHaveLength(2);
  });

  test('is changed by nothing but the reset, which is recorded and keeps the state before', async () => {
    const theme = await createTheme(server, alice);
    const [image] = await fill(server, alice, theme.id, 10, 1200);
    await ask('POST', `/api/theme/${theme.id}/split/`, { seed: 1 });
    const direct = server.db.updateTable('train_data').set({ split: null }).where('id', '=', image!).execute();
    await expect(direct).rejects.toThrow(/is assigned to/);
    const silent = await ask<{ code: string }>('POST', `/api/theme/${theme.id}/split/`, { reset: true });
    expect([silent.status, silent.body.code]).toEqual([400, 'split_reason_missing']);
    const reset = await ask<SplitAnswer>('POST', `/api/theme/${theme.id}/split/`, {
      reset: true,
      reason: 'other shares',
      train: 0.4,
      valid: 0.3,
      test: 0.3,
    });
    expect(reset.body).toMatchObject({ assigned: 10, kept: 0, train: 4, valid: 3, test: 3, version_before: 1 });
    const versions = await ask<{ items: ThemeVersion[] }>('GET', `/api/v1/themes/${theme.id}/versions`);
    expect(versions.body.items).toMatchObject([
      { version: 1, reason: 'before_reset', note: 'other shares', counts: { train: 7 } },
    ]);
    const manifest = await server.app.inject({
      url: `/api/v1/themes/${theme.id}/versions/1/manifest`,
      headers: alice.headers,
    });
    expect(manifest.body.trim().split('\n')).toHaveLength(10);
    const entry = await server.db
      .selectFrom('audit_log')
      .select('params')
      .where('action', '=', 'theme.split.reset')
      .executeTakeFirstOrThrow();
    expect(entry.params).toMatchObject({ reason: 'other shares', version: 1 });
    // The same state is the same version.
    const made = await ask<ThemeVersion>('POST', `/api/v1/themes/${theme.id}/versions`, {});
    const again = await ask<ThemeVersion>('POST', `/api/v1/themes/${theme.id}/versions`, {});
    expect([made.status, again.status, again.body.sha256]).toEqual([201, 200, made.body.sha256]);
  });

  test('keeps what shows the same together, and shows what stands between two splits', async () => {
    const theme = await createTheme(server, alice);
    const [a, b] = await fill(server, alice, theme.id, 2, 1300);
    await server.json({
      method: 'PATCH',
      url: `/api/theme/${theme.id}/images/${a}/`,
      headers: alice.headers,
      payload: { split: 'test', group: 'patient 1' },
    });
    await server.json({
      method: 'PATCH',
      url: `/api/theme/${theme.id}/images/${b}/`,
      headers: alice.headers,
      payload: { split: 'train' },
    });
    const copies = await upload(server, alice, theme.id, [['copy of a.png', numberedPng(1300, 64)]]);
    const between = await upload(server, alice, theme.id, [['copy of b.png', numberedPng(1301, 64)]], {
      group: 'patient 1',
    });
    const { body } = await ask<SplitAnswer>('POST', `/api/theme/${theme.id}/split/`, {});
    expect(body).toMatchObject({ assigned: 1, quarantined: 1, test: 2, train: 1, unassigned: 1 });
    expect((await splitsOf(theme.id))[copies.image_ids[0]!]).toBe('test');
    const held = await ask<ImagePage>('GET', `/api/theme/${theme.id}/images/?quarantined=true`);
    expect(held.body.items.map(({ id }) => id)).toEqual(between.image_ids);
    const detail = await ask<ThemeImageDetail>('GET', `/api/theme/${theme.id}/images/${between.image_ids[0]}/`);
    expect(detail.body.quarantine).toEqual({ code: 'between_splits', splits: ['test', 'train'], images: [a, b] });
    // Without the other side it is free.
    await ask('DELETE', `/api/theme/${theme.id}/images/${b}/`);
    await ask('POST', `/api/theme/${theme.id}/split/`, {});
    expect((await splitsOf(theme.id))[between.image_ids[0]!]).toBe('test');
  });
});
