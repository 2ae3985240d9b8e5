/**
 * Nobody reaches another person's things through any route. The cases (`testing/scope-cases.ts`) are checked against Fastify's
 * own route list: a route that is missing here fails the test, so a new one cannot be forgotten.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createExperiment } from '../experiments/store.ts';
import { notify } from '../notifications/store.ts';
import { newRunId } from '../platform/run-id.ts';
import { systemClock } from '../platform/clock.ts';
import { routesOf } from '../testing/routes.ts';
import { createTestServer, monthlyCsv, multipart } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';
import { createTheme as makeTheme, fill } from '../themes/testing/bench.ts';
import { CASES, OPEN, OWN, type Things } from './testing/scope-cases.ts';

let server: TestServer;
let things: Things;

beforeAll(async () => {
  server = await createTestServer();
  const alice = await server.person('alice');
  const bob = await server.person('bob');
  const sent = multipart('secret.csv', monthlyCsv());
  const upload = await server.json<{ id: string; preview: { mapping: unknown } }>({
    method: 'POST',
    url: '/api/v1/uploads',
    payload: sent.payload,
    headers: { ...alice.headers, ...sent.headers },
  });
  const dataset = await server.json<{ id: number }>({
    method: 'POST',
    url: '/api/v1/datasets',
    headers: alice.headers,
    payload: { upload_id: upload.body.id, mapping: upload.body.preview.mapping, name: 'alice data' },
  });
  expect(dataset.status).toBe(201);
  const runId = newRunId(systemClock);
  const run = await server.db
    .insertInto('training_runs')
    .values({
      project_id: alice.projectId,
      owner_id: alice.id,
      run_id: runId,
      kind: 'search',
      track: 'forecast',
      name: 'alice search',
      status: 'paused',
      dataset_id: dataset.body.id,
      dataset_version: 1,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const experiment = await createExperiment(server.db, await alice.scope(), alice.projectId, {
    track: 'forecast',
    name: 'alice experiment',
    description: '',
    tags: [],
  });
  await notify(server.db, {
    userId: alice.id,
    projectId: alice.projectId,
    runId: run.id,
    code: 'run_succeeded',
    params: {},
  });
  const { id: notification } = await server.db
    .selectFrom('notifications')
    .select('id')
    .where('user_id', '=', alice.id)
    .executeTakeFirstOrThrow();
  const { id: apiKey } = await server.db
    .selectFrom('apikey')
    .select('id')
    .where('referenceId', '=', alice.id)
    .executeTakeFirstOrThrow();
  const theme = await makeTheme(server, alice, ['alice label'], 'alice theme');
  const [image] = await fill(server, alice, theme.id, 1);
  things = {
    alice,
    bob,
    run: run.id,
    runId,
    dataset: dataset.body.id,
    upload: upload.body.id,
    experiment: experiment.id,
    notification,
    apiKey,
    theme: theme.id,
    label: theme.label_list[0]?.id ?? 0,
    image: image ?? 0,
  };
});
afterAll(() => server.close());

const nameOf = ({ method, url }: { method: string; url: string }) => `${method} ${url}`;

describe('every route', () => {
  test('has an entry here, and every entry has a route', () => {
    const routes = routesOf(server.app)
      .filter(({ method }) => method !== 'HEAD')
      .map(nameOf);
    const entries = [...Object.keys(CASES), ...OWN, ...OPEN];
    expect(entries.toSorted()).toEqual(routes.toSorted());
    // Whatever names a thing in its path has to be tried by the stranger.
    for (const name of [...OWN, ...OPEN]) expect(name).not.toContain(':');
  });

  test('refuses whoever has no identity, unless it is open', async () => {
    for (const name of [...Object.keys(CASES), ...OWN]) {
      const [method, url] = name.split(' ') as ['GET', string];
      const answer = await server.json({ method, url: url.replaceAll(/:\w+/g, '1') });
      expect({ name, status: answer.status, code: answer.body['code'] }).toEqual({
        name,
        status: 401,
        code: 'not_signed_in',
      });
    }
  });

  test.for(Object.entries(CASES))('%s is closed to a stranger', async ([name, { attempts, status }]) => {
    const [method] = name.split(' ') as ['GET'];
    for (const attempt of attempts) {
      const request = attempt(things);
      const answer = await server.json({ ...request, method, headers: things.bob.headers });
      expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({
        status,
        type: 'application/problem+json',
      });
      expect(JSON.stringify(answer.body)).not.toMatch(/alice|secret/);
    }
  });

  test('leaves everything of the other person as it was', async () => {
    const runs = await server.db
      .selectFrom('training_runs')
      .select(['status', 'name'])
      .where('id', '=', things.run)
      .executeTakeFirst();
    expect(runs).toEqual({ status: 'paused', name: 'alice search' });
    expect(
      await server.db
        .selectFrom('project_member')
        .select(['user_id', 'role'])
        .where('project_id', '=', things.alice.projectId)
        .execute(),
    ).toEqual([{ user_id: things.alice.id, role: 'admin' }]);
    expect(
      await server.db
        .selectFrom('dataset_version')
        .select('version')
        .where('dataset_id', '=', things.dataset)
        .execute(),
    ).toHaveLength(1);
    expect(await server.db.selectFrom('user').select('id').where('username', '=', 'mallory').execute()).toEqual([]);
    expect(
      await server.db
        .selectFrom('notifications')
        .select('read_at')
        .where('id', '=', things.notification)
        .executeTakeFirst(),
    ).toEqual({ read_at: null });
    const own = await server.json({ url: '/api/v1/me', headers: things.alice.headers });
    expect(own.status).toBe(200);
    const upload = await server.json({ url: `/api/v1/uploads/${things.upload}`, headers: things.alice.headers });
    expect(upload.status).toBe(200);
  });

  test('shows a stranger only what is theirs in lists', async () => {
    for (const url of [
      '/api/v1/runs?scope=all',
      '/api/v1/datasets',
      '/api/v1/themes',
      '/api/v1/experiments',
      '/api/v1/notifications',
    ]) {
      const answer = await server.json<{ items: unknown[] }>({ url, headers: things.bob.headers });
      expect({ url, items: answer.body.items }).toEqual({ url, items: [] });
    }
    const projects = await server.json<{ items: { id: number }[] }>({
      url: '/api/v1/projects',
      headers: things.bob.headers,
    });
    expect(projects.body.items.map(({ id }) => id)).toEqual([things.bob.projectId]);
  });
});

describe('a member', () => {
  test('reads as a viewer, and changes nothing', async () => {
    const eve = await server.person('eve', 'viewer');
    await server.json({
      method: 'PUT',
      url: `/api/v1/projects/${things.alice.projectId}/members/${eve.id}`,
      payload: { role: 'viewer' },
      headers: things.alice.headers,
    });
    for (const url of [
      `/api/v1/runs/${things.run}`,
      `/api/v1/runs/${things.runId}/logs`,
      `/api/v1/datasets/${things.dataset}`,
      `/api/v1/experiments/${things.experiment}`,
    ])
      expect((await server.json({ url, headers: eve.headers })).status).toBe(200);
    const changes = [
      { method: 'POST', url: `/api/v1/runs/${things.run}/actions`, payload: { action: 'cancel' }, status: 403 },
      { method: 'POST', url: `/api/v1/runs/${things.run}/clone`, payload: {}, status: 403 },
      { method: 'PATCH', url: `/api/v1/experiments/${things.experiment}`, payload: { name: 'x' }, status: 403 },
      {
        method: 'POST',
        url: '/api/v1/uploads/start',
        payload: { name: 'x', bytes: 1, project_id: things.alice.projectId },
        status: 403,
      },
      { method: 'PATCH', url: `/api/v1/projects/${things.alice.projectId}`, payload: { name: 'x' }, status: 403 },
      { method: 'DELETE', url: `/api/v1/projects/${things.alice.projectId}/members/${things.alice.id}`, status: 403 },
      // An upload is its writers' business: a viewer does not see it.
      { method: 'GET', url: `/api/v1/uploads/${things.upload}`, status: 404 },
      { method: 'POST', url: '/api/v1/projects', payload: { name: 'x' }, status: 403 },
    ] as const;
    for (const { status, ...change } of changes) {
      const answer = await server.json({ ...change, headers: eve.headers });
      expect({ url: change.url, status: answer.status }).toEqual({ url: change.url, status });
    }
  });

  test('writes as an editor, and does not manage', async () => {
    await server.json({
      method: 'PUT',
      url: `/api/v1/projects/${things.alice.projectId}/members/${things.bob.id}`,
      payload: { role: 'editor' },
      headers: things.alice.headers,
    });
    const renamed = await server.json({
      method: 'PATCH',
      url: `/api/v1/experiments/${things.experiment}`,
      payload: { description: 'by bob' },
      headers: things.bob.headers,
    });
    expect(renamed.status).toBe(200);
    const managed = await server.json({
      method: 'PUT',
      url: `/api/v1/projects/${things.alice.projectId}/members/${things.bob.id}`,
      payload: { role: 'admin' },
      headers: things.bob.headers,
    });
    expect(managed).toMatchObject({ status: 403, body: { code: 'role_too_low' } });
    await server.json({
      method: 'DELETE',
      url: `/api/v1/projects/${things.alice.projectId}/members/${things.bob.id}`,
      headers: things.alice.headers,
    });
    expect((await server.json({ url: `/api/v1/runs/${things.run}`, headers: things.bob.headers })).status).toBe(404);
  });

  test('cannot leave a project without anybody who manages it', async () => {
    const url = `/api/v1/projects/${things.alice.projectId}/members/${things.alice.id}`;
    expect(await server.json({ method: 'DELETE', url, headers: things.alice.headers })).toMatchObject({
      status: 409,
      body: { code: 'last_project_admin' },
    });
    expect(
      await server.json({ method: 'PUT', url, payload: { role: 'viewer' }, headers: things.alice.headers }),
    ).toMatchObject({ status: 409 });
  });
});
