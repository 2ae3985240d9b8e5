/** Looking at an import before it is made, and labels that come without pictures. */
import type { ImagePage, ImportOutline, ImportState, ThemeImage } from '@minori/contract';
import { numberedPng, zipOf } from '@minori/images/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { createTheme, imagesForm, upload } from './testing/bench.ts';

let server: TestServer;
let alice: Person;
beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
});
afterAll(() => server.close());

const ask = <T>(method: 'GET' | 'POST' | 'PUT', url: string, payload?: object | Buffer, headers = {}) =>
  server.json<T>({
    method,
    url,
    headers: { ...alice.headers, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });

async function send(name: string, content: Buffer | string): Promise<string> {
  const bytes = Buffer.from(content);
  const { body } = await ask<{ id: string }>('POST', '/api/v1/uploads/start', {
    name,
    bytes: bytes.length,
    purpose: 'images',
  });
  await ask('PUT', `/api/v1/uploads/${body.id}`, bytes, { 'content-type': 'application/octet-stream' });
  return body.id;
}
const outline = async (themeId: number, request: object) =>
  (await ask<ImportOutline>('POST', `/api/v1/themes/${themeId}/imports/outline`, request)).body;

async function imported(themeId: number, request: object): Promise<ImportState> {
  const { status, body } = await ask<ImportState>('POST', `/api/v1/themes/${themeId}/imports`, request);
  expect([status, body]).toMatchObject([202, {}]);
  for (let tries = 0; tries < 400; tries++) {
    const state = await ask<ImportState>('GET', `/api/v1/themes/${themeId}/imports/${body.run_id}`);
    if (['succeeded', 'failed', 'cancelled'].includes(state.body.status)) return state.body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the import did not end');
}

async function pictures(themeId: number): Promise<(ThemeImage & { label: string | null })[]> {
  const labels = await ask<{ items: { id: number; label_name: string }[] }>('GET', `/api/theme/${themeId}/labels/`);
  const names = new Map(labels.body.items.map((one) => [one.id, one.label_name]));
  const { body } = await ask<ImagePage>('GET', `/api/theme/${themeId}/images/?order=oldest`);
  return body.items.map((one) => ({ ...one, label: names.get(one.label_id ?? 0) ?? null }));
}

test('an archive says what it would bring, and labels can be renamed on the way', async () => {
  const theme = await createTheme(server, alice, ['cat']);
  const upload_id = await send(
    'set.zip',
    zipOf({
      'train/cat/1.png': numberedPng(1),
      'train/Katze/2.png': numberedPng(2),
      'val/dog/3.png': numberedPng(3),
      'test/rubbish/4.png': numberedPng(4),
      'notes.md': Buffer.from('x'),
      '../evil.png': numberedPng(5),
    }),
  );
  expect(await outline(theme.id, { upload_id })).toMatchObject({
    format: 'yolo',
    pictures: 4,
    others: 1,
    refused: [{ name: '../evil.png', reason: 'path_outside' }],
    labels: [
      { name: 'cat', count: 1, label_id: theme.label_list[0]?.id },
      { name: 'dog', count: 1, label_id: null },
      { name: 'Katze', count: 1, label_id: null },
      { name: 'rubbish', count: 1, label_id: null },
    ],
    may_make_labels: true,
    splits: { train: 2, valid: 1, test: 1 },
    known: null,
  });
  expect((await pictures(theme.id)).length).toBe(0);
  await imported(theme.id, { upload_id, labels: { Katze: 'cat', rubbish: null } });
  expect((await pictures(theme.id)).map(({ name, label, split }) => `${name} ${label} ${split}`)).toEqual([
    '1.png cat train',
    '2.png cat train',
    '3.png dog valid',
    '4.png null test',
  ]);
});

test('a table alone labels what is in the theme, by name or by content; nothing is taken away unasked', async () => {
  const theme = await createTheme(server, alice, ['cat', 'dog']);
  const names = ['a.png', 'b.png', 'c.png', 'same.png', 'same.png'];
  const { image_ids: ids } = await upload(
    server,
    alice,
    theme.id,
    names.map((name, at) => [name, numberedPng(20 + at)] as const),
  );
  const [cat, dog] = theme.label_list;
  const give = (image_id: number | undefined, label_id: number | undefined) =>
    ask('POST', `/api/theme/${theme.id}/label/update/`, { image_id, label_id });
  await give(ids[1], cat?.id);
  await give(ids[2], dog?.id);
  const before = await pictures(theme.id);
  const csv = [
    'Datei;Klasse;Los;sha256',
    'x/a.png;dog;lot 1;',
    'b.png;dog;;',
    'c.png;dog;;',
    'same.png;cat;;',
    `renamed.png;cat;;${before[4]?.sha256}`,
    'none.png;cat;;',
  ].join('\n');
  const upload_id = await send('labels.csv', csv);
  // The columns have names of their own: nothing is known until somebody says which is which.
  const blank = await outline(theme.id, { upload_id });
  expect(blank).toMatchObject({ format: 'csv', table: { titles: ['Datei', 'Klasse', 'Los', 'sha256'] } });
  const columns = { path: 'Datei', label: 'Klasse', group: 'Los' };
  expect(await outline(theme.id, { upload_id, columns })).toMatchObject({
    pictures: 0,
    labels: [
      { name: 'cat', count: 3, label_id: cat?.id },
      { name: 'dog', count: 3, label_id: dog?.id },
    ],
    groups: 1,
    known: { found: 4, labeled_otherwise: 1, ambiguous: 1, not_found: 1 },
    rows: [{ name: 'x/a.png', label: 'dog', group: 'lot 1' }, {}, {}, {}, {}, {}],
  });
  const done = await imported(theme.id, { upload_id, columns });
  expect(done).toMatchObject({ status: 'succeeded', created: 0, labeled: 2, kept: 1, skipped: 1, rejected_total: 2 });
  expect(done.rejected).toEqual([
    { name: 'same.png', reason: 'name_ambiguous' },
    { name: 'none.png', reason: 'not_in_theme' },
  ]);
  const state = async () => (await pictures(theme.id)).map(({ label, group }) => [label, group]);
  expect(await state()).toEqual([
    ['dog', 'lot 1'],
    ['cat', null],
    ['dog', null],
    [null, null],
    ['cat', null],
  ]);
  expect(await imported(theme.id, { upload_id, columns, overwrite: true })).toMatchObject({ labeled: 1, kept: 0 });
  expect((await state())[1]).toEqual(['dog', null]);

  // What was exported and edited comes back, found by its content; a split that is set stays.
  const csvUrl = `/api/v1/themes/${theme.id}/export?images=false`;
  const exported = await server.app.inject({ url: csvUrl, headers: alice.headers });
  const edited = exported.body.replaceAll(/^([^,]*),dog,/gm, '$1,cat,train').replace('path,label', 'path,label');
  expect(await imported(theme.id, { upload_id: await send('back.csv', edited), overwrite: true })).toMatchObject({
    labeled: 3,
    rejected: [],
  });
  const placed = await pictures(theme.id);
  expect(placed.map(({ split }) => split)).toEqual(['train', 'train', 'train', null, null]);
  const moved = exported.body.replaceAll(/^([^,]*),dog,/gm, '$1,cat,test');
  expect(await imported(theme.id, { upload_id: await send('moved.csv', moved) })).toMatchObject({
    labeled: 0,
    kept: 3,
  });
  expect((await pictures(theme.id)).map(({ split }) => split)).toEqual(['train', 'train', 'train', null, null]);
});

test('what Label Studio exports finds its pictures, though it has put digits before their names', async () => {
  const theme = await createTheme(server, alice, []);
  await upload(server, alice, theme.id, [['cat 1.png', numberedPng(71)]]);
  const choice = { type: 'choices', value: { choices: ['Cat'] } };
  const tasks = [{ id: 1, data: { image: '/data/upload/3/1a2b3c4d-cat 1.png' }, annotations: [{ result: [choice] }] }];
  const upload_id = await send('export.json', JSON.stringify(tasks));
  expect(await imported(theme.id, { upload_id })).toMatchObject({ labeled: 1, rejected: [], format: 'label_studio' });
  expect((await pictures(theme.id))[0]?.label).toBe('Cat');
});

test('a folder about to be sent is understood as a whole, and each picture arrives with what is said of it', async () => {
  const theme = await createTheme(server, alice, []);
  const table = await send('labels.csv', 'path,label,split,group\nimages/1.png,bolt,valid,lot 7\nimages/2.png,nut,,\n');
  const names = ['set/images/1.png', 'set/images/2.png', 'set/images/3.png', 'set/readme.md'];
  const seen = await outline(theme.id, { names, annotations: [table] });
  expect(seen.annotations).toEqual([
    { name: 'set/images/1.png', label: 'bolt', split: 'valid', group: 'lot 7', labeled_by: null },
    { name: 'set/images/2.png', label: 'nut', split: null, group: null, labeled_by: null },
    null,
    null,
  ]);
  const form = imagesForm([
    ['set/images/1.png', numberedPng(41)],
    ['set/images/2.png', numberedPng(42)],
  ]);
  const boundary = /boundary=(.*)/.exec(form.headers['content-type'] ?? '')?.[1];
  const field = (text: string) =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="annotations"\r\n\r\n${text}\r\n`);
  const post = (text: string) =>
    ask<{ created: number }>(
      'POST',
      `/api/theme/${theme.id}/images/upload/`,
      Buffer.concat([field(text), form.payload]),
      form.headers,
    );
  expect((await post('{"no": "list"}')).status).toBe(400);
  expect((await post(JSON.stringify(seen.annotations?.slice(0, 2)))).body).toMatchObject({ created: 2, rejected: [] });
  expect((await pictures(theme.id)).map(({ label, split, group }) => [label, split, group])).toEqual([
    ['bolt', 'valid', 'lot 7'],
    ['nut', null, null],
  ]);
});
