/**
 * Nobody reaches another person's things through any route. The cases are checked against Fastify's
 * own route list: a route that is missing here fails the test, so a new one cannot be forgotten.
 */
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createExperiment } from '../experiments/store.ts';
import { notify } from '../notifications/store.ts';
import { newRunId } from '../platform/run-id.ts';
import { systemClock } from '../platform/clock.ts';
import { routesOf } from '../testing/routes.ts';
import { createTestServer, monthlyCsv, multipart } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { createTheme as makeTheme, fill } from '../themes/testing/bench.ts';

/** What belongs to alice; bob is the stranger. */
interface Things {
  alice: Person;
  bob: Person;
  run: number;
  runId: string;
  dataset: number;
  upload: string;
  experiment: number;
  notification: number;
  apiKey: string;
  theme: number;
  label: number;
  image: number;
}

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

type Attempt = (ids: Things) => Pick<InjectOptions, 'payload' | 'query'> & { url: string };
interface Case {
  /** Each is refused with this status. */
  readonly attempts: readonly Attempt[];
  readonly status: number;
}

const mapping = { kind: 'long', unique_id: ['unique_id'], ds: ['ds'], y: 'y' };
const refused = (status: number, ...attempts: Attempt[]): Case => ({ status, attempts });
const ofRun = (suffix: string, payload?: object): Case =>
  refused(
    404,
    (ids) => ({ url: `/api/v1/runs/${ids.run}${suffix}`, ...(payload ? { payload } : {}) }),
    (ids) => ({ url: `/api/v1/runs/${ids.runId}${suffix}`, ...(payload ? { payload } : {}) }),
  );

const ofTheme = (suffix: string, payload?: object): Case =>
  refused(404, (ids) => ({ url: `/api/theme/${ids.theme}${suffix}`, ...(payload ? { payload } : {}) }));
const besideTheme = (suffix: string, payload?: object): Case =>
  refused(404, (ids) => ({ url: `/api/v1/themes/${ids.theme}${suffix}`, ...(payload ? { payload } : {}) }));
const ofImage = (suffix: string, payload?: object): Case =>
  refused(404, (ids) => ({
    url: `/api/theme/${ids.theme}/images/${ids.image}${suffix}`,
    ...(payload ? { payload } : {}),
  }));

