import type { ThemeConfig } from '@minori/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { differenceOf } from './config-service.ts';
import { createTheme } from './testing/bench.ts';

let server: TestServer;
let alice: Person;
beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
});
afterAll(() => server.close());

const ask = <T>(method: 'GET' | 'POST', url: string, payload?: object) =>
  server.json<T>({ method, url, headers: alice.headers, ...(payload === undefined ? {} : { payload }) });

test('files are saved as numbered versions, compared and restored', async () => {
  const theme = await createTheme(server, alice);
  const base = `/api/v1/themes/${theme.id}/config/params`;
  const first = await ask<ThemeConfig>('GET', base);
  expect(first.body).toMatchObject({ version: 0, document: { training: { num_epochs: 10 }, data: { seed: 42 } } });
  const save = (text: string, version?: number) =>
    ask<{ params: ThemeConfig; code?: string }>('POST', `/api/theme/${theme.id}/training/config/save/`, {
      params: text,
      ...(version === undefined ? {} : { base_version: { params: version } }),
    });
  expect((await save('training:\n  num_epochs: 3\n', 0)).body.params).toMatchObject({
    version: 1,
    document: { training: { num_epochs: 3, batch_size: 32 } },
  });
  expect((await save('training:\n  num_epochs: 3\n')).body.params.version).toBe(1);
  expect((await save('training:\n  num_epochs: 4\n')).body.params.version).toBe(2);
  const late = await save('training:\n  num_epochs: 5\n', 1);
  expect([late.status, late.body.code]).toEqual([409, 'config_changed']);
  const difference = await ask<{ lines: unknown }>('GET', `${base}/difference?from=1&to=2`);
  expect(difference.body.lines).toEqual([
    { kind: 'same', text: 'training:' },
    { kind: 'removed', text: '  num_epochs: 3' },
    { kind: 'added', text: '  num_epochs: 4' },
  ]);
  expect((await ask<ThemeConfig>('POST', `${base}/restore`, { version: 1 })).body).toMatchObject({
    version: 3,
    text: 'training:\n  num_epochs: 3\n',
  });
  const versions = await ask<{ items: object[] }>('GET', `${base}/versions`);
  expect(versions.body.items).toMatchObject([
    { version: 3, restored_from: 1, created_by: 'alice' },
    { version: 2 },
    { version: 1 },
  ]);
  const wrong = await ask<{ code: string; params: { issues: unknown } }>(
    'POST',
    `/api/theme/${theme.id}/training/config/save/`,
    { auguments: 'train:\n  - name: Nonsense\n', params: 'training: {}\n' },
  );
  expect([wrong.status, wrong.body.code]).toEqual([422, 'theme_config_invalid']);
  expect((await ask<ThemeConfig>('GET', base)).body.version).toBe(3);
});

test('a difference of equal texts has none', () => {
  expect(differenceOf('a\nb', 'a\nb').every(({ kind }) => kind === 'same')).toBe(true);
});
