/** From a file to a dataset over HTTP with the real ingest; and files that mean harm. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckAnswer, Dataset, DatasetDetail, Upload } from '@minori/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer, monthlyCsv, multipart } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { keyOf } from './ingest-driver.ts';
import { sweepUploads } from './uploads.ts';

let server: TestServer;
let alice: Person;
beforeAll(async () => {
  server = await createTestServer({ uploads: { max_bytes: 200_000, keep_hours: 24 } });
  alice = await server.person('alice');
});
afterAll(() => server.close());

async function send(name: string, content: string | Buffer, field?: string) {
  const body = multipart(name, content, field);
  return server.json<Upload & { code: string; params: Record<string, unknown> }>({
    method: 'POST',
    url: '/api/v1/uploads',
    payload: body.payload,
    headers: { ...alice.headers, ...body.headers },
  });
}
const post = <T>(url: string, payload: object = {}) =>
  server.json<T>({ method: 'POST', url, payload, headers: alice.headers });
const get = <T>(url: string) => server.json<T>({ url, headers: alice.headers });

describe('a file', () => {
  test('becomes a dataset, once', async () => {
    const upload = await send('Monthly shops.csv', monthlyCsv());
    expect(upload.status).toBe(201);
    expect(upload.body).toMatchObject({
      name: 'Monthly shops.csv',
      preview: { findings: [], mapping: { kind: 'long' } },
    });
    const { id, preview } = upload.body;
    const check = await post<CheckAnswer>(`/api/v1/uploads/${id}/check`, { mapping: preview.mapping });
    expect(check.body.profile).toMatchObject({ rows: 96, series_count: 2, freq: 'MS' });

    const made = await post<Dataset>('/api/v1/datasets', { upload_id: id, mapping: preview.mapping });
    expect(made).toMatchObject({
      status: 201,
      body: {
        key: 'monthly-shops',
        name: 'Monthly shops',
        owner: 'alice',
        latest: { version: 1, rows: 96, series: 2 },
      },
    });
    const folder = join(server.home.data, made.body.latest.sha256);
    expect((await readdir(folder)).toSorted()).toEqual(['data.parquet', 'profile.json']);
    expect((await readdir(server.home.tmp)).filter((name) => name.startsWith('version-'))).toEqual([]);
    // The same file twice is one dataset.
    const again = await post<Dataset>('/api/v1/datasets', { upload_id: id, mapping: preview.mapping });
    expect(again).toMatchObject({ status: 200, body: { id: made.body.id, latest: { version: 1 } } });

    expect(
      (await get<{ items: Dataset[] }>('/api/v1/datasets?key=monthly-shops')).body.items.map((item) => item.id),
    ).toEqual([made.body.id]);
    expect((await get<{ items: Dataset[] }>('/api/v1/datasets?key=nothing')).body.items).toEqual([]);
    const series = await get<{ items: { unique_id: string; y: number[] }[]; total: number }>(
      `/api/v1/datasets/${made.body.id}/series?limit=1&offset=1`,
    );
    expect(series.body).toMatchObject({ total: 2, items: [{ unique_id: 'b' }] });
    const rows = await get<{ columns: string[]; rows: string[][] }>(`/api/v1/datasets/${made.body.id}/rows?limit=3`);
    expect(rows.body.columns).toEqual(['unique_id', 'ds', 'y']);
    expect(rows.body.rows).toHaveLength(3);
    expect(await get(`/api/v1/datasets/${made.body.id}?version=9`)).toMatchObject({
      status: 404,
      body: { code: 'dataset_version_not_found' },
    });
  });

  test('of next month becomes the next version, and the one before stays as it was', async () => {
    const first = await send('growing.csv', monthlyCsv(['x'], 36));
    const made = await post<Dataset>('/api/v1/datasets', {
      upload_id: first.body.id,
      mapping: first.body.preview.mapping,
    });
    const next = await send('growing-2.csv', 'unique_id,ds,y\nx,2023-01-01,500\nx,2023-02-01,501\n');
    const version = await post<Dataset>(`/api/v1/datasets/${made.body.id}/versions`, {
      upload_id: next.body.id,
      mapping: first.body.preview.mapping,
    });
    expect(version).toMatchObject({
      status: 201,
      body: { id: made.body.id, latest: { version: 2, parent_version: 1, rows: 38 } },
    });
    const detail = await get<DatasetDetail>(`/api/v1/datasets/${made.body.id}?version=1`);
    expect(detail.body.versions.map((item) => [item.version, item.rows])).toEqual([
      [2, 38],
      [1, 36],
    ]);
    expect(detail.body.profile.rows).toBe(36);
  });

  test('with problems is refused with all of them, and accepted with their fixes', async () => {
    const upload = await send('twice.csv', `${monthlyCsv(['a'], 30)}a,2020-01-01,7\n`);
    const mapping = upload.body.preview.mapping;
    const refused = await post<{ code: string; params: { findings: { code: string }[] } }>('/api/v1/datasets', {
      upload_id: upload.body.id,
      mapping,
    });
    expect(refused).toMatchObject({ status: 422, body: { code: 'unresolved_findings' } });
    expect(refused.body.params.findings.map(({ code }) => code)).toContain('duplicate_timestamp');
    const made = await post<Dataset>('/api/v1/datasets', {
      upload_id: upload.body.id,
      mapping,
      fixes: [{ code: 'duplicate_timestamp', id: 'aggregate', params: { method: 'last' } }],
    });
    expect(made).toMatchObject({ status: 201, body: { latest: { rows: 30 } } });
  });

  test('arrives in pieces, and goes on where it broke off', async () => {
    const content = Buffer.from(monthlyCsv(['p'], 40));
    const started = await post<{ id: string }>('/api/v1/uploads/start', { name: 'pieces.csv', bytes: content.length });
    const put = (offset: number, piece: Buffer) =>
      server.json<Record<string, unknown>>({
        method: 'PUT',
        url: `/api/v1/uploads/${started.body.id}?offset=${offset}`,
        payload: piece,
        headers: { ...alice.headers, 'content-type': 'application/octet-stream' },
      });
    expect((await put(0, content.subarray(0, 300))).body).toMatchObject({ received: 300 });
    expect(await put(200, content.subarray(200))).toMatchObject({
      status: 409,
      body: { code: 'upload_offset_wrong', params: { offset: 300 } },
    });
    expect((await get(`/api/v1/uploads/${started.body.id}`)).body).toMatchObject({
      received: 300,
      bytes: content.length,
    });
    expect((await put(300, content.subarray(300))).body).toMatchObject({
      name: 'pieces.csv',
      bytes: content.length,
      preview: { findings: [] },
    });
    expect(await put(content.length, Buffer.from('more'))).toMatchObject({
      status: 413,
      body: { code: 'file_too_large' },
    });
    await server.json({ method: 'DELETE', url: `/api/v1/uploads/${started.body.id}`, headers: alice.headers });
    expect((await get(`/api/v1/uploads/${started.body.id}`)).status).toBe(404);
  });
});

describe('a hostile file', () => {
  test.for([
    '../../../etc/passwd.csv',
    '..\\..\\windows\\system32.csv',
    '/etc/shadow',
    '.',
    '..',
    'a\u0000b.csv',
    '\u202Egpj.csv',
    `${'x'.repeat(2000)}.csv`,
  ])('cannot place itself by its name %j', async (name) => {
    const answer = await send(name, monthlyCsv());
    expect(answer.status).toBe(201);
    expect(answer.body.name).not.toMatch(/[/\\\u0000\u202E]/);
    expect(answer.body.name.length).toBeLessThanOrEqual(200);
    expect(answer.body.id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await readdir(join(server.home.uploads, answer.body.id))).toSorted()).toEqual(['content', 'upload.json']);
  });

  test('cannot name an upload by a path', async () => {
    for (const id of ['..%2f..%2fetc', '%2e%2e', '..', 'x/../../y'])
      expect((await get(`/api/v1/uploads/${id}`)).status).toBe(404);
    expect(
      await post('/api/v1/datasets', {
        upload_id: '../../pg',
        mapping: { kind: 'long', unique_id: [], ds: ['a'], y: 'b' },
      }),
    ).toMatchObject({ status: 404, body: { code: 'upload_not_found' } });
    expect(await post('/api/v1/samples/..%2fpackage.json', {})).toMatchObject({
      status: 404,
      body: { code: 'sample_not_found' },
    });
  });

  test('keeps its markup as text, in names and in series', async () => {
    const html = '<img src=x onerror=alert(1)>';
    const upload = await send(`${html}.csv`, monthlyCsv([html, '=cmd|calc']));
    const made = await post<Dataset>('/api/v1/datasets', {
      upload_id: upload.body.id,
      mapping: upload.body.preview.mapping,
    });
    expect(made.body.name).toBe(html);
    const answer = await server.app.inject({ url: `/api/v1/datasets/${made.body.id}`, headers: alice.headers });
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  test('that is too large is refused, and leaves nothing', async () => {
    const before = await readdir(server.home.uploads);
    expect(await send('big.csv', Buffer.alloc(250_000, 'a'))).toMatchObject({
      status: 413,
      body: { code: 'file_too_large', params: { max_bytes: 200_000 } },
    });
    expect(await post('/api/v1/uploads/start', { name: 'huge.csv', bytes: 10 * 1024 ** 3 })).toMatchObject({
      status: 413,
      body: { code: 'file_too_large' },
    });
    expect(await readdir(server.home.uploads)).toEqual(before);
  });

  test.for([
    ['empty.csv', ''],
    ['binary.csv', Buffer.from(Array.from({ length: 4096 }, (_unused, index) => (index * 7919) % 256))],
    ['not.parquet', 'PAR1 but not really'],
    ['not.xlsx', Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(100)])],
  ] as const)('%s is a finding, not a failure, and no dataset', async ([name, content]) => {
    const answer = await send(name, content);
    expect(answer.status).toBe(201);
    expect(answer.body.preview.findings.some(({ severity }) => severity === 'error')).toBe(true);
    const refused = await post<{ code: string }>('/api/v1/datasets', {
      upload_id: answer.body.id,
      mapping: { kind: 'long', unique_id: [], ds: ['ds'], y: 'y' },
    });
    expect({ name, status: refused.status, code: refused.body.code }).toEqual({
      name,
      status: 422,
      code: 'unresolved_findings',
    });
  });

  test('in a request that is none is refused with its reason', async () => {
    expect(await post('/api/v1/uploads', {})).toMatchObject({ status: 415, body: { code: 'multipart_expected' } });
    const empty = await server.json({
      method: 'POST',
      url: '/api/v1/uploads',
      payload: '--x--\r\n',
      headers: { ...alice.headers, 'content-type': 'multipart/form-data; boundary=x' },
    });
    expect(empty.status).toBe(400);
    const poisoned = await server.json({
      method: 'POST',
      url: '/api/v1/experiments',
      payload: '{"track":"forecast","name":"x","__proto__":{"role":"admin"}}',
      headers: { ...alice.headers, 'content-type': 'application/json' },
    });
    expect(poisoned).toMatchObject({ status: 400, body: { code: 'json_invalid' } });
    expect(await post('/api/v1/runs/1/clone', { overrides: { '__proto__.polluted': 1 } })).toMatchObject({
      status: 422,
      body: { code: 'override_unknown' },
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const broken = await server.json({
      method: 'POST',
      url: '/api/v1/experiments',
      payload: '{"track":',
      headers: { ...alice.headers, 'content-type': 'application/json' },
    });
    expect(broken).toMatchObject({ status: 400, body: { code: 'json_invalid' } });
    const large = await server.json({
      method: 'POST',
      url: '/api/v1/experiments',
      payload: { track: 'forecast', name: 'x', description: 'd'.repeat(5 * 1024 ** 2) },
      headers: alice.headers,
    });
    expect(large).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });
});

describe('uploads', () => {
  test('go after a day, unless a run still reads them', async () => {
    const old = await send('old.csv', monthlyCsv());
    const used = await send('used.csv', monthlyCsv());
    const later = { now: () => Date.now() + 25 * 3_600_000 };
    await sweepUploads({ home: server.home, clock: later, config: server.deps.uploads }, new Set([used.body.id]));
    await expect(stat(join(server.home.uploads, old.body.id))).rejects.toThrow('ENOENT');
    expect(JSON.parse(await readFile(join(server.home.uploads, used.body.id, 'upload.json'), 'utf8'))).toMatchObject({
      name: 'used.csv',
    });
  });
});

test('keys are made of letters and digits of any script', () => {
  expect(keyOf('Monthly Shops (2025).csv')).toBe('monthly-shops-2025');
  expect(keyOf('店舗別 売上.xlsx')).toBe('店舗別-売上');
  expect(keyOf('../../..')).toBe('data');
});