/** Routes that take an id of somebody's thing, in the path, the query or the body. */
const CASES: Readonly<Record<string, Case>> = {
  'GET /api/v1/users/:id': refused(403, (ids) => ({ url: `/api/v1/users/${ids.alice.id}` })),
  'PATCH /api/v1/users/:id': refused(403, (ids) => ({
    url: `/api/v1/users/${ids.alice.id}`,
    payload: { disabled: true },
  })),
  'POST /api/v1/users/:id/password-link': refused(403, (ids) => ({
    url: `/api/v1/users/${ids.alice.id}/password-link`,
  })),
  'DELETE /api/v1/api-keys/:id': refused(404, (ids) => ({ url: `/api/v1/api-keys/${ids.apiKey}` })),
  'PATCH /api/v1/projects/:id': refused(404, (ids) => ({
    url: `/api/v1/projects/${ids.alice.projectId}`,
    payload: { name: 'mine now' },
  })),
  'GET /api/v1/projects/:id/members': refused(404, (ids) => ({
    url: `/api/v1/projects/${ids.alice.projectId}/members`,
  })),
  'PUT /api/v1/projects/:id/members/:userId': refused(404, (ids) => ({
    url: `/api/v1/projects/${ids.alice.projectId}/members/${ids.bob.id}`,
    payload: { role: 'admin' },
  })),
  'DELETE /api/v1/projects/:id/members/:userId': refused(404, (ids) => ({
    url: `/api/v1/projects/${ids.alice.projectId}/members/${ids.alice.id}`,
  })),
  'POST /api/v1/uploads': refused(404, (ids) => ({
    url: '/api/v1/uploads',
    query: { project_id: String(ids.alice.projectId) },
  })),
  'POST /api/v1/uploads/start': refused(404, (ids) => ({
    url: '/api/v1/uploads/start',
    payload: { name: 'x.csv', bytes: 1, project_id: ids.alice.projectId },
  })),
  'GET /api/v1/uploads/:id': refused(404, (ids) => ({ url: `/api/v1/uploads/${ids.upload}` })),
  'PUT /api/v1/uploads/:id': refused(404, (ids) => ({ url: `/api/v1/uploads/${ids.upload}` })),
  'DELETE /api/v1/uploads/:id': refused(404, (ids) => ({ url: `/api/v1/uploads/${ids.upload}` })),
  'POST /api/v1/uploads/:id/check': refused(404, (ids) => ({
    url: `/api/v1/uploads/${ids.upload}/check`,
    payload: { mapping },
  })),
  'GET /api/v1/datasets': refused(404, (ids) => ({
    url: '/api/v1/datasets',
    query: { project_id: String(ids.alice.projectId) },
  })),
  'POST /api/v1/datasets': refused(404, (ids) => ({
    url: '/api/v1/datasets',
    payload: { upload_id: ids.upload, mapping, project_id: ids.bob.projectId },
  })),
  'GET /api/v1/datasets/:id': refused(404, (ids) => ({ url: `/api/v1/datasets/${ids.dataset}` })),
  'POST /api/v1/datasets/:id/versions': refused(404, (ids) => ({
    url: `/api/v1/datasets/${ids.dataset}/versions`,
    payload: { upload_id: ids.upload, mapping },
  })),
  'GET /api/v1/datasets/:id/series': refused(404, (ids) => ({ url: `/api/v1/datasets/${ids.dataset}/series` })),
  'GET /api/v1/datasets/:id/rows': refused(404, (ids) => ({ url: `/api/v1/datasets/${ids.dataset}/rows` })),
  'POST /api/v1/samples/:id': refused(404, (ids) => ({
    url: '/api/v1/samples/any',
    payload: { project_id: ids.alice.projectId },
  })),
  'GET /api/v1/experiments': refused(404, (ids) => ({
    url: '/api/v1/experiments',
    query: { project_id: String(ids.alice.projectId) },
  })),
  'POST /api/v1/experiments': refused(404, (ids) => ({
    url: '/api/v1/experiments',
    payload: { track: 'forecast', name: 'x', project_id: ids.alice.projectId },
  })),
  'GET /api/v1/experiments/:id': refused(404, (ids) => ({ url: `/api/v1/experiments/${ids.experiment}` })),
  'PATCH /api/v1/experiments/:id': refused(404, (ids) => ({
    url: `/api/v1/experiments/${ids.experiment}`,
    payload: { name: 'mine now' },
  })),
  'GET /api/v1/runs': refused(404, (ids) => ({
    url: '/api/v1/runs',
    query: { project_id: String(ids.alice.projectId) },
  })),
  'GET /api/v1/runs/:id': ofRun(''),
  'POST /api/v1/runs/:id/actions': ofRun('/actions', { action: 'cancel' }),
  'POST /api/v1/runs/:id/clone': ofRun('/clone', { dry_run: true }),
  'GET /api/v1/runs/:id/result': ofRun('/result'),
  'GET /api/v1/runs/:id/forecast': ofRun('/forecast'),
  'GET /api/v1/runs/:id/race': ofRun('/race'),
  'POST /api/v1/runs/:id/refresh': ofRun('/refresh', {}),
  'POST /api/v1/runs/:id/reproduce': ofRun('/reproduce'),
  'GET /api/v1/runs/:id/reproduction': ofRun('/reproduction'),
  'GET /api/v1/runs/:id/adjustments': ofRun('/adjustments'),
  'POST /api/v1/runs/:id/adjustments': ofRun('/adjustments', {
    items: [{ unique_id: 'a', ds: '2026-01-01', value: 1 }],
  }),
  'GET /api/v1/runs/:id/diagnostics': ofRun('/diagnostics'),
  'GET /api/v1/runs/:id/importance': ofRun('/importance'),
  'GET /api/v1/runs/:id/arrays': ofRun('/arrays'),
  'GET /api/v1/runs/:id/files/:name': ofRun('/files/run.json'),
  'POST /api/v1/forecasts': refused(404, (ids) => ({
    url: '/api/v1/forecasts',
    payload: { dataset_id: ids.dataset, horizon: 3, budget_seconds: 5 },
  })),
  'POST /api/v1/forecasts/plan': refused(404, (ids) => ({
    url: '/api/v1/forecasts/plan',
    payload: { dataset_id: ids.dataset, horizon: 3, budget_seconds: 5 },
  })),
  'GET /api/v1/runs/:id/logs': ofRun('/logs'),
  'GET /api/v1/runs/:id/metrics': ofRun('/metrics'),
  'GET /api/v1/runs/:id/resources': ofRun('/resources'),
  'GET /api/v1/runs/:id/events': ofRun('/events'),
  'GET /api/v1/events': refused(
    404,
    (ids) => ({ url: '/api/v1/events', query: { topics: `run:${ids.run}@0` } }),
    (ids) => ({ url: '/api/v1/events', query: { topics: `theme:${ids.theme}@0` } }),
  ),
  'GET /api/v1/themes': refused(404, (ids) => ({
    url: '/api/v1/themes',
    query: { project_id: String(ids.alice.projectId) },
  })),
  'POST /api/theme/create': refused(404, (ids) => ({
    url: '/api/theme/create/',
    payload: { name: 'mine', project_id: ids.alice.projectId },
  })),
  'GET /api/theme/:theme_id': ofTheme('/'),
  'PUT /api/theme/:theme_id': ofTheme('/', { name: 'mine now' }),
  'DELETE /api/theme/:theme_id': ofTheme('/'),
  'GET /api/theme/:theme_id/statistics': ofTheme('/statistics/'),
  'GET /api/theme/:theme_id/labels': ofTheme('/labels/'),
  'POST /api/theme/:theme_id/labels': ofTheme('/labels/', { label_name: 'x' }),
  'PUT /api/theme/:theme_id/labels/:label_id': refused(404, (ids) => ({
    url: `/api/theme/${ids.theme}/labels/${ids.label}/`,
    payload: { label_name: 'x' },
  })),
  'DELETE /api/theme/:theme_id/labels/:label_id': refused(404, (ids) => ({
    url: `/api/theme/${ids.theme}/labels/${ids.label}/`,
  })),
  'POST /api/theme/:theme_id/label/update': refused(404, (ids) => ({
    url: `/api/theme/${ids.theme}/label/update/`,
    payload: { image_id: ids.image, label_id: ids.label },
  })),
  'GET /api/theme/:theme_id/images': ofTheme('/images/'),
  'POST /api/theme/:theme_id/images/upload': ofTheme('/images/upload/'),
  'POST /api/theme/:theme_id/images/delete': ofTheme('/images/delete/', { filter: {} }),
  'GET /api/theme/:theme_id/images/:image_id': ofImage('/'),
  'PATCH /api/theme/:theme_id/images/:image_id': ofImage('/', { group: 'x' }),
  'DELETE /api/theme/:theme_id/images/:image_id': ofImage('/'),
  'GET /api/v1/themes/:theme_id/images/:image_id/file': refused(404, (ids) => ({
    url: `/api/v1/themes/${ids.theme}/images/${ids.image}/file`,
  })),
  'POST /api/v1/themes/:theme_id/images/known': besideTheme('/images/known', { sha256: [] }),
  'GET /api/v1/themes/:theme_id/members': besideTheme('/members'),
  'PUT /api/v1/themes/:theme_id/members/:user_id': refused(404, (ids) => ({
    url: `/api/v1/themes/${ids.theme}/members/${ids.bob.id}`,
    payload: { role: 'owner' },
  })),
  'DELETE /api/v1/themes/:theme_id/members/:user_id': refused(404, (ids) => ({
    url: `/api/v1/themes/${ids.theme}/members/${ids.alice.id}`,
  })),
  'POST /api/theme/:theme_id/split': ofTheme('/split/', {}),
  'GET /api/v1/themes/:theme_id/splits': besideTheme('/splits'),
  'GET /api/v1/themes/:theme_id/queues': besideTheme('/queues'),
  'POST /api/v1/themes/:theme_id/queues': besideTheme('/queues', {}),
  'GET /api/v1/themes/:theme_id/encoder': besideTheme('/encoder'),
  'PUT /api/v1/themes/:theme_id/encoder': besideTheme('/encoder', { name: null }),
  'POST /api/v1/themes/:theme_id/preview': refused(404, (ids) => ({
    url: `/api/v1/themes/${ids.theme}/preview`,
    payload: { image_id: ids.image, views: ['original'] },
  })),
  'POST /api/v1/visualizations': refused(404, (ids) => ({
    url: '/api/v1/visualizations',
    payload: { what: 'dataset', theme_id: ids.theme },
  })),
  'GET /api/v1/themes/:theme_id/versions': besideTheme('/versions'),
  'POST /api/v1/themes/:theme_id/versions': besideTheme('/versions', {}),
  'GET /api/v1/themes/:theme_id/versions/:version/manifest': besideTheme('/versions/1/manifest'),
  'POST /api/v1/themes/:theme_id/imports': besideTheme('/imports', { server_path: '/' }),
  'POST /api/v1/themes/:theme_id/imports/outline': besideTheme('/imports/outline', { server_path: '/' }),
  'GET /api/v1/themes/:theme_id/imports/:run_id': besideTheme('/imports/1'),
  'POST /api/v1/themes/samples/:id': refused(404, (ids) => ({
    url: '/api/v1/themes/samples/shapes',
    payload: { name: 'mine', project_id: ids.alice.projectId },
  })),
  'GET /api/v1/themes/:theme_id/versions/:version/difference': besideTheme('/versions/1/difference'),
  'GET /api/v1/themes/:theme_id/export': besideTheme('/export'),
  'POST /api/theme/:theme_id/training/config/save': ofTheme('/training/config/save/', { params: '{}' }),
  'GET /api/v1/themes/:theme_id/config/:name': besideTheme('/config/params'),
  'GET /api/v1/themes/:theme_id/config/:name/versions': besideTheme('/config/params/versions'),
  'GET /api/v1/themes/:theme_id/config/:name/difference': besideTheme('/config/params/difference?from=0&to=0'),
  'POST /api/v1/themes/:theme_id/config/:name/restore': besideTheme('/config/params/restore', { version: 1 }),
  'POST /api/v1/themes/:theme_id/config/:name/check': besideTheme('/config/params/check', { text: '' }),
  'GET /api/v1/themes/:theme_id/check': besideTheme('/check'),
  'POST /api/v1/themes/:theme_id/undo': besideTheme('/undo'),
  'POST /api/v1/themes/:theme_id/redo': besideTheme('/redo'),
  'POST /api/v1/themes/:theme_id/prelabels/accept': besideTheme('/prelabels/accept', { threshold: 0.5 }),
  'POST /api/v1/themes/:theme_id/decisions': besideTheme('/decisions', { subject: 'copies', image_ids: [1] }),
  'POST /api/v1/themes/:theme_id/label-updates': besideTheme('/label-updates', {
    acts: [{ image_id: 1, label_id: 1 }],
  }),
  'GET /api/v1/themes/:theme_id/history': besideTheme('/history'),
  'GET /api/v1/themes/:theme_id/agreement': besideTheme('/agreement'),
  'POST /api/v1/notifications/:id/read': refused(404, (ids) => ({
    url: `/api/v1/notifications/${ids.notification}/read`,
  })),
  // For administrators only.
  'GET /api/v1/users': refused(403, () => ({ url: '/api/v1/users' })),
  'POST /api/v1/users': refused(403, () => ({ url: '/api/v1/users', payload: { username: 'mallory', role: 'admin' } })),
  'GET /api/v1/audit': refused(403, () => ({ url: '/api/v1/audit' })),
  'GET /api/v1/admin/:table': refused(403, () => ({ url: '/api/v1/admin/themes' })),
  'GET /api/v1/admin/:table/export': refused(403, () => ({ url: '/api/v1/admin/images/export' })),
  'POST /api/v1/admin/:table/act': refused(403, (ids) => ({
    url: '/api/v1/admin/themes/act',
    payload: { ids: [ids.theme], action: 'delete' },
  })),
  'POST /api/v1/system/backup': refused(403, () => ({ url: '/api/v1/system/backup' })),
};

/** Routes that speak of the caller alone, or of nothing that belongs to anybody. */
const OWN = new Set([
  'GET /api/v1/image-tools',
  'GET /api/v1/me',
  'GET /api/v1/api-keys',
  'POST /api/v1/api-keys',
  'GET /api/v1/projects',
  'POST /api/v1/projects',
  'GET /api/v1/notifications',
  'POST /api/v1/notifications/read',
  'GET /api/v1/samples',
  'GET /api/v1/labels',
  'GET /api/v1/forecast-models',
  'GET /api/v1/system/status',
  'GET /metrics',
]);

/** Routes that answer without an identity. */
const OPEN = new Set([
  'GET *',
  'GET /api/health',
  'GET /api/openapi.json',
  'GET /api/v1/setup',
  'POST /api/v1/setup/admin',
  'POST /api/v1/password',
  'POST /api/auth/sign-in/username',
  'POST /api/auth/sign-out',
  'GET /api/auth/get-session',
  'POST /api/auth/change-password',
  'GET /api/auth/list-sessions',
  'POST /api/auth/revoke-session',
  'POST /api/auth/revoke-other-sessions',
]);

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
