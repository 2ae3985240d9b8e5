/** What a stranger tries on every route of the server, and which routes have nothing of anybody's. */
import type { InjectOptions } from 'fastify';
import type { Person } from '../../testing/server.ts';

/** What belongs to alice; bob is the stranger. */
export interface Things {
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

type Attempt = (ids: Things) => Pick<InjectOptions, 'payload' | 'query'> & { url: string };
export interface Case {
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
export const CASES: Readonly<Record<string, Case>> = {
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
export const OWN = new Set([
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
export const OPEN = new Set([
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
