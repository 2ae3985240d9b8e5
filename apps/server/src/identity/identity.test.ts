/** Passwords, sessions, keys and links against a real database; and whoever tries to get around them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer, HOST, PASSWORD } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';
import { createAttempts } from './attempts.ts';
import { issueFirstAdminLink, needsAdmin } from './users.ts';

let server: TestServer;
let now = Date.now();
beforeAll(async () => {
  server = await createTestServer({ clock: { now: () => now } });
});
afterAll(() => server.close());

const sameSite = { 'sec-fetch-site': 'same-origin', origin: `http://${HOST}` };

async function signIn(username: string, password = PASSWORD, headers: Record<string, string> = sameSite) {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/auth/sign-in/username',
    payload: { username, password },
    headers: { host: HOST, ...headers },
    remoteAddress: freshAddress(),
  });
  const cookie = answer.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ');
  return {
    status: answer.statusCode,
    body: answer.json<{ code?: string; params?: Record<string, unknown> }>(),
    cookie,
    setCookie: answer.headers['set-cookie'],
  };
}

/** Each from an address of its own, so that only the limit under test counts. */
let address = 1;
function freshAddress(): string {
  address += 1;
  return `198.51.${Math.floor(address / 250)}.${(address % 250) + 1}`;
}

describe('the first administrator', () => {
  test('is made by a link that works once, within 30 minutes', async () => {
    const deps = { db: server.db, clock: { now: () => now } };
    expect(await needsAdmin(server.db)).toBe(true);
    server.deps.setup.setNeedsAdmin(true);
    server.deps.setup.setNeedsAdmin(true);
    const old = await issueFirstAdminLink(deps);
    const token = await issueFirstAdminLink(deps);
    const set = (payload: object) =>
      server.json({ method: 'POST', url: '/api/v1/setup/admin', payload, headers: sameSite });
    const admin = { username: 'Boss', password: PASSWORD };

    expect(await set({ ...admin, token: 'guess' })).toMatchObject({ status: 403, body: { code: 'link_invalid' } });
    expect(await set({ ...admin, token: old })).toMatchObject({ status: 403, body: { code: 'link_invalid' } });
    expect(await set({ ...admin, token, password: 'short' })).toMatchObject({
      status: 400,
      body: { code: 'request_invalid' },
    });
    now += 31 * 60_000;
    expect(await set({ ...admin, token })).toMatchObject({ status: 403, body: { code: 'link_invalid' } });
    const fresh = await issueFirstAdminLink(deps);
    expect(await set({ ...admin, token: fresh })).toMatchObject({ status: 204 });
    expect(await set({ ...admin, username: 'second', token: fresh })).toMatchObject({ status: 403 });
    expect(await needsAdmin(server.db)).toBe(false);
    expect((await server.json({ url: '/api/v1/setup' })).body).toMatchObject({ needs_admin: false });

    // Whoever was there before the first sign-in is the same person now, with the same project.
    const { cookie } = await signIn('boss');
    const me = await server.json({ url: '/api/v1/me', headers: { cookie } });
    expect(me.body).toMatchObject({ user: { id: server.adminId, username: 'boss', role: 'admin' }, via: 'session' });
  });

  test('leaves no token in the database', async () => {
    const token = await issueFirstAdminLink({ db: server.db, clock: { now: () => now } });
    const rows = await server.db.selectFrom('setup_link').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});

describe('a session', () => {
  test('comes with a cookie that scripts and other sites cannot use', async () => {
    await server.person('carol');
    const { status, setCookie } = await signIn('Carol');
    expect(status).toBe(200);
    const [cookie] = [setCookie].flat();
    expect(cookie).toMatch(/^minori\.session_token=/);
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
  });

  test('answers the same for a wrong password and an unknown name', async () => {
    const wrong = await signIn('carol', 'wrong password 1');
    const unknown = await signIn('nobody_here', 'wrong password 1');
    expect(wrong.body).toEqual(unknown.body);
    expect(wrong).toMatchObject({ status: 401, body: { code: 'sign_in_failed' } });
  });

  test('is needed for changes to come from this site', async () => {
    const { cookie } = await signIn('carol');
    const create = (headers: Record<string, string>) =>
      server.json({ method: 'POST', url: '/api/v1/projects', payload: { name: 'p' }, headers: { cookie, ...headers } });
    expect(await create({})).toMatchObject({ status: 403, body: { code: 'cross_site' } });
    expect(await create({ origin: 'https://evil.example' })).toMatchObject({ status: 403 });
    expect(await create({ origin: 'null' })).toMatchObject({ status: 403 });
    expect(await create({ 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 });
    expect(await create({ 'sec-fetch-site': 'same-site' })).toMatchObject({ status: 403 });
    expect(await create({ origin: `http://${HOST}`, 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 });
    expect(await create(sameSite)).toMatchObject({ status: 201 });
    // A form can send this type without asking; we do not read it.
    const form = await server.json({
      method: 'POST',
      url: '/api/v1/projects',
      payload: '{"name":"p"}',
      headers: { cookie, ...sameSite, 'content-type': 'text/plain' },
    });
    expect(form).toMatchObject({ status: 415, body: { code: 'media_type_unsupported' } });
  });

  test('ends with sign-out', async () => {
    const { cookie } = await signIn('carol');
    expect((await server.json({ url: '/api/v1/me', headers: { cookie } })).status).toBe(200);
    expect(
      (await server.json({ method: 'POST', url: '/api/auth/sign-out', payload: {}, headers: { cookie, ...sameSite } }))
        .status,
    ).toBe(200);
    expect((await server.json({ url: '/api/v1/me', headers: { cookie } })).status).toBe(401);
  });

  test('cannot be forged', async () => {
    const { cookie } = await signIn('carol');
    const forged = cookie.replace(/\.[^.]+$/, '.AAAA');
    expect((await server.json({ url: '/api/v1/me', headers: { cookie: forged } })).status).toBe(401);
  });

  test('is not opened by signing up, by admin paths or by anything else of the library', async () => {
    for (const path of [
      'sign-up/email',
      'sign-in/email',
      'admin/create-user',
      'admin/set-role',
      'admin/impersonate-user',
      'api-key/create',
      'api-key/verify',
      'request-password-reset',
      'update-user',
      'delete-user',
    ]) {
      const answer = await server.json({
        method: 'POST',
        url: `/api/auth/${path}`,
        payload: { email: 'x@y.zz', name: 'x', password: PASSWORD, username: 'x' },
        headers: sameSite,
      });
      expect({ path, status: answer.status }).toEqual({ path, status: 404 });
    }
  });
});

describe('guessing', () => {
  test('is stopped per account, whatever address it comes from', async () => {
    await server.person('dave');
    let last = await signIn('dave', 'wrong password 0');
    for (let guess = 1; guess < 12 && last.status === 401; guess++)
      last = await signIn('dave', `wrong password ${guess}`, { ...sameSite, 'x-forwarded-for': freshAddress() });
    expect(last).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
    expect(last.body.params?.['retry_after']).toBeGreaterThan(0);
    // Even the right password waits, so that nobody learns from the answer.
    expect((await signIn('dave')).status).toBe(429);
    now += 16 * 60_000;
    expect((await signIn('dave')).status).toBe(200);
  });

  test('is stopped per address, which X-Forwarded-For does not change', async () => {
    const guess = (number: number) =>
      server.json({
        method: 'POST',
        url: '/api/auth/sign-in/username',
        payload: { username: `someone${number}`, password: 'wrong password' },
        headers: {
          ...sameSite,
          'x-forwarded-for': `203.0.113.${number}`,
          'x-minori-client-address': `203.0.113.${number}`,
          'x-real-ip': `203.0.113.${number}`,
        },
        remoteAddress: '192.0.2.77',
      });
    const statuses: number[] = [];
    for (let number = 1; number <= 8; number++) statuses.push((await guess(number)).status);
    expect(statuses).toContain(429);
  });

  test('forgets the oldest names, not the memory limit', () => {
    const attempts = createAttempts({ now: () => 0 });
    for (let index = 0; index < 10; index++) attempts.failed('victim');
    expect(() => attempts.check('victim')).toThrow('too_many_attempts');
    for (let index = 0; index < 10_000; index++) attempts.failed(`name${index}`);
    expect(() => attempts.check('victim')).not.toThrow();
  });
});

describe('an administrator', () => {
  test('invites by a link, and resets a password by another', async () => {
    const created = await server.json<{ id: string; link: string }>({
      method: 'POST',
      url: '/api/v1/users',
      payload: { username: 'erin', role: 'editor' },
      headers: server.adminHeaders,
    });
    expect(created.status).toBe(201);
    const link = new URL(created.body.link);
    expect(link.pathname + link.searchParams.get('user')).toBe('/setup/erin');
    const set = (token: string | null, password: string) =>
      server.json({ method: 'POST', url: '/api/v1/password', payload: { token, password }, headers: sameSite });
    expect((await set(link.searchParams.get('token'), PASSWORD)).status).toBe(204);
    expect((await set(link.searchParams.get('token'), PASSWORD)).status).toBe(403);
    const { cookie } = await signIn('erin');
    expect((await server.json({ url: '/api/v1/me', headers: { cookie } })).body).toMatchObject({
      projects: [{ name: 'erin', role: 'admin' }],
    });

    const reset = await server.json<{ link: string }>({
      method: 'POST',
      url: `/api/v1/users/${created.body.id}/password-link`,
      headers: server.adminHeaders,
    });
    expect(reset.status).toBe(201);
    expect((await set(new URL(reset.body.link).searchParams.get('token'), 'another password 2')).status).toBe(204);
    // The old password and what it opened are gone.
    expect((await server.json({ url: '/api/v1/me', headers: { cookie } })).status).toBe(401);
    expect((await signIn('erin')).status).toBe(401);
    expect((await signIn('erin', 'another password 2')).status).toBe(200);
    // A first-admin token sets nobody else's password, and the other way round.
    const first = await issueFirstAdminLink({ db: server.db, clock: { now: () => now } });
    expect((await set(first, PASSWORD)).status).toBe(403);
  });

  test('disables a person: sessions and keys end at once', async () => {
    const frank = await server.person('frank');
    const { cookie } = await signIn('frank');
    const disabled = await server.json({
      method: 'PATCH',
      url: `/api/v1/users/${frank.id}`,
      payload: { disabled: true },
      headers: server.adminHeaders,
    });
    expect(disabled.body).toMatchObject({ disabled: true });
    expect((await server.json({ url: '/api/v1/me', headers: { cookie } })).status).toBe(401);
    expect(await server.json({ url: '/api/v1/me', headers: frank.headers })).toMatchObject({
      status: 401,
      body: { code: 'credential_invalid' },
    });
    expect(await signIn('frank')).toMatchObject({ status: 403, body: { code: 'account_disabled' } });
    await server.json({
      method: 'PATCH',
      url: `/api/v1/users/${frank.id}`,
      payload: { disabled: false },
      headers: server.adminHeaders,
    });
    expect((await signIn('frank')).status).toBe(200);
    expect((await server.json({ url: '/api/v1/me', headers: frank.headers })).status).toBe(401);
  });

  test('cannot remove the last one', async () => {
    const answer = await server.json({
      method: 'PATCH',
      url: `/api/v1/users/${server.adminId}`,
      payload: { role: 'viewer' },
      headers: server.adminHeaders,
    });
    expect(answer).toMatchObject({ status: 409, body: { code: 'last_admin' } });
  });

  test('gets names that are taken or impossible refused', async () => {
    const create = (username: string) =>
      server.json({
        method: 'POST',
        url: '/api/v1/users',
        payload: { username, role: 'viewer' },
        headers: server.adminHeaders,
      });
    expect(await create('CAROL')).toMatchObject({ status: 409, body: { code: 'username_taken' } });
    for (const name of ['../etc/passwd', '<script>', 'a b c', "o'brien", '実り太郎'])
      expect(await create(name)).toMatchObject({ status: 422, body: { code: 'username_invalid' } });
  });

  test('finds all of it in the audit log', async () => {
    const answer = await server.json<{ items: { action: string }[] }>({
      url: '/api/v1/audit?limit=200',
      headers: server.adminHeaders,
    });
    const actions = new Set(answer.body.items.map(({ action }) => action));
    for (const action of [
      'setup.admin',
      'user.create',
      'user.update',
      'user.password_link',
      'user.password_set',
      'project.create',
    ])
      expect(actions).toContain(action);
    expect(JSON.stringify(answer.body)).not.toContain(PASSWORD);
  });
});

describe('a key', () => {
  test('is shown once, works in both headers, and ends when it is deleted', async () => {
    await server.person('grace');
    const { cookie } = await signIn('grace');
    const created = await server.json<{ id: string; key: string; expires_at: string }>({
      method: 'POST',
      url: '/api/v1/api-keys',
      payload: { name: 'laptop', days: 30 },
      headers: { cookie, ...sameSite },
    });
    expect(created.status).toBe(201);
    const { id, key } = created.body;
    expect(Date.parse(created.body.expires_at)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    const list = await server.json({ url: '/api/v1/api-keys', headers: { cookie } });
    expect(JSON.stringify(list.body)).not.toContain(key);
    for (const headers of [{ 'x-api-key': key }, { authorization: `Bearer ${key}` }])
      expect(await server.json({ url: '/api/v1/me', headers })).toMatchObject({
        status: 200,
        body: { via: 'api_key' },
      });
    // A key makes no keys: it would outlive its own end.
    expect(
      await server.json({
        method: 'POST',
        url: '/api/v1/api-keys',
        payload: { name: 'child' },
        headers: { 'x-api-key': key },
      }),
    ).toMatchObject({ status: 403, body: { code: 'session_needed' } });
    expect(
      (await server.json({ method: 'DELETE', url: `/api/v1/api-keys/${id}`, headers: { cookie, ...sameSite } })).status,
    ).toBe(204);
    expect((await server.json({ url: '/api/v1/me', headers: { 'x-api-key': key } })).status).toBe(401);
  });

  test('that is wrong is an error even beside a good cookie', async () => {
    const { cookie } = await signIn('grace');
    expect(
      await server.json({ url: '/api/v1/me', headers: { cookie, authorization: 'Bearer nonsense' } }),
    ).toMatchObject({ status: 401, body: { code: 'credential_invalid' } });
  });
});

describe('the connection token', () => {
  test('speaks for the first administrator', async () => {
    expect((await server.json({ url: '/api/v1/me', headers: server.adminHeaders })).body).toMatchObject({
      user: { id: server.adminId, role: 'admin' },
      via: 'connection',
    });
    expect(
      (await server.json({ url: '/api/v1/me', headers: { authorization: `${server.adminHeaders.authorization}x` } }))
        .status,
    ).toBe(401);
  });
});
